//! One cell at one delay: trained, tested, and its gradients by lag before and after.

use anyhow::Result;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::Adam;
use wengert_rnn::optim::{Clip, schedule};
use wengert_rnn::train::Trainer;

use super::Config;
use crate::cells::Kind;
use crate::random::{Purpose, stream};
use crate::recall::{Network, Score};
use crate::run::Run;
use crate::tasks::copy::{ALPHABET, CopyMemory, SYMBOLS, Symbols};
use crate::training::{Drawn, History, Training};

/// Measurements in a training.
const POINTS: u64 = 50;
/// Sequences that gradients are measured on.
const SWEPT: usize = 32;

/// What one cell made of one delay.
pub(super) struct Measured {
    pub kind: Kind,
    pub task: CopyMemory,
    pub history: History,
    pub score: Score,
    /// |dL/ds| by lag, as drawn.
    pub before: Vec<f64>,
    /// The same after training.
    pub after: Vec<f64>,
}

impl Measured {
    /// The test loss as a part of the plateau.
    pub fn ratio(&self) -> f64 {
        self.score.loss / self.task.plateau()
    }

    /// The least number of bits about the symbols that the states carried, in the mean: what the loss
    /// is below that of guessing.
    pub fn bits(&self) -> f64 {
        let nats = (self.task.plateau() - self.score.loss) * self.task.steps() as f64;
        nats.max(0.0) / std::f64::consts::LN_2
    }

    /// The training loss at each measurement as a part of the plateau.
    pub fn ratios(&self) -> Vec<f64> {
        let losses = self.history.of("loss").iter();
        losses.map(|loss| loss / self.task.plateau()).collect()
    }
}

/// Bits of the symbols of a sequence.
pub(super) fn all_bits() -> f64 {
    SYMBOLS as f64 * (ALPHABET as f64).log2()
}

pub(super) fn measure(
    config: &Config,
    run: &mut Run,
    kind: Kind,
    delay: usize,
) -> Result<Measured> {
    let task = CopyMemory::new(delay);
    let network = Network::new(task, kind, config.hidden);
    let mut test = stream(config.seed, Purpose::Test);
    let tests: Vec<Symbols> = (0..config.test).map(|_| task.draw(&mut test)).collect();
    let swept = &tests[..config.test.min(SWEPT)];
    let params = network.init(&mut stream(config.seed, Purpose::Weights));
    let before = network.gradients(&params, swept);

    let rate = match kind {
        Kind::ExpRnn => config.rate_exprnn,
        _ => config.rate,
    };
    let adam = Adam::<f32>::new(rate, params.len());
    let mut trainer = Trainer::new(network, params, adam, config.seed)
        .with_clip(Clip::by_norm(config.clip))
        .with_schedule(schedule::cosine(config.steps, 0.1));
    let draw = |rng: &mut ChaCha8Rng| task.draw(rng);
    let mut supply = Drawn::new(config.batch, config.seed, draw);
    let name = format!("{}-{}", kind.name(), task.delay());
    let every = config.steps.div_ceil(POINTS);
    // Every batch is new, so that its loss is as good as a validation.
    let trained =
        Training::new(&name, config.steps, every)
            .run(run, &mut trainer, &mut supply, |_, _| Ok(Vec::new()))?;
    let network = trainer.model();
    let score = network.score(&trained.params, &tests);
    let values = [("test_loss", score.loss), ("recall", score.recall)];
    run.metrics_of(config.steps, &[("part", &name)], &values)?;
    Ok(Measured {
        kind,
        task,
        score,
        before,
        after: network.gradients(&trained.params, swept),
        history: trained.history,
    })
}
