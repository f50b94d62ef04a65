//! Running sums.

use std::panic::Location;

use wengert_kernels::{Real, Shape};

use super::AnyOp;
use super::reduce::rows;
use super::softmax::row_count;
use super::view::check_axis;
use crate::draw::{Draw, Example};
use crate::grads::Grads;
use crate::op::{Attributes, Inputs, Op};
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
        self.along(axis, &Cumsum, &[])
    }

    /// Applies a rule for the last axis along another.
    #[track_caller]
    pub(super) fn along(self, axis: usize, op: &'static dyn Op<T>, ints: &[usize]) -> Self {
        let shape = self.shape();
        check_axis(axis, shape, op.name(), Location::caller());
        let (tape, attributes) = (self.tape(), Attributes { ints, reals: &[] });
        let last = shape.rank() - 1;
        if axis == last {
            return tape.apply(op, &[self], attributes);
        }
        let turned = self.transpose(axis, last);
        tape.apply(op, &[turned], attributes).transpose(axis, last)
    }
}

pub(super) const OPS: &[&dyn AnyOp] = &[&Cumsum];
