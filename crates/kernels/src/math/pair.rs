//! Unevaluated sums `hi + lo`: twice the precision where one rounding too many would show.

use super::float::Float;

/// The number `hi + lo`, with `lo` about an ulp of `hi` or smaller.
#[derive(Clone, Copy, Debug)]
pub struct Pair<F> {
    pub hi: F,
    pub lo: F,
}

impl<F: Float> Pair<F> {
    #[inline(always)]
    pub const fn new(hi: F, lo: F) -> Self {
        Self { hi, lo }
    }

    #[inline(always)]
    pub fn from(hi: F) -> Self {
        Self::new(hi, F::lit(0.0))
    }

    /// a + b, exact where |a| >= |b| (Dekker 1971).
    #[inline(always)]
    pub fn sum(a: F, b: F) -> Self {
        let hi = a + b;
        Self::new(hi, (a - hi) + b)
    }

    /// a + b, exact (Knuth 1969).
    #[inline(always)]
    pub fn two_sum(a: F, b: F) -> Self {
        let hi = a + b;
        let a_part = hi - b;
        Self::new(hi, (a - a_part) + (b - (hi - a_part)))
    }

    /// a * b, exact.
    #[inline(always)]
    pub fn product(a: F, b: F) -> Self {
        let hi = a * b;
        Self::new(hi, a.mul_add(b, -hi))
    }

    /// a + x * y, nearly exact where |a| >= |x * y|.
    #[inline(always)]
    pub fn mul_add(x: F, y: F, a: F) -> Self {
        let hi = x.mul_add(y, a);
        Self::new(hi, x.mul_add(y, a - hi))
    }

    #[inline(always)]
    pub fn add_lo(self, lo: F) -> Self {
        Self::new(self.hi, self.lo + lo)
    }

    /// 1 + self, for |self| <= 1.
    #[inline(always)]
    pub fn one_plus(self) -> Self {
        Self::sum(F::lit(1.0), self.hi).add_lo(self.lo)
    }

    /// self * factor, for a power of two.
    #[inline(always)]
    pub fn scale(self, factor: F) -> Self {
        Self::new(self.hi * factor, self.lo * factor)
    }

    #[inline(always)]
    pub fn times(self, other: Self) -> Self {
        Self::product(self.hi, other.hi).add_lo(self.hi.mul_add(other.lo, self.lo * other.hi))
    }

    /// self / divisor by one division and the residual it leaves.
    #[inline(always)]
    pub fn over(self, divisor: Self) -> Self {
        let r = F::lit(1.0) / divisor.hi;
        let hi = self.hi * r;
        let residual = (-hi).mul_add(divisor.hi, self.hi) + (-hi).mul_add(divisor.lo, self.lo);
        Self::new(hi, residual * r)
    }

    /// The nearest float.
    #[inline(always)]
    pub fn round(self) -> F {
        self.hi + self.lo
    }

    /// The float nearest to self * a.
    #[inline(always)]
    pub fn round_times(self, a: F) -> F {
        self.hi.mul_add(a, self.lo * a)
    }
}
