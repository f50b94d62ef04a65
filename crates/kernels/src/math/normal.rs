//! The functions of the normal distribution: erf, GELU and its derivative.

use super::constants::Constants;
use super::exp::{Exp, scale};
use super::float::{polynomial, select};
use super::pair::Pair;

/// e^(-a^2/2).
#[inline(always)]
fn gauss<F: Constants>(a: F) -> Exp<F> {
    Exp::of(Pair::product(a, a).scale(F::lit(-0.5)))
}

/// (q, a + 3) with q = (a - 3) / (a + 3), which maps [0, inf) to [-1, 1).
#[inline(always)]
fn moebius<F: Constants>(a: F) -> (Pair<F>, Pair<F>) {
    let k = F::lit(3.0);
    let (up, down) = (a + k, a - k);
    let up = Pair::new(up, a - (up - k));
    let down = Pair::new(down, a - (down + k));
    (down.over(up), up)
}

/// c0 + q (c\[0\] + q (c\[1\] + ...)), the two outer steps to twice the precision.
#[inline(always)]
fn series<F: Constants>(q: Pair<F>, c0: Pair<F>, c: &[F]) -> Pair<F> {
    let inner = Pair::mul_add(q.hi, polynomial(q.hi, &c[1..]), c[0]);
    // What inner.lo and, through the first two terms of the slope, q.lo add.
    let slope = inner.hi + (inner.hi - c[0]);
    let lo = q.hi.mul_add(inner.lo, q.lo.mul_add(slope, c0.lo));
    Pair::mul_add(q.hi, inner.hi, c0.hi).add_lo(lo)
}

/// (y, n) with 2^n y = Phi(-a), the upper tail of the normal distribution, for a >= 0.
#[inline(always)]
fn upper_tail<F: Constants>(a: F) -> (Pair<F>, F) {
    // Phi(-a) e^(a^2/2) falls from 1/2 like 1/a: times (a + 3) it is a smooth function of q.
    let (q, up) = moebius(a);
    let e = gauss(a);
    (
        series(q, F::MILLS_0, F::MILLS)
            .times(e.p.one_plus())
            .over(up),
        e.n,
    )
}

#[inline(always)]
pub fn erf<F: Constants>(x: F) -> F {
    let a = x.abs();
    let near = series(Pair::product(a, a), F::ERF_0, F::ERF).round_times(a);
    // 1 - 2 Phi(-sqrt(2) a)
    let root2 = F::lit(std::f64::consts::SQRT_2);
    let (y, n) = upper_tail((a * root2).at_most(F::GAUSS_TAIL));
    let far = F::lit(1.0) - scale(y.hi + y.hi, n);
    select(a < F::lit(1.0), near, far).copysign(x)
}

#[inline(always)]
pub fn gelu<F: Constants>(x: F) -> F {
    // x Phi(x) = max(x, 0) - |x| Phi(-|x|)
    let a = x.abs().at_most(F::GAUSS_TAIL);
    let (y, n) = upper_tail(a);
    x.at_least(F::lit(0.0)) - scale(y.round_times(a), n)
}

#[inline(always)]
pub fn gelu_derivative<F: Constants>(x: F) -> F {
    // gelu'(-a) = e^(-a^2/2) (a - root) g(q) and gelu'(a) = 1 - gelu'(-a): with the root factored out
    // there is no cancellation to lose accuracy in.
    let a = x.abs().at_most(F::GAUSS_TAIL);
    let (q, _) = moebius(a);
    let d = Pair::sum(a - F::GELU_ROOT.hi, -F::GELU_ROOT.lo);
    let e = gauss(a);
    let slope = series(q, F::GELU_SLOPE_0, F::GELU_SLOPE)
        .times(d)
        .times(e.p.one_plus());
    let y = scale(slope.round(), e.n);
    select(x < F::lit(0.0), y, F::lit(1.0) - y)
}
