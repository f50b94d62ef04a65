//! Sums over axes, and means from them.

use std::panic::Location;

use wengert_kernels::layout::MAX_RANK;
use wengert_kernels::map::Identity;
use wengert_kernels::reduce::sum_into;
use wengert_kernels::{Real, Shape, Strided, StridedMut, Write};

use super::AnyOp;
use super::view::check_axis;
use crate::draw::{Draw, Example};
use crate::grads::Grads;
use crate::op::{Access, Attributes, Inputs, Op};
use crate::var::Var;

/// Sums over the axes listed in `ints`, pairwise; the value has size 1 along them.
#[derive(Debug)]
struct Sum;

impl<T: Real> Op<T> for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        let mut dims = [0; MAX_RANK];
        let shape = x.shape(0);
        let dims = &mut dims[..shape.rank()];
        dims.copy_from_slice(shape.dims());
        for &axis in x.ints() {
            *dims
                .get_mut(axis)
                .ok_or_else(|| format!("no axis {axis}"))? = 1;
        }
        Ok(Shape::new(dims))
    }
    fn access(&self) -> Access {
        Access::Strided
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let shape = self.shape(x).expect("checked when recorded");
        let dst = StridedMut::dense(y, shape);
        sum_into(x.shape(0).slots(), x.strided(0), dst, Write::Set);
    }
    fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let g = Strided::dense(gy, gx.shape());
        gx.zip_over(0, x.shape(0), Identity, [g]);
    }
    fn flops(&self, x: &Inputs<'_, T>, _shape: Shape) -> u64 {
        x.shape(0).len() as u64
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let shape = draw.shape();
        let axes: Vec<usize> = (0..shape.rank()).filter(|_| draw.flag()).collect();
        Example::new([draw.tensor(shape, &[-2.0..2.0])]).with_ints(&axes)
    }
}

impl<T: Real> Var<'_, T> {
    /// The sum of all elements; 0 if there are none. Sums are pairwise.
    #[track_caller]
    pub fn sum(self) -> Self {
        let axes = [0, 1, 2, 3];
        self.sum_axes(&axes[..self.shape().rank()])
    }

    /// The sum over these axes, which are dropped from the shape.
    #[track_caller]
    pub fn sum_axes(self, axes: &[usize]) -> Self {
        let kept = self.without_axes(axes, "sum");
        self.tape()
            .apply(
                &Sum,
                &[self],
                Attributes {
                    ints: axes,
                    reals: &[],
                },
            )
            .reshape(kept)
    }

    /// The mean of all elements.
    ///
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub fn mean(self) -> Self {
        let axes = [0, 1, 2, 3];
        self.mean_axes(&axes[..self.shape().rank()])
    }

    /// The mean over these axes, which are dropped from the shape.
    ///
    /// # Panics
    /// If it is over no elements.
    #[track_caller]
    pub fn mean_axes(self, axes: &[usize]) -> Self {
        let count = self.count_over(axes, "mean");
        assert_count("mean", self.shape(), count, 1);
        self.sum_axes(axes).divide_by(count as f64)
    }

    /// Elements that each element of a reduction over `axes` is made of.
    #[track_caller]
    pub(super) fn count_over(self, axes: &[usize], what: &str) -> usize {
        let shape = self.shape();
        let caller = Location::caller();
        let mut count = 1;
        for (i, &axis) in axes.iter().enumerate() {
            check_axis(axis, shape, what, caller);
            assert!(
                !axes[..i].contains(&axis),
                "{what}: {shape}: axis {axis} comes twice in {axes:?} ({caller})"
            );
            count *= shape.dims()[axis];
        }
        count
    }

    /// The shape without `axes`.
    #[track_caller]
    pub(super) fn without_axes(self, axes: &[usize], what: &str) -> Shape {
        let shape = self.shape();
        self.count_over(axes, what);
        let mut kept = [0; MAX_RANK];
        let mut rank = 0;
        for (axis, &size) in shape.dims().iter().enumerate() {
            if !axes.contains(&axis) {
                kept[rank] = size;
                rank += 1;
            }
        }
        Shape::new(&kept[..rank])
    }
}

/// Panics where a reduction has no value for so few elements.
#[track_caller]
pub(super) fn assert_count(what: &str, shape: Shape, count: usize, least: usize) {
    let caller = Location::caller();
    assert!(
        count >= least,
        "{what}: {shape}: over {count} elements, the least is {least} ({caller})"
    );
}

pub(super) const OPS: &[&dyn AnyOp] = &[&Sum];
