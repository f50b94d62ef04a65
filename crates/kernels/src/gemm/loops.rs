//! The three loops, for products too small for anything else.

use super::Product;
use super::float::Float;
use crate::simd::Kernel;

/// One product of any shape and strides; every element one multiply-add chain over k.
pub struct Loops<'a, T>(&'a Product<T>);

impl<'a, T: Float> Loops<'a, T> {
    /// The product `p`.
    ///
    /// # Safety
    /// Of [`Product`].
    pub unsafe fn new(p: &'a Product<T>) -> Self {
        Self(p)
    }
}

impl<T: Float> Kernel for Loops<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let p = self.0;
        for i in 0..p.m.cast_signed() {
            for j in 0..p.n.cast_signed() {
                let mut sum = T::ZERO;
                for l in 0..p.k.cast_signed() {
                    // SAFETY: `new` was promised elements (i, l) of A and (l, j) of B.
                    let (x, y) = unsafe {
                        (
                            *p.a.offset(i * p.a_strides[0] + l * p.a_strides[1]),
                            *p.b.offset(l * p.b_strides[0] + j * p.b_strides[1]),
                        )
                    };
                    sum = x.mul_add(y, sum);
                }
                // SAFETY: `new` was promised element (i, j) of C.
                unsafe {
                    let c = p.c.offset(i * p.c_strides[0] + j * p.c_strides[1]);
                    *c = if p.add { *c + sum } else { sum };
                }
            }
        }
    }
}
