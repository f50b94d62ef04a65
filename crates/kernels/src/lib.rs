//! Numbers in slices: scalars, layouts, vectorised maps, reductions and matrix products.
//!
//! This crate knows no graph and no gradient. It is the only crate of the workspace with `unsafe`
//! code; everything it exports is safe to call with any arguments, and panics on wrong ones.
//!
//! Kernels are compiled three times (AVX-512, AVX2 with FMA, portable) and chosen at run time, see
//! [`simd`]. All three give the same bits: a formula is written once, in terms of IEEE operations
//! and fused multiply-adds, and never reordered.

pub mod dual;
mod flush;
pub mod gemm;
pub mod layout;
pub mod map;
pub mod math;
pub mod real;
pub mod reduce;
pub mod rows;
pub mod simd;

pub use dual::Dual;
pub use flush::flush;
pub use gemm::{Mat, MatMut, Packed, gemm, packed_gemm};
pub use layout::{IntoShape, Layout, Shape};
pub use map::{Strided, StridedMut, Write};
pub use real::Real;
