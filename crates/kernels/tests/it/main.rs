//! Integration tests of the kernels.

mod gemm;
mod math;
