//! One cell at one length and seed: trained until it has solved the task, and tested.

use anyhow::Result;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::Adam;
use wengert_rnn::optim::{Clip, Grouped};
use wengert_rnn::train::Trainer;

use super::Config;
use super::model::Network;
use crate::cells::{Kind, rate_factor};
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::tasks::adding::{Adding, INPUTS, Sequence, Variant};
use crate::training::{Best, Drawn, History, Training};

/// The measure of a training: the mean squared error of the validation sequences.
pub(super) const ERROR: &str = "validation_error";
/// Sequences of one thread at a time: two threads share a batch of 32.
const SHARD: usize = 16;

/// What one cell made of one length from one seed.
pub(super) struct Measured {
    pub kind: Kind,
    pub length: usize,
    pub history: History,
    /// The step at which the task was solved.
    pub solved: Option<u64>,
    /// Mean squared error of the test sequences.
    pub error: f64,
    /// That of answering the mean, of the same.
    pub baseline: f64,
}

/// The task at a length.
pub(super) fn task(length: usize) -> Adding {
    Adding::new(Variant::Sum, length)
}

/// Operations of one step of training of a `kind` of cell.
pub(super) fn operations(config: &Config, kind: Kind, length: usize) -> f64 {
    kind.operations(INPUTS, config.hidden) * (length * config.batch) as f64
}

pub(super) fn measure(
    config: &Config,
    run: &mut Run,
    kind: Kind,
    length: usize,
    seed: u64,
) -> Result<Measured> {
    let task = task(length);
    let draw = |count: usize, purpose: Purpose| -> Vec<Sequence> {
        let mut rng = stream(seed, purpose);
        (0..count).map(|_| task.draw(&mut rng)).collect()
    };
    let validation = draw(config.validation, Purpose::Split);
    let network = Network::new(kind, config.hidden, length);
    let params = network.init(&mut stream(seed, Purpose::Weights));
    let adam = Adam::<f32>::new(config.rate(kind), params.len());
    let optimizer = Grouped::new(adam, &params, rate_factor);
    let mut trainer = Trainer::new(network, params, optimizer, seed)
        .with_shard(SHARD)
        .with_clip(Clip::by_norm(config.clip));
    let mut supply = Drawn::new(config.batch, seed, |rng: &mut ChaCha8Rng| task.draw(rng));
    let name = format!("{}-{length}-{seed}", kind.name());
    let trained = Training::new(&name, config.steps(kind), config.every)
        .keep(ERROR, Best::Lowest)
        .until(ERROR, Best::Lowest, config.solved)
        .run(run, &mut trainer, &mut supply, |network, params| {
            Ok(vec![(ERROR, network.error(params, &validation))])
        })?;
    let tests = draw(config.test, Purpose::Test);
    let error = trainer.model().error(&trained.params, &tests);
    let squares = tests.iter().map(|s| (s.target - task.mean()).powi(2));
    let baseline = squares.sum::<f64>() / tests.len() as f64;
    let values = [("test_error", error), ("test_baseline", baseline)];
    run.metrics_of(trainer.steps(), &[("part", &name)], &values)?;
    Ok(Measured {
        kind,
        length,
        history: trained.history,
        solved: trained.solved,
        error,
        baseline,
    })
}
