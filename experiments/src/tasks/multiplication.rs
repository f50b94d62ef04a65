//! Multiplication (Hochreiter & Schmidhuber 1997, experiment 5): the adding problem with a product.
//!
//! Steps and marks are those of [`Variant::Signed`]. Values are U[0, 1];
//! where one of the two that are multiplied is the first pair, its value is 1. The target is x1 x2.
//!
//! A network without memory answers the mean of the targets; its mean squared error is their variance,
//! [`Multiplication::baseline`].

use rand::rngs::ChaCha8Rng;

use super::adding::{Adding, Sequence, Variant};

/// Right is what is nearer to the target than this.
const RIGHT: f64 = 0.04;

/// The task at one length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Multiplication {
    length: usize,
    marks: Adding,
}

impl Multiplication {
    /// The task of a nominal `length` T.
    ///
    /// # Panics
    /// If the length is less than 20.
    #[track_caller]
    pub fn new(length: usize) -> Self {
        let marks = Adding::new(Variant::Signed, length);
        Self { length, marks }
    }

    /// A sequence.
    pub fn draw(self, rng: &mut ChaCha8Rng) -> Sequence {
        let mut sequence = self.marks.draw(rng);
        for pair in &mut sequence.pairs {
            pair[0] = f64::midpoint(1.0, pair[0]);
        }
        if sequence.marked.contains(&0) {
            sequence.pairs[0][0] = 1.0;
        }
        sequence.target = sequence
            .marked
            .map(|step| sequence.pairs[step][0])
            .iter()
            .product();
        sequence
    }

    /// The probability that one of the factors is that of the first pair, 1: as the first of the two,
    /// drawn from ten pairs, or else as the second, from T/2 - 1.
    fn trivial(self) -> f64 {
        let first = 0.1;
        first + (1.0 - first) / (self.length / 2 - 1) as f64
    }

    /// The mean of the targets: the best answer without memory. A U[0, 1] has mean 1/2.
    pub fn mean(self) -> f64 {
        let p = self.trivial();
        (1.0 - p) / 4.0 + p / 2.0
    }

    /// The variance of the targets, exactly. The square of a U[0, 1] has mean 1/3.
    pub fn baseline(self) -> f64 {
        let p = self.trivial();
        (1.0 - p) / 9.0 + p / 3.0 - self.mean() * self.mean()
    }

    /// Whether an answer counts as right.
    pub fn is_right(self, answer: f64, target: f64) -> bool {
        (answer - target).abs() < RIGHT
    }
}
