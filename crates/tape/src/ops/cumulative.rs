//! Running sums.

use wengert_kernels::{Real, Shape};

use super::AnyOp;
use super::reduce::rows;
use super::softmax::row_count;
use crate::draw::{Draw, Example};
use crate::grads::Grads;
use crate::op::{Inputs, Op};
use crate::var::Var;

/// y_i = x_0 + ... + x_i along the last axis.
#[derive(Debug)]
struct Cumsum;

impl<T: Real> Op<T> for Cumsum {
    fn name(&self) -> &'static str {
        "cumsum"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        Ok(x.shape(0))
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let mut y = y.iter_mut();
        for x in rows(x.slice(0), row_count(x.shape(0))) {
            let mut sum = T::ZERO;
            for (&x, y) in x.iter().zip(&mut y) {
                sum += x;
                *y = sum;
            }
        }
    }
    fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let count = row_count(x.shape(0));
        gx.scatter(0, |gx| {
            let mut start = 0;
            for gy in rows(gy, count) {
                let mut sum = T::ZERO;
                for (&gy, gx) in gy.iter().zip(&mut gx[start..start + gy.len()]).rev() {
                    sum += gy;
                    *gx += sum;
                }
                start += gy.len();
            }
        });
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let shape = draw.shape();
        Example::new([draw.tensor(shape, &[-2.0..2.0])])
    }
}

impl<T: Real> Var<'_, T> {
    /// Running sums along an axis: element i of the result is the sum of the elements up to i.
    #[track_caller]
    pub fn cumsum(self, axis: usize) -> Self {
        self.along_last(axis, "cumsum", |x| x.apply(&Cumsum))
    }

    /// Applies a function of the last axis along another.
    #[track_caller]
    pub(super) fn along_last(self, axis: usize, what: &str, f: impl FnOnce(Self) -> Self) -> Self {
        let shape = self.shape();
        let caller = std::panic::Location::caller();
        assert!(
            axis < shape.rank(),
            "{what}: {shape}: no axis {axis} ({caller})"
        );
        let last = shape.rank() - 1;
        if axis == last {
            return f(self);
        }
        f(self.transpose(axis, last)).transpose(axis, last)
    }
}

pub(super) const OPS: &[&dyn AnyOp] = &[&Cumsum];
