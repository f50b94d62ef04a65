//! The gradient of a batch: shards of a fixed number of samples on as many threads as there are.
//!
//! ```text
//! loss = sum_s (sum of shard s) / sum_s (terms of shard s)        and so its gradient
//! ```
//!
//! What a shard is does not depend on the threads, and shards are added in their order: the bits
//! are the same for any number of threads.

use std::sync::{Mutex, PoisonError};

use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
use wengert_tape::inspect::{backward_checked, first_non_finite};
use wengert_tape::{Real, Tape};

use super::{Fault, Loss, Model, Purpose, generator};
use crate::params::Params;

/// Computes gradients of batches, in shards, on the threads of the current `rayon` pool.
///
/// There are as many tapes as shards have run at once, and they are kept from batch to batch.
#[derive(Debug)]
pub struct Shards<T: Real> {
    size: usize,
    /// Where adjoints are flushed to 0.
    flush_below: f64,
    tapes: Mutex<Vec<Tape<T>>>,
}

/// The mean loss of a batch and its gradient.
#[derive(Clone, PartialEq, Debug)]
pub struct Mean<T> {
    /// The mean over all terms.
    pub loss: f64,
    /// Number of terms.
    pub terms: usize,
    /// The gradient of the mean, in the order of [`Params::values`].
    pub gradient: Vec<T>,
    /// Elements of adjoints that vanished on the way, see [`Tape::flush_below`].
    pub flushed: u64,
}

impl<T: Real> Shards<T> {
    /// Shards of `size` samples; the last of a batch may be smaller.
    ///
    /// # Panics
    /// If `size` is 0.
    #[track_caller]
    pub fn new(size: usize) -> Self {
        assert!(size > 0, "shards: a shard of 0 samples");
        Self {
            size,
            flush_below: T::FLUSH,
            tapes: Mutex::default(),
        }
    }

    /// With adjoints below `threshold` flushed to 0, instead of the usual: see
    /// [`Tape::flush_below`].
    ///
    /// # Panics
    /// If the threshold is negative, infinite or NaN.
    #[track_caller]
    pub fn with_flush_below(self, threshold: f64) -> Self {
        let tape = Tape::<T>::new();
        tape.flush_below(threshold); // refuses what is no threshold
        Self {
            flush_below: threshold,
            ..self
        }
    }

    /// Samples in a shard.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Where adjoints are flushed to 0.
    pub(super) fn flush_below(&self) -> f64 {
        self.flush_below
    }

    /// The mean loss of a batch and its gradient. The generator of each shard is derived from
    /// `seed`, `step` and its position. A panic of the model passes through.
    ///
    /// # Errors
    /// When there are no terms, or the loss or the gradient is not finite; of several such shards
    /// the first is named.
    ///
    /// # Panics
    /// If the batch is empty.
    #[track_caller]
    pub fn mean<M: Model<T>>(
        &self,
        model: &M,
        params: &Params<T>,
        batch: &[&M::Example],
        [seed, step]: [u64; 2],
    ) -> Result<Mean<T>, Fault> {
        assert!(!batch.is_empty(), "shards: an empty batch");
        let run = |(position, shard): (usize, &[&M::Example])| {
            let mut rng = generator(seed, Purpose::Shard, [step, position as u64]);
            let mut tape = self.with_tapes(Vec::pop).unwrap_or_default();
            tape.flush_below(self.flush_below);
            let sum = sum(&tape, model, params, shard, &mut rng);
            tape.reset();
            self.with_tapes(|tapes| tapes.push(tape));
            sum
        };
        // Handing one shard to another thread takes longer than some shards.
        let shards: Vec<_> = if batch.len() <= self.size {
            vec![run((0, batch))]
        } else {
            batch.par_chunks(self.size).enumerate().map(run).collect()
        };
        let mut shards = shards.into_iter();
        let mut total = shards.next().expect("the batch is not empty")?;
        for shard in shards {
            total.add(&shard?);
        }
        total.into_mean(params)
    }

    /// A thread that panics loses its tape, and leaves the others as they were.
    fn with_tapes<R>(&self, f: impl FnOnce(&mut Vec<Tape<T>>) -> R) -> R {
        f(&mut self.tapes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Sums over the terms of a shard, or of several.
struct Sum<T> {
    loss: f64,
    terms: usize,
    gradient: Vec<T>,
    flushed: u64,
}

fn sum<T: Real, M: Model<T>>(
    tape: &Tape<T>,
    model: &M,
    params: &Params<T>,
    shard: &[&M::Example],
    rng: &mut ChaCha8Rng,
) -> Result<Sum<T>, Fault> {
    let mut leaves = params.bind(tape);
    let Loss { sum, terms } = model.loss(tape, &mut leaves, shard, rng);
    let loss = sum.item();
    if !loss.is_finite() {
        if let Some((parameter, element, value)) = params.first_non_finite() {
            return Err(Fault::Parameter {
                parameter: parameter.to_owned(),
                element,
                value: value.to_f64(),
            });
        }
        return Err(Fault::Loss {
            value: loss.to_f64(),
            origin: first_non_finite(tape).map(Box::new),
        });
    }
    if sum.needs_grad() {
        sum.backward();
    }
    let gradient = leaves.gradient();
    if let Some((parameter, _, value)) = params.non_finite_of(&gradient) {
        tape.clear_grads();
        return Err(Fault::Gradient {
            parameter: parameter.to_owned(),
            value: value.to_f64(),
            origin: backward_checked(tape, &[(sum, &[T::ONE])])
                .err()
                .map(Box::new),
        });
    }
    Ok(Sum {
        loss: loss.to_f64(),
        terms,
        gradient,
        flushed: tape.flushed(),
    })
}

impl<T: Real> Sum<T> {
    fn add(&mut self, other: &Self) {
        self.loss += other.loss;
        self.terms += other.terms;
        self.flushed += other.flushed;
        for (sum, &g) in self.gradient.iter_mut().zip(&other.gradient) {
            *sum += g;
        }
    }

    fn into_mean(self, params: &Params<T>) -> Result<Mean<T>, Fault> {
        let Self {
            loss,
            terms,
            mut gradient,
            flushed,
        } = self;
        if terms == 0 {
            return Err(Fault::NoTerms);
        }
        let part = T::from_f64(1.0 / terms as f64);
        for g in &mut gradient {
            *g *= part;
        }
        if let Some((parameter, _, value)) = params.non_finite_of(&gradient) {
            return Err(Fault::Gradient {
                parameter: parameter.to_owned(),
                value: value.to_f64(),
                origin: None,
            });
        }
        Ok(Mean {
            loss: loss / terms as f64,
            terms,
            gradient,
            flushed,
        })
    }
}
