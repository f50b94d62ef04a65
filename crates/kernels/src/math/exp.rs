//! exp and exp - 1, and the reduced form from which everything that decays like exp is built.

use super::constants::Constants;
use super::float::{polynomial, select};
use super::pair::Pair;

/// e^x = 2^n (1 + p), with n an integer and |p| < 0.42.
#[derive(Clone, Copy)]
pub struct Exp<F> {
    pub n: F,
    pub p: Pair<F>,
}

impl<F: Constants> Exp<F> {
    /// The exponential of `x`, with |x| below 2 `TAIL`.
    #[inline(always)]
    pub fn of(x: Pair<F>) -> Self {
        let n = x.hi.round_product(F::lit(std::f64::consts::LOG2_E));
        // Exact: the result is below 1/2, and ln 2 in [1/2, 1) has no bits that would not fit.
        let r = (-n).mul_add(F::LN2.hi, x.hi);
        let r = r + (-n).mul_add(F::LN2.lo, x.lo);
        Self {
            n,
            p: Pair::sum(r, r * r * polynomial(r, F::EXP)),
        }
    }

    /// (e^x - 1) / 2: the half keeps x near the overflow of e^x finite.
    #[inline(always)]
    pub fn half_minus_one(self) -> Pair<F> {
        let half = F::lit(0.5);
        let s = (floor(self.n) - F::lit(1.0)).pow2();
        Pair::mul_add(s, self.p.hi, s - half).add_lo(s * self.p.lo)
    }
}

/// An exponent in the middle of the negative ones, or `n` where that is larger.
#[inline(always)]
pub fn floor<F: Constants>(n: F) -> F {
    n.at_least(F::FLOOR)
}

/// 2^n y, rounded once, for an n at most the largest exponent and above 3 `FLOOR`.
#[inline(always)]
pub fn scale<F: Constants>(y: F, n: F) -> F {
    let floor = floor(n);
    y * floor.pow2() * (n - floor).pow2()
}

#[inline(always)]
pub fn exp<F: Constants>(x: F) -> F {
    let e = Exp::of(Pair::from(x.at_least(-F::TAIL).at_most(F::OVERFLOW)));
    // 2 (1 + p) 2^(n - 1), since n may be one more than the largest exponent.
    let two = F::lit(2.0);
    scale(e.p.hi.mul_add(two, two), e.n - F::lit(1.0))
}

#[inline(always)]
pub fn exp_m1<F: Constants>(x: F) -> F {
    let e = Exp::of(Pair::from(x.at_least(-F::TAIL).at_most(F::OVERFLOW)));
    let y = F::lit(2.0) * e.half_minus_one().round();
    // Half of a subnormal would lose its last bit, and 0 its sign.
    select(x.abs() < F::MIN_POSITIVE + F::MIN_POSITIVE, x, y)
}
