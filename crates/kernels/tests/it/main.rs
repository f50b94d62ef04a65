//! Tests of the kernels against slow, obvious code and tables of exact values.

mod flush;
mod gemm;
mod mat;
mod math;
mod rows;
