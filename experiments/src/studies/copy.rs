//! Which cells learn to recall ten symbols after a hundred steps or more of nothing?
//!
//! The copy memory task in the form of Arjovsky et al. 2016: a network without memory has a mean loss of
//! 10 ln 8 / (T + 20), the plateau. Tanh networks, IRNNs and LSTMs are said to stay there, orthogonal ones to
//! leave it at once (Arjovsky et al. 2016; Lezcano-Casado & Martinez-Rubio 2019), and chrono biases to
//! help an LSTM (Tallec & Ollivier 2018). The study `memory` asks the same cells for short delays, and
//! looks at their gradients.

mod measure;
mod plot;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::measure::Measured;
use crate::cells::Kind;
use crate::config::{Usage, positive, within};
use crate::curves::median;
use crate::fit::mean;
use crate::run::Run;
use crate::study::Study;
use crate::table::{self, significant};
use crate::tasks::copy::CopyMemory;
use crate::verdict::{Accept, Check, Mark, Verdict};

/// The study.
pub struct Copy;

/// A cross entropy up to which the task counts as learnt.
const SOLVED: f64 = 1e-3;
/// A loss within this part of the plateau is at it; one that is lower shows that something was learnt.
const NEAR: f64 = 0.03;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cells compared: elman, irnn, gru, lstm, chrono (an LSTM with biases for memories of up to
    /// T + 20 steps), exprnn (orthogonal).
    pub cells: Vec<Kind>,
    /// Delays T in steps; a symbol is recalled T + 10 steps after it was shown.
    pub delays: Vec<usize>,
    /// Units of gru, lstm, chrono and exprnn.
    pub hidden: usize,
    /// Units of elman and irnn.
    pub hidden_simple: usize,
    /// The most steps of training of exprnn.
    pub steps: u64,
    /// The same of elman.
    pub steps_elman: u64,
    /// The same of irnn.
    pub steps_irnn: u64,
    /// The same of gru, lstm and chrono.
    pub steps_gated: u64,
    /// Steps between two measurements, each the mean of the losses since the last.
    pub every: u64,
    /// The loss at which a training ends.
    pub solved: f64,
    /// Sequences in a batch, newly drawn in each step.
    pub batch: usize,
    /// Learning rate of RMSprop, of elman and exprnn, which falls along half a cosine to a tenth over the
    /// most steps. The skew-symmetric matrix of exprnn gets a tenth of it.
    pub rate: f64,
    /// The same of irnn.
    pub rate_irnn: f64,
    /// The same of gru, lstm and chrono.
    pub rate_gated: f64,
    /// Sequences of the test.
    pub test: usize,
    /// Trainings of each cell at each delay.
    pub seeds: u64,
    /// Seed of the first; the others follow it.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cells: vec![
                Kind::Elman,
                Kind::Irnn,
                Kind::Lstm,
                Kind::Chrono,
                Kind::ExpRnn,
            ],
            delays: vec![100, 200],
            hidden: 128,
            hidden_simple: 80,
            steps: 1000,
            steps_elman: 2000,
            steps_irnn: 6000,
            steps_gated: 1200,
            every: 20,
            solved: 5e-4,
            batch: 20,
            rate: 0.001,
            rate_irnn: 0.0001,
            rate_gated: 0.003,
            test: 256,
            seeds: 1,
            seed: 0,
        }
    }
}

impl Config {
    fn rate(&self, kind: Kind) -> f64 {
        match kind {
            Kind::Irnn => self.rate_irnn,
            Kind::Gru | Kind::Lstm | Kind::Chrono => self.rate_gated,
            Kind::Elman | Kind::ExpRnn => self.rate,
        }
    }

    fn units(&self, kind: Kind) -> usize {
        match kind {
            Kind::Elman | Kind::Irnn => self.hidden_simple,
            Kind::Gru | Kind::Lstm | Kind::Chrono | Kind::ExpRnn => self.hidden,
        }
    }

    fn steps(&self, kind: Kind) -> u64 {
        match kind {
            Kind::ExpRnn => self.steps,
            Kind::Elman => self.steps_elman,
            Kind::Irnn => self.steps_irnn,
            Kind::Gru | Kind::Lstm | Kind::Chrono => self.steps_gated,
        }
    }
}

impl Study for Copy {
    const NAME: &'static str = "copy";
    const QUESTION: &'static str =
        "Which cells learn to recall ten symbols after hundreds of steps of nothing?";
    const SECONDS: u32 = 120;
    const SMOKE: &'static [&'static str] = &[
        "delays=5,10",
        "hidden=8",
        "hidden_simple=8",
        "steps=10",
        "steps_elman=10",
        "steps_irnn=10",
        "steps_gated=10",
        "every=5",
        "batch=4",
        "test=8",
        "seeds=2",
    ];
    const FULL: &'static [&'static str] = &["delays=100,200,500", "seeds=3"];
    const ATLAS: Option<u32> = Some(900);
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("cells", config.cells.len(), 1..=6)?;
        within("delays", config.delays.len(), 1..=6)?;
        for &delay in &config.delays {
            within("delays", delay, 1..=5000)?;
        }
        within("hidden", config.hidden, 2..=1024)?;
        within("hidden_simple", config.hidden_simple, 2..=1024)?;
        within("steps", config.steps, 1..=10_000_000)?;
        within("steps_elman", config.steps_elman, 1..=10_000_000)?;
        within("steps_irnn", config.steps_irnn, 1..=10_000_000)?;
        within("steps_gated", config.steps_gated, 1..=10_000_000)?;
        within("every", config.every, 1..=10_000_000)?;
        positive("solved", config.solved)?;
        within("batch", config.batch, 1..=4096)?;
        within("rate", config.rate, 1e-8..=1.0)?;
        within("rate_irnn", config.rate_irnn, 1e-8..=1.0)?;
        within("rate_gated", config.rate_gated, 1e-8..=1.0)?;
        within("test", config.test, 1..=65_536)?;
        within("seeds", config.seeds, 1..=100)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let mut all = Vec::new();
        for &delay in &config.delays {
            for &kind in &config.cells {
                for seed in 0..config.seeds {
                    let seed = config.seed.wrapping_add(seed);
                    all.push(measure::measure(config, run, kind, delay, seed)?);
                }
            }
        }
        run.figure("losses", &plot::figure(config, &all))?;
        run.table("losses", &table(config, &all))?;
        Ok(Verdict::new(checks(config, &all)))
    }
}

/// The trainings of one cell at one delay.
fn of(all: &[Measured], kind: Kind, delay: usize) -> Vec<&Measured> {
    let wanted = |m: &&Measured| m.kind == kind && m.task.delay() == delay;
    all.iter().filter(wanted).collect()
}

/// The mean of a part of each.
fn mean_of(all: &[&Measured], part: impl Fn(&Measured) -> f64) -> f64 {
    mean(&all.iter().map(|m| part(m)).collect::<Vec<_>>())
}

fn table(config: &Config, all: &[Measured]) -> String {
    let short = |value| significant(value, 3);
    let pairs = config.delays.iter().flat_map(|&delay| {
        let cells = config.cells.iter();
        cells.map(move |&kind| (CopyMemory::new(delay), kind))
    });
    let rows = pairs.map(|(task, kind)| {
        let own = of(all, kind, task.delay());
        let solved = own.iter().filter_map(|m| m.solved);
        let mut steps: Vec<f64> = solved.map(|step| step as f64).collect();
        steps.sort_by(f64::total_cmp);
        let most = median(&steps);
        let cost = 1e-12 * most * measure::operations(config, kind, task);
        let known = |value: f64| {
            if value.is_nan() {
                "-".into()
            } else {
                short(value)
            }
        };
        [
            task.delay().to_string(),
            kind.name().into(),
            config.units(kind).to_string(),
            short(mean_of(&own, |m| m.score.loss)),
            short(task.plateau()),
            format!("{:.1} %", 100.0 * mean_of(&own, |m| m.score.recall)),
            format!("{} of {}", steps.len(), own.len()),
            known(most),
            known(cost),
            config.steps(kind).to_string(),
        ]
    });
    table::align(
        &[
            "T",
            "cell",
            "units",
            "test loss",
            "plateau",
            "recalled",
            "solved",
            "steps to it",
            "TFLOP to it",
            "budget in steps",
        ],
        rows,
    )
}

fn checks(config: &Config, all: &[Measured]) -> Vec<Check> {
    let mut checks = Vec::new();
    for &delay in &config.delays {
        let plateau = CopyMemory::new(delay).plateau();
        for &kind in &config.cells {
            let own = of(all, kind, delay);
            let losses: Vec<f64> = own.iter().map(|m| m.score.loss).collect();
            let learnt = mean(&losses) < (1.0 - NEAR) * plateau;
            let quantity = format!("T = {delay}: cross entropy of {}", kind.name());
            let check = |anchor: &str, accept| {
                Check::new(&quantity, anchor, accept, mean(&losses)).over(&losses)
            };
            checks.push(if kind == Kind::ExpRnn {
                let anchor = "solved at longer delays (Lezcano-Casado & Martinez-Rubio 2019)";
                check(anchor, Accept::AtMost(SOLVED)).marked(Mark::FromMemory)
            } else if !learnt {
                let near = Accept::Relative {
                    value: plateau,
                    fraction: NEAR,
                };
                check("nothing learnt: 10 ln 8 / (T + 20)", near).marked(Mark::Derived)
            } else {
                check(
                    "something learnt: below the plateau",
                    Accept::AtMost(plateau),
                )
            });
        }
    }
    checks
}
