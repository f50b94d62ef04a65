//! The rules: one table row, or one file, for each operation.
//!
//! Each operation states the domain on which it is tested ([`Op::example`]):
//! without one it does not compile. [`all`] lists every operation; the tests and the gradient-check
//! table walk that list.

mod binary;
mod concat;
mod copy;
mod cumulative;
mod gather;
mod linalg;
mod loss;
mod matmul;
mod reduce;
mod select;
mod softmax;
mod sum;
mod unary;
mod view;

pub use concat::{concat, stack};
pub(crate) use copy::Copy;

use wengert_kernels::Dual;

use crate::op::Op;

/// An operation over the scalar types that [`check`](crate::check) needs.
pub trait AnyOp: Op<f64> + Op<Dual<f64>> + 'static {}

impl<O> AnyOp for O where O: Op<f64> + Op<Dual<f64>> + 'static {}

/// Every built-in operation.
pub fn all() -> Vec<&'static dyn AnyOp> {
    [
        unary::OPS,
        binary::OPS,
        select::OPS,
        copy::OPS,
        sum::OPS,
        reduce::OPS,
        cumulative::OPS,
        matmul::OPS,
        softmax::OPS,
        loss::OPS,
        concat::OPS,
        gather::OPS,
        linalg::OPS,
    ]
    .concat()
}
