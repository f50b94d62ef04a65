//! Elementwise functions of two operands, broadcast to a common shape: one row each.

use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Neg, Range, Sub};

use wengert_kernels::map::{Formula, zip, zip_slices};
use wengert_kernels::{Real, Shape, Strided, StridedMut, Write};

use super::AnyOp;
use crate::draw::{Draw, Example};
use crate::grads::Grads;
use crate::op::{Access, Attributes, Inputs, Op};
use crate::var::Var;

/// What a row says: y = value(a, b), and the contributions g dy/da and g dy/db.
trait Row<T>: 'static {
    const DOMAINS: [&'static [Range<f64>]; 2];
    /// Whether an operand's contribution is g itself, which the engine need not copy.
    const PASSES: [bool; 2];
    fn value(a: T, b: T) -> T;
    fn vjp_a(g: T, a: T, b: T, y: T) -> T;
    fn vjp_b(g: T, a: T, b: T, y: T) -> T;
}

/// Whether the rule of a row reads `g`, and nothing else.
const fn is_g(rule: &str) -> bool {
    matches!(rule.as_bytes(), b"g")
}

macro_rules! formulas {
    ($($Name:ident($($x:ident),+): $function:ident;)*) => {$(
        struct $Name<R>(PhantomData<R>);

        impl<R> Clone for $Name<R> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<R> Copy for $Name<R> {}

        impl<R: Row<T>, T: Real> Formula<T, { [$(stringify!($x)),+].len() }> for $Name<R> {
            #[inline(always)]
            fn at(self, [$($x),+]: [T; { [$(stringify!($x)),+].len() }]) -> T {
                R::$function($($x),+)
            }
        }
    )*};
}

formulas! {
    Value(a, b): value;
    SlopeA(g, a, b, y): vjp_a;
    SlopeB(g, a, b, y): vjp_b;
}

fn forward<R: Row<T>, T: Real>(x: &Inputs<'_, T>, y: &mut [T]) {
    let f = Value::<R>(PhantomData);
    if let Some(operands) = x.plain() {
        return zip_slices(f, operands, y, Write::Set);
    }
    let shape = broadcast(x).expect("checked when recorded");
    let dst = StridedMut::dense(y, shape);
    zip(
        f,
        shape.slots(),
        [x.strided(0), x.strided(1)],
        dst,
        Write::Set,
    );
}

fn vjp<R: Row<T>, T: Real>(x: &Inputs<'_, T>, y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
    let (f, h) = (SlopeA::<R>(PhantomData), SlopeB::<R>(PhantomData));
    if let Some([a, b]) = x.plain() {
        let [pass_a, pass_b] = R::PASSES;
        if pass_a {
            gx.pass(0, gy);
        } else {
            gx.zip_slices(0, f, [gy, a, b, y]);
        }
        if pass_b {
            gx.pass(1, gy);
        } else {
            gx.zip_slices(1, h, [gy, a, b, y]);
        }
        return;
    }
    let shape = gx.shape();
    let dense = |data| Strided::dense(data, shape);
    let operands = [dense(gy), x.strided(0), x.strided(1), dense(y)];
    gx.zip(0, f, operands);
    gx.zip(1, h, operands);
}

macro_rules! binary {
    ($(
        $(#[doc = $doc:literal])*
        $Name:ident $method:ident:
            |$a:tt, $b:tt| $value:expr,
            |$ga:tt, $aa:tt, $ba:tt, $ya:tt| $vjp_a:expr,
            |$gb:tt, $ab:tt, $bb:tt, $yb:tt| $vjp_b:expr,
            on $domain_a:expr, $domain_b:expr;
    )*) => {
        $(
            #[derive(Debug)]
            struct $Name;

            impl<T: Real> Row<T> for $Name {
                const DOMAINS: [&'static [Range<f64>]; 2] = [&$domain_a, &$domain_b];
                const PASSES: [bool; 2] = [is_g(stringify!($vjp_a)), is_g(stringify!($vjp_b))];
                #[inline(always)]
                fn value($a: T, $b: T) -> T {
                    $value
                }
                #[inline(always)]
                fn vjp_a($ga: T, $aa: T, $ba: T, $ya: T) -> T {
                    $vjp_a
                }
                #[inline(always)]
                fn vjp_b($gb: T, $ab: T, $bb: T, $yb: T) -> T {
                    $vjp_b
                }
            }

            impl<T: Real> Op<T> for $Name {
                fn name(&self) -> &'static str {
                    stringify!($method)
                }
                fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
                    broadcast(x)
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
                    let (a, b) = draw.broadcast_pair();
                    let [domain_a, domain_b] = <Self as Row<T>>::DOMAINS;
                    Example::new([draw.tensor(a, domain_a), draw.tensor(b, domain_b)])
                }
            }
        )*

        /// Elementwise functions of two operands, broadcast to a common shape. They panic if the
        /// shapes do not fit. NaN gives a NaN value, except to comparisons, and NaN derivatives, except
        /// by an operand in which the function is linear.
        impl<'t, T: Real> Var<'t, T> {
            $(
                $(#[doc = $doc])*
                ///
                #[doc = concat!("With g the adjoint of the value y, a gains `", stringify!($vjp_a),
                    "` and b gains `", stringify!($vjp_b), "`.")]
                #[track_caller]
                pub fn $method(self, b: Var<'t, T>) -> Self {
                    self.tape().apply(&$Name, &[self, b], Attributes::NONE)
                }
            )*
        }

        pub(super) const OPS: &[&dyn AnyOp] = &[$(&$Name),*];
    };
}

binary! {
    /// a + b.
    AddOp plus: |a, b| a + b, |g, _, _, _| g, |g, _, _, _| g, on [-2.0..2.0], [-2.0..2.0];
    /// a - b.
    SubOp minus: |a, b| a - b, |g, _, _, _| g, |g, _, _, _| -g, on [-2.0..2.0], [-2.0..2.0];
    /// a b, elementwise.
    MulOp times: |a, b| a * b, |g, _, b, _| g * b, |g, a, _, _| g * a, on [-2.0..2.0], [-2.0..2.0];
    /// a / b. At b = 0 the derivatives are infinite or NaN.
    DivOp over: |a, b| a / b, |g, _, b, _| g / b, |g, _, b, y| -g * y / b,
        on [-2.0..2.0], [-2.0..-0.3, 0.3..2.0];
    /// a to the power b. d/da is 0 where b is 0; d/db is 0 where a is 0 and b is not negative, and
    /// NaN where a is negative.
    Pow pow: |a, b| if a.is_nan() || b.is_nan() { a + b } else { a.powf(b) },
        |g, a, b, y| pow_by_base(g, a, b, y),
        |g, a, b, y| if a == T::ZERO && b >= T::ZERO { T::ZERO } else { g * y * a.ln() },
        on [0.1..2.0], [-2.0..2.0];
    /// The larger of a and b. A tie gives half of the adjoint to each.
    Maximum maximum: |a, b| if a > b { a } else if b > a { b } else { meet(a, b) },
        |g, a, b, _| pick(g, a, b), |g, a, b, _| pick(g, b, a),
        on [-3.0..-2.0, 0.0..1.0], [-1.8..-0.2, 1.2..3.0];
    /// The smaller of a and b. A tie gives half of the adjoint to each.
    Minimum minimum: |a, b| if a < b { a } else if b < a { b } else { meet(a, b) },
        |g, a, b, _| pick(g, b, a), |g, a, b, _| pick(g, a, b),
        on [-3.0..-2.0, 0.0..1.0], [-1.8..-0.2, 1.2..3.0];
    /// a ln(b), and 0 where a is 0 (unless b is NaN). At (0, 0) both derivatives are 0.
    Xlogy xlogy: |a, b| {
            if a == T::ZERO && b == T::INFINITY { T::ZERO.with_slopes([(a, b.ln())].into_iter()) }
            else if a == T::ZERO && b <= T::ZERO { T::ZERO }
            else { a * b.ln() }
        },
        |g, a, b, _| if a == T::ZERO && b <= T::ZERO { T::ZERO } else { g * b.ln() },
        |g, a, b, _| {
            if a == T::ZERO && b == T::ZERO { T::ZERO }
            else if b < T::ZERO && a != T::ZERO { T::NAN }
            else { g * a / b }
        },
        on [-2.0..2.0], [0.1..2.0];
    /// ln(exp(a) + exp(b)). The derivatives are 0 where both are -inf, 1/2 where both are inf.
    Logaddexp logaddexp: |a, b| {
            // The difference of infinities is no number.
            if a == b && a.abs() == T::INFINITY {
                return if a > T::ZERO { meet(a, b) } else { -T::INFINITY };
            }
            let (high, low) = if a > b { (a, b) } else { (b, a) };
            high + (low - high).exp().ln_1p()
        },
        |g, a, b, _| logaddexp_vjp(g, a, b), |g, a, b, _| logaddexp_vjp(g, b, a),
        on [-3.0..3.0], [-3.0..3.0];
    /// The angle of the point (b, a), in radians, in [-pi, pi]. At (0, 0) the derivatives are 0.
    Atan2 atan2: |a, b| a.atan2(b),
        |g, a, b, _| { let r = a.hypot(b); if r == T::ZERO { r } else { g * (b / r / r) } },
        |g, a, b, _| { let r = a.hypot(b); if r == T::ZERO { r } else { -g * (a / r / r) } },
        on [-2.0..-0.3, 0.3..2.0], [-2.0..-0.3, 0.3..2.0];
    /// sqrt(a^2 + b^2). At (0, 0) the derivatives are 0.
    Hypot hypot: |a, b| if a.is_nan() || b.is_nan() { a + b } else { a.hypot(b) },
        |g, a, _, y| if y == T::ZERO { T::ZERO } else { g * (a / y) },
        |g, _, b, y| if y == T::ZERO { T::ZERO } else { g * (b / y) },
        on [-2.0..-0.3, 0.3..2.0], [-2.0..2.0];
    /// 1 where a > b, else 0. The derivatives are 0. A mask for [`Var::select`].
    Gt gt: |a, b| mask(a > b), |_, _, _, _| T::ZERO, |_, _, _, _| T::ZERO,
        on [-3.0..-2.0, 0.0..1.0], [-1.8..-0.2, 1.2..3.0];
    /// 1 where a >= b, else 0. The derivatives are 0. A mask for [`Var::select`].
    Ge ge: |a, b| mask(a >= b), |_, _, _, _| T::ZERO, |_, _, _, _| T::ZERO,
        on [-3.0..-2.0, 0.0..1.0], [-1.8..-0.2, 1.2..3.0];
    /// 1 where a = b, else 0. The derivatives are 0. A mask for [`Var::select`].
    Equal equal: |a, b| mask(a == b), |_, _, _, _| T::ZERO, |_, _, _, _| T::ZERO,
        on [-3.0..-2.0, 0.0..1.0], [-1.8..-0.2, 1.2..3.0];
    /// The cross entropy of the probability sigmoid(a) against the target b in [0, 1]:
    /// b softplus(-a) + (1 - b) softplus(a), finite for every finite a.
    BceWithLogits bce_with_logits: |a, b| b * (-a).softplus() + (T::ONE - b) * a.softplus(),
        |g, a, b, _| g * ((T::ONE - b) * a.sigmoid() - b * (-a).sigmoid()),
        |g, a, _, _| -g * a,
        on [-3.0..3.0], [0.1..0.9];
}

#[inline(always)]
fn mask<T: Real>(holds: bool) -> T {
    if holds { T::ONE } else { T::ZERO }
}

/// The common value of a and b, half of it each one's; NaN if they are not equal.
#[inline(always)]
fn meet<T: Real>(a: T, b: T) -> T {
    if a == b {
        let half = T::from_f64(0.5);
        a.with_slopes([(a, half), (b, half)].into_iter())
    } else {
        a + b
    }
}

/// g to the larger of the two, half of it in a tie, 0 to the smaller; NaN if there is one.
#[inline(always)]
fn pick<T: Real>(g: T, mine: T, other: T) -> T {
    if mine > other {
        g
    } else if mine < other {
        T::ZERO
    } else if mine == other {
        T::from_f64(0.5) * g
    } else {
        mine + other
    }
}

#[inline(always)]
fn logaddexp_vjp<T: Real>(g: T, mine: T, other: T) -> T {
    if mine == other && !(mine - other == T::ZERO) {
        // Both infinite: their difference is no number.
        return if mine > T::ZERO {
            T::from_f64(0.5) * g
        } else {
            T::ZERO
        };
    }
    let x = mine - other;
    let error = rounding_of_difference(mine, other, x);
    if !error.is_finite() {
        return g * x.sigmoid();
    }
    // The tails of the sigmoid would magnify the error of their argument.
    g * (x.sigmoid() + x.sigmoid_derivative() * error)
}

/// The exact a - b - x, for x the rounded difference (Knuth's two-sum).
#[inline(always)]
fn rounding_of_difference<T: Real>(a: T, b: T, x: T) -> T {
    let minus_b = x - a;
    let a_again = x - minus_b;
    (a - a_again) - (b + minus_b)
}

/// g b a^(b - 1). Below 1/2 the difference b - 1 is not exact, and the power would magnify its error
/// ln(a) times.
#[inline(always)]
fn pow_by_base<T: Real>(g: T, a: T, b: T, y: T) -> T {
    if a == T::ZERO && b == T::ZERO {
        T::ZERO
    } else if b >= T::from_f64(0.5) || a == T::ZERO || a.abs() == T::INFINITY {
        g * b * a.powf(b - T::ONE)
    } else {
        g * b * (y / a)
    }
}

/// What is wrong with operands whose shapes do not fit.
pub(super) const NO_BROADCAST: &str = "sizes, from the last axis on, must be equal or 1";

/// The common shape of the two operands.
pub(super) fn broadcast<T: Real>(x: &Inputs<'_, T>) -> Result<Shape, String> {
    let [a, b] = [x.shape(0), x.shape(1)];
    a.broadcast(&b).ok_or_else(|| NO_BROADCAST.to_owned())
}

macro_rules! operators {
    ($($Trait:ident $method:ident: $var:ident, |$x:ident, $c:ident| $right:expr, $left:expr;)*) => {$(
        impl<'t, T: Real> $Trait for Var<'t, T> {
            type Output = Self;
            #[track_caller]
            fn $method(self, other: Self) -> Self {
                self.$var(other)
            }
        }

        impl<'t, T: Real> $Trait<f64> for Var<'t, T> {
            type Output = Self;
            #[track_caller]
            fn $method(self, constant: f64) -> Self {
                let ($x, $c) = (self, constant);
                $right
            }
        }

        impl<'t, T: Real> $Trait<Var<'t, T>> for f64 {
            type Output = Var<'t, T>;
            #[track_caller]
            fn $method(self, variable: Var<'t, T>) -> Var<'t, T> {
                let ($x, $c) = (variable, self);
                $left
            }
        }
    )*};
}

operators! {
    Add add: plus, |x, c| x.shift(c), x.shift(c);
    Sub sub: minus, |x, c| x.shift(-c), x.subtract_from(c);
    Mul mul: times, |x, c| x.scale(c), x.scale(c);
    Div div: over, |x, c| x.divide_by(c), x.divide(c);
}

impl<T: Real> Neg for Var<'_, T> {
    type Output = Self;
    #[track_caller]
    fn neg(self) -> Self {
        self.negate()
    }
}
