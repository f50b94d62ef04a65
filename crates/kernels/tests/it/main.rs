//! Integration tests of the kernels.

mod gemm;
mod mat;
mod math;
