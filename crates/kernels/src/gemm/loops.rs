//! The three loops, for products too small for anything else.

use super::float::Float;
use super::product::{Operand, Product};
use crate::simd::Kernel;

/// One product of any shape and strides, every element one multiply-add chain over k.
pub struct Loops<'a, T> {
    p: &'a Product<T>,
    b: Operand<*const T>,
}

impl<'a, T: Float> Loops<'a, T> {
    /// The product of `p.a` and `b`.
    ///
    /// # Safety
    /// Of [`Product`].
    pub unsafe fn new(p: &'a Product<T>, b: Operand<*const T>) -> Self {
        Self { p, b }
    }
}

impl<T: Float> Kernel for Loops<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { p, b } = self;
        for i in 0..p.m {
            for j in 0..p.n {
                let mut sum = T::ZERO;
                for l in 0..p.k {
                    // SAFETY: `new` was promised elements (i, l) of A and (l, j) of B.
                    let (x, y) = unsafe { (*p.a.element(i, l), *b.element(l, j)) };
                    sum = x.mul_add(y, sum);
                }
                // SAFETY: `new` was promised element (i, j) of C.
                unsafe {
                    let c = p.c.element(i, j);
                    *c = if p.add { *c + sum } else { sum };
                }
            }
        }
    }
}
