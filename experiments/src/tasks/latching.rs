//! Latching (Bengio et al. 1994): the sign of the first inputs is to be held through noise.
//!
//! ```text
//! step     1 ... L              L + 1 ... T
//! input    sign + noise         noise          noise: normal, mean 0, deviation s
//! target                        at T: sign
//! ```
//!
//! Who has no memory guesses, and is right half of the time; who remembers everything is right as
//! often as the mean of the first L inputs has the right sign: [`Latching::best`].

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::init;
use wengert_tape::Real;

/// The fraction of sequences that is right by guessing.
pub const GUESSING: f64 = 0.5;

/// The task of one length and noise.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Latching {
    steps: usize,
    informative: usize,
    deviation: f64,
}

/// A sequence and its sign.
#[derive(Clone, PartialEq, Debug)]
pub struct Sequence {
    /// A number for each step.
    pub inputs: Vec<f64>,
    /// The sign, 1 or -1.
    pub sign: f64,
}

impl Latching {
    /// The task of T `steps`, the first L of them `informative`, and noise of this `deviation` s.
    ///
    /// # Panics
    /// Unless `0 < informative <= steps`, and the deviation is positive and finite.
    #[track_caller]
    pub fn new(steps: usize, informative: usize, deviation: f64) -> Self {
        assert!(
            0 < informative && informative <= steps && deviation > 0.0 && deviation.is_finite(),
            "latching: {informative} informative steps of {steps}, noise of deviation {deviation}"
        );
        Self {
            steps,
            informative,
            deviation,
        }
    }

    /// A sequence.
    pub fn draw(self, rng: &mut ChaCha8Rng) -> Sequence {
        let sign = if rng.random_bool(GUESSING) { 1.0 } else { -1.0 };
        let mut inputs = vec![0.0; self.steps];
        init::gaussian(&mut inputs, self.deviation, 1, rng);
        for x in &mut inputs[..self.informative] {
            *x += sign;
        }
        Sequence { inputs, sign }
    }

    /// The fraction of sequences that are right at best: the normal distribution at sqrt(L) / s.
    pub fn best(self) -> f64 {
        let bound = (self.informative as f64).sqrt() / self.deviation;
        0.5 * (1.0 + Real::erf(bound / std::f64::consts::SQRT_2))
    }
}
