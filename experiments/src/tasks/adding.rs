//! The adding problem: two of many numbers are marked, and their sum is asked for at the end. Three
//! definitions go by the name:
//!
//! ```text
//!           values     steps             first mark in    second mark in      target             right if
//! Signed    U[-1, 1]   T ... T + T/10    first ten        first T/2, another  .5 + (x1 + x2)/4   |error| < .04
//! Mean      U[0, 1]    T ... 1.1 T - 1   [0, L/10)        [L/10, L/2)         (x1 + x2)/2        error^2 <= .04
//! Sum       U[0, 1]    T                 [0, T/2)         [T/2, T)            x1 + x2            -
//! ```
//!
//! `Signed` is that of Hochreiter & Schmidhuber 1997 (experiment 4): also, the first and the last pair
//! are marked -1, and where one of the two that are added is the first pair, it is marked 1 and its
//! value is 0. `Mean` is that of Pascanu et al. 2013, as in their program: L is the length drawn.
//! `Sum` is that of Arjovsky et al. 2016, whose baseline is printed there as 0.1767 and is 1/6.
//!
//! A network without memory answers the mean of the targets; its mean squared error is their
//! variance, [`Adding::baseline`].

use std::ops::RangeInclusive;

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

/// Features of an input: the value, and its mark.
pub const INPUTS: usize = 2;

/// Among so many pairs is the first that `Signed` marks.
const FIRST: usize = 10;

/// Whose definition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variant {
    /// Hochreiter & Schmidhuber 1997.
    Signed,
    /// Pascanu et al. 2013.
    Mean,
    /// Arjovsky et al. 2016.
    Sum,
}

/// The task at one length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Adding {
    variant: Variant,
    length: usize,
}

/// A sequence and its answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Sequence {
    /// A value and its mark for each step.
    pub pairs: Vec<[f64; INPUTS]>,
    /// What is asked for after the last step.
    pub target: f64,
    /// The two steps that are added.
    pub marked: [usize; 2],
}

impl Adding {
    /// The task of a nominal `length` T.
    ///
    /// # Panics
    /// If the length has no room for the marks: below 20 (`Signed`), 10 (`Mean`), 2 (`Sum`).
    #[track_caller]
    pub fn new(variant: Variant, length: usize) -> Self {
        let least = match variant {
            Variant::Signed => 2 * FIRST,
            Variant::Mean => 10,
            Variant::Sum => 2,
        };
        assert!(
            length >= least,
            "adding: length {length}, but {variant:?} needs {least}"
        );
        Self { variant, length }
    }

    /// The lengths that are drawn, each with the same probability.
    pub fn lengths(self) -> RangeInclusive<usize> {
        let most = match self.variant {
            Variant::Signed => self.length + self.length / 10,
            Variant::Mean => self.length + self.length / 10 - 1,
            Variant::Sum => self.length,
        };
        self.length..=most
    }

    /// A sequence.
    pub fn draw(self, rng: &mut ChaCha8Rng) -> Sequence {
        let steps = rng.random_range(self.lengths());
        let marked = self.marks(steps, rng);
        let least = match self.variant {
            Variant::Signed => -1.0,
            Variant::Mean | Variant::Sum => 0.0,
        };
        let mut pairs: Vec<[f64; INPUTS]> = (0..steps)
            .map(|_| [rng.random_range(least..=1.0), 0.0])
            .collect();
        if self.variant == Variant::Signed {
            pairs[0][1] = -1.0;
            pairs[steps - 1][1] = -1.0;
            if marked.contains(&0) {
                pairs[0][0] = 0.0;
            }
        }
        for step in marked {
            pairs[step][1] = 1.0;
        }
        let sum: f64 = marked.iter().map(|&step| pairs[step][0]).sum();
        let target = match self.variant {
            Variant::Signed => 0.5 + sum / 4.0,
            Variant::Mean => sum / 2.0,
            Variant::Sum => sum,
        };
        Sequence {
            pairs,
            target,
            marked,
        }
    }

    /// The two steps of so many that are added, the one drawn first before the other.
    fn marks(self, steps: usize, rng: &mut ChaCha8Rng) -> [usize; 2] {
        match self.variant {
            Variant::Signed => {
                let first = rng.random_range(0..FIRST);
                // The first T/2 - 1 pairs that are not marked yet are those of the first T/2 but it.
                let second = rng.random_range(0..self.length / 2 - 1);
                [first, second + usize::from(second >= first)]
            }
            Variant::Mean => {
                let border = steps / 10;
                let second = rng.random_range(0..steps * 2 / 5);
                [rng.random_range(0..border), border + second]
            }
            Variant::Sum => {
                let half = steps / 2;
                [rng.random_range(0..half), rng.random_range(half..steps)]
            }
        }
    }

    /// The mean of the targets: the best answer without memory.
    pub fn mean(self) -> f64 {
        match self.variant {
            Variant::Signed | Variant::Mean => 0.5,
            Variant::Sum => 1.0,
        }
    }

    /// The variance of the targets, exactly: the mean squared error of the best answer without
    /// memory.
    ///
    /// Values are independent, and a U[-1, 1] has variance 1/3, a U[0, 1] 1/12. Of `Signed`, the first
    /// pair adds nothing: it is drawn first with probability 1/10, and else second with 1/(T/2 - 1).
    pub fn baseline(self) -> f64 {
        match self.variant {
            Variant::Signed => {
                let first = 1.0 / FIRST as f64;
                let second = (1.0 - first) / (self.length / 2 - 1) as f64;
                (2.0 - first - second) / 3.0 / 16.0
            }
            Variant::Mean => 2.0 / 12.0 / 4.0,
            Variant::Sum => 2.0 / 12.0,
        }
    }

    /// Whether an answer counts as right, where the definition says when.
    pub fn is_right(self, answer: f64, target: f64) -> Option<bool> {
        let error = (answer - target).abs();
        match self.variant {
            Variant::Signed => Some(error < 0.04),
            Variant::Mean => Some(error * error <= 0.04),
            Variant::Sum => None,
        }
    }
}
