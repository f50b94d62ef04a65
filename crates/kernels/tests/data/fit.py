"""Fits the polynomials of the elementary functions and prints src/math/constants.rs.

    python3 fit.py > ../../src/math/constants.rs && rustfmt ../../src/math/constants.rs

Needs mpmath (1.3.0 was used). A polynomial is fitted by least squares on Chebyshev nodes, weighted
so that the residual is relative to the function it serves, which is within a factor of two of
minimax. Coefficients are rounded to the float one by one, from the lowest; the ones above are
fitted again to what is left, so that rounding a coefficient costs almost nothing.
"""

import struct
from mpmath import mp, mpf, cos, erf, erfc, exp, findroot, log, log1p, lu_solve, matrix, pi, sqrt, tanh

mp.dps = 70

def mills(a):
    """Phi(-a) exp(a^2 / 2)."""
    return erfc(a / sqrt(2)) / 2 * exp(a * a / 2)


def density():
    return 1 / sqrt(2 * pi)


LN2 = log(2)
GELU_ROOT = findroot(lambda a: mills(a) - a * density(), 0.75)
SILU_ROOT = findroot(lambda a: 1 + exp(-a) - a, 1.28)


def nodes(lo, hi, count):
    return [(lo + hi) / 2 + (hi - lo) / 2 * cos(pi * (2 * i + 1) / (2 * count)) for i in range(count)]


def fit(f, weight, lo, hi, degree, rounded, exact=0):
    """Coefficients of `f` on [lo, hi], lowest first; the first `exact` are not rounded."""
    # An even number of nodes misses the middle of the interval, where some quotients are 0 / 0.
    rows = [(x, f(x), weight(x)) for x in nodes(mpf(lo), mpf(hi), 4 * degree + 8)]
    fixed = []
    while len(fixed) <= degree:
        first = len(fixed)
        a = matrix(len(rows), degree + 1 - first)
        b = matrix(len(rows), 1)
        for i, (x, y, w) in enumerate(rows):
            for j in range(first, degree + 1):
                a[i, j - first] = w * x**j
            b[i] = w * (y - sum(c * x**j for j, c in enumerate(fixed)))
        c = lu_solve(a.T * a, a.T * b)[0]
        fixed.append(c if first < exact else rounded(c))
    worst = max(abs(w * (y - sum(c * x**j for j, c in enumerate(fixed)))) for x, y, w in rows)
    return fixed, log(worst, 2)


def f64(x):
    return mpf(float(x))


def f32(x):
    # Through f64: a double rounding would need 29 zeros in a row, and would cost 2^-53.
    return mpf(struct.unpack("f", struct.pack("f", float(x)))[0])


def shortest(x, rounded):
    """The shortest decimal that reads back as the float nearest to `x`."""
    x = rounded(x)
    for digits in range(17):
        text = f"{float(x):.{digits}e}"
        if rounded(mpf(text)) == x:
            return text.replace("e+00", "").replace("e-0", "e-").replace("e+0", "e")


def by_moebius(f):
    """`f` in q = (a - 3) / (a + 3), and the weight that makes its residual relative."""
    a = lambda q: 3 * (1 + q) / (1 - q)
    return lambda q: f(a(q)), lambda q: 1 / f(a(q))


def table(name, rounded, degrees, overflow, tail, a_max, floor):
    r = LN2 / 2 * (1 + mpf(2) ** -10)
    top = mpf(a_max - 3) / (a_max + 3)
    mills_f, mills_w = by_moebius(lambda a: (a + 3) * mills(a))
    slope_f, slope_w = by_moebius(lambda a: (mills(a) - a * density()) / (a - GELU_ROOT))
    tables = [
        ("EXP", "(e^r - 1 - r) / r^2 for |r| <= ln(2)/2",
         lambda r: (exp(r) - 1 - r) / r**2, lambda r: r, -r, r, 0),
        ("LOG", "(ln(1 + f) - f + f^2/2) / f^3 for sqrt(1/2) <= 1 + f <= sqrt(2)",
         lambda f: (log1p(f) - f + f * f / 2) / f**3, lambda f: f**2, sqrt(0.5) - 1, sqrt(2) - 1, 0),
        ("TANH", "(tanh(x) / x - 1) / x^2 in x^2, for |x| <= 0.625",
         lambda z: (tanh(sqrt(z)) / sqrt(z) - 1) / z, lambda z: z, 0, mpf(0.625) ** 2, 0),
        ("ERF", "(erf(x) / x - 2/sqrt(pi)) / x^2 in x^2, for |x| <= 1",
         lambda z: (erf(sqrt(z)) / sqrt(z) - 2 / sqrt(pi)) / z, lambda z: z, 0, 1, 0),
        ("MILLS", f"(a + 3) Phi(-a) e^(a^2/2) in (a - 3) / (a + 3), for 0 <= a <= {a_max}",
         mills_f, mills_w, -1, top, 1),
        ("GELU_SLOPE", f"gelu'(-a) e^(a^2/2) / (a - root) in (a - 3) / (a + 3), for 0 <= a <= {a_max}",
         slope_f, slope_w, -1, top, 1),
    ]
    out = [f"impl Constants for {name} {{"]
    s = lambda x: shortest(x, rounded)
    pair = lambda x, hi=None: f"Pair::new({hi or s(x)}, {s(x - rounded(x))})"
    std = lambda constant: f"std::{name}::consts::{constant}"
    out.append(f"const LN2: Pair<{name}> = {pair(LN2, std('LN_2'))};")
    out.append(f"const ERF_0: Pair<{name}> = {pair(2 / sqrt(pi), std('FRAC_2_SQRT_PI'))};")
    out.append(f"const OVERFLOW: {name} = {overflow}.0;")
    out.append(f"const TAIL: {name} = {tail}.0;")
    out.append(f"const GAUSS_TAIL: {name} = {a_max}.0;")
    out.append(f"const FLOOR: {name} = {floor}.0;")
    out.append(f"const GELU_ROOT: Pair<{name}> = {pair(GELU_ROOT)};")
    out.append(f"const SILU_ROOT: Pair<{name}> = {pair(SILU_ROOT)};")
    out.append(f"const EXP_SILU_ROOT: Pair<{name}> = {pair(SILU_ROOT - 1)};")
    for (label, what, f, w, lo, hi, exact), degree in zip(tables, degrees):
        c, error = fit(f, w, lo, hi, degree, rounded, exact)
        out.append(f"// {what}: 2^{float(error):.1f}.")
        if exact:
            out.append(f"const {label}_0: Pair<{name}> = {pair(c[0])};")
            c = c[1:]
        out.append(f"const {label}: &'static [{name}] = &[{', '.join(s(x) for x in c)}];")
    out.append("}")
    return "\n".join(out)


print("""//! Polynomial coefficients and other constants of the elementary functions.
//!
//! Printed by `tests/data/fit.py`, which says how they were fitted. Coefficients stand lowest first;
//! a `_0` is the constant term to twice the precision, the array then starts with the next one. The
//! comment of a polynomial ends with the largest relative residual of the fit.

use super::float::Float;
use super::pair::Pair;

pub trait Constants: Float {
    const LN2: Pair<Self>;
    /// 2/sqrt(pi), the slope of erf at 0.
    const ERF_0: Pair<Self>;
    /// From here on exp(x) is infinite.
    const OVERFLOW: Self;
    /// From here on exp(-x) and x exp(-x) are 0.
    const TAIL: Self;
    /// From here on x exp(-x^2/2) is 0.
    const GAUSS_TAIL: Self;
    /// Half the smallest exponent.
    const FLOOR: Self;
    /// gelu'(-a) is 0 at a = `GELU_ROOT`.
    const GELU_ROOT: Pair<Self>;
    /// silu'(-a) is 0 at a = `SILU_ROOT`, where e^-a = a - 1.
    const SILU_ROOT: Pair<Self>;
    const EXP_SILU_ROOT: Pair<Self>;
    const EXP: &'static [Self];
    const LOG: &'static [Self];
    const TANH: &'static [Self];
    const ERF: &'static [Self];
    const MILLS_0: Pair<Self>;
    const MILLS: &'static [Self];
    const GELU_SLOPE_0: Pair<Self>;
    const GELU_SLOPE: &'static [Self];
}
""")
print(table("f32", f32, (5, 8, 5, 5, 10, 10), 89, 112, 15, -63))
print(table("f64", f64, (10, 19, 11, 11, 26, 23), 710, 760, 39, -511))
