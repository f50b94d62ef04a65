//! Matrix products over strided operands: C = A B and C += A B.
//!
//! A product of floats takes one of five ways, whichever its sizes and strides make the fastest:
//!
//! * three plain loops, if it is tiny;
//! * tiles of C in registers over B where it lies, if the columns of B are adjacent;
//! * dot products, if A has few rows, and they and the columns of B are contiguous;
//! * tiles over B, or A in its place, packed to a buffer of the thread;
//! * `matrixmultiply`, which packs both, if the operands are large.
//!
//! A product of dual numbers is one of floats for every pair of parts that contributes to a part.
//! All ways but the last give the same bits on every machine.

mod dot;
mod float;
mod loops;
mod mat;
mod pack;
mod packed;
mod product;
mod tile;
mod tiled;

use std::cell::RefCell;

pub use float::{Float, Parts};
pub use mat::{Mat, MatMut};
pub use packed::{Packed, packed_gemm};

use crate::real::Real;
use crate::simd;
use dot::Dots;
use float::Kernels;
use loops::Loops;
use pack::CacheLine;
use product::{Operand, Product};
use tiled::Lines;

/// C = A B, or C += A B if `add`; otherwise C is not read, and may hold NaN.
///
/// A is m x k, B k x n, C m x n. With k = 0 the product is 0.
///
/// # Panics
/// If the shapes do not fit.
#[track_caller]
pub fn gemm<T: Real>(a: Mat<'_, T>, b: Mat<'_, T>, mut c: MatMut<'_, T>, add: bool) {
    let product = Product::new("gemm", &a, b.shape(), &mut c, add);
    for (product, part) in product.parts() {
        // SAFETY: `Mat` and `MatMut` checked the bounds, and a `MatMut` borrows its elements
        // exclusively; the parts of an element lie within it.
        unsafe { T::Float::gemm(product, Operand::from(&b).part(part)) };
    }
}

/// [`gemm`] through the crate `matrixmultiply` whatever the sizes: what the other ways have to beat
/// in benchmarks, and agree with in tests.
///
/// # Panics
/// If the shapes do not fit.
#[track_caller]
pub fn matrixmultiply<T: Real>(a: Mat<'_, T>, b: Mat<'_, T>, mut c: MatMut<'_, T>, add: bool) {
    let product = Product::new("gemm", &a, b.shape(), &mut c, add);
    for (product, part) in product.parts() {
        // SAFETY: as in `gemm`.
        unsafe { T::Float::matrixmultiply(&product, Operand::from(&b).part(part)) };
    }
}

/// Largest number of multiply-adds that three loops do faster than anything else.
const TINY: usize = 64;

/// Rows of A for which dot products are faster than packing.
const FEW: usize = 4;

/// Rows of B at a time: a strip of tiles then finds its part of B in the nearest caches.
const DEPTH: usize = 256;

/// Largest buffer worth packing to, in cache lines: 1 MiB, which leaves room in a cache of 2 MiB.
const BUFFER: usize = 1 << 14;

thread_local! {
    /// B in lines, for the product that this thread is at.
    static LINES: RefCell<Vec<CacheLine>> = const { RefCell::new(Vec::new()) };
}

/// One product of floats.
///
/// # Safety
/// Of [`Product`].
unsafe fn floats<T: Float>(p: Product<T>, b: Operand<*const T>) {
    let across = p.n == 1 || p.c.strides[1] != 1 && p.c.strides[0] == 1;
    let (p, b) = if across { p.t(b) } else { (p, b) };
    // SAFETY: the caller's contract is the same.
    unsafe {
        if p.m * p.k * p.n <= TINY {
            simd::dispatch(Loops::new(&p, b));
        } else if b.strides[1] == 1 && p.n >= T::LINE {
            for (p, b) in p.slices(b, DEPTH) {
                tiled::product(&p, &Lines::in_place(b, p.n), simd::level());
            }
        } else if p.m <= FEW && p.a.strides[1] == 1 && b.strides[0] == 1 {
            simd::dispatch(Dots::new(&p, b));
        } else if pack::len::<T>([DEPTH, p.m.min(p.n)]) <= BUFFER {
            // The smaller of A and B is packed: C = A B or C^T = B^T A^T.
            let (p, b) = if p.m < p.n { p.t(b) } else { (p, b) };
            LINES.with_borrow_mut(|lines| {
                pack::reserve(lines, pack::len::<T>([DEPTH.min(p.k), p.n]));
                for (p, b) in p.slices(b, DEPTH) {
                    let lines = pack::pack(b, [p.k, p.n], lines);
                    tiled::product(&p, &lines, simd::level());
                }
            });
        } else {
            T::matrixmultiply(&p, b);
        }
    }
}
