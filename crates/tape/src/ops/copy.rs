//! y = x, in row-major order without gaps.

use wengert_kernels::map;
use wengert_kernels::{Real, Shape, StridedMut};

use super::AnyOp;
use crate::draw::{Draw, Example};
use crate::grads::Grads;
use crate::op::{Access, Inputs, Op};

/// The identity, as a node of its own: the engine puts it between a view with gaps and a rule that
/// wants slices, and [`Var::retain`](crate::Var::retain) gives it to views.
#[derive(Debug)]
pub(crate) struct Copy;

impl<T: Real> Op<T> for Copy {
    fn name(&self) -> &'static str {
        "copy"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        Ok(x.shape(0))
    }
    fn access(&self) -> Access {
        Access::Elementwise
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let shape = x.shape(0);
        let dst = StridedMut::dense(y, shape);
        map::copy(shape.slots(), x.strided(0), dst);
    }
    fn vjp(&self, _x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        gx.pass(0, gy);
    }
    fn flops(&self, _x: &Inputs<'_, T>, _shape: Shape) -> u64 {
        0
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let shape = draw.shape();
        Example::new([draw.tensor(shape, &[-2.0..2.0])])
    }
}

pub(super) const OPS: &[&dyn AnyOp] = &[&Copy];
