//! What the formulas need of a float: IEEE operations, bits, and selection without branches.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `f32` or `f64`.
pub trait Float:
    Copy
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    const MIN_POSITIVE: Self;
    const INFINITY: Self;
    const NAN: Self;

    /// A literal that is exact in both types, or needs no more than the type's own precision.
    fn lit(x: f64) -> Self;
    /// `self * a + b`, rounded once.
    fn mul_add(self, a: Self, b: Self) -> Self;
    fn abs(self) -> Self;
    fn copysign(self, sign: Self) -> Self;
    /// The integer nearest to `self * a`, for a result below 2^22.
    fn round_product(self, a: Self) -> Self;
    /// 2^self, for an integer in the range of normal exponents.
    fn pow2(self) -> Self;
    /// (k, m) with self = 2^k m and sqrt(1/2) <= m < sqrt(2), for a positive normal number.
    fn split(self) -> (Self, Self);

    /// `self`, but not below `low`; NaN stays.
    #[inline(always)]
    fn at_least(self, low: Self) -> Self {
        select(self < low, low, self)
    }
    /// `self`, but not above `high`; NaN stays.
    #[inline(always)]
    fn at_most(self, high: Self) -> Self {
        select(self > high, high, self)
    }
}

/// One of two values that are both computed: a blend, where `if` might become a jump.
#[inline(always)]
pub fn select<F>(condition: bool, yes: F, no: F) -> F {
    if condition { yes } else { no }
}

/// c\[0\] + c\[1\] x + c\[2\] x^2 + ..., as two polynomials in x^2 or four in x^4: Horner's rule alone
/// is one long chain of dependent operations (f64 ln: 0.94 G/s, now 1.26).
#[inline(always)]
pub fn polynomial<F: Float>(x: F, c: &[F]) -> F {
    let x2 = x * x;
    if c.len() <= 8 {
        return every(2, x2, c, 1).mul_add(x, every(2, x2, c, 0));
    }
    let x4 = x2 * x2;
    let low = every(4, x4, c, 1).mul_add(x, every(4, x4, c, 0));
    let high = every(4, x4, c, 3).mul_add(x, every(4, x4, c, 2));
    high.mul_add(x2, low)
}

/// c\[first\] + c\[first + step\] x + c\[first + 2 step\] x^2 + ... by Horner's rule.
#[inline(always)]
fn every<F: Float>(step: usize, x: F, c: &[F], first: usize) -> F {
    let mut i = first + (c.len() - 1 - first) / step * step;
    let mut sum = c[i];
    while i > first {
        i -= step;
        sum = sum.mul_add(x, c[i]);
    }
    sum
}

macro_rules! impl_float {
    ($float:ident, $bits:ident) => {
        impl Float for $float {
            const MIN_POSITIVE: Self = $float::MIN_POSITIVE;
            const INFINITY: Self = $float::INFINITY;
            const NAN: Self = $float::NAN;

            #[inline(always)]
            fn lit(x: f64) -> Self {
                x as $float
            }
            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                $float::mul_add(self, a, b)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $float::abs(self)
            }
            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                $float::copysign(self, sign)
            }
            #[inline(always)]
            fn round_product(self, a: Self) -> Self {
                // Next to 1.5 * 2^MANTISSA an ulp is 1.
                const SHIFT: $float = 1.5 / $float::EPSILON;
                self.mul_add(a, SHIFT) - SHIFT
            }
            #[inline(always)]
            fn pow2(self) -> Self {
                // An integer next to 1.5 * 2^MANTISSA stands in the low bits as it is.
                const SHIFT: $float = 1.5 / $float::EPSILON + ($float::MAX_EXP - 1) as $float;
                $float::from_bits((self + SHIFT).to_bits() << ($float::MANTISSA_DIGITS - 1))
            }
            #[inline(always)]
            fn split(self) -> (Self, Self) {
                const SQRT_HALF: $bits = std::$float::consts::FRAC_1_SQRT_2.to_bits();
                const ONE: $bits = (1.0 as $float).to_bits();
                const FRACTION: $bits = (1 << ($float::MANTISSA_DIGITS - 1)) - 1;
                // With an exponent that makes an ulp 1, the low bits are an integer.
                const UNIT: $float = 1.0 / $float::EPSILON;
                const BIAS: $float = ($float::MAX_EXP - 1) as $float;
                const MANTISSA: u32 = $float::MANTISSA_DIGITS - 1;
                let shifted = self.to_bits().wrapping_add(ONE - SQRT_HALF);
                let k = $float::from_bits((shifted >> MANTISSA) | UNIT.to_bits()) - (UNIT + BIAS);
                (
                    k,
                    $float::from_bits((shifted & FRACTION).wrapping_add(SQRT_HALF)),
                )
            }
        }
    };
}

impl_float!(f32, u32);
impl_float!(f64, u64);
