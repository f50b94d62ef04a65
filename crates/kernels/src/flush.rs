//! Flushing: numbers too small to matter become zeros, before they become slow.
//!
//! Below the smallest normal number many processors compute 20 to 100 times slower. A number that
//! is multiplied by 0.6 again and again does not leave that range: 0.6 of the smallest subnormal
//! rounds back to it.

use crate::real::Real;
use crate::simd::{self, Kernel};

/// Sets the elements of `x` to 0 that are below `threshold` in absolute value, all parts of them,
/// and returns how many of these were not 0 before. NaN stays.
#[inline]
pub fn flush<T: Real>(x: &mut [T], threshold: f64) -> usize {
    if x.len() <= FEW {
        flush_few(x, threshold)
    } else {
        simd::dispatch(Flush { x, threshold })
    }
}

/// Elements looked at in less time than it takes to enter the vector code.
const FEW: usize = 16;

#[inline(never)]
fn flush_few<T: Real>(x: &mut [T], threshold: f64) -> usize {
    Flush { x, threshold }.run()
}

struct Flush<'a, T> {
    x: &'a mut [T],
    threshold: f64,
}

/// Elements counted in one go: their number fits in the 32 bits that a vector lane has.
const BLOCK: usize = 1 << 16;

impl<T: Real> Kernel for Flush<'_, T> {
    type Output = usize;
    const WIDE: bool = T::WIDE;

    #[inline(always)]
    fn run(self) -> usize {
        let threshold = T::from_f64(self.threshold);
        let mut total = 0;
        for block in self.x.chunks_mut(BLOCK) {
            let mut count = 0_u32;
            for x in block {
                let small = x.is_below(threshold);
                count += u32::from(small && !x.is_zero());
                *x = if small { T::ZERO } else { *x };
            }
            total += count as usize;
        }
        total
    }
}
