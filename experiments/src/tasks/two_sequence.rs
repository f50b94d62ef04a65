//! The two-sequence problem (Bengio et al. 1994), as tasks 3a and 3b of Hochreiter & Schmidhuber 1997:
//!
//! ```text
//! step     1 ... N     N + 1 ... L               L drawn from T ... 1.1 T
//! input    +1 or -1    normal, mean 0, variance .2
//! target                                at L: 1 after +1, 0 after -1
//! ```
//!
//! In 3b the same noise is added to the first N inputs too. Without memory the best answer is 1/2:
//! [`GUESSING`] of the sequences are right, with a mean squared error of [`VARIANCE`].

use std::ops::RangeInclusive;

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::init;

/// The fraction of sequences that is classified right by guessing.
pub const GUESSING: f64 = 0.5;
/// The variance of the targets.
pub const VARIANCE: f64 = 0.25;
/// The variance of the noise.
const NOISE: f64 = 0.2;

/// The task at one length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TwoSequence {
    length: usize,
    informative: usize,
    noisy_start: bool,
}

/// A sequence and its class.
#[derive(Clone, PartialEq, Debug)]
pub struct Sequence {
    /// A number for each step.
    pub inputs: Vec<f64>,
    /// Whether it starts with +1.
    pub positive: bool,
}

impl TwoSequence {
    /// The task of a nominal `length` T whose first steps, so many, are `informative`: 3a.
    ///
    /// # Panics
    /// Unless some steps, and not all, are informative.
    #[track_caller]
    pub fn new(length: usize, informative: usize) -> Self {
        assert!(
            0 < informative && informative < length,
            "two-sequence: {informative} informative steps of {length}"
        );
        Self {
            length,
            informative,
            noisy_start: false,
        }
    }

    /// With noise on the informative steps too: 3b.
    #[must_use]
    pub fn with_noisy_start(self) -> Self {
        let noisy_start = true;
        Self {
            noisy_start,
            ..self
        }
    }

    /// The lengths that are drawn, each with the same probability.
    pub fn lengths(self) -> RangeInclusive<usize> {
        self.length..=self.length + self.length / 10
    }

    /// A sequence.
    pub fn draw(self, rng: &mut ChaCha8Rng) -> Sequence {
        let mut inputs = vec![0.0; rng.random_range(self.lengths())];
        let positive = rng.random_bool(GUESSING);
        init::gaussian(&mut inputs, NOISE.sqrt(), 1, rng);
        let sign = if positive { 1.0 } else { -1.0 };
        for x in &mut inputs[..self.informative] {
            *x = sign + if self.noisy_start { *x } else { 0.0 };
        }
        Sequence { inputs, positive }
    }
}
