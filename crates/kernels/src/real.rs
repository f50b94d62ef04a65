//! The scalar: one trait for `f32`, `f64` and the dual numbers over them.
//!
//! Every rule of the tape is written once against [`Real`]; second and third derivatives come from
//! running the same rule on [`Dual`](crate::Dual) numbers.

use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::gemm::Parts;
use crate::math;

/// A real scalar: `f32`, `f64`, or a [`Dual`](crate::Dual) number over one.
///
/// Elementary functions are within 2 ulp of the exact value and their `_derivative`s within 4 ulp,
/// tails included (see [`math`] for the measured bounds). Comparisons of dual numbers compare
/// values and ignore tangents.
pub trait Real:
    Parts
    + Debug
    + Display
    + Default
    + PartialEq
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Not a number.
    const NAN: Self;
    /// Positive infinity.
    const INFINITY: Self;
    /// Name of the type as printed on tapes: `f32`, `f64`, `dual`.
    const NAME: &'static str;
    /// Unit roundoff of the underlying float, times two: `f64::EPSILON` and the like.
    const EPSILON: f64;
    /// Adjoints smaller than this are flushed to 0 unless told otherwise: so far above the smallest
    /// normal number, 1.2e-38 or 2.2e-308, that products with weights are normal too.
    const FLUSH: f64;
    /// Whether loops over this type gain from wide vectors.
    const WIDE: bool;

    /// The nearest scalar to `x`; a dual number gets the tangent 0.
    fn from_f64(x: f64) -> Self;
    /// The value, without tangents.
    fn to_f64(self) -> f64;
    /// Whether the value and all tangents are finite.
    fn is_finite(self) -> bool;
    /// Whether the value is NaN.
    fn is_nan(self) -> bool;
    /// Whether the value and all tangents are zero.
    fn is_zero(self) -> bool;
    /// Whether the value and all tangents are smaller than the value of `threshold`, in absolute
    /// value.
    fn is_below(self, threshold: Self) -> bool;

    /// This value with the tangents that these pairs of an argument and the derivative by it give.
    /// It is for the points where no formula has the derivative: ties, and differences of infinities.
    /// A float has no tangent, and stays as it is.
    fn with_slopes(self, slopes: impl Iterator<Item = (Self, Self)> + Clone) -> Self;
    /// `self * a + b`, rounded once.
    fn mul_add(self, a: Self, b: Self) -> Self;
    /// |x|; the derivative at 0 is 0.
    fn abs(self) -> Self;
    /// Square root; the derivative at 0 is infinite.
    fn sqrt(self) -> Self;
    /// Natural exponential.
    fn exp(self) -> Self;
    /// `exp(x) - 1`, accurate near 0.
    fn exp_m1(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// `ln(1 + x)`, accurate near 0.
    fn ln_1p(self) -> Self;
    /// Sine.
    fn sin(self) -> Self;
    /// Cosine.
    fn cos(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// `1 - tanh(x)^2`, accurate in the tails, where the subtraction would give 0.
    fn tanh_derivative(self) -> Self;
    /// Logistic function `1 / (1 + exp(-x))`.
    fn sigmoid(self) -> Self;
    /// `sigmoid(x) * sigmoid(-x)`, accurate in the tails.
    fn sigmoid_derivative(self) -> Self;
    /// [`Real::tanh`] and [`Real::tanh_derivative`], from one exponential.
    fn tanh_with_derivative(self) -> (Self, Self);
    /// [`Real::sigmoid`] and [`Real::sigmoid_derivative`], from one exponential.
    fn sigmoid_with_derivative(self) -> (Self, Self);
    /// `ln(1 + exp(x))`.
    fn softplus(self) -> Self;
    /// Error function.
    fn erf(self) -> Self;
    /// `x * Phi(x)`, with Phi the standard normal distribution function (Hendrycks & Gimpel 2016).
    fn gelu(self) -> Self;
    /// `Phi(x) + x * phi(x)`.
    fn gelu_derivative(self) -> Self;
    /// `x * sigmoid(x)`.
    fn silu(self) -> Self;
    /// `sigmoid(x) * (1 + x * sigmoid(-x))`.
    fn silu_derivative(self) -> Self;
    /// `self` to the integer power `n`.
    fn powi(self, n: i32) -> Self;
    /// `self` to the real power `y`.
    fn powf(self, y: Self) -> Self;
    /// Angle of the point (`x`, `self`), in radians, in [-pi, pi].
    fn atan2(self, x: Self) -> Self;
    /// `sqrt(self^2 + y^2)` without undue overflow or underflow.
    fn hypot(self, y: Self) -> Self;
}

macro_rules! impl_real {
    ($float:ident, $flush:literal) => {
        impl Real for $float {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NAN: Self = $float::NAN;
            const INFINITY: Self = $float::INFINITY;
            const NAME: &'static str = stringify!($float);
            const EPSILON: f64 = $float::EPSILON as f64;
            const FLUSH: f64 = $flush;
            const WIDE: bool = true;

            #[inline(always)]
            fn from_f64(x: f64) -> Self {
                x as $float
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $float::is_finite(self)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $float::is_nan(self)
            }
            #[inline(always)]
            fn is_zero(self) -> bool {
                self == 0.0
            }
            #[inline(always)]
            fn is_below(self, threshold: Self) -> bool {
                $float::abs(self) < threshold
            }
            #[inline(always)]
            fn with_slopes(self, _: impl Iterator<Item = (Self, Self)> + Clone) -> Self {
                self
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
            fn sqrt(self) -> Self {
                $float::sqrt(self)
            }
            impl_real!(@math $float: exp exp_m1 ln ln_1p tanh tanh_derivative sigmoid
                sigmoid_derivative softplus erf gelu gelu_derivative silu silu_derivative);
            #[inline(always)]
            fn tanh_with_derivative(self) -> (Self, Self) {
                math::$float::tanh_with_derivative(self)
            }
            #[inline(always)]
            fn sigmoid_with_derivative(self) -> (Self, Self) {
                math::$float::sigmoid_with_derivative(self)
            }
            #[inline(always)]
            fn sin(self) -> Self {
                $float::sin(self)
            }
            #[inline(always)]
            fn cos(self) -> Self {
                $float::cos(self)
            }
            #[inline(always)]
            fn powi(self, n: i32) -> Self {
                $float::powi(self, n)
            }
            #[inline(always)]
            fn powf(self, y: Self) -> Self {
                $float::powf(self, y)
            }
            #[inline(always)]
            fn atan2(self, x: Self) -> Self {
                $float::atan2(self, x)
            }
            #[inline(always)]
            fn hypot(self, y: Self) -> Self {
                $float::hypot(self, y)
            }
        }
    };
    (@math $float:ident: $($name:ident)*) => {
        $(#[inline(always)]
        fn $name(self) -> Self {
            math::$float::$name(self)
        })*
    };
}

impl_real!(f32, 1e-30);
impl_real!(f64, 1e-300);
