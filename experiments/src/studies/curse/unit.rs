//! Four ways to write a linear unit of memory lambda, and their moments in closed form.
//!
//! ```text
//! h' = lambda h + gamma x,   x white of variance 1;   h = gamma s,   p = lambda, or nu
//! E s^2 = 1 / (1 - l^2),   E (ds/dl)^2 = (1 + l^2) / (1 - l^2)^3,   E s ds/dl = l / (1 - l^2)^2
//! gamma = 1:               E (dh/dl)^2 = (1 + l^2) / (1 - l^2)^3
//! gamma = sqrt(1 - l^2):   E (dh/dl)^2 = gamma'^2 E s^2 + 2 gamma gamma' E s ds/dl + gamma^2 E (ds/dl)^2
//!                                      = 1 / (1 - l^2)^2
//! l = exp(-exp(nu)):       E (dh/dnu)^2 = (l ln l)^2 E (dh/dl)^2
//! ```
//!
//! From s = sum_k l^k x_{t-k}: E (ds/dl)^2 = sum k^2 l^(2k-2), E s ds/dl = sum k l^(2k-1). Both remedies
//! together leave (l ln l / (1 - l^2))^2, which rises to 1/4 as l -> 1.

use wengert_tape::{Real, Var};

use super::measure::Moments;

/// How the unit scales its input, and by what parameter p it is learnt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// `h' = lambda h + x`, p = lambda.
    Plain,
    /// `h' = lambda h + sqrt(1 - lambda^2) x`, p = lambda.
    Normalised,
    /// `h' = lambda h + x`, lambda = exp(-exp(p)).
    Exponential,
    /// Both, as in the linear recurrent unit.
    Both,
}

impl Unit {
    /// All, in the order of the figure.
    pub const ALL: [Self; 4] = [Self::Plain, Self::Exponential, Self::Normalised, Self::Both];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Exponential => "λ = exp(−exp ν)",
            Self::Normalised => "normalised input",
            Self::Both => "both, as the LRU",
        }
    }

    /// The power of 1 / (1 - lambda) with which E (dh/dp)^2 grows as lambda -> 1.
    pub fn exponent(self) -> f64 {
        match self {
            Self::Plain => 3.0,
            Self::Normalised => 2.0,
            Self::Exponential => 1.0,
            Self::Both => 0.0,
        }
    }

    fn is_normalised(self) -> bool {
        matches!(self, Self::Normalised | Self::Both)
    }

    fn is_exponential(self) -> bool {
        matches!(self, Self::Exponential | Self::Both)
    }

    /// The parameter at which the memory is `lambda`.
    pub fn parameter(self, lambda: f64) -> f64 {
        if self.is_exponential() {
            (-lambda.ln()).ln()
        } else {
            lambda
        }
    }

    /// Records lambda and gamma from the parameter.
    pub fn coefficients<T: Real>(self, p: Var<'_, T>) -> [Var<'_, T>; 2] {
        let lambda = if self.is_exponential() {
            (-p.exp()).exp()
        } else {
            p
        };
        let gamma = if self.is_normalised() {
            (1.0 - lambda.square()).sqrt()
        } else {
            p.tape().scalar(1.0)
        };
        [lambda, gamma]
    }

    /// The moments in the limit of many steps.
    pub fn closed(self, lambda: f64) -> Moments {
        let rest = (1.0 - lambda) * (1.0 + lambda);
        let (state, by_lambda) = if self.is_normalised() {
            (1.0, rest.powi(-2))
        } else {
            (rest.recip(), (1.0 + lambda * lambda) * rest.powi(-3))
        };
        let by_parameter = if self.is_exponential() {
            lambda * lambda.ln()
        } else {
            1.0
        };
        Moments {
            state,
            sensitivity: by_parameter * by_parameter * by_lambda,
        }
    }
}
