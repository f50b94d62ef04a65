"""Writes references.csv: values and derivatives of the elementwise functions, from mpmath.

    python3 references.py > references.csv

Each row: function, inputs, value, derivative by each input; all of them the nearest doubles, from
60-digit arithmetic (mpmath 1.3). Inputs are doubles, and so are the constants of the functions.
Rows whose value or derivative is subnormal are left out: the tests ask for relative accuracy.
"""

import math

import mpmath as mp

mp.mp.dps = 60
# exp(-exp(...)) and the like stay exact enough: 1 - tanh(350) needs 300 digits.
DEEP = 700


def deep(f):
    def g(*x):
        with mp.workdps(DEEP):
            return +f(*x)

    return g


pi = mp.pi
sigmoid = lambda x: 1 / (1 + mp.exp(-x))
softplus = lambda x: mp.log1p(mp.exp(x))
phi = lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * pi)
Phi = lambda x: mp.ncdf(x)
sinc = lambda x: mp.mpf(1) if x == 0 else mp.sin(pi * x) / (pi * x)


def sinc_derivative(x):
    if x == 0:
        return mp.mpf(0)
    z = pi * x
    return pi * (z * mp.cos(z) - mp.sin(z)) / (z * z)


c = lambda x: mp.mpf(x)  # a constant of a function: the double, exactly
USUAL = [-3.7, -1.9, -0.83, -0.31, -1e-3, 1e-3, 0.29, 0.77, 1.3, 2.6, 5.1]
POSITIVE = [1e-300, 1e-30, 1e-8, 0.013, 0.5, 0.999, 1.0, 1.001, 2.7, 33.0, 1e10, 1e300]
TINY = [-1e-300, -1e-20, -1e-9, 1e-12, 1e-200]
WIDE = [-1e200, -1e10, -77.0, 55.0, 3e9, 1e150]
TAILS = [-700.0, -345.6, -88.8, -37.5, -20.8, -11.1, 11.1, 20.8, 37.5, 88.8, 345.6, 700.0]
SATURATED = [-1e300, -1e4, 1e4, 1e300]

UNARY = {
    "negate": (USUAL + TINY + WIDE, lambda x: -x, lambda x: -1),
    "scale": (USUAL + TINY + WIDE, lambda x: c(-1.7) * x, lambda x: c(-1.7)),
    "shift": (USUAL + TINY + WIDE, lambda x: x + c(0.3), lambda x: 1),
    "subtract_from": (USUAL + TINY + WIDE, lambda x: c(0.3) - x, lambda x: -1),
    "divide_by": (USUAL + TINY + WIDE, lambda x: x / 3, lambda x: mp.mpf(1) / 3),
    "divide": (USUAL + WIDE, lambda x: c(0.7) / x, lambda x: -c(0.7) / x**2),
    "reciprocal": (USUAL + WIDE, lambda x: 1 / x, lambda x: -1 / x**2),
    "powi": (USUAL + [-1e90, 1e-90, 1e100], lambda x: x**3, lambda x: 3 * x**2),
    "powi_minus_2": (USUAL + [-1e90, 1e-90, 1e100], lambda x: x**-2, lambda x: -2 * x**-3),
    "powf": (POSITIVE[1:-1], lambda x: x ** c(1.7), lambda x: c(1.7) * x ** (c(1.7) - 1)),
    "sqrt": (POSITIVE, mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x))),
    "square": (USUAL + [-1e100, 1e-150, 1e150], lambda x: x * x, lambda x: 2 * x),
    "exp": (USUAL + TINY + TAILS, mp.exp, mp.exp),
    "exp_m1": (USUAL + TINY + TAILS, mp.expm1, mp.exp),
    "ln": (POSITIVE, mp.log, lambda x: 1 / x),
    "ln_1p": (USUAL[2:] + TINY + POSITIVE + [-0.999, -1 + 2**-53], mp.log1p, lambda x: 1 / (1 + x)),
    "sin": (USUAL + TINY + [100.0, -1e4, 1e10], mp.sin, mp.cos),
    "cos": (USUAL + TINY + [100.0, -1e4, 1e10], mp.cos, lambda x: -mp.sin(x)),
    "sinc": (USUAL + TINY + [1.0, -2.0, 0.159, 0.16, 3.0001, 7.5, 100.25, 12345.5], sinc, sinc_derivative),
    "tanh": (USUAL + TINY + TAILS[1:-1] + SATURATED, mp.tanh, lambda x: mp.sech(x) ** 2),
    "sigmoid": (USUAL + TINY + TAILS, sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "log_sigmoid": (USUAL + TINY + TAILS + SATURATED, lambda x: -softplus(-x), lambda x: sigmoid(-x)),
    "softplus": (USUAL + TINY + TAILS + SATURATED, softplus, sigmoid),
    "relu": (USUAL + TINY + WIDE, lambda x: max(x, 0), lambda x: int(x > 0)),
    "relu6": (USUAL + TINY + WIDE, lambda x: min(max(x, 0), 6), lambda x: int(0 < x < 6)),
    "leaky_relu": (USUAL + TINY + WIDE, lambda x: x if x > 0 else c(0.1) * x, lambda x: 1 if x > 0 else c(0.1)),
    "elu": (USUAL + TINY + TAILS, lambda x: x if x > 0 else c(0.8) * mp.expm1(x), lambda x: 1 if x > 0 else c(0.8) * mp.exp(x)),
    "gelu": (USUAL + TINY + [-30.0, -11.1, -6.3, 6.3, 11.1, 30.0], lambda x: x * Phi(x), lambda x: Phi(x) + x * phi(x)),
    "silu": (USUAL + TINY + TAILS, lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * sigmoid(-x))),
    "erf": (USUAL + TINY + [-20.0, -9.3, -6.1, 4.7, 7.7, 26.0], mp.erf, lambda x: 2 / mp.sqrt(pi) * mp.exp(-x * x)),
    "abs": (USUAL + TINY + WIDE, abs, mp.sign),
    "sign": (USUAL + TINY + WIDE, mp.sign, lambda x: 0),
    "clamp": (USUAL + TINY + WIDE, lambda x: min(max(x, c(-0.5)), 1), lambda x: int(c(-0.5) < x < 1)),
    "huber_penalty": (USUAL + [-1e-100, 1e-9, 1e10, -1e100], lambda x: x * x / 2 if abs(x) <= c(0.7) else c(0.7) * (abs(x) - c(0.7) / 2), lambda x: min(max(x, -c(0.7)), c(0.7))),
}

PAIRS = [(-1.9, 0.4), (0.3, -2.7), (1.7, 1.3), (-0.6, -0.9), (1e-8, 3.1), (5.3, 1e9), (1e150, -2e100), (-3e-120, 4e-90)]
BASES = [(0.7, 2.3), (2.9, -1.4), (1e-30, 0.3), (1e200, 1e-3), (1e200, -0.7), (1.0001, 1e5), (33.0, 0.5), (1e-5, 7.0), (0.999, -3.25)]
APART = [(0.3, 0.3), (1.7, -0.4), (-2.2, 1.9), (10.3, -20.6), (100.3, 0.1), (-0.1, 300.7), (1e4, -1e4), (-745.2, -701.1), (1e300, 5.0)]

BINARY = {
    "plus": (PAIRS, lambda a, b: a + b, lambda a, b: 1, lambda a, b: 1),
    "minus": (PAIRS, lambda a, b: a - b, lambda a, b: 1, lambda a, b: -1),
    "times": (PAIRS, lambda a, b: a * b, lambda a, b: b, lambda a, b: a),
    "over": (PAIRS, lambda a, b: a / b, lambda a, b: 1 / b, lambda a, b: -a / b**2),
    "pow": (BASES, lambda a, b: a**b, lambda a, b: b * a ** (b - 1), lambda a, b: a**b * mp.log(a)),
    "maximum": (PAIRS, max, lambda a, b: int(a > b), lambda a, b: int(b > a)),
    "minimum": (PAIRS, min, lambda a, b: int(a < b), lambda a, b: int(b < a)),
    "xlogy": ([(0.7, 2.3), (-2.9, 1.4), (1e-30, 0.3), (3.0, 1e200), (2.0, 1.0001), (-1e9, 1e-9)], lambda a, b: a * mp.log(b), lambda a, b: mp.log(b), lambda a, b: a / b),
    "logaddexp": (APART, lambda a, b: mp.log(mp.exp(a) + mp.exp(b)), lambda a, b: sigmoid(a - b), lambda a, b: sigmoid(b - a)),
    "atan2": (PAIRS[:-1], mp.atan2, lambda a, b: b / (a * a + b * b), lambda a, b: -a / (a * a + b * b)),
    "hypot": (PAIRS, mp.hypot, lambda a, b: a / mp.hypot(a, b), lambda a, b: b / mp.hypot(a, b)),
    "bce_with_logits": ([(0.4, 1.0), (-1.3, 0.0), (2.7, 0.25), (30.5, 0.0), (-600.0, 1.0), (600.0, 1.0), (-40.5, 0.0), (1e4, 0.5)], lambda a, b: b * softplus(-a) + (1 - b) * softplus(a), lambda a, b: (1 - b) * sigmoid(a) - b * sigmoid(-a), lambda a, b: -a),
}


def double(x):
    x = mp.mpf(x)
    if x != 0 and abs(x) < mp.mpf(2) ** -1022:
        return None
    return math.inf * int(mp.sign(x)) if abs(x) >= mp.mpf(2) ** 1024 else float(x)


def row(name, inputs, results):
    results = [double(r) for r in results]
    if None not in results:
        print(",".join([name, *map(repr, inputs), *map(repr, results)]))


for name, (points, value, derivative) in UNARY.items():
    for x in points:
        exact = mp.mpf(x)
        row(name, [x], [deep(value)(exact), deep(derivative)(exact)])

for name, (points, value, *derivatives) in BINARY.items():
    for point in points:
        exact = [mp.mpf(x) for x in point]
        row(name, point, [deep(value)(*exact)] + [deep(d)(*exact) for d in derivatives])
