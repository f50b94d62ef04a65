//! Matrix products over strided operands: C = A B and C += A B.
//!
//! A product of floats takes one of four ways, whichever its sizes and strides make the fastest:
//! tiles of C in registers over B where it lies (its columns must be adjacent), dot products, three
//! plain loops, or `matrixmultiply`, which packs both operands. A product of dual numbers is one of
//! floats for every pair of parts that contributes.

mod dot;
mod float;
mod loops;
mod mat;
mod pack;
mod packed;
mod product;
mod tile;
mod tiled;

pub use float::{Float, Parts};
pub use mat::{Mat, MatMut};
pub use packed::{Packed, packed_gemm};

use std::cell::RefCell;

use crate::real::Real;
use crate::simd;
use dot::Dots;
use loops::Loops;
use pack::CacheLine;
use product::{Product, Strided};
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
        unsafe { floats(product, Strided::from(&b).part(part)) };
    }
}

/// Largest number of multiply-adds that three loops do faster than anything else.
const TINY: usize = 64;

/// Rows of A for which dot products are faster than packing B.
const FEW: usize = 4;

/// Rows of B at a time: a strip of tiles then finds its part of B in the nearest caches.
const DEPTH: usize = 256;

/// Largest part of B, in cache lines, worth packing for one product: 1 MiB.
const WORTH_PACKING: usize = 1 << 14;

thread_local! {
    /// B in lines, for the product that this thread is at.
    static LINES: RefCell<Vec<CacheLine>> = const { RefCell::new(Vec::new()) };
}

/// One product of floats.
///
/// # Safety
/// Of [`Product`].
unsafe fn floats<T: Float>(p: Product<T>, b: Strided<*const T>) {
    let across = p.n == 1 || p.c.strides[1] != 1 && p.c.strides[0] == 1;
    let (p, b) = if across { p.t(b) } else { (p, b) };
    let [transposed, adjacent] = b.strides.map(|stride| stride == 1);
    // SAFETY: the caller's contract is the same.
    unsafe {
        if p.m * p.k * p.n <= TINY {
            simd::dispatch(Loops::new(&p, b));
        } else if adjacent && p.n >= T::LINE {
            for (p, b) in p.slices(b, DEPTH) {
                tiled::product(&p, &Lines::in_place(b, p.n), simd::level());
            }
        } else if p.m <= FEW && p.a.strides[1] == 1 && transposed {
            simd::dispatch(Dots::new(&p, b));
        } else if (adjacent || transposed) && pack::len::<T>([DEPTH, p.n]) <= WORTH_PACKING {
            LINES.with_borrow_mut(|lines| {
                pack::reserve(lines, pack::len::<T>([DEPTH.min(p.k), p.n]));
                for (p, b) in p.slices(b, DEPTH) {
                    let lines = pack::pack(b, [p.k, p.n], lines);
                    tiled::product(&p, &lines, simd::level());
                }
            });
        } else {
            T::blocked(&p, b);
        }
    }
}
