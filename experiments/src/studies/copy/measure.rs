//! One cell at one delay and seed: trained until it recalls what it is asked for, and tested.

use anyhow::Result;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::optim::{Clip, Grouped, RmsProp, schedule};
use wengert_rnn::train::Trainer;

use super::Config;
use crate::cells::{Kind, rate_factor};
use crate::random::{Purpose, stream};
use crate::recall::{Network, Score};
use crate::run::Run;
use crate::tasks::copy::{CopyMemory, INPUTS, Symbols};
use crate::training::{Best, Drawn, History, Training};

/// Decay of the mean squares of RMSprop.
const DECAY: f64 = 0.9;
/// The part of the learning rate that is left after the most steps.
const LAST: f64 = 0.1;
/// The largest element of a gradient; of the IRNN, its largest norm.
const LARGEST: f64 = 1.0;
/// Sequences of one thread at a time: two threads share a batch of 20.
const SHARD: usize = 10;

/// What one cell made of one delay from one seed.
pub(super) struct Measured {
    pub kind: Kind,
    pub task: CopyMemory,
    pub history: History,
    /// The step at which the task was solved.
    pub solved: Option<u64>,
    pub score: Score,
}

/// Operations of one step of training of a `kind` of cell.
pub(super) fn operations(config: &Config, kind: Kind, task: CopyMemory) -> f64 {
    kind.operations(INPUTS, config.units(kind)) * (task.steps() * config.batch) as f64
}

pub(super) fn measure(
    config: &Config,
    run: &mut Run,
    kind: Kind,
    delay: usize,
    seed: u64,
) -> Result<Measured> {
    let task = CopyMemory::new(delay);
    let network = Network::new(task, kind, config.units(kind));
    let params = network.init(&mut stream(seed, Purpose::Weights));
    let rmsprop = RmsProp::<f32>::new(config.rate(kind), params.len()).with_alpha(DECAY);
    let optimizer = Grouped::new(rmsprop, &params, rate_factor);
    let mut trainer = Trainer::new(network, params, optimizer, seed)
        .with_shard(SHARD)
        .with_schedule(schedule::cosine(config.steps(kind), LAST));
    trainer = match kind {
        // An orthogonal matrix makes no gradient grow.
        Kind::ExpRnn => trainer,
        // Its units are not bounded, nor its gradient: clipped one by one, nearly all elements are.
        Kind::Irnn => trainer.with_clip(Clip::by_norm(LARGEST)),
        _ => trainer.with_clip(Clip::by_value(LARGEST)),
    };
    let mut supply = Drawn::new(config.batch, seed, |rng: &mut ChaCha8Rng| task.draw(rng));
    let name = format!("{}-{delay}-{seed}", kind.name());
    // Every batch is new, so that its loss is as good as a validation.
    let trained = Training::new(&name, config.steps(kind), config.every)
        .until("loss", Best::Lowest, config.solved)
        .run(run, &mut trainer, &mut supply, |_, _| Ok(Vec::new()))?;
    let mut rng = stream(seed, Purpose::Test);
    let tests: Vec<Symbols> = (0..config.test).map(|_| task.draw(&mut rng)).collect();
    let score = trainer.model().score(&trained.params, &tests);
    let values = [("test_loss", score.loss), ("recall", score.recall)];
    run.metrics_of(trainer.steps(), &[("part", &name)], &values)?;
    Ok(Measured {
        kind,
        task,
        history: trained.history,
        solved: trained.solved,
        score,
    })
}
