//! Packed operands: the right side of a product, laid out once and used many times.

use std::fmt;
use std::marker::PhantomData;

use super::float::Kernels;
use super::pack::{self, CacheLine};
use super::product::{Operand, Product};
use super::tiled::Lines;
use super::{Mat, MatMut};
use crate::real::Real;

/// A k x n matrix B laid out for products C = A B: a recurrent weight matrix is packed once per
/// sequence and multiplied at each of its steps.
///
/// Every float of a product is one multiply-add chain over k from 0, or for a dual number the sum
/// of such chains, added to C once: the same bits at every [`Level`](crate::simd::Level), and the same bits for a
/// row of A alone as in any batch.
#[derive(Clone)]
pub struct Packed<T> {
    /// The packed matrix of the first parts of all elements, then that of the next.
    lines: Vec<CacheLine>,
    shape: [usize; 2],
    scalar: PhantomData<T>,
}

impl<T: Real> Packed<T> {
    /// The empty matrix, 0 x 0.
    pub fn new() -> Self {
        Self {
            lines: Vec::new(),
            shape: [0, 0],
            scalar: PhantomData,
        }
    }

    /// Packs `b` over the matrix held before. Allocates only if `b` takes more room than any matrix
    /// before it; rows are filled up to multiples of 64 bytes.
    pub fn pack(&mut self, b: Mat<'_, T>) {
        self.shape = b.shape();
        let len = pack::len::<T::Float>(self.shape);
        pack::reserve(&mut self.lines, len * T::COUNT);
        for i in 0..T::COUNT {
            let (part, lines) = (Operand::from(&b).part(i), &mut self.lines[i * len..]);
            // SAFETY: `Mat` checked the bounds.
            unsafe { T::Float::pack(part, self.shape, lines) };
        }
    }

    /// Rows and columns of the matrix.
    pub fn shape(&self) -> [usize; 2] {
        self.shape
    }

    /// The columns of part `i` of the elements.
    fn part(&self, i: usize) -> Lines<T::Float> {
        let len = pack::len::<T::Float>(self.shape);
        Lines::packed(self.lines[i * len..].as_ptr().cast(), self.shape)
    }
}

impl<T: Real> Default for Packed<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Packed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packed")
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

/// C = A B, or C += A B if `add`; otherwise C is not read, and may hold NaN. Allocates nothing.
///
/// A is m x k, B k x n, C m x n, A of any strides. The columns of C should be adjacent, which saves
/// a copy.
///
/// # Panics
/// If the shapes do not fit.
#[track_caller]
pub fn packed_gemm<T: Real>(a: Mat<'_, T>, b: &Packed<T>, mut c: MatMut<'_, T>, add: bool) {
    let product = Product::new("packed_gemm", &a, b.shape(), &mut c, add);
    for (product, part) in product.parts() {
        // SAFETY: `Mat` and `MatMut` checked the bounds, a `MatMut` borrows its elements
        // exclusively, and `pack` filled these lines with B.
        unsafe { T::Float::gemm_lines(&product, &b.part(part)) };
    }
}
