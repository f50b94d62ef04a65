//! Elementwise functions of one operand: one row each.

use std::marker::PhantomData;
use std::ops::Range;

use wengert_kernels::map::{Formula, zip, zip_slices};
use wengert_kernels::{Real, Shape, Strided, StridedMut, Write};

use super::AnyOp;
use crate::draw::{Draw, Example};
use crate::grads::Grads;
use crate::op::{Access, Attributes, Inputs, Op};
use crate::var::Var;

/// What a row says: y = value(x), and the contribution `vjp` = g dy/dx to the adjoint of x. `c`
/// holds the row's constants.
trait Row<T>: 'static {
    const DOMAIN: &'static [Range<f64>];
    const CONSTANTS: &'static [f64];
    fn value(c: [T; 2], x: T) -> T;
    fn vjp(c: [T; 2], g: T, x: T, y: T) -> T;
}

struct Value<R, T>([T; 2], PhantomData<R>);
struct Slope<R, T>([T; 2], PhantomData<R>);

impl<R: Row<T>, T: Real> Formula<T, 1> for &Value<R, T> {
    #[inline(always)]
    fn at(self, [x]: [T; 1]) -> T {
        R::value(self.0, x)
    }
}

impl<R: Row<T>, T: Real> Formula<T, 3> for &Slope<R, T> {
    #[inline(always)]
    fn at(self, [g, x, y]: [T; 3]) -> T {
        R::vjp(self.0, g, x, y)
    }
}

fn constants<T: Real>(x: &Inputs<'_, T>) -> [T; 2] {
    let mut c = [T::ZERO; 2];
    c.iter_mut().zip(x.reals()).for_each(|(c, &real)| *c = real);
    c
}

fn forward<R: Row<T>, T: Real>(x: &Inputs<'_, T>, y: &mut [T]) {
    let f = Value::<R, T>(constants(x), PhantomData);
    if let Some(x) = x.try_slice(0) {
        return zip_slices(&f, [x], y, Write::Set);
    }
    let shape = x.shape(0);
    let dst = StridedMut::dense(y, shape);
    zip(&f, shape.slots(), [x.strided(0)], dst, Write::Set);
}

fn vjp<R: Row<T>, T: Real>(x: &Inputs<'_, T>, y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
    let f = Slope::<R, T>(constants(x), PhantomData);
    if let Some(x) = x.try_slice(0) {
        return gx.zip_slices(0, &f, [gy, x, y]);
    }
    let dense = |data| Strided::dense(data, x.shape(0));
    gx.zip(0, &f, [dense(gy), x.strided(0), dense(y)]);
}

macro_rules! unary {
    ($(
        $(#[doc = $doc:literal])*
        $Name:ident $method:ident $(($($c:ident: $kind:ty = $sample:literal),+))?:
            |$x:tt| $value:expr,
            |$g:tt, $vx:tt, $y:tt| $vjp:expr,
            on $domain:expr;
    )*) => {
        $(
            #[derive(Debug)]
            struct $Name;

            impl<T: Real> Row<T> for $Name {
                const DOMAIN: &'static [Range<f64>] = &$domain;
                const CONSTANTS: &'static [f64] = &[$($($sample as f64),+)?];
                #[inline(always)]
                fn value(c: [T; 2], x: T) -> T {
                    let ([$($($c,)+)? ..], $x) = (c, x);
                    $value
                }
                #[inline(always)]
                fn vjp(c: [T; 2], g: T, x: T, y: T) -> T {
                    let ([$($($c,)+)? ..], $g, $vx, $y) = (c, g, x, y);
                    $vjp
                }
            }

            impl<T: Real> Op<T> for $Name {
                fn name(&self) -> &'static str {
                    stringify!($method)
                }
                fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
                    Ok(x.shape(0))
                }
                fn access(&self) -> Access {
                    Access::Elementwise
                }
                fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
                    forward::<Self, T>(x, y);
                }
                fn vjp(&self, x: &Inputs<'_, T>, y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
                    vjp::<Self, T>(x, y, gy, gx);
                }
                fn example(&self, draw: &mut Draw) -> Example {
                    let shape = draw.shape();
                    Example::new([draw.tensor(shape, <Self as Row<T>>::DOMAIN)])
                        .with_reals(<Self as Row<T>>::CONSTANTS)
                }
            }
        )*

        /// Elementwise functions. NaN gives a NaN value and, unless the function is linear, a NaN
        /// derivative.
        impl<T: Real> Var<'_, T> {
            $(
                $(#[doc = $doc])*
                ///
                #[doc = concat!("With g the adjoint of the value y, x gains `", stringify!($vjp), "`.")]
                #[track_caller]
                pub fn $method(self $($(, $c: $kind)+)?) -> Self {
                    let reals: &[T] = &[$($(T::from_f64(f64::from($c))),+)?];
                    self.tape().apply(&$Name, &[self], Attributes { ints: &[], reals })
                }
            )*
        }

        pub(super) const OPS: &[&dyn AnyOp] = &[$(&$Name),*];
    };
}

unary! {
    /// -x.
    Neg negate: |x| -x, |g, _, _| -g, on [-2.0..2.0];
    /// a x.
    Scale scale(a: f64 = -1.7): |x| a * x, |g, _, _| a * g, on [-2.0..2.0];
    /// x + a.
    Shift shift(a: f64 = 0.3): |x| x + a, |g, _, _| { let _ = a; g }, on [-2.0..2.0];
    /// a - x.
    SubtractFrom subtract_from(a: f64 = 0.3): |x| a - x, |g, _, _| { let _ = a; -g }, on [-2.0..2.0];
    /// x / a.
    DivideBy divide_by(a: f64 = 3.0): |x| x / a, |g, _, _| g / a, on [-2.0..2.0];
    /// a / x. The derivative at 0 is infinite.
    Divide divide(a: f64 = 0.7): |x| a / x, |g, x, y| { let _ = a; -g * y / x }, on [-2.0..-0.3, 0.3..2.0];
    /// 1 / x. The derivative at 0 is -inf.
    Reciprocal reciprocal: |x| T::ONE / x, |g, _, y| -g * y * y, on [-2.0..-0.3, 0.3..2.0];
    /// x to the integer power n. The derivative of the power 0 is 0 everywhere.
    Powi powi(n: i32 = 3): |x| if x.is_nan() { x } else { x.powi(n.to_f64() as i32) },
        |g, x, _| {
            if n == T::ZERO && x == T::ZERO { T::ZERO }
            else { g * n * x.powi(n.to_f64() as i32 - 1) }
        },
        on [-2.0..2.0];
    /// x to the real power a. The derivative of the power 0 is 0 everywhere.
    Powf powf(a: f64 = 1.7): |x| if x.is_nan() { x } else { x.powf(a) },
        |g, x, _| {
            if a == T::ZERO && x == T::ZERO { T::ZERO }
            else { g * a * x.powf(a - T::ONE) }
        },
        on [0.1..2.0];
    /// Square root. The derivative at 0 is infinite; left of 0, value and derivative are NaN.
    ///
    /// `x.gt(0).select(x.sqrt(), 0)` has a NaN derivative at 0, as in every framework: the unused
    /// branch contributes 0 times infinity. Select the argument first, then the result:
    /// `m.select(m.select(x, one).sqrt(), zero)` has derivative 0.
    Sqrt sqrt: |x| x.sqrt(), |g, _, y| g * T::from_f64(0.5) / y, on [0.1..3.0];
    /// x^2.
    Square square: |x| x * x, |g, x, _| (g + g) * x, on [-2.0..2.0];
    /// exp(x).
    Exp exp: |x| x.exp(), |g, _, y| g * y, on [-3.0..3.0];
    /// exp(x) - 1, accurate near 0.
    ExpM1 exp_m1: |x| x.exp_m1(), |g, x, _| g * x.exp(), on [-3.0..3.0];
    /// Natural logarithm. At 0 it is -inf and its derivative inf; left of 0 both are NaN.
    Ln ln: |x| x.ln(), |g, x, _| if x < T::ZERO { T::NAN } else { g / x }, on [0.1..3.0];
    /// ln(1 + x), accurate near 0. Left of -1, value and derivative are NaN.
    Ln1p ln_1p: |x| x.ln_1p(),
        |g, x, _| if x < -T::ONE { T::NAN } else { g / (T::ONE + x) },
        on [-0.8..3.0];
    /// Sine.
    Sin sin: |x| x.sin(), |g, x, _| g * x.cos(), on [-4.0..4.0];
    /// Cosine.
    Cos cos: |x| x.cos(), |g, x, _| -g * x.sin(), on [-4.0..4.0];
    /// sin(pi x) / (pi x), 1 at 0, where the derivative is 0.
    Sinc sinc: |x| sinc(x), |g, x, _| g * sinc_derivative(x), on [-3.0..3.0];
    /// Hyperbolic tangent. The derivative is right in the tails, where 1 - y^2 would be 0.
    Tanh tanh: |x| x.tanh(), |g, x, _| g * x.tanh_derivative(), on [-3.0..3.0];
    /// Logistic function 1 / (1 + exp(-x)).
    Sigmoid sigmoid: |x| x.sigmoid(), |g, x, _| g * x.sigmoid_derivative(), on [-4.0..4.0];
    /// ln(sigmoid(x)) = -softplus(-x).
    LogSigmoid log_sigmoid: |x| -(-x).softplus(), |g, x, _| g * (-x).sigmoid(), on [-4.0..4.0];
    /// ln(1 + exp(x)).
    Softplus softplus: |x| x.softplus(), |g, x, _| g * x.sigmoid(), on [-4.0..4.0];
    /// max(x, 0). The derivative at 0 is 0.
    Relu relu: |x| if x <= T::ZERO { T::ZERO } else { x },
        |g, x, _| if x <= T::ZERO { T::ZERO } else if x > T::ZERO { g } else { x },
        on [-2.0..-0.1, 0.1..2.0];
    /// min(max(x, 0), 6). The derivative at 0 and at 6 is 0.
    Relu6 relu6: |x| clamp(x, T::ZERO, T::from_f64(6.0)),
        |g, x, _| clamp_vjp(g, x, T::ZERO, T::from_f64(6.0)),
        on [-2.0..-0.1, 0.1..5.9, 6.1..8.0];
    /// x right of 0, slope x left of it. The derivative at 0 is the slope.
    LeakyRelu leaky_relu(slope: f64 = 0.1): |x| if x > T::ZERO { x } else { slope * x },
        |g, x, _| if x > T::ZERO { g } else if x <= T::ZERO { slope * g } else { x },
        on [-2.0..-0.1, 0.1..2.0];
    /// x right of 0, a (exp(x) - 1) left of it (Clevert et al. 2015). The derivative at 0 is a.
    Elu elu(a: f64 = 0.8): |x| if x > T::ZERO { x } else { a * x.exp_m1() },
        |g, x, _| if x > T::ZERO { g } else { g * a * x.exp() },
        on [-2.0..-0.1, 0.1..2.0];
    /// x Phi(x), with Phi the standard normal distribution function (Hendrycks & Gimpel 2016).
    Gelu gelu: |x| x.gelu(), |g, x, _| g * x.gelu_derivative(), on [-4.0..4.0];
    /// x sigmoid(x), also called swish.
    Silu silu: |x| x.silu(), |g, x, _| g * x.silu_derivative(), on [-4.0..4.0];
    /// Error function.
    Erf erf: |x| x.erf(),
        |g, x, _| g * (T::from_f64(std::f64::consts::FRAC_2_SQRT_PI) * gaussian(x)),
        on [-3.0..3.0];
    /// |x|. The derivative at 0 is 0.
    Abs abs: |x| x.abs(), |g, x, _| {
            if x > T::ZERO { g } else if x < T::ZERO { -g } else { T::ZERO * x }
        },
        on [-2.0..-0.1, 0.1..2.0];
    /// -1, 0 or 1. The derivative is 0, also at 0.
    Sign sign: |x| {
            if x > T::ZERO { T::ONE } else if x < T::ZERO { -T::ONE } else { T::ZERO * x }
        },
        |_, x, _| if x.is_nan() { x } else { T::ZERO },
        on [-2.0..-0.1, 0.1..2.0];
    /// min(max(x, low), high). The derivative at a bound is 0.
    Clamp clamp(low: f64 = -0.5, high: f64 = 1.0): |x| clamp(x, low, high),
        |g, x, _| clamp_vjp(g, x, low, high),
        on [-2.0..-0.6, -0.4..0.9, 1.1..2.0];
    /// x^2 / 2 within d of 0, d (|x| - d/2) outside (Huber 1964).
    HuberPenalty huber_penalty(d: f64 = 0.7): |x| {
            let half = T::from_f64(0.5);
            if x.abs() <= d { half * x * x } else { d * (x.abs() - half * d) }
        },
        |g, x, _| g * clamp(x, -d, d),
        on [-2.0..-0.8, -0.6..0.6, 0.8..2.0];
}

#[inline(always)]
fn clamp<T: Real>(x: T, low: T, high: T) -> T {
    if x <= low {
        low
    } else if x >= high {
        high
    } else {
        x
    }
}

#[inline(always)]
fn clamp_vjp<T: Real>(g: T, x: T, low: T, high: T) -> T {
    if x <= low || x >= high {
        T::ZERO
    } else if x.is_nan() {
        x
    } else {
        g
    }
}

/// exp(-x^2). The rounding error of the square, which the exponential would magnify x^2 times, is
/// made good to first order.
#[inline(always)]
fn gaussian<T: Real>(x: T) -> T {
    if x.abs() > T::from_f64(40.0) {
        return T::ZERO;
    }
    let square = x * x;
    let error = x.mul_add(x, -square);
    (-square).exp() * (T::ONE - error)
}

/// Terms of the series of sinc at 0 that suffice below |pi x| = 1.6, in powers of (pi x)^2.
const SINC_TERMS: i32 = 11;

/// The series, if it serves: `1 + s` with s = -z^2/r_1 (1 - z^2/r_2 (1 - ...)), z = pi x.
#[inline(always)]
fn sinc_series<T: Real>(x: T, ratio: impl Fn(i32) -> i32) -> Option<T> {
    let z = T::from_f64(std::f64::consts::PI) * x;
    if z.abs() >= T::from_f64(1.6) {
        return None;
    }
    let step = |s: T, k: i32| -(T::ONE + s) * z * z / T::from_f64(f64::from(ratio(k)));
    Some(T::ONE + (1..=SINC_TERMS).rev().fold(T::ZERO, step))
}

/// sin(pi x) and cos(pi x), relatively accurate also near their zeros: half turns are taken off, and
/// the distance from the zero of the cosine, before the product with pi is rounded.
#[inline(always)]
fn sin_cos_pi<T: Real>(x: T) -> [T; 2] {
    let pi = T::from_f64(std::f64::consts::PI);
    let turns = x.to_f64().round_ties_even();
    let r = x - T::from_f64(turns);
    let sin = (pi * r).sin();
    let cos = if r.abs() > T::from_f64(0.25) {
        (pi * (T::from_f64(0.5) - r.abs())).sin()
    } else {
        (pi * r).cos()
    };
    if turns % 2.0 == 0.0 {
        [sin, cos]
    } else {
        [-sin, -cos]
    }
}

#[inline(always)]
fn sinc<T: Real>(x: T) -> T {
    // 1 - z^2/3! + z^4/5! - ...
    sinc_series(x, |k| 2 * k * (2 * k + 1)).unwrap_or_else(|| {
        let [sin, _] = sin_cos_pi(x);
        sin / (T::from_f64(std::f64::consts::PI) * x)
    })
}

#[inline(always)]
fn sinc_derivative<T: Real>(x: T) -> T {
    // -pi^2 x/3 (1 - z^2/10 + z^4/280 - ...)
    if let Some(series) = sinc_series(x, |k| 2 * k * (2 * k + 3)) {
        let pi = T::from_f64(std::f64::consts::PI);
        return -pi * (pi * x) * series / T::from_f64(3.0);
    }
    let [_, cos] = sin_cos_pi(x);
    (cos - sinc(x)) / x
}
