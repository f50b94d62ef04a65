"""Prints the reference table of the elementary functions, tests/data/f64.txt.

    python3 generate.py [POINTS [SEED]] > f64.txt

Needs mpmath (1.3.0 was used); values are computed to 60 digits. After a line `= function` follow
POINTS lines (600 in the committed table): the bits of the input, the bits of the nearest f64 to the
result, and (result - nearest) in ulps of the result.
"""

import random
import struct
import sys
from mpmath import mp, mpf, erf, erfc, exp, expm1, floor, log, log1p, pi, sqrt, tanh

mp.dps = 60


def sigmoid(x):
    return 1 / (1 + exp(-x))


def cdf(x):
    return erfc(-x / sqrt(2)) / 2


def gelu_derivative(x):
    return cdf(x) + x * exp(-x * x / 2) / sqrt(2 * pi)


def tiny(top):
    """Magnitudes from the smallest subnormal up, both signs."""
    return ("log", 5e-324, top)


# Per function: where it bends, where its tail is, where a formula changes, where it crosses 0.
FUNCTIONS = {
    "exp": (exp, [(-1, 1), (-40, 40), (-745.2, 709.8), (-745.2, -708), (709.7, 709.78), tiny(1)]),
    "exp_m1": (expm1, [(-1, 1), (-0.4, 0.4), (-40, 2), (-40, 709.8), (709.7, 709.78), tiny(1)]),
    "ln": (log, [(0.5, 2), (0.9, 1.1), (0, 100), ("positive", 5e-324, 1.7e308), ("positive", 5e-324, 1e-307)]),
    "ln_1p": (log1p, [(-0.999, 1), (-0.1, 0.1), (-0.45, 0.6), (0, 100), ("positive", 1e-3, 1.7e308), tiny(1)]),
    "softplus": (lambda x: log1p(exp(x)), [(-1, 1), (-5, 5), (-40, 40), (-745, -30), (-745, -708), tiny(1e3)]),
    "tanh": (tanh, [(-1, 1), (-0.4, 0.4), (-5, 5), (-20, 20), tiny(1), tiny(1e300)]),
    "tanh_derivative": (
        lambda x: 4 * exp(-2 * x) / (1 + exp(-2 * x)) ** 2,
        [(-1, 1), (-3, 3), (-20, 20), (-372, 372), (354, 372), tiny(10)],
    ),
    "sigmoid": (sigmoid, [(-1, 1), (-5, 5), (-40, 40), (-745, 10), (-745, -708), tiny(100)]),
    "sigmoid_derivative": (
        lambda x: sigmoid(x) * sigmoid(-x),
        [(-1, 1), (-5, 5), (-40, 40), (-745, 745), (-745, -708), tiny(10)],
    ),
    "silu": (lambda x: x * sigmoid(x), [(-1, 1), (-5, 5), (-40, 40), (-750, 10), (-751, -714), tiny(1e300)]),
    "silu_derivative": (
        lambda x: sigmoid(x) * (1 + x * sigmoid(-x)),
        [(-1, 1), (-5, 5), (-1.3, -1.26), ("near", -1.2784645427610738, 1e-9), (-40, 40), (-750, 10), (-751, -714), tiny(10)],
    ),
    "erf": (erf, [(-1, 1), (0.8, 1.1), (-6, 6), (0.999, 1.001), tiny(1), tiny(1e300)]),
    "gelu": (lambda x: x * cdf(x), [(-1, 1), (-5, 5), (-10, 40), (-38.5, -5), (-38.5, -37.4), tiny(1e300)]),
    "gelu_derivative": (
        gelu_derivative,
        [(-1, 1), (-5, 5), (-0.76, -0.74), ("near", -0.7517915246935645, 1e-9), (-10, 40), (-38.5, -5), (-38.5, -37.4), tiny(40)],
    ),
}


def sample(kind, a, b):
    if kind == "uniform":
        return random.uniform(a, b)
    if kind == "near":
        return a + random.choice([-1, 1]) * b ** random.uniform(1, 1.7)
    x = float(exp(random.uniform(float(log(a)), float(log(b)))))
    return x if kind == "positive" else x * random.choice([-1, 1])


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def nearest(y):
    """The nearest f64 to `y` and what is left, in ulps of `y`."""
    exponent = max(int(floor(log(abs(y), 2))), -1022) if y else -1022
    ulp = mpf(2) ** (exponent - 52)
    steps = mp.nint(y / ulp)
    return float(steps * ulp), (y / ulp - steps)


def main():
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    random.seed(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for name, (function, ranges) in FUNCTIONS.items():
        print("=", name)
        for i in range(points):
            r = ranges[i % len(ranges)]
            x = sample(*r) if len(r) == 3 else sample("uniform", *r)
            y, rest = nearest(function(mpf(x)))
            print(f"{bits(x):016x} {bits(y):016x} {float(rest):.4f}")


main()
