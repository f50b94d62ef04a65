//! C = A B with few rows of A, rows of A and columns of B contiguous: every element a dot product.
//!
//! A dot product is summed in one line of partial sums: the sum of lane i runs over the elements
//! i, i + LINE, i + 2 LINE, ...; the lanes are then added in halves. The order depends on k alone,
//! so all levels give the same bits.

use super::Product;
use super::float::Float;
use crate::simd::Kernel;

/// Columns of B at a time: as many accumulators as hide the latency of a multiply-add.
const COLUMNS: usize = 8;

/// One product; `L` is [`Float::LINE`].
pub struct Dots<'a, T, const L: usize>(&'a Product<T>);

impl<'a, T: Float, const L: usize> Dots<'a, T, L> {
    /// The product `p`.
    ///
    /// # Safety
    /// Of [`Product`]; columns of A and rows of B are adjacent.
    pub unsafe fn new(p: &'a Product<T>) -> Self {
        Self(p)
    }
}

impl<T: Float, const L: usize> Kernel for Dots<'_, T, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let p = self.0;
        for i in 0..p.m {
            let a = p.a.wrapping_offset(i.cast_signed() * p.a_strides[0]);
            let mut j = 0;
            // SAFETY: `new` was promised operands of these sizes and strides.
            unsafe {
                while j + COLUMNS <= p.n {
                    dots::<T, L, COLUMNS>(p, a, i, j);
                    j += COLUMNS;
                }
                while j < p.n {
                    dots::<T, L, 1>(p, a, i, j);
                    j += 1;
                }
            }
        }
    }
}

/// Elements (i, j..j + N) of C.
#[inline(always)]
unsafe fn dots<T: Float, const L: usize, const N: usize>(
    p: &Product<T>,
    a: *const T,
    i: usize,
    j: usize,
) {
    let mut sums = [[T::ZERO; L]; N];
    let b = |n: usize| p.b.wrapping_offset((j + n).cast_signed() * p.b_strides[1]);
    let whole = p.k - p.k % L;
    // SAFETY: the caller vouches for k elements of A's row and of each column of B, and for C.
    unsafe {
        for l in (0..whole).step_by(L) {
            let x = a.add(l).cast::<[T; L]>().read();
            for (n, sum) in sums.iter_mut().enumerate() {
                let y = b(n).add(l).cast::<[T; L]>().read();
                for lane in 0..L {
                    sum[lane] = x[lane].mul_add(y[lane], sum[lane]);
                }
            }
        }
        for (n, sum) in sums.iter_mut().enumerate() {
            for (lane, l) in (whole..p.k).enumerate() {
                sum[lane] = (*a.add(l)).mul_add(*b(n).add(l), sum[lane]);
            }
            let mut width = L;
            while width > 1 {
                width /= 2;
                for lane in 0..width {
                    let upper = sum[lane + width];
                    sum[lane] += upper;
                }
            }
            let (i, j) = (i.cast_signed(), (j + n).cast_signed());
            let c = p.c.offset(i * p.c_strides[0] + j * p.c_strides[1]);
            *c = if p.add { *c + sum[0] } else { sum[0] };
        }
    }
}
