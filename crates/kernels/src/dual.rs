//! Dual numbers: forward-mode differentiation as a number.
//!
//! `Dual { v, d }` stands for `v + d eps` with `eps^2 = 0`: arithmetic on it carries a value and
//! its derivative along one direction. Duals nest: `Dual<Dual<f64>>` carries second derivatives.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::gemm::Parts;
use crate::real::Real;

/// A value and its tangent.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Dual<R> {
    /// The value.
    pub v: R,
    /// The tangent: the derivative of the value along the chosen direction.
    pub d: R,
}

impl<R: Real> Dual<R> {
    /// `v + d eps`.
    #[inline(always)]
    pub fn new(v: R, d: R) -> Self {
        Self { v, d }
    }

    /// A function's value and its derivative times our tangent: the chain rule.
    #[inline(always)]
    fn chain(self, value: R, derivative: R) -> Self {
        Self {
            v: value,
            d: self.times(derivative),
        }
    }

    /// Our tangent times a derivative. A zero tangent stays zero where the derivative is infinite: a
    /// constant has no slope.
    #[inline(always)]
    fn times(self, derivative: R) -> R {
        if self.d.is_zero() {
            R::ZERO
        } else {
            derivative * self.d
        }
    }
}

impl<R: Real> PartialEq for Dual<R> {
    fn eq(&self, other: &Self) -> bool {
        self.v == other.v
    }
}

impl<R: Real> PartialOrd for Dual<R> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.v.partial_cmp(&other.v)
    }
}

impl<R: Real> fmt::Display for Dual<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.v, f)?;
        f.write_str("~")?;
        fmt::Display::fmt(&self.d, f)
    }
}

impl<R: Real> Neg for Dual<R> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self {
            v: -self.v,
            d: -self.d,
        }
    }
}

macro_rules! arithmetic {
    ($($trait:ident $method:ident $assign:ident $assign_method:ident:
        |$a:ident, $b:ident| $v:expr, $d:expr;)*) => {$(
        impl<R: Real> $trait for Dual<R> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                let ($a, $b) = (self, other);
                Self { v: $v, d: $d }
            }
        }
        impl<R: Real> $assign for Dual<R> {
            #[inline(always)]
            fn $assign_method(&mut self, other: Self) {
                *self = $trait::$method(*self, other);
            }
        }
    )*};
}

arithmetic! {
    Add add AddAssign add_assign: |a, b| a.v + b.v, a.d + b.d;
    Sub sub SubAssign sub_assign: |a, b| a.v - b.v, a.d - b.d;
    Mul mul MulAssign mul_assign: |a, b| a.v * b.v, a.times(b.v) + b.times(a.v);
    Div div DivAssign div_assign: |a, b| a.v / b.v, (a.d - b.times(a.v / b.v)) / b.v;
}

// SAFETY: `repr(C)` lays a dual number out as the floats of `v`, then those of `d`: the highest bit
// of a float's number says whether it is multiplied by this `eps`.
unsafe impl<R: Real> Parts for Dual<R> {
    type Float = R::Float;
    const COUNT: usize = 2 * R::COUNT;
}

impl<R: Real> Real for Dual<R> {
    const ZERO: Self = Self {
        v: R::ZERO,
        d: R::ZERO,
    };
    const ONE: Self = Self {
        v: R::ONE,
        d: R::ZERO,
    };
    const NAN: Self = Self {
        v: R::NAN,
        d: R::NAN,
    };
    const INFINITY: Self = Self {
        v: R::INFINITY,
        d: R::ZERO,
    };
    const NAME: &'static str = "dual";
    const EPSILON: f64 = R::EPSILON;
    const FLUSH: f64 = R::FLUSH;
    const WIDE: bool = false;

    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        Self {
            v: R::from_f64(x),
            d: R::ZERO,
        }
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self.v.to_f64()
    }
    #[inline(always)]
    fn is_finite(self) -> bool {
        self.v.is_finite() && self.d.is_finite()
    }
    #[inline(always)]
    fn is_nan(self) -> bool {
        self.v.is_nan()
    }
    #[inline(always)]
    fn is_zero(self) -> bool {
        self.v.is_zero() && self.d.is_zero()
    }
    #[inline(always)]
    fn is_below(self, threshold: Self) -> bool {
        self.v.is_below(threshold.v) && self.d.is_below(threshold.v)
    }
    #[inline(always)]
    fn with_slopes(self, slopes: impl Iterator<Item = (Self, Self)> + Clone) -> Self {
        let values = slopes.clone().map(|(x, slope)| (x.v, slope.v));
        Self {
            v: self.v.with_slopes(values),
            d: slopes.fold(R::ZERO, |d, (x, slope)| d + x.times(slope.v)),
        }
    }
    #[inline(always)]
    fn mul_add(self, a: Self, b: Self) -> Self {
        Self {
            v: self.v.mul_add(a.v, b.v),
            d: self.times(a.v) + (a.times(self.v) + b.d),
        }
    }
    #[inline(always)]
    fn abs(self) -> Self {
        let x = self.v;
        let sign = if x > R::ZERO {
            R::ONE
        } else if x < R::ZERO {
            -R::ONE
        } else {
            x * R::ZERO // 0 at 0, NaN at NaN
        };
        self.chain(x.abs(), sign)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        let root = self.v.sqrt();
        self.chain(root, R::from_f64(0.5) / root)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        let e = self.v.exp();
        self.chain(e, e)
    }
    #[inline(always)]
    fn exp_m1(self) -> Self {
        self.chain(self.v.exp_m1(), self.v.exp())
    }
    #[inline(always)]
    fn ln(self) -> Self {
        // ln is NaN left of 0, and so is its slope.
        let slope = if self.v < R::ZERO {
            R::NAN
        } else {
            R::ONE / self.v
        };
        self.chain(self.v.ln(), slope)
    }
    #[inline(always)]
    fn ln_1p(self) -> Self {
        let slope = if self.v < -R::ONE {
            R::NAN
        } else {
            R::ONE / (R::ONE + self.v)
        };
        self.chain(self.v.ln_1p(), slope)
    }
    #[inline(always)]
    fn sin(self) -> Self {
        self.chain(self.v.sin(), self.v.cos())
    }
    #[inline(always)]
    fn cos(self) -> Self {
        self.chain(self.v.cos(), -self.v.sin())
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        let (value, slope) = self.v.tanh_with_derivative();
        self.chain(value, slope)
    }
    #[inline(always)]
    fn tanh_derivative(self) -> Self {
        self.tanh_with_derivative().1
    }
    #[inline(always)]
    fn sigmoid(self) -> Self {
        let (value, slope) = self.v.sigmoid_with_derivative();
        self.chain(value, slope)
    }
    #[inline(always)]
    fn sigmoid_derivative(self) -> Self {
        // 1 - 2 sigmoid(x) = -tanh(x/2)
        let slope = self.v.sigmoid_derivative();
        self.chain(slope, -(R::from_f64(0.5) * self.v).tanh() * slope)
    }
    #[inline(always)]
    fn tanh_with_derivative(self) -> (Self, Self) {
        let (value, slope) = self.v.tanh_with_derivative();
        let curve = R::from_f64(-2.0) * value * slope;
        (self.chain(value, slope), self.chain(slope, curve))
    }
    #[inline(always)]
    fn sigmoid_with_derivative(self) -> (Self, Self) {
        let (value, slope) = self.v.sigmoid_with_derivative();
        let curve = (R::ONE - (value + value)) * slope;
        (self.chain(value, slope), self.chain(slope, curve))
    }
    #[inline(always)]
    fn softplus(self) -> Self {
        self.chain(self.v.softplus(), self.v.sigmoid())
    }
    #[inline(always)]
    fn erf(self) -> Self {
        let slope = R::from_f64(std::f64::consts::FRAC_2_SQRT_PI) * (-self.v * self.v).exp();
        self.chain(self.v.erf(), slope)
    }
    #[inline(always)]
    fn gelu(self) -> Self {
        self.chain(self.v.gelu(), self.v.gelu_derivative())
    }
    #[inline(always)]
    fn gelu_derivative(self) -> Self {
        let x = self.v;
        let density = R::from_f64(INV_SQRT_2PI) * (R::from_f64(-0.5) * x * x).exp();
        self.chain(x.gelu_derivative(), density * (R::from_f64(2.0) - x * x))
    }
    #[inline(always)]
    fn silu(self) -> Self {
        self.chain(self.v.silu(), self.v.silu_derivative())
    }
    #[inline(always)]
    fn silu_derivative(self) -> Self {
        // With s = sigmoid, s' = s(x) s(-x) and s'' = -tanh(x/2) s': (x s)'' = 2 s' + x s''.
        let x = self.v;
        let curve = R::from_f64(2.0) - x * (R::from_f64(0.5) * x).tanh();
        self.chain(x.silu_derivative(), x.sigmoid_derivative() * curve)
    }
    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        let slope = if n == 0 {
            R::ZERO
        } else {
            R::from_f64(f64::from(n)) * self.v.powi(n - 1)
        };
        self.chain(self.v.powi(n), slope)
    }
    #[inline(always)]
    fn powf(self, y: Self) -> Self {
        let value = self.v.powf(y.v);
        let by_base = if y.v == R::ZERO && self.v == R::ZERO {
            R::ZERO
        } else {
            y.v * self.v.powf(y.v - R::ONE)
        };
        let by_exponent = if self.v == R::ZERO && y.v >= R::ZERO {
            R::ZERO
        } else {
            value * self.v.ln()
        };
        Self {
            v: value,
            d: self.times(by_base) + y.times(by_exponent),
        }
    }
    #[inline(always)]
    fn atan2(self, x: Self) -> Self {
        let r = self.v.hypot(x.v);
        let value = self.v.atan2(x.v);
        if r == R::ZERO {
            return Self {
                v: value,
                d: R::ZERO,
            };
        }
        Self {
            v: value,
            d: (x.v / r * self.d - self.v / r * x.d) / r,
        }
    }
    #[inline(always)]
    fn hypot(self, y: Self) -> Self {
        let r = self.v.hypot(y.v);
        if r == R::ZERO {
            return Self { v: r, d: R::ZERO };
        }
        Self {
            v: r,
            d: self.v / r * self.d + y.v / r * y.d,
        }
    }
}

/// 1 / sqrt(2 pi).
const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_677_94;
