//! C = A B with few rows of A, rows of A and columns of B contiguous: every element a dot product.
//!
//! A dot product is summed in one line of partial sums: that of lane i runs over the elements i,
//! i + LINE, i + 2 LINE, ...; the lanes are then added in halves. The order depends on k alone, so
//! all levels give the same bits.

use super::float::Float;
use super::product::{Operand, Product};
use crate::simd::Kernel;

/// Columns of B at a time: as many sums as hide the latency of a multiply-add.
const COLUMNS: usize = 8;

/// One product of `p.a` and `b`.
pub struct Dots<'a, T> {
    p: &'a Product<T>,
    b: Operand<*const T>,
}

impl<'a, T: Float> Dots<'a, T> {
    /// The product of `p.a` and `b`.
    ///
    /// # Safety
    /// Of [`Product`]; columns of A and rows of B are adjacent.
    pub unsafe fn new(p: &'a Product<T>, b: Operand<*const T>) -> Self {
        debug_assert!(p.a.strides[1] == 1 && b.strides[0] == 1);
        Self { p, b }
    }

    /// Elements (i, j..j + N) of C.
    #[inline(always)]
    fn dots<const N: usize>(&self, i: usize, j: usize) {
        let Self { p, b } = self;
        let a = p.a.element(i, 0);
        let mut sums = [T::ZEROS; N];
        let whole = p.k - p.k % T::LINE;
        // SAFETY: `new` was promised k adjacent elements of this row of A and of these columns of
        // B, and these elements of C.
        unsafe {
            for l in (0..whole).step_by(T::LINE) {
                let x = a.add(l).cast::<T::Line>().read();
                for (n, sum) in sums.iter_mut().enumerate() {
                    let y = b.element(l, j + n).cast::<T::Line>().read();
                    for lane in 0..T::LINE {
                        sum[lane] = x[lane].mul_add(y[lane], sum[lane]);
                    }
                }
            }
            for (n, sum) in sums.iter_mut().enumerate() {
                for (lane, l) in (whole..p.k).enumerate() {
                    sum[lane] = (*a.add(l)).mul_add(*b.element(l, j + n), sum[lane]);
                }
                let c = p.c.element(i, j + n);
                let sum = add_halves::<T>(sum);
                *c = if p.add { *c + sum } else { sum };
            }
        }
    }
}

impl<T: Float> Kernel for Dots<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let whole = self.p.n - self.p.n % COLUMNS;
        for i in 0..self.p.m {
            for j in (0..whole).step_by(COLUMNS) {
                self.dots::<COLUMNS>(i, j);
            }
            for j in whole..self.p.n {
                self.dots::<1>(i, j);
            }
        }
    }
}

/// The sum of the lanes, a power of two: of lanes i and i + LINE / 2, then of the halves of these.
#[inline(always)]
fn add_halves<T: Float>(lanes: &mut T::Line) -> T {
    let mut width = T::LINE;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            let upper = lanes[lane + width];
            lanes[lane] += upper;
        }
    }
    lanes[0]
}
