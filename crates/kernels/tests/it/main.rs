//! Tests of the kernels against slow, obvious code.

mod gemm;
mod math;
