//! Matrix products over strided operands: C = A B and C += A B.
//!
//! Products of floats take one of four ways, whichever their sizes and strides make the fastest;
//! a product of dual numbers is one of floats for every pair of parts that contributes.

mod dot;
mod float;
mod loops;
mod mat;
mod tile;
mod tiled;

pub use float::{Float, Parts};
pub use mat::{Mat, MatMut};

use crate::real::Real;
use crate::simd;
use loops::Loops;
use tiled::Lines;

/// Sizes, strides (in elements) and pointers of one product `C = A B`, or `C += A B` if `add`.
/// A is m x k, B is k x n, C is m x n.
///
/// # Safety
/// A function that takes one by promise of its caller reads and writes through the pointers: they
/// must be valid for every element the sizes and strides reach, the elements of C must be distinct
/// and none of them an element of A or B. Those of C need not be initialised unless `add`.
#[derive(Clone, Copy, Debug)]
pub struct Product<T> {
    m: usize,
    k: usize,
    n: usize,
    a: *const T,
    a_strides: [isize; 2],
    b: *const T,
    b_strides: [isize; 2],
    c: *mut T,
    c_strides: [isize; 2],
    add: bool,
}

/// C = A B, or C += A B if `add`; otherwise C is not read, and may hold NaN.
///
/// A is m x k, B k x n, C m x n. With k = 0 the product is 0.
///
/// # Panics
/// If the shapes do not fit.
#[track_caller]
pub fn gemm<T: Real>(a: Mat<'_, T>, b: Mat<'_, T>, mut c: MatMut<'_, T>, add: bool) {
    let ([m, k], [k_b, n]) = (a.shape(), b.shape());
    assert!(
        k == k_b && c.shape() == [m, n],
        "gemm: {:?} x {:?} into {:?}",
        a.shape(),
        b.shape(),
        c.shape()
    );
    if m == 0 || n == 0 {
        return;
    }
    let p = Product {
        m,
        k,
        n,
        a: a.as_ptr(),
        a_strides: tame(a.shape(), a.strides()),
        b: b.as_ptr(),
        b_strides: tame(b.shape(), b.strides()),
        c: c.as_mut_ptr(),
        c_strides: tame(c.shape(), c.strides()),
        add,
    };
    for whole in 0..T::COUNT {
        for i in (0..T::COUNT).filter(|i| i & whole == *i) {
            let add = add || i != 0;
            // SAFETY: `Mat` and `MatMut` checked the bounds, and a `MatMut` borrows its elements
            // exclusively; the parts of an element lie within it.
            unsafe { strided(&p.part(i, whole - i, add)) };
        }
    }
}

/// Strides without those that no element is reached by, which may be any number.
fn tame(shape: [usize; 2], strides: [isize; 2]) -> [isize; 2] {
    [0, 1].map(|axis| {
        if shape.contains(&0) || shape[axis] == 1 {
            1
        } else {
            strides[axis]
        }
    })
}

/// One product of floats.
///
/// # Safety
/// Of [`Product`].
unsafe fn strided<T: Float>(p: &Product<T>) {
    let transposed = p.n == 1 || p.c_strides[1] != 1 && p.c_strides[0] == 1;
    let p = if transposed { &p.t() } else { p };
    let &Product {
        m,
        k,
        n,
        a_strides,
        b_strides,
        ..
    } = p;
    // SAFETY: the caller's contract is the same.
    unsafe {
        if m * k * n <= TINY {
            simd::dispatch(Loops::new(p));
        } else if b_strides[1] == 1 && n >= T::LINE {
            tiled::product(p, &Lines::in_place(p), simd::level());
        } else if m <= 4 && a_strides[1] == 1 && b_strides[0] == 1 {
            T::dots(p);
        } else {
            T::blocked(p);
        }
    }
}

/// Largest number of multiply-adds that the three loops do faster than any packing.
const TINY: usize = 512;

impl<T: Parts> Product<T> {
    /// The product of part `i` of A and part `j` of B, a contribution to part `i + j` of C.
    fn part(&self, i: usize, j: usize, add: bool) -> Product<T::Float> {
        let scale = |[row, col]: [isize; 2]| [row, col].map(|s| s * T::COUNT.cast_signed());
        Product {
            m: self.m,
            k: self.k,
            n: self.n,
            a: self.a.cast::<T::Float>().wrapping_add(i),
            a_strides: scale(self.a_strides),
            b: self.b.cast::<T::Float>().wrapping_add(j),
            b_strides: scale(self.b_strides),
            c: self.c.cast::<T::Float>().wrapping_add(i + j),
            c_strides: scale(self.c_strides),
            add,
        }
    }

    /// C^T = B^T A^T, the same product.
    fn t(self) -> Self {
        let t = |[row, col]: [isize; 2]| [col, row];
        Self {
            m: self.n,
            n: self.m,
            a: self.b,
            a_strides: t(self.b_strides),
            b: self.a,
            b_strides: t(self.a_strides),
            c_strides: t(self.c_strides),
            ..self
        }
    }
}
