//! Reductions other than the sum: each is a rule for one row of numbers.
//!
//! The axes to reduce over are moved behind the others and merged, so that a rule only ever sees
//! the rows of a matrix.

use wengert_kernels::layout::MAX_RANK;
use wengert_kernels::reduce::{dot, sum};
use wengert_kernels::{Real, Shape, Write};

use super::AnyOp;
use super::softmax::shifted_exp_sum;
use super::sum::assert_count;
use crate::draw::{Draw, Example};
use crate::grads::Grads;
use crate::op::{Inputs, Op};
use crate::var::Var;

/// What a row of the table says: the value y of the numbers x, two quantities p computed once for all
/// of them, and the contribution to the adjoint of each.
trait Row<T> {
    fn value(x: &[T]) -> T;
    fn prepare(x: &[T], y: T) -> [T; 2];
    fn vjp(g: T, x: T, y: T, p: [T; 2]) -> T;
}

fn shape<T: Real>(x: &Inputs<'_, T>) -> Result<Shape, String> {
    match x.shape(0).dims() {
        [kept @ .., _] => Ok(Shape::new(kept)),
        [] => Err("no axis to reduce".to_owned()),
    }
}

/// The rows of a matrix along its last axis; as many as `count`, even if they are empty.
pub(super) fn rows<T>(x: &[T], count: usize) -> impl Iterator<Item = &[T]> {
    let width = x.len().checked_div(count).unwrap_or(0);
    (0..count).map(move |row| &x[row * width..(row + 1) * width])
}

fn forward<R: Row<T>, T: Real>(x: &Inputs<'_, T>, y: &mut [T]) {
    let count = y.len();
    y.iter_mut()
        .zip(rows(x.slice(0), count))
        .for_each(|(y, x)| *y = R::value(x));
}

fn vjp<R: Row<T>, T: Real>(x: &Inputs<'_, T>, y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
    let x = x.slice(0);
    gx.update(0, |gx, write| {
        let mut gx = gx.iter_mut();
        for ((x, &y), &g) in rows(x, y.len()).zip(y).zip(gy) {
            let p = R::prepare(x, y);
            for (&x, gx) in x.iter().zip(&mut gx) {
                let contribution = R::vjp(g, x, y, p);
                *gx = if write == Write::Set {
                    contribution
                } else {
                    *gx + contribution
                };
            }
        }
    });
}

macro_rules! reductions {
    ($(
        $(#[doc = $doc:literal])*
        $Name:ident $whole:ident $along:ident:
            |$x:tt| $value:expr,
            |$px:tt, $py:tt| $prepare:expr,
            |$g:tt, $vx:tt, $y:tt, $p:tt| $vjp:expr;
    )*) => {
        $(
            #[derive(Debug)]
            struct $Name;

            impl<T: Real> Row<T> for $Name {
                fn value($x: &[T]) -> T {
                    $value
                }
                fn prepare($px: &[T], $py: T) -> [T; 2] {
                    $prepare
                }
                #[inline(always)]
                fn vjp($g: T, $vx: T, $y: T, $p: [T; 2]) -> T {
                    $vjp
                }
            }

            impl<T: Real> Op<T> for $Name {
                fn name(&self) -> &'static str {
                    stringify!($whole)
                }
                fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
                    shape(x)
                }
                fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
                    forward::<Self, T>(x, y);
                }
                fn vjp(&self, x: &Inputs<'_, T>, y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
                    vjp::<Self, T>(x, y, gy, gx);
                }
                fn flops(&self, x: &Inputs<'_, T>, _shape: Shape) -> u64 {
                    x.shape(0).len() as u64
                }
                fn example(&self, draw: &mut Draw) -> Example {
                    let shape = draw.nonempty_shape();
                    Example::new([draw.distinct(shape)])
                }
            }
        )*

        /// Reductions, of all elements or over some axes, which are dropped from the shape.
        impl<T: Real> Var<'_, T> {
            $(
                $(#[doc = $doc])*
                #[track_caller]
                pub fn $whole(self) -> Self {
                    let axes = [0, 1, 2, 3];
                    self.$along(&axes[..self.shape().rank()])
                }

                $(#[doc = $doc])*
                #[track_caller]
                pub fn $along(self, axes: &[usize]) -> Self {
                    self.with_last(axes, stringify!($whole)).apply(&$Name)
                }
            )*
        }

        pub(super) const OPS: &[&dyn AnyOp] = &[$(&$Name,)* &Prod];
    };
}

reductions! {
    /// The largest element. Ties share the adjoint evenly; a NaN makes value and adjoints NaN.
    /// Panics if there are no elements.
    Max max max_axes: |x| shared(extreme(x, |a, b| a > b), x), |x, y| [count(x, y), T::ZERO],
        |g, x, y, [ties, _]| if x == y { g / ties } else if y.is_nan() { y } else { T::ZERO };
    /// The smallest element. Ties share the adjoint evenly; a NaN makes value and adjoints NaN.
    /// Panics if there are no elements.
    Min min min_axes: |x| shared(extreme(x, |a, b| a < b), x), |x, y| [count(x, y), T::ZERO],
        |g, x, y, [ties, _]| if x == y { g / ties } else if y.is_nan() { y } else { T::ZERO };
    /// The Euclidean norm, without undue overflow or underflow. Its derivative at 0 is 0.
    Norm norm norm_axes: |x| norm(x), |_, y| [y; 2],
        |g, x, y, _| if y == T::ZERO { T::ZERO } else { g * (x / y) };
    /// ln(sum(exp(x))). All -inf give -inf with derivative 0; several inf share the adjoint evenly.
    Logsumexp logsumexp logsumexp_axes: |x| logsumexp(x), |x, y| {
            if y == T::INFINITY { [y, count(x, y)] } else { shifted_exp_sum(x) }
        },
        |g, x, y, [m, sum]| {
            if y == -T::INFINITY { T::ZERO }
            else if x == T::INFINITY { g / sum }
            else { g * ((x - m).exp() / sum) }
        };
}

pub(super) fn extreme<T: Real>(x: &[T], beats: impl Fn(T, T) -> bool) -> T {
    let better = |best: T, &x: &T| {
        if beats(x, best) || x.is_nan() {
            x
        } else {
            best
        }
    };
    match x {
        [] => T::NAN,
        [first, rest @ ..] => {
            rest.iter().fold(
                *first,
                |best, x| if best.is_nan() { best } else { better(best, x) },
            )
        }
    }
}

/// The value y of several of the numbers x, an equal part of it each one's.
fn shared<T: Real>(y: T, x: &[T]) -> T {
    let share = T::ONE / count(x, y);
    y.with_slopes(x.iter().filter(|&&x| x == y).map(|&x| (x, share)))
}

fn count<T: Real>(x: &[T], y: T) -> T {
    T::from_f64(x.iter().filter(|&&x| x == y).count() as f64)
}

/// Largest absolute value, as a constant: it scales, and is not differentiated.
fn scale<T: Real>(x: &[T]) -> f64 {
    x.iter().fold(0.0, |m: f64, x| {
        if x.is_nan() {
            f64::NAN
        } else {
            m.max(x.to_f64().abs())
        }
    })
}

fn norm<T: Real>(x: &[T]) -> T {
    let largest = scale(x);
    // Squares neither overflow nor vanish in between.
    if largest == 0.0 || (1e-15..1e15).contains(&largest) {
        return dot(x, x).sqrt();
    }
    if !largest.is_finite() {
        let y = T::from_f64(largest);
        return y.with_slopes(x.iter().map(|&x| (x, x / y)));
    }
    // A power of two: the division is exact.
    let m = T::from_f64(largest.log2().floor().exp2());
    let squares: Vec<T> = x.iter().map(|&x| (x / m) * (x / m)).collect();
    m * sum(&squares).sqrt()
}

pub(super) fn logsumexp<T: Real>(x: &[T]) -> T {
    let [m, sum] = shifted_exp_sum(x);
    if m == T::INFINITY {
        shared(m, x)
    } else if m == -T::INFINITY {
        m
    } else {
        m + sum.ln()
    }
}

impl<T: Real> Var<'_, T> {
    /// The same elements with `axes` moved behind the others and merged into one.
    #[track_caller]
    fn with_last(self, axes: &[usize], what: &str) -> Self {
        let kept = self.without_axes(axes, what);
        let count = self.count_over(axes, what);
        if what == "max" || what == "min" {
            assert_count(what, self.shape(), count, 1);
        }
        let mut order = [0; MAX_RANK];
        let rank = self.shape().rank();
        let others = (0..rank).filter(|axis| !axes.contains(axis));
        let sorted = (0..rank).filter(|axis| axes.contains(axis));
        order
            .iter_mut()
            .zip(others.chain(sorted))
            .for_each(|(o, axis)| *o = axis);
        let mut dims = [count; MAX_RANK];
        dims[..kept.rank()].copy_from_slice(kept.dims());
        self.permute(&order[..rank])
            .reshape(Shape::new(&dims[..=kept.rank()]))
    }

    /// The mean squared deviation from the mean, times n / (n - correction): correction 0 describes
    /// these elements, 1 estimates the variance of what they were drawn from (Bessel).
    ///
    /// # Panics
    /// If there are not more than `correction` elements.
    #[track_caller]
    pub fn var(self, correction: usize) -> Self {
        let axes = [0, 1, 2, 3];
        self.var_axes(&axes[..self.shape().rank()], correction)
    }

    /// [`Var::var`] over these axes, which are dropped from the shape.
    ///
    /// # Panics
    /// If it is of not more than `correction` elements.
    #[track_caller]
    pub fn var_axes(self, axes: &[usize], correction: usize) -> Self {
        let count = self.count_over(axes, "var");
        assert_count("var", self.shape(), count, correction.saturating_add(1));
        self.centered(axes)
            .square()
            .sum_axes(axes)
            .divide_by((count - correction) as f64)
    }

    /// The square root of [`Var::var`]. Its derivative at a constant is 0.
    ///
    /// # Panics
    /// If there are not more than `correction` elements.
    #[track_caller]
    pub fn std(self, correction: usize) -> Self {
        let axes = [0, 1, 2, 3];
        self.std_axes(&axes[..self.shape().rank()], correction)
    }

    /// [`Var::std`] over these axes, which are dropped from the shape.
    ///
    /// # Panics
    /// If it is of not more than `correction` elements.
    #[track_caller]
    pub fn std_axes(self, axes: &[usize], correction: usize) -> Self {
        let count = self.count_over(axes, "std");
        assert_count("std", self.shape(), count, correction.saturating_add(1));
        self.centered(axes)
            .norm_axes(axes)
            .divide_by(((count - correction) as f64).sqrt())
    }

    /// The sum of absolute values. Its derivative at 0 is 0.
    #[track_caller]
    pub fn norm_l1(self) -> Self {
        self.abs().sum()
    }

    /// The deviation from the mean over `axes`.
    #[track_caller]
    fn centered(self, axes: &[usize]) -> Self {
        let shape = self.shape();
        let mut dims = [0; MAX_RANK];
        for (axis, &size) in shape.dims().iter().enumerate() {
            dims[axis] = if axes.contains(&axis) { 1 } else { size };
        }
        self - self
            .mean_axes(axes)
            .reshape(Shape::new(&dims[..shape.rank()]))
    }

    /// The product of all elements; 1 if there are none. The derivative is right also where
    /// elements are 0.
    #[track_caller]
    pub fn prod(self) -> Self {
        let axes = [0, 1, 2, 3];
        self.prod_axes(&axes[..self.shape().rank()])
    }

    /// The product over these axes, which are dropped from the shape.
    #[track_caller]
    pub fn prod_axes(self, axes: &[usize]) -> Self {
        self.with_last(axes, "prod").apply(&Prod)
    }
}

/// The product of each row. The workspace holds the products of what follows each element, so that
/// an element's derivative is what precedes it times what follows: no division by zero.
#[derive(Debug)]
struct Prod;

impl<T: Real> Op<T> for Prod {
    fn name(&self) -> &'static str {
        "prod"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        shape(x)
    }
    fn saved(&self, x: &Inputs<'_, T>) -> usize {
        x.shape(0).len()
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let x = x.slice(0);
        let (y, following) = y.split_at_mut(y.len() - x.len());
        let mut following = following.iter_mut().rev();
        let count = y.len();
        // Backwards, so that the product accumulates what follows.
        for row in (0..count).rev() {
            let width = x.len() / count;
            y[row] = T::ONE;
            for &x in x[row * width..(row + 1) * width].iter().rev() {
                if let Some(after) = following.next() {
                    *after = y[row];
                }
                y[row] *= x;
            }
        }
    }
    fn vjp(&self, x: &Inputs<'_, T>, y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let following = &y[gy.len()..];
        let x = x.slice(0);
        gx.scatter(0, |gx| {
            let mut elements = gx.iter_mut().zip(following);
            for (x, &g) in rows(x, gy.len()).zip(gy) {
                let mut preceding = g;
                for (&x, (gx, &after)) in x.iter().zip(&mut elements) {
                    *gx += preceding * after;
                    preceding *= x;
                }
            }
        });
    }
    fn flops(&self, x: &Inputs<'_, T>, _shape: Shape) -> u64 {
        x.shape(0).len() as u64
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let shape = draw.nonempty_shape();
        let mut x = draw.tensor(shape, &[-2.0..2.0]);
        // Zeros are where a rule by division fails.
        x.values
            .iter_mut()
            .for_each(|x| *x *= f64::from(u8::from(draw.int(0..6) > 0)));
        Example::new([x])
    }
}
