//! Integration tests of the kernels.

mod math;
