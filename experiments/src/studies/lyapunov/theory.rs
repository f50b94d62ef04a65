//! Mean-field theory of `x' = J tanh(x)`, J Gaussian of variance g^2 / N, for N -> infinity.
//!
//! States are Gaussian of variance q (Sompolinsky, Crisanti & Sommers 1988), and Jacobians are products
//! of J with independent diagonal matrices phi'(x) (Molgedey, Schuchhardt & Schuster 1992; Engelken,
//! Wolf & Abbott 2023). With z standard normal and X = phi'(sqrt(q) z)^2, phi = tanh,
//!
//! ```text
//! q = g^2 <tanh^2(sqrt(q) z)>,   lambda_1 = ln (g^2 <X>) / 2
//! A(w) = <X / (1 + w X)>,   u = w A(w),   lambda(u) = ln (g^2 A(w)) / 2,   w >= 0
//! ```
//!
//! where u is the fraction of exponents above lambda(u). For g < 1, q = 0 and X = 1, so that
//! lambda(u) = ln g + ln(1 - u) / 2: the moduli of the eigenvalues of J.

use std::f64::consts::TAU;

/// Of the quadrature over z: its end and its step. The trapezoidal rule is exact to rounding for
/// functions as smooth as these.
const END: f64 = 10.0;
const STEP: f64 = 1.0 / 256.0;
/// Points of the spectrum for each factor e of w.
const FINE: i32 = 40;
/// The range of ln w: up to where hardly an exponent is left above, or as far as numbers go.
const LOG_W: [i32; 2] = [-15, 100];

/// The spectrum of one gain.
#[derive(Clone, Debug)]
pub struct MeanField {
    gain: f64,
    variance: f64,
    /// (u, lambda), u ascending from 0.
    spectrum: Vec<[f64; 2]>,
}

impl MeanField {
    /// Solves the equations.
    ///
    /// # Panics
    /// Unless `gain` is positive.
    #[track_caller]
    pub fn new(gain: f64) -> Self {
        assert!(gain > 0.0, "mean field: gain {gain}");
        let variance = self_consistent(gain);
        let slopes: Vec<[f64; 2]> = gaussian()
            .map(|[z, weight]| [(variance.sqrt() * z).cosh().powi(-4), weight])
            .collect();
        let at = |w: f64| {
            let terms = slopes.iter().map(|[x, weight]| weight * x / (1.0 + w * x));
            let a: f64 = terms.sum();
            [w * a, 0.5 * (gain * gain * a).ln()]
        };
        let fine = |i: i32| (f64::from(i) / f64::from(FINE)).exp();
        let range = LOG_W[0] * FINE..=LOG_W[1] * FINE;
        let spectrum = std::iter::once(at(0.0)).chain(range.map(|i| at(fine(i))));
        Self {
            gain,
            variance,
            spectrum: spectrum.take_while(|[u, _]| *u < 0.99).collect(),
        }
    }

    /// g.
    pub fn gain(&self) -> f64 {
        self.gain
    }

    /// q, the variance of a state.
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// Points (u, lambda) of the spectrum, from u = 0 on.
    pub fn spectrum(&self) -> &[[f64; 2]] {
        &self.spectrum
    }

    /// lambda_1.
    pub fn largest(&self) -> f64 {
        self.spectrum[0][1]
    }

    /// lambda(u).
    ///
    /// # Panics
    /// Beyond the points of the spectrum.
    #[track_caller]
    pub fn exponent(&self, u: f64) -> f64 {
        let after = self.spectrum.partition_point(|[at, _]| *at <= u);
        let [[u0, l0], [u1, l1]] = [self.spectrum[after - 1], self.spectrum[after]];
        l0 + (l1 - l0) * (u - u0) / (u1 - u0)
    }

    /// The fraction of positive exponents.
    pub fn positive(&self) -> f64 {
        crossing(self.spectrum.iter().copied())
    }

    /// The entropy of Kolmogorov and Sinai for each unit: the sum of the positive exponents (Pesin
    /// 1977).
    pub fn entropy(&self) -> f64 {
        let sums = self.sums().map(|[_, sum]| sum);
        sums.fold(0.0, f64::max)
    }

    /// The attractor's dimension for each unit: where the sum of the exponents is 0 (Kaplan & Yorke
    /// 1979).
    pub fn dimension(&self) -> f64 {
        crossing(self.sums())
    }

    /// (u, integral of lambda from 0 to u).
    fn sums(&self) -> impl Iterator<Item = [f64; 2]> {
        let mut sum = 0.0;
        let pieces = self.spectrum.windows(2).map(move |pair| {
            let [[u0, l0], [u1, l1]] = [pair[0], pair[1]];
            sum += 0.5 * (l0 + l1) * (u1 - u0);
            [u1, sum]
        });
        std::iter::once([0.0, 0.0]).chain(pieces)
    }
}

/// The last x at which y is not yet below 0, between points on a line; 0 if it is negative at once.
fn crossing(points: impl Iterator<Item = [f64; 2]>) -> f64 {
    let mut before = [0.0, 0.0];
    for [x, y] in points {
        if y < 0.0 {
            let [x0, y0] = before;
            return if y0 > 0.0 {
                x0 + (x - x0) * y0 / (y0 - y)
            } else {
                x0
            };
        }
        before = [x, y];
    }
    before[0]
}

/// Points z with their weights.
fn gaussian() -> impl Iterator<Item = [f64; 2]> {
    let count = (END / STEP) as i32;
    (-count..=count).map(|i| {
        let z = f64::from(i) * STEP;
        [z, STEP * (-0.5 * z * z).exp() / TAU.sqrt()]
    })
}

/// The largest q with `q = g^2 <tanh^2(sqrt(q) z)>`, by bisection: the right side is concave in q.
fn self_consistent(gain: f64) -> f64 {
    if gain <= 1.0 {
        return 0.0;
    }
    let excess = |q: f64| {
        let squares = gaussian().map(|[z, weight]| weight * (q.sqrt() * z).tanh().powi(2));
        gain * gain * squares.sum::<f64>() - q
    };
    let (mut low, mut high) = (0.0, gain * gain);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        // At 0 the excess is 0; between 0 and the solution it is positive.
        if excess(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
