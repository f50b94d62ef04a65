//! Classifiers on the tape: the class with the largest logit.

pub mod answers;
pub mod plot;

use anyhow::{Result, ensure};
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
use wengert_rnn::dropout::Mode;
use wengert_rnn::loss::CrossEntropy;
use wengert_rnn::metrics::{accuracy, largest};
use wengert_rnn::train::Loss;
use wengert_rnn::{Leaves, Params};
use wengert_tape::{Tape, Var};

/// Examples evaluated at once.
const BLOCK: usize = 256;

/// A network that takes each example for one of several classes.
pub trait Classifier: Sync {
    /// What is classified.
    type Example: Sync;

    /// Number of classes.
    fn classes(&self) -> usize;

    /// The class that an example is of.
    fn class(example: &Self::Example) -> usize;

    /// The logits [B, classes] of B examples.
    fn logits<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        examples: &[&Self::Example],
        mode: &mut Mode<'_>,
    ) -> Var<'t, f32>;
}

/// The cross entropy of a shard, as [`Model::loss`](wengert_rnn::train::Model::loss) wants it.
pub fn loss<'t, C: Classifier>(
    network: &C,
    tape: &'t Tape<f32>,
    leaves: &mut Leaves<'t, f32>,
    shard: &[&C::Example],
    rng: &mut ChaCha8Rng,
) -> Loss<'t, f32> {
    let logits = network.logits(tape, leaves, shard, &mut Mode::Train(rng));
    let classes: Vec<usize> = shard.iter().map(|example| C::class(example)).collect();
    Loss::of_sum(CrossEntropy::new().of(logits, &classes).sum(), shard.len())
}

/// The class that each example is taken for.
///
/// # Errors
/// When a logit is not finite.
pub fn classify<C: Classifier>(
    network: &C,
    params: &Params<f32>,
    examples: &[C::Example],
) -> Result<Vec<usize>> {
    let blocks: Vec<Vec<usize>> = examples
        .par_chunks(BLOCK)
        .map(|block| {
            let tape = Tape::new();
            let block: Vec<&C::Example> = block.iter().collect();
            let mut leaves = params.bind(&tape);
            let logits = network.logits(&tape, &mut leaves, &block, &mut Mode::Evaluate);
            let logits = logits.to_vec();
            let finite = logits.iter().all(|logit| logit.is_finite());
            ensure!(finite, "a logit is not finite; lower the learning rate");
            Ok(largest(&logits, network.classes()))
        })
        .collect::<Result<_>>()?;
    Ok(blocks.concat())
}

/// The class of each example.
pub fn labels<C: Classifier>(_: &C, examples: &[C::Example]) -> Vec<usize> {
    examples.iter().map(C::class).collect()
}

/// The fraction of `examples` that are taken for what they are.
///
/// # Errors
/// As [`classify`].
pub fn score<C: Classifier>(
    network: &C,
    params: &Params<f32>,
    examples: &[C::Example],
) -> Result<f64> {
    let found = classify(network, params, examples)?;
    Ok(accuracy(&found, &labels(network, examples)))
}
