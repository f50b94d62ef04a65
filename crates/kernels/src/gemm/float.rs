//! What a product needs to know of a scalar: the floats it consists of, and their kernels.

use std::ops::IndexMut;

use super::pack::{self, CacheLine};
use super::product::{Operand, Product};
use super::tiled::{self, Lines};
use crate::real::Real;
use crate::simd;

/// A scalar as an array of floats: a float is one, a dual number has twice as many as its parts.
///
/// Part `i` of a number is multiplied by those `eps` whose bit is set in `i`, and no `eps` occurs
/// twice in a product: parts `i` and `j` contribute to part `i | j` if `i & j == 0`, else nothing.
///
/// # Safety
/// Implementors are laid out as `[Self::Float; Self::COUNT]`.
pub unsafe trait Parts: Copy {
    /// The floats.
    type Float: Float;
    /// How many: a power of two.
    const COUNT: usize;
}

/// `f32` or `f64`: a scalar with kernels of its own.
pub trait Float: Real<Float = Self> + Kernels {}

/// The kernels of a float. They are generic, but these entry points are not: so the kernels are
/// compiled once, in this crate, with its optimisation.
pub trait Kernels: Sized {
    /// Elements in a line.
    const LINE: usize;
    /// A line: an array of 64 bytes, one AVX-512 register.
    type Line: Copy + IndexMut<usize, Output = Self>;
    /// The line of zeros.
    const ZEROS: Self::Line;

    /// The product of `p.a` and `b` by whichever way is the fastest.
    ///
    /// # Safety
    /// Of [`Product`].
    unsafe fn gemm(p: Product<Self>, b: Operand<*const Self>);

    /// The product of `p.a` and the matrix in `lines`.
    ///
    /// # Safety
    /// Of [`Product`].
    unsafe fn gemm_lines(p: &Product<Self>, lines: &Lines<Self>);

    /// Copies a matrix of this shape to lines; see [`pack::pack`].
    ///
    /// # Safety
    /// The elements that `b` reaches with its strides are valid.
    unsafe fn pack(b: Operand<*const Self>, shape: [usize; 2], to: &mut [CacheLine]);

    /// The product of `p.a` and `b` through `matrixmultiply`.
    ///
    /// # Safety
    /// Of [`Product`].
    unsafe fn matrixmultiply(p: &Product<Self>, b: Operand<*const Self>);
}

macro_rules! impl_float {
    ($float:ident, $line:literal, $gemm:ident) => {
        // SAFETY: a type is laid out as an array of one of itself.
        unsafe impl Parts for $float {
            type Float = Self;
            const COUNT: usize = 1;
        }

        impl Float for $float {}

        impl Kernels for $float {
            const LINE: usize = $line;
            type Line = [Self; $line];
            const ZEROS: Self::Line = [0.0; $line];

            unsafe fn gemm(p: Product<Self>, b: Operand<*const Self>) {
                // SAFETY: the caller's contract is the same.
                unsafe { super::floats(p, b) }
            }

            unsafe fn gemm_lines(p: &Product<Self>, lines: &Lines<Self>) {
                // SAFETY: the caller's contract is the same.
                unsafe { tiled::product(p, lines, simd::level()) }
            }

            unsafe fn pack(b: Operand<*const Self>, shape: [usize; 2], to: &mut [CacheLine]) {
                // SAFETY: the caller's contract is the same.
                unsafe { pack::pack(b, shape, to) };
            }

            unsafe fn matrixmultiply(p: &Product<Self>, b: Operand<*const Self>) {
                let &Product { m, k, n, a, c, .. } = p;
                let ([a_row, a_col], [b_row, b_col], [c_row, c_col]) =
                    (a.strides, b.strides, c.strides);
                let (a, b, c, beta) = (a.at, b.at, c.at, if p.add { 1.0 } else { 0.0 });
                // SAFETY: the caller's pointers are valid for these sizes and strides. With beta 0
                // C is not read.
                unsafe {
                    ::matrixmultiply::$gemm(
                        m, k, n, 1.0, a, a_row, a_col, b, b_row, b_col, beta, c, c_row, c_col,
                    );
                }
            }
        }
    };
}

impl_float!(f32, 16, sgemm);
impl_float!(f64, 8, dgemm);
