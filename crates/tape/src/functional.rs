//! Derivatives of functions: a closure that records, tensors in, derivatives out.
//!
//! Each function here makes a tape, records the closure on it and sweeps. Derivatives come as one
//! `Vec` for each input, with as many elements; an input that the result does not depend on gets
//! zeros. What needs a derivative along a direction ([`jvp`], [`hvp`], [`hessian`]) runs the closure
//! on a tape of [`Dual`] numbers: a generic `fn` item serves all of these functions, and a closure
//! the one it is written in. For a third derivative, take `T = Dual<f64>`.
//!
//! ```
//! use wengert_tape::functional::{grad, hvp};
//! use wengert_tape::{Real, Tape, Tensor, Var};
//!
//! fn cube<'t, T: Real>(_: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
//!     x[0].powi(3).sum()
//! }
//!
//! let x = [Tensor::new([2], [1.0, 2.0])];
//! assert_eq!(grad(cube, &x), [[3.0, 12.0]]);
//! let (gradient, product) = hvp(cube, &x, &[vec![1.0, -1.0]]);
//! assert_eq!(gradient, [[3.0, 12.0]]);
//! assert_eq!(product, [[6.0, -12.0]]);
//! ```
//!
//! In a training loop use a [`Tape`] itself: it keeps its memory from step to step.

use wengert_kernels::{Dual, Real};

use crate::draw::Tensor;
use crate::tape::Tape;
use crate::var::Var;

/// The value of a scalar function and its gradient.
///
/// ```
/// use wengert_tape::{Tensor, functional::value_and_grad};
///
/// let (x, y) = (Tensor::new([], [3.0]), Tensor::new([], [5.0]));
/// let (value, gradient) = value_and_grad(|_, x| x[0] * x[1], &[x, y]);
/// assert_eq!(value, 15.0);
/// assert_eq!(gradient, [[5.0], [3.0]]);
/// ```
///
/// # Panics
/// If the result has not exactly one element.
#[track_caller]
pub fn value_and_grad<T: Real>(
    f: impl for<'t> Fn(&'t Tape<T>, &[Var<'t, T>]) -> Var<'t, T>,
    x: &[Tensor<T>],
) -> (T, Vec<Vec<T>>) {
    let tape = Tape::new();
    let x = leaves(&tape, x);
    let y = f(&tape, &x);
    (y.item(), pullback(y, &[T::ONE], &x))
}

/// The gradient of a scalar function.
///
/// ```
/// use wengert_tape::{Tensor, functional::grad};
///
/// let x = Tensor::new([2], [1.0, 2.0]);
/// assert_eq!(grad(|_, x| x[0].square().sum(), &[x]), [[2.0, 4.0]]);
/// ```
///
/// # Panics
/// If the result has not exactly one element.
#[track_caller]
pub fn grad<T: Real>(
    f: impl for<'t> Fn(&'t Tape<T>, &[Var<'t, T>]) -> Var<'t, T>,
    x: &[Tensor<T>],
) -> Vec<Vec<T>> {
    value_and_grad(f, x).1
}

/// The value y of a function, row-major, and the vector-Jacobian product `u^T dy/dx`.
///
/// ```
/// use wengert_tape::{Tensor, functional::vjp};
///
/// let x = Tensor::new([2], [1.0, 2.0]);
/// let (value, product) = vjp(|_, x| x[0].square(), &[x], &[10.0, 1.0]);
/// assert_eq!(value, [1.0, 4.0]);
/// assert_eq!(product, [[20.0, 4.0]]);
/// ```
///
/// # Panics
/// If `u` has not as many elements as the result.
#[track_caller]
pub fn vjp<T: Real>(
    f: impl for<'t> Fn(&'t Tape<T>, &[Var<'t, T>]) -> Var<'t, T>,
    x: &[Tensor<T>],
    u: &[T],
) -> (Vec<T>, Vec<Vec<T>>) {
    let tape = Tape::new();
    let x = leaves(&tape, x);
    let y = f(&tape, &x);
    assert_len("vjp", "result", y.len(), "cotangent", u.len());
    (y.to_vec(), pullback(y, u, &x))
}

/// The value y of a function, row-major, and the Jacobian-vector product `dy/dx v`: one forward run
/// on dual numbers.
///
/// ```
/// use wengert_tape::{Tensor, functional::jvp};
///
/// let x = Tensor::new([2], [1.0, 2.0]);
/// let (value, product) = jvp(|_, x| x[0].square(), &[x], &[vec![10.0, 1.0]]);
/// assert_eq!(value, [1.0, 4.0]);
/// assert_eq!(product, [20.0, 4.0]);
/// ```
///
/// # Panics
/// If there is not one direction for each input, with as many elements.
#[track_caller]
pub fn jvp<T: Real>(
    f: impl for<'t> Fn(&'t Tape<Dual<T>>, &[Var<'t, Dual<T>>]) -> Var<'t, Dual<T>>,
    x: &[Tensor<T>],
    v: &[Vec<T>],
) -> (Vec<T>, Vec<T>) {
    let tape = Tape::new();
    let x = leaves(&tape, &lift("jvp", x, v));
    unlift(&f(&tape, &x).to_vec())
}

/// The Jacobian dy/dx, for each input a row-major matrix of one row for each element of the result:
/// one recording, and a sweep for each row. For results larger than the inputs see
/// [`jacobian_forward`].
///
/// ```
/// use wengert_tape::{Tensor, functional::jacobian};
///
/// let x = Tensor::new([2], [1.0, 2.0]);
/// assert_eq!(jacobian(|_, x| x[0].cumsum(0), &[x]), [[1.0, 0.0, 1.0, 1.0]]);
/// ```
#[track_caller]
pub fn jacobian<T: Real>(
    f: impl for<'t> Fn(&'t Tape<T>, &[Var<'t, T>]) -> Var<'t, T>,
    x: &[Tensor<T>],
) -> Vec<Vec<T>> {
    let tape = Tape::new();
    let x = leaves(&tape, x);
    let y = f(&tape, &x);
    let mut jacobian = vec![Vec::new(); x.len()];
    for row in 0..y.len() {
        let adjoints = pullback(y, &unit(y.len(), row), &x);
        jacobian
            .iter_mut()
            .zip(adjoints)
            .for_each(|(j, row)| j.extend(row));
        tape.clear_grads();
    }
    jacobian
}

/// The Jacobian of [`jacobian`], column by column: a recording on dual numbers for each element of
/// the inputs, and no sweep. Cheaper where the result is several times larger than the inputs.
///
/// ```
/// use wengert_tape::{Tensor, functional::jacobian_forward};
///
/// let x = Tensor::new([2], [1.0, 2.0]);
/// assert_eq!(jacobian_forward(|_, x| x[0].cumsum(0), &[x]), [[1.0, 0.0, 1.0, 1.0]]);
/// ```
#[track_caller]
pub fn jacobian_forward<T: Real>(
    f: impl for<'t> Fn(&'t Tape<Dual<T>>, &[Var<'t, Dual<T>>]) -> Var<'t, Dual<T>>,
    x: &[Tensor<T>],
) -> Vec<Vec<T>> {
    let columns = |i: usize| -> Vec<Vec<T>> {
        let columns = 0..x[i].values.len();
        columns
            .map(|element| jvp(&f, x, &basis(x, i, element)).1)
            .collect()
    };
    (0..x.len()).map(|i| transposed(&columns(i))).collect()
}

/// The gradient of a scalar function and the Hessian-vector product `H v`, exact: forward over
/// reverse, a sweep on dual numbers whose adjoints' tangents are the product.
///
/// ```
/// use wengert_tape::{Tensor, functional::hvp};
///
/// let x = Tensor::new([2], [3.0, 5.0]);
/// let (gradient, product) = hvp(|_, x| x[0].prod(), &[x], &[vec![1.0, 0.0]]);
/// assert_eq!(gradient, [[5.0, 3.0]]);
/// assert_eq!(product, [[0.0, 1.0]]);
/// ```
///
/// # Panics
/// If the result has not exactly one element, or there is not one direction for each input, with as
/// many elements.
#[track_caller]
pub fn hvp<T: Real>(
    f: impl for<'t> Fn(&'t Tape<Dual<T>>, &[Var<'t, Dual<T>>]) -> Var<'t, Dual<T>>,
    x: &[Tensor<T>],
    v: &[Vec<T>],
) -> (Vec<Vec<T>>, Vec<Vec<T>>) {
    let adjoints = grad(f, &lift("hvp", x, v));
    adjoints.iter().map(|adjoint| unlift(adjoint)).unzip()
}

/// The rows of the Hessian of a scalar function, over the elements of all inputs one after the
/// other: a Hessian-vector product for each.
///
/// ```
/// use wengert_tape::{Tensor, functional::hessian};
///
/// let (x, y) = (Tensor::new([], [3.0]), Tensor::new([], [5.0]));
/// let rows = hessian(|_, x| x[0].square() * x[1], &[x, y]);
/// assert_eq!(rows, [[10.0, 6.0], [6.0, 0.0]]);
/// ```
///
/// # Panics
/// If the result has not exactly one element.
#[track_caller]
pub fn hessian<T: Real>(
    f: impl for<'t> Fn(&'t Tape<Dual<T>>, &[Var<'t, Dual<T>>]) -> Var<'t, Dual<T>>,
    x: &[Tensor<T>],
) -> Vec<Vec<T>> {
    let mut rows = Vec::new();
    for i in 0..x.len() {
        for element in 0..x[i].values.len() {
            rows.push(hvp(&f, x, &basis(x, i, element)).1.concat());
        }
    }
    rows
}

/// The gradient by x of `phi(grad f(x))`, a scalar function of a gradient: a penalty on its norm,
/// for example. Exact: it is `H(x) grad phi(g)` at `g = grad f(x)`. `phi` takes tensors of the
/// inputs' shapes.
///
/// ```
/// use wengert_tape::{Tensor, functional::grad_of_grad};
///
/// // The gradient of x^3 is 3 x^2; the derivative of its square, 9 x^4, is 36 x^3.
/// let x = Tensor::new([1], [2.0]);
/// let result = grad_of_grad(|_, x| x[0].powi(3).sum(), |_, g| g[0].square().sum(), &[x]);
/// assert_eq!(result, [[288.0]]);
/// ```
///
/// # Panics
/// If a result has not exactly one element.
#[track_caller]
pub fn grad_of_grad<T: Real>(
    f: impl for<'t> Fn(&'t Tape<Dual<T>>, &[Var<'t, Dual<T>>]) -> Var<'t, Dual<T>>,
    phi: impl for<'t> Fn(&'t Tape<T>, &[Var<'t, T>]) -> Var<'t, T>,
    x: &[Tensor<T>],
) -> Vec<Vec<T>> {
    let still: Vec<_> = x.iter().map(|x| vec![T::ZERO; x.values.len()]).collect();
    let (gradient, _) = hvp(&f, x, &still);
    let gradient: Vec<_> = gradient
        .into_iter()
        .zip(x)
        .map(|(g, x)| Tensor::new(x.shape, g))
        .collect();
    hvp(f, x, &grad(phi, &gradient)).1
}

fn leaves<'t, T: Real>(tape: &'t Tape<T>, x: &[Tensor<T>]) -> Vec<Var<'t, T>> {
    x.iter().map(|x| tape.leaf(x.shape, &x.values)).collect()
}

/// `seed^T dy/dx` for each x.
#[track_caller]
fn pullback<T: Real>(y: Var<'_, T>, seed: &[T], x: &[Var<'_, T>]) -> Vec<Vec<T>> {
    if y.needs_grad() {
        y.tape().backward(&[(y, seed)]);
    }
    x.iter()
        .map(|x| x.grad().unwrap_or_else(|| vec![T::ZERO; x.len()]))
        .collect()
}

/// x + v eps.
#[track_caller]
fn lift<T: Real>(what: &str, x: &[Tensor<T>], v: &[Vec<T>]) -> Vec<Tensor<Dual<T>>> {
    assert!(
        x.len() == v.len(),
        "{what}: {} inputs, but {} directions",
        x.len(),
        v.len()
    );
    let lift = |(x, v): (&Tensor<T>, &Vec<T>)| {
        assert_len(what, "input", x.values.len(), "direction", v.len());
        let elements = x.values.iter().zip(v);
        Tensor::new(
            x.shape,
            elements.map(|(&x, &v)| Dual::new(x, v)).collect::<Vec<_>>(),
        )
    };
    x.iter().zip(v).map(lift).collect()
}

/// Values and tangents.
fn unlift<T: Real>(x: &[Dual<T>]) -> (Vec<T>, Vec<T>) {
    x.iter().map(|x| (x.v, x.d)).unzip()
}

fn unit<T: Real>(len: usize, at: usize) -> Vec<T> {
    let mut unit = vec![T::ZERO; len];
    unit[at] = T::ONE;
    unit
}

/// The direction along one element of one input.
fn basis<T: Real>(x: &[Tensor<T>], input: usize, element: usize) -> Vec<Vec<T>> {
    let mut v: Vec<_> = x.iter().map(|x| vec![T::ZERO; x.values.len()]).collect();
    v[input][element] = T::ONE;
    v
}

/// The row-major matrix with these columns.
fn transposed<T: Real>(columns: &[Vec<T>]) -> Vec<T> {
    let rows = columns.first().map_or(0, Vec::len);
    (0..rows)
        .flat_map(|row| columns.iter().map(move |column| column[row]))
        .collect()
}

#[track_caller]
fn assert_len(what: &str, this: &str, len: usize, other: &str, other_len: usize) {
    assert!(
        len == other_len,
        "{what}: the {this} has {len} elements, but its {other} {other_len}"
    );
}
