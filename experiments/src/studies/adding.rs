//! Which cells learn to add two numbers that were marked hundreds of steps ago?
//!
//! The adding problem in the form of Arjovsky et al. 2016: T random numbers, one of each half marked,
//! and their sum is asked for at the end. Who remembers nothing answers 1 and has a mean squared error of
//! 1/6. A tanh network is said to stay there, and the IRNN and gated cells to leave it (Le et al.
//! 2015); what each needs for that, in steps and in operations, is measured side by side.

mod measure;
mod model;
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
use crate::tasks::adding::INPUTS;
use crate::verdict::{Accept, Check, Mark, Verdict};

/// The study.
pub struct Adding;

/// An error up to which the task counts as learnt.
const SOLVED: f64 = 0.01;
/// An error within this part of the baseline is the baseline's. The standard error of the variance of
/// n targets is 1.18 / sqrt(n) of it: 2.6 % of 2048.
const NEAR: f64 = 0.05;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cells compared: elman, irnn, gru, lstm, chrono, exprnn (orthogonal).
    pub cells: Vec<Kind>,
    /// Lengths T of the sequences.
    pub lengths: Vec<usize>,
    /// Units of each cell.
    pub hidden: usize,
    /// The most steps of training of elman and exprnn.
    pub steps: u64,
    /// The most steps of irnn.
    pub steps_irnn: u64,
    /// The most steps of the gated cells, which take three and four times the operations.
    pub steps_gated: u64,
    /// Steps between two measurements.
    pub every: u64,
    /// The error of the validation sequences at which a training ends.
    pub solved: f64,
    /// Sequences in a batch, newly drawn in each step.
    pub batch: usize,
    /// Learning rate of Adam.
    pub rate: f64,
    /// The same of irnn.
    pub rate_irnn: f64,
    /// The same of exprnn, whose skew-symmetric matrix gets a tenth of it.
    pub rate_exprnn: f64,
    /// Norm that gradients are clipped to.
    pub clip: f64,
    /// Sequences of the validation.
    pub validation: usize,
    /// Sequences of the test.
    pub test: usize,
    /// Trainings of each cell at each length.
    pub seeds: u64,
    /// Seed of the first; the others follow it.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cells: vec![Kind::Elman, Kind::Irnn, Kind::Gru, Kind::Lstm, Kind::ExpRnn],
            lengths: vec![200],
            hidden: 100,
            steps: 1500,
            steps_irnn: 14000,
            steps_gated: 2000,
            every: 50,
            solved: 0.007,
            batch: 32,
            rate: 0.003,
            rate_irnn: 0.00005,
            rate_exprnn: 0.001,
            clip: 1.0,
            validation: 256,
            test: 2048,
            seeds: 1,
            seed: 0,
        }
    }
}

impl Config {
    fn rate(&self, kind: Kind) -> f64 {
        match kind {
            Kind::Irnn => self.rate_irnn,
            Kind::ExpRnn => self.rate_exprnn,
            Kind::Elman | Kind::Gru | Kind::Lstm | Kind::Chrono => self.rate,
        }
    }

    fn steps(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Gru | Kind::Lstm | Kind::Chrono => self.steps_gated,
            Kind::Elman | Kind::ExpRnn => self.steps,
            Kind::Irnn => self.steps_irnn,
        }
    }
}

impl Study for Adding {
    const NAME: &'static str = "adding";
    const QUESTION: &'static str =
        "Which cells learn to add two numbers that they saw hundreds of steps ago?";
    const SECONDS: u32 = 130;
    const SMOKE: &'static [&'static str] = &[
        "lengths=10,20",
        "hidden=8",
        "steps=10",
        "steps_irnn=10",
        "steps_gated=10",
        "every=5",
        "batch=4",
        "validation=8",
        "test=16",
        "seeds=2",
    ];
    const FULL: &'static [&'static str] = &["lengths=200,400", "seeds=3"];
    const ATLAS: Option<u32> = Some(1500);
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("cells", config.cells.len(), 1..=6)?;
        within("lengths", config.lengths.len(), 1..=6)?;
        for &length in &config.lengths {
            within("lengths", length, 2..=5000)?;
        }
        within("hidden", config.hidden, 2..=1024)?;
        within("steps", config.steps, 1..=10_000_000)?;
        within("steps_irnn", config.steps_irnn, 1..=10_000_000)?;
        within("steps_gated", config.steps_gated, 1..=10_000_000)?;
        within("every", config.every, 1..=10_000_000)?;
        positive("solved", config.solved)?;
        within("batch", config.batch, 1..=4096)?;
        within("rate", config.rate, 1e-8..=1.0)?;
        within("rate_irnn", config.rate_irnn, 1e-8..=1.0)?;
        within("rate_exprnn", config.rate_exprnn, 1e-8..=1.0)?;
        positive("clip", config.clip)?;
        within("validation", config.validation, 1..=65_536)?;
        within("test", config.test, 1..=65_536)?;
        within("seeds", config.seeds, 1..=100)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let mut all = Vec::new();
        for &length in &config.lengths {
            for &kind in &config.cells {
                for seed in 0..config.seeds {
                    let seed = config.seed.wrapping_add(seed);
                    all.push(measure::measure(config, run, kind, length, seed)?);
                }
            }
        }
        run.figure("errors", &plot::figure(config, &all))?;
        run.table("errors", &table(config, &all))?;
        Ok(Verdict::new(checks(config, &all)))
    }
}

/// The trainings of one cell at one length.
fn of(all: &[Measured], kind: Kind, length: usize) -> Vec<&Measured> {
    let wanted = |m: &&Measured| m.kind == kind && m.length == length;
    all.iter().filter(wanted).collect()
}

fn table(config: &Config, all: &[Measured]) -> String {
    let short = |value| significant(value, 3);
    let pairs = config.lengths.iter().flat_map(|&length| {
        let cells = config.cells.iter();
        cells.map(move |&kind| (length, kind))
    });
    let rows = pairs.map(|(length, kind)| {
        let own = of(all, kind, length);
        let mut steps: Vec<f64> = own
            .iter()
            .filter_map(|m| m.solved)
            .map(|s| s as f64)
            .collect();
        steps.sort_by(f64::total_cmp);
        let solved = format!("{} of {}", steps.len(), own.len());
        let most = median(&steps);
        let cost = most * measure::operations(config, kind, length);
        let known = |value: f64, text: String| if value.is_nan() { "-".into() } else { text };
        [
            length.to_string(),
            kind.name().into(),
            short(mean(&own.iter().map(|m| m.error).collect::<Vec<_>>())),
            short(mean(&own.iter().map(|m| m.baseline).collect::<Vec<_>>())),
            solved,
            known(most, short(most)),
            known(cost, short(1e-12 * cost)),
            short(1e-3 * kind.operations(INPUTS, config.hidden)),
            config.steps(kind).to_string(),
        ]
    });
    table::align(
        &[
            "T",
            "cell",
            "test error",
            "of no memory",
            "solved",
            "steps to it",
            "TFLOP to it",
            "kFLOP a step and sequence",
            "budget in steps",
        ],
        rows,
    )
}

fn checks(config: &Config, all: &[Measured]) -> Vec<Check> {
    let mut checks = Vec::new();
    for &length in &config.lengths {
        let baseline = measure::task(length).baseline();
        let near = Accept::Relative {
            value: baseline,
            fraction: NEAR,
        };
        let own = all
            .iter()
            .filter(|m| m.length == length && m.kind == config.cells[0]);
        let baselines: Vec<f64> = own.map(|m| m.baseline).collect();
        checks.push(
            Check::new(
                &format!("T = {length}: error of answering 1"),
                "variance of the sum of two U[0, 1]",
                near,
                mean(&baselines),
            )
            .marked(Mark::Derived)
            .over(&baselines),
        );
        for (kind, accept, anchor, mark) in [
            (
                Kind::Elman,
                near,
                "as without memory, 1/6 (Arjovsky et al. 2016, section 4.2)",
                Mark::Derived,
            ),
            (
                Kind::Irnn,
                Accept::AtMost(SOLVED),
                "solved at T = 200 to 400 by a re-run of Le et al. 2015",
                Mark::Read,
            ),
            (
                Kind::Gru,
                Accept::AtMost(SOLVED),
                "5.3e-5 at T = 600 (Bai et al. 2018, table 1)",
                Mark::Read,
            ),
        ] {
            let errors: Vec<f64> = of(all, kind, length).iter().map(|m| m.error).collect();
            if errors.is_empty() {
                continue;
            }
            let quantity = format!("T = {length}: error of {}", kind.name());
            let check = Check::new(&quantity, anchor, accept, mean(&errors));
            checks.push(check.marked(mark).over(&errors));
        }
    }
    checks
}
