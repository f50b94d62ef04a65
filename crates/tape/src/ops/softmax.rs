//! Softmax and its logarithm.

use wengert_kernels::map::{Formula, Write, zip_slices};
use wengert_kernels::reduce::{dot, sum};
use wengert_kernels::{Real, Shape};

use super::AnyOp;
use super::reduce::{extreme, rows};
use crate::draw::{Draw, Example};
use crate::grads::Grads;
use crate::op::{Inputs, Op};
use crate::var::Var;

/// y = exp(x) / sum(exp(x)) along the last axis.
#[derive(Debug)]
struct Softmax;

/// y = x - ln(sum(exp(x))) along the last axis.
#[derive(Debug)]
struct LogSoftmax;

/// Number of rows of a shape along its last axis.
pub(super) fn row_count(shape: Shape) -> usize {
    shape
        .dims()
        .split_last()
        .map_or(1, |(_, kept)| kept.iter().product())
}

fn example(draw: &mut Draw) -> Example {
    let shape = draw.nonempty_shape();
    Example::new([draw.tensor(shape, &[-3.0..3.0])])
}

impl<T: Real> Op<T> for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        Ok(x.shape(0))
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let mut start = 0;
        for x in rows(x.slice(0), row_count(x.shape(0))) {
            let [m, sum] = shifted_exp_sum(x);
            let y = &mut y[start..start + x.len()];
            zip_slices(Share { m, sum, g: T::ONE }, [x], y, Write::Set);
            start += x.len();
        }
    }
    fn vjp(&self, x: &Inputs<'_, T>, y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let count = row_count(x.shape(0));
        gx.scatter(0, |gx| {
            let mut gx = gx.iter_mut();
            for (y, gy) in rows(y, count).zip(rows(gy, count)) {
                let mean = dot(y, gy);
                y.iter()
                    .zip(gy)
                    .zip(&mut gx)
                    .for_each(|((&y, &g), gx)| *gx += y * (g - mean));
            }
        });
    }
    fn example(&self, draw: &mut Draw) -> Example {
        example(draw)
    }
}

impl<T: Real> Op<T> for LogSoftmax {
    fn name(&self) -> &'static str {
        "log_softmax"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        Ok(x.shape(0))
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let mut y = y.iter_mut();
        for x in rows(x.slice(0), row_count(x.shape(0))) {
            let [m, sum] = shifted_exp_sum(x);
            let total = sum.ln();
            x.iter()
                .zip(&mut y)
                .for_each(|(&x, y)| *y = (x - m) - total);
        }
    }
    fn vjp(&self, x: &Inputs<'_, T>, y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let count = row_count(x.shape(0));
        gx.scatter(0, |gx| {
            let mut start = 0;
            for (y, gy) in rows(y, count).zip(rows(gy, count)) {
                let gx = &mut gx[start..start + y.len()];
                zip_slices(LessShare { total: sum(gy) }, [y, gy], gx, Write::Add);
                start += y.len();
            }
        });
    }
    fn example(&self, draw: &mut Draw) -> Example {
        example(draw)
    }
}

/// The highest of the numbers, m, as a constant, and the sum of exp(x - m): a softmax of large
/// numbers made of these is as accurate as one of small numbers. Of no numbers, m is -inf.
pub(super) fn shifted_exp_sum<T: Real>(x: &[T]) -> [T; 2] {
    let highest = extreme(x, |a, b| a > b).to_f64();
    let m = T::from_f64(if x.is_empty() {
        f64::NEG_INFINITY
    } else {
        highest
    });
    // Exponentials by vector instructions, sums in the order of the numbers.
    let mut block = [T::ZERO; BLOCK];
    let mut sum = T::ZERO;
    for x in x.chunks(BLOCK) {
        let block = &mut block[..x.len()];
        zip_slices(ShiftedExp(m), [x], block, Write::Set);
        sum = block.iter().fold(sum, |s, &e| s + e);
    }
    [m, sum]
}

/// exp(x - m).
#[derive(Clone, Copy)]
struct ShiftedExp<T>(T);

impl<T: Real> Formula<T, 1> for ShiftedExp<T> {
    #[inline(always)]
    fn at(self, [x]: [T; 1]) -> T {
        (x - self.0).exp()
    }
}

/// Exponentials kept on the stack.
const BLOCK: usize = 128;

/// g exp(x - m) / sum.
#[derive(Clone, Copy)]
pub(super) struct Share<T> {
    pub m: T,
    pub sum: T,
    pub g: T,
}

impl<T: Real> Formula<T, 1> for Share<T> {
    #[inline(always)]
    fn at(self, [x]: [T; 1]) -> T {
        self.g * ((x - self.m).exp() / self.sum)
    }
}

/// g - exp(y) total.
#[derive(Clone, Copy)]
struct LessShare<T> {
    total: T,
}

impl<T: Real> Formula<T, 2> for LessShare<T> {
    #[inline(always)]
    fn at(self, [y, g]: [T; 2]) -> T {
        g - y.exp() * self.total
    }
}

impl<T: Real> Var<'_, T> {
    /// exp(x) / sum(exp(x)) along an axis; finite for all finite x, NaN if all are -inf.
    #[track_caller]
    pub fn softmax(self, axis: usize) -> Self {
        self.along(axis, &Softmax, &[])
    }

    /// x - ln(sum(exp(x))) along an axis; finite for all finite x.
    #[track_caller]
    pub fn log_softmax(self, axis: usize) -> Self {
        self.along(axis, &LogSoftmax, &[])
    }
}

pub(super) const OPS: &[&dyn AnyOp] = &[&Softmax, &LogSoftmax];
