//! Training: the gradient of a batch from several threads, a step with all its parts, and the order
//! of the samples. A small library, not a framework: the loop is yours.
//!
//! ```
//! use rand::SeedableRng;
//! use rand::rngs::ChaCha8Rng;
//! use wengert_rnn::optim::{Clip, schedule};
//! use wengert_rnn::train::{Batches, Loss, Model, Trainer};
//! use wengert_rnn::{Activation, Adam, Cell, Elman, Leaves, Lengths, Linear, unroll};
//! use wengert_tape::{Real, Tape};
//!
//! /// Reads four numbers, and then tells their sum.
//! struct Adder {
//!     cell: Elman,
//!     readout: Linear,
//! }
//!
//! impl<T: Real> Model<T> for Adder {
//!     type Example = [f64; 4];
//!
//!     fn loss<'t>(
//!         &self,
//!         tape: &'t Tape<T>,
//!         leaves: &mut Leaves<'t, T>,
//!         shard: &[&[f64; 4]],
//!         _: &mut ChaCha8Rng,
//!     ) -> Loss<'t, T> {
//!         let mut x = Vec::new();
//!         for t in 0..4 {
//!             x.extend(shard.iter().map(|numbers| T::from_f64(numbers[t])));
//!         }
//!         let sums: Vec<T> = shard.iter().map(|n| T::from_f64(n.iter().sum())).collect();
//!         let x = tape.constant([4 * shard.len(), 1], &x);
//!         let sums = tape.constant([shard.len(), 1], &sums);
//!         let lengths = Lengths::equal(4, shard.len());
//!         let run = unroll(&self.cell, &leaves.take(), x, &lengths, None);
//!         let answers = self.readout.apply(&leaves.take(), run.last);
//!         Loss::of_sum((answers - sums).square().sum(), shard.len())
//!     }
//! }
//!
//! let examples: Vec<[f64; 4]> = (0..64)
//!     .map(|i| [0, 1, 2, 3].map(|t| f64::from((i >> t) & 3) / 4.0))
//!     .collect();
//! let mut rng = ChaCha8Rng::seed_from_u64(0);
//! let model = Adder {
//!     cell: Elman::new(1, 8, Activation::Tanh),
//!     readout: Linear::new(8, 1),
//! };
//! let params = model.cell.init(&mut rng).with_part("readout.", model.readout.init(&mut rng));
//! let adam = Adam::<f32>::new(0.01, params.len());
//! let mut trainer = Trainer::new(model, params, adam, 0)
//!     .with_shard(4)
//!     .with_clip(Clip::by_norm(1.0))
//!     .with_schedule(schedule::cosine(200, 0.1));
//! let mut batches = Batches::new(examples.len(), 16, 0);
//! let mut losses = Vec::new();
//! for _ in 0..200 {
//!     let batch: Vec<_> = batches.next_batch().iter().map(|&i| &examples[i]).collect();
//!     losses.push(trainer.step(&batch)?.loss);
//! }
//! assert!(losses[199] < 0.05 * losses[0]);
//! # Ok::<(), wengert_rnn::train::TrainingError>(())
//! ```

mod batches;
mod fault;
mod shards;
mod trainer;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use crate::params::Leaves;

pub use batches::Batches;
pub use fault::{Fault, TrainingError};
pub use shards::{Mean, Shards};
pub use trainer::{Report, Trainer};

/// What is trained: how parameters and examples make a loss.
pub trait Model<T: Real>: Sync {
    /// One sample.
    type Example: Sync;

    /// Records the loss of some samples on `tape`, from the parameters on it. Chance, for example
    /// of dropout, comes from `rng` alone: it is another one for each step and shard.
    fn loss<'t>(
        &self,
        tape: &'t Tape<T>,
        leaves: &mut Leaves<'t, T>,
        shard: &[&Self::Example],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, T>;
}

/// The loss of a shard: a sum over terms, which are samples, or steps, or letters. The loss of a
/// batch is the mean over the terms of all its shards, however many each of them has.
#[derive(Clone, Copy, Debug)]
pub struct Loss<'t, T: Real> {
    sum: Var<'t, T>,
    terms: usize,
}

impl<'t, T: Real> Loss<'t, T> {
    /// Of the sum over so many terms.
    ///
    /// # Panics
    /// If `sum` has not exactly one element.
    #[track_caller]
    pub fn of_sum(sum: Var<'t, T>, terms: usize) -> Self {
        assert!(
            sum.len() == 1,
            "loss: {} is no scalar; sum it first",
            sum.shape()
        );
        Self { sum, terms }
    }

    /// Of the mean over so many terms.
    ///
    /// # Panics
    /// If `mean` has not exactly one element.
    #[track_caller]
    pub fn of_mean(mean: Var<'t, T>, terms: usize) -> Self {
        Self::of_sum(mean * terms as f64, terms)
    }
}

/// What a generator is for.
#[derive(Clone, Copy)]
enum Purpose {
    /// The order of the samples in an epoch.
    Order = 0,
    /// The loss of a shard in a step.
    Shard = 1,
}

/// The generator that these numbers are the key of: others make an independent one.
fn generator(seed: u64, purpose: Purpose, numbers: [u64; 2]) -> ChaCha8Rng {
    let mut key = [0; 32];
    let words = [seed, purpose as u64, numbers[0], numbers[1]];
    for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}
