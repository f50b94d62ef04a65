//! The functions of 1 / (1 + e^x): tanh, sigmoid, silu and their derivatives.

use super::constants::Constants;
use super::exp::{Exp, floor, scale};
use super::float::{polynomial, select};
use super::pair::Pair;

#[inline(always)]
pub fn tanh<F: Constants>(x: F) -> F {
    let a = x.abs();
    // 1 - 2 / (1 + e^2a)
    let e = Exp::of(Pair::from((a + a).at_most(F::OVERFLOW)));
    let one = F::lit(1.0);
    let far = one - F::lit(2.0) / (e.p.hi + one).mul_add(e.n.pow2(), one);
    select(a < F::lit(NEAR), near_zero(a), far).copysign(x)
}

/// Below it tanh is a polynomial.
const NEAR: f64 = 0.625;

#[inline(always)]
fn near_zero<F: Constants>(a: F) -> F {
    let a2 = a * a;
    (a2 * polynomial(a2, F::TANH)).mul_add(a, a)
}

#[inline(always)]
pub fn tanh_derivative<F: Constants>(x: F) -> F {
    bell(x.abs() + x.abs(), F::lit(4.0))
}

/// (y, s) with s y = c / (1 + e^-x), s a power of two.
///
/// Where x < 0 the denominator is computed times s: e^-x may overflow where the quotient is still a
/// number, s e^-x does not.
#[inline(always)]
fn over_one_plus_exp<F: Constants>(c: F, x: F) -> (F, F) {
    let zero = F::lit(0.0);
    let shift = select(x < zero, F::FLOOR, zero);
    // From 64 on 1 + e^-x is 1.
    let e = Exp::of(Pair::from(-x.at_least(-F::TAIL).at_most(F::lit(64.0))));
    // s (1 + e^-x) = s + s 2^n + s 2^n p
    let (s, power) = (shift.pow2(), (e.n + shift).pow2());
    let sum = s + power;
    let lost = (power - sum) + s;
    (c / (sum + power.mul_add(e.p.hi, lost)), s)
}

#[inline(always)]
pub fn sigmoid<F: Constants>(x: F) -> F {
    let (y, s) = over_one_plus_exp(F::lit(1.0), x);
    y * s
}

#[inline(always)]
pub fn sigmoid_derivative<F: Constants>(x: F) -> F {
    bell(x.abs(), F::lit(1.0))
}

/// Both from one exponential, that of -|x|.
#[inline(always)]
pub fn sigmoid_with_derivative<F: Constants>(x: F) -> (F, F) {
    let one = F::lit(1.0);
    let (y, s) = over_one_plus_exp(one, -x.abs());
    let small = y * s;
    let large = one - small;
    (select(x < F::lit(0.0), small, large), y * large * s)
}

/// Both from one exponential, that of -2 |x|.
#[inline(always)]
pub fn tanh_with_derivative<F: Constants>(x: F) -> (F, F) {
    let (one, a) = (F::lit(1.0), x.abs());
    let (y, s) = over_one_plus_exp(one, -(a + a));
    let small = y * s;
    let far = (-F::lit(2.0)).mul_add(small, one);
    let tanh = select(a < F::lit(NEAR), near_zero(a), far).copysign(x);
    (tanh, y * (one - small) * (F::lit(4.0) * s))
}

/// c sigmoid(-a) sigmoid(a), for a >= 0 and c a power of two.
#[inline(always)]
fn bell<F: Constants>(a: F, c: F) -> F {
    let (y, s) = over_one_plus_exp(F::lit(1.0), -a);
    y * (F::lit(1.0) - y * s) * (c * s)
}

#[inline(always)]
pub fn silu<F: Constants>(x: F) -> F {
    let (y, s) = over_one_plus_exp(x.at_least(-F::TAIL), x);
    y * s
}

#[inline(always)]
pub fn silu_derivative<F: Constants>(x: F) -> F {
    // With e = e^-a: silu'(-a) = e (1 + e - a) / (1 + e)^2 and silu'(a) = 1 - silu'(-a). The root r
    // of 1 + e - a is a root of high relative accuracy because e = e^-r (1 + 2u) = (r - 1) (1 + 2u),
    // with u = (e^-d - 1) / 2 and d = a - r, turns the factor into 2 (r - 1) u - d, two terms of one
    // sign.
    let a = x.abs().at_most(F::TAIL);
    let d = Pair::two_sum(a, -F::SILU_ROOT.hi).add_lo(-F::SILU_ROOT.lo);
    let e = Exp::of(Pair::new(-d.hi, -d.lo));
    let u = e.half_minus_one();
    let twice = F::EXP_SILU_ROOT.scale(F::lit(2.0));
    let factor = Pair::mul_add(twice.hi, u.hi, -d.hi)
        .add_lo(twice.hi.mul_add(u.lo, twice.lo.mul_add(u.hi, -d.lo)));
    let e_d = F::EXP_SILU_ROOT.times(e.p.one_plus());
    let d = e_d.scale(floor(e.n).pow2()).one_plus();
    let slope = e_d.times(factor).over(d.times(d));
    let y = scale(slope.round(), e.n);
    select(x < F::lit(0.0), y, F::lit(1.0) - y)
}
