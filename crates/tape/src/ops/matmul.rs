//! Matrix products, single and batched, and the affine map of a layer.

use wengert_kernels::map::copy;
use wengert_kernels::{Mat, MatMut, Real, Shape, StridedMut};

use super::AnyOp;
use crate::draw::{Draw, Example};
use crate::grads::Grads;
use crate::op::{Access, Attributes, Inputs, Op};
use crate::var::Var;

/// y = a b
#[derive(Debug)]
struct Matmul;

/// y = x w + c, of the inputs x, w, c; or y = x w + x' w' + c, of x, w, x', w', c
#[derive(Debug)]
struct Linear;

/// Sizes of a product of the last two axes of input `i` and the next: m, k, n.
fn sizes<T: Real>(x: &Inputs<'_, T>, i: usize) -> Result<[usize; 3], String> {
    let ([a @ .., m, k], [b @ .., l, n]) = (x.shape(i).slots(), x.shape(i + 1).slots());
    let ranks = [x.shape(i).rank(), x.shape(i + 1).rank()];
    if ranks.iter().any(|rank| !(2..=3).contains(rank)) {
        return Err(format!(
            "ranks {} and {}, but 2 or 3 are needed",
            ranks[0], ranks[1]
        ));
    }
    if k != l {
        return Err(format!("inner {k} != {l}"));
    }
    if a[1] != b[1] && a[1] != 1 && b[1] != 1 {
        return Err(format!("batch {} != {}", a[1], b[1]));
    }
    Ok([m, k, n])
}

/// Products in a batch. A batch of 1, or none, serves for all of the other operand's.
fn batches<T: Real>(x: &Inputs<'_, T>) -> usize {
    let [a, b] = [0, 1].map(|i| x.shape(i).slots()[1]);
    if a == 1 { b } else { a }
}

fn matrix<T: Real>(data: &[T], batch: usize, rows: usize, cols: usize) -> Mat<'_, T> {
    Mat::new(data, batch * rows * cols, [rows, cols], [cols as isize, 1])
}

fn matrix_mut<T: Real>(data: &mut [T], batch: usize, m: usize, n: usize) -> MatMut<'_, T> {
    MatMut::new(data, batch * m * n, [m, n], [n as isize, 1])
}

fn flops<T: Real>(x: &Inputs<'_, T>, i: usize, shape: Shape) -> u64 {
    2 * shape.len() as u64 * x.shape(i).dims().last().map_or(1, |&k| k as u64)
}

/// The positions of the left factors among the inputs of a [`Linear`], the last of which is c.
fn factors<T: Real>(x: &Inputs<'_, T>) -> impl Iterator<Item = usize> {
    (0..x.len() - 1).step_by(2)
}

impl<T: Real> Op<T> for Matmul {
    fn name(&self) -> &'static str {
        "matmul"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        let [m, _, n] = sizes(x, 0)?;
        if x.shape(0).rank() == 2 && x.shape(1).rank() == 2 {
            return Ok(Shape::new(&[m, n]));
        }
        Shape::try_new(&[batches(x), m, n])
    }
    fn access(&self) -> Access {
        Access::Strided
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let [m, _, n] = sizes(x, 0).expect("checked when recorded");
        for batch in 0..batches(x) {
            x.gemm(
                x.mat(0, batch),
                x.mat(1, batch),
                matrix_mut(y, batch, m, n),
                false,
            );
        }
    }
    fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let [m, _, n] = sizes(x, 0).expect("checked when recorded");
        for batch in 0..batches(x) {
            let (a, b, g) = (x.mat(0, batch), x.mat(1, batch), matrix(gy, batch, m, n));
            gx.gemm(0, batch, g, b.t());
            gx.gemm(1, batch, a.t(), g);
        }
    }
    fn flops(&self, x: &Inputs<'_, T>, shape: Shape) -> u64 {
        flops(x, 0, shape)
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let [m, k, n, batches] = draw.sizes();
        let mut dims = |rows, cols| match draw.int(0..4) {
            0 => Shape::new(&[batches, rows, cols]),
            1 => Shape::new(&[1, rows, cols]),
            _ => Shape::new(&[rows, cols]),
        };
        let (a, b) = (dims(m, k), dims(k, n));
        Example::new([draw.tensor(a, &[-2.0..2.0]), draw.tensor(b, &[-2.0..2.0])])
    }
}

impl<T: Real> Op<T> for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        let [m, _, n] = sizes(x, 0)?;
        for i in factors(x) {
            if x.shape(i).rank() != 2 || x.shape(i + 1).rank() != 2 {
                return Err("x and w must be matrices".to_owned());
            }
            let [rows, _, cols] = sizes(x, i)?;
            if [rows, cols] != [m, n] {
                return Err(format!("products [{m},{n}] and [{rows},{cols}]"));
            }
        }
        let y = Shape::new(&[m, n]);
        match x.shape(x.len() - 1).broadcast(&y) {
            Some(common) if common == y => Ok(y),
            _ => Err(format!("the last does not broadcast to {y}")),
        }
    }
    fn access(&self) -> Access {
        Access::Strided
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let [m, _, n] = sizes(x, 0).expect("checked when recorded");
        let (shape, c) = (Shape::new(&[m, n]), x.strided(x.len() - 1));
        copy(shape.slots(), c, StridedMut::dense(y, shape));
        for i in factors(x) {
            x.gemm(x.mat(i, 0), x.mat(i + 1, 0), matrix_mut(y, 0, m, n), true);
        }
    }
    fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let [m, _, n] = sizes(x, 0).expect("checked when recorded");
        let g = matrix(gy, 0, m, n);
        for i in factors(x) {
            gx.gemm(i, 0, g, x.mat(i + 1, 0).t());
        }
        let product = |i| (i + 1, x.mat(i, 0).t());
        match x.len() {
            3 => gx.gemm_each([product(0)], g.into()),
            _ => gx.gemm_each([product(0), product(2)], g.into()),
        }
        gx.pass(x.len() - 1, gy);
    }
    fn flops(&self, x: &Inputs<'_, T>, shape: Shape) -> u64 {
        factors(x).map(|i| flops(x, i, shape)).sum()
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let [m, n] = draw.sizes();
        let mut inputs = Vec::new();
        for _ in 0..draw.int(1..3) {
            let [k] = draw.sizes();
            inputs.extend([[m, k], [k, n]].map(|dims| Shape::new(&dims)));
        }
        inputs.push(draw.broadcast_of(Shape::new(&[m, n])));
        Example::new(
            inputs
                .into_iter()
                .map(|shape| draw.tensor(shape, &[-2.0..2.0])),
        )
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// The matrix product: m x k times k x n. An axis before the last two is a batch; a batch of 1,
    /// or none, serves for all of the other operand's. Transposes ([`Var::t`]) cost nothing.
    ///
    /// # Panics
    /// If an operand has fewer than 2 or more than 3 axes, or inner sizes or batches differ.
    #[track_caller]
    pub fn matmul(self, b: Var<'t, T>) -> Self {
        self.tape().apply(&Matmul, &[self, b], Attributes::NONE)
    }

    /// The affine map `self w + c`, with `self` m x k, `w` k x n, and `c` broadcast to m x n: a
    /// bias, or the other half of a recurrence, at no extra pass over the result.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn linear(self, w: Var<'t, T>, c: Var<'t, T>) -> Self {
        self.tape().apply(&Linear, &[self, w, c], Attributes::NONE)
    }

    /// The sum of two affine maps, `self w + x v + c`: what a recurrent cell makes of state and
    /// input, without the half of it as a value of its own.
    ///
    /// ```
    /// let tape = wengert_tape::Tape::<f64>::new();
    /// let [h, w, x, v, c] = [1.0, 2.0, 3.0, 4.0, 5.0].map(|a| tape.leaf([1, 1], &[a]));
    /// assert_eq!(h.linear2(w, x, v, c).item(), 1.0 * 2.0 + 3.0 * 4.0 + 5.0);
    /// ```
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn linear2(self, w: Var<'t, T>, x: Var<'t, T>, v: Var<'t, T>, c: Var<'t, T>) -> Self {
        self.tape()
            .apply(&Linear, &[self, w, x, v, c], Attributes::NONE)
    }
}

pub(super) const OPS: &[&dyn AnyOp] = &[&Matmul, &Linear];
