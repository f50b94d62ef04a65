//! Losses, composed of operations of the tape: there is no backward code here either.
//!
//! A loss makes [`Losses`], one for each row of logits, each element of a prediction or each
//! sequence of a batch, and these are averaged, summed, or looked at. All logarithms are natural:
//! losses are in nats.
//!
//! The shapes of the field's tasks, over a batch of sequences of unequal lengths:
//!
//! ```
//! use rand::{SeedableRng, rngs::ChaCha8Rng};
//! use wengert_rnn::loss::{CrossEntropy, real_steps};
//! use wengert_rnn::{Activation, Cell, Elman, Lengths, Linear, unroll};
//! use wengert_tape::Tape;
//!
//! let mut rng = ChaCha8Rng::seed_from_u64(0);
//! let cell = Elman::new(1, 4, Activation::Tanh);
//! let readout = Linear::new(4, 3);
//! let params = cell.init(&mut rng).with_part("readout.", readout.init(&mut rng));
//! let tape = Tape::<f64>::new();
//! let mut leaves = params.bind(&tape);
//! let (w, v) = (leaves.take(), leaves.take());
//! let lengths = Lengths::ragged(3, 2, &[3, 1]);
//! let x = tape.constant([6, 1], &[0.1, 0.2, 0.3, f64::NAN, 0.5, f64::NAN]);
//! let run = unroll(&cell, &w, x, &lengths, None);
//!
//! // A class for each sequence.
//! let class = CrossEntropy::new().of(readout.apply(&v, run.last), &[2, 0]).mean();
//!
//! // A class for each step; those of padded steps are not read.
//! let logits = readout.apply(&v, real_steps(run.output(), &lengths));
//! let targets = lengths.pack(&[1, 0, 2, 99, 1, 99], 1);
//! let tags = CrossEntropy::new().smoothing(0.1).of(logits, &targets);
//! assert_eq!(tags.each().len(), 4);
//!
//! (class + tags.mean()).backward();
//! assert!(leaves.gradient().iter().all(|g| g.is_finite()));
//! ```

mod binary;
mod cross_entropy;
mod ctc;
mod regression;
mod steps;

pub use binary::BinaryCrossEntropy;
pub use cross_entropy::CrossEntropy;
pub use ctc::Ctc;
pub use regression::{absolute_error, gaussian_nll, huber, squared_error};
pub use steps::real_steps;

use wengert_tape::{Real, Tape, Var};

/// Losses, and how much they count together.
#[derive(Clone, Copy, Debug)]
pub struct Losses<'t, T: Real> {
    each: Var<'t, T>,
    weight: f64,
}

impl<'t, T: Real> Losses<'t, T> {
    /// Losses that all count 1.
    fn equal(each: Var<'t, T>) -> Self {
        Self {
            each,
            weight: each.len() as f64,
        }
    }

    /// The losses themselves: a vector, of rows or sequences, or the shape of the elements. Class
    /// weights are factors of them; that of an ignored row is 0.
    pub fn each(self) -> Var<'t, T> {
        self.each
    }

    /// Their sum.
    #[track_caller]
    pub fn sum(self) -> Var<'t, T> {
        self.each.sum()
    }

    /// Their sum over the weights of those that count.
    ///
    /// # Panics
    /// If none counts: there are none, all are ignored, or all weights are 0.
    #[track_caller]
    pub fn mean(self) -> Var<'t, T> {
        assert!(
            self.weight > 0.0,
            "loss: the mean of {} losses of weight 0; at least one must count",
            self.each.len()
        );
        self.sum() / self.weight
    }
}

/// A vector of constants.
#[track_caller]
fn constants<'t, T: Real>(tape: &'t Tape<T>, values: &[f64]) -> Var<'t, T> {
    let values: Vec<T> = values.iter().map(|&value| T::from_f64(value)).collect();
    tape.constant([values.len()], &values)
}

#[track_caller]
fn check_weights(what: &str, weights: &[f64]) {
    for (class, &weight) in weights.iter().enumerate() {
        assert!(
            weight >= 0.0 && weight.is_finite(),
            "{what}: weight {weight} of class {class}: it must be finite and not negative"
        );
    }
}

/// Panics where broadcasting would silently compare all with all.
#[track_caller]
fn check_same_shape<T: Real>(what: &str, names: [&str; 2], a: Var<'_, T>, b: Var<'_, T>) {
    assert!(
        a.shape() == b.shape(),
        "{what}: {} {}, but {} {}: the shapes must be equal",
        names[0],
        a.shape(),
        names[1],
        b.shape(),
    );
}
