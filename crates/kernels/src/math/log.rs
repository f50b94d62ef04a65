//! ln, ln(1 + x), and softplus.

use super::constants::Constants;
use super::exp::{Exp, scale};
use super::float::{Float, polynomial, select};
use super::pair::Pair;

/// k ln 2 + ln(1 + f), for sqrt(1/2) <= 1 + f <= sqrt(2).
#[inline(always)]
fn reduced_ln<F: Constants>(k: F, f: Pair<F>) -> F {
    let curve = f.hi * f.hi * f.hi.mul_add(polynomial(f.hi, F::LOG), F::lit(-0.5));
    let small = Pair::sum(f.hi, curve).add_lo(k.mul_add(F::LN2.lo, f.lo));
    Pair::mul_add(k, F::LN2.hi, small.hi)
        .add_lo(small.lo)
        .round()
}

/// ln(u + lost) for u > 0 finite, with `lost` what the rounding of a sum 1 + y to u lost.
#[inline(always)]
fn ln_sum<F: Constants>(u: F, lost: F) -> F {
    let (k, m) = u.split();
    // From 2^100 on nothing is lost that matters, and 2^-k would leave the normal numbers.
    let lost = lost * (-k).at_least(F::lit(-100.0)).pow2();
    reduced_ln(k, Pair::sum(m - F::lit(1.0), lost))
}

#[inline(always)]
pub fn ln<F: Constants>(x: F) -> F {
    let subnormal = x < F::MIN_POSITIVE;
    let (k, m) = select(subnormal, x * F::lit(64.0).pow2(), x).split();
    let k = select(subnormal, k - F::lit(64.0), k);
    special(x, reduced_ln(k, Pair::from(m - F::lit(1.0))))
}

#[inline(always)]
pub fn ln_1p<F: Constants>(x: F) -> F {
    let one = F::lit(1.0);
    let u = one + x;
    let lost = select(x < one, x - (u - one), one - (u - x));
    let y = special(u, ln_sum(u, lost));
    // Keeps the sign of -0.
    select(x.abs() < F::MIN_POSITIVE, x, y)
}

/// `y`, or what ln is at a special `x`: inf at inf, -inf at 0, NaN at NaN and below 0.
#[inline(always)]
fn special<F: Float>(x: F, y: F) -> F {
    let zero = F::lit(0.0);
    let y = select(x < F::INFINITY, y, x);
    let y = select(x == zero, -F::INFINITY, y);
    select(x < zero, F::NAN, y)
}

#[inline(always)]
pub fn softplus<F: Constants>(x: F) -> F {
    // ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|)
    let e = Exp::of(Pair::from(-x.abs().at_most(F::TAIL)));
    let m = e.p.one_plus();
    let e = Pair::new(scale(m.hi, e.n), scale(m.lo, e.n));
    let one = F::lit(1.0);
    let u = one + e.hi;
    x.at_least(F::lit(0.0)) + ln_sum(u, e.hi - (u - one) + e.lo)
}
