//! How many sequences did the first LSTM need?
//!
//! Hochreiter & Schmidhuber (1997) count the training sequences until their network succeeds, on
//! tasks that other networks of the time could not learn. Their networks are built again: memory blocks
//! with input and output gates and nothing that forgets, gates and cells that see all gates and cells of
//! the step before, sigmoid outputs, plain gradient descent on half the squared error, one sequence at a
//! time. What differs: the gradient is that of the tape through all steps, where the paper cuts it off
//! at the gates (`truncated=true` does so here).
//!
//! Beside them an Elman network of as many hidden units, and, on the task that it solves, no learning
//! at all: weights drawn at random until they are right.

mod examples;
mod guess;
mod network;
mod plot;
mod rows;
mod trial;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::rows::Row;
use self::trial::{Kind, Trial};
use crate::config::{Usage, within};
use crate::fit::median;
use crate::run::Run;
use crate::study::Study;
use crate::table;
use crate::tasks::two_sequence::TwoSequence;
use crate::trials::{self, Outcome};
use crate::verdict::{Accept, Check, Mark, Verdict};

/// The study.
pub struct Lstm1997;

/// The accepted ratio to a published number of sequences.
const FACTOR: f64 = 3.0;
/// Trials of random weights until the two-sequence problem is solved, as reported.
const GUESSES: f64 = 144.0;
/// Weights drawn at most.
const MOST_GUESSES: u64 = 100_000;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The rows of the paper's tables: reber, lag100, distractors50, distractors100, distractors200,
    /// distractors500, distractors1000, two-sequence, adding, order-two, order-three.
    pub rows: Vec<Row>,
    /// Networks of each kind in each row.
    pub seeds: usize,
    /// Memory blocks are given up after so many times the published number of sequences.
    pub budget: f64,
    /// Elman networks are given up after so many times the published number; 0 leaves them out.
    pub elman: f64,
    /// Repetitions of guessing weights on the two-sequence problem.
    pub guessers: usize,
    /// Learning rates are multiplied by this.
    pub rate: f64,
    /// Whether errors flow back from step to step through the memory of the cells alone, as in the
    /// paper.
    pub truncated: bool,
    /// Seed of the first network of each row; the others follow it.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            rows: vec![
                Row::Reber,
                Row::Lag100,
                Row::Distractors50,
                Row::TwoSequence,
                Row::Adding,
                Row::OrderTwo,
            ],
            seeds: 3,
            budget: 3.0,
            elman: 1.0,
            guessers: 20,
            rate: 1.0,
            truncated: false,
            seed: 0,
        }
    }
}

/// What a row came to: sequences to success of each seed, infinitely many where there was none.
struct Measured {
    row: Row,
    lstm: Vec<f64>,
    elman: Vec<f64>,
    /// Numbers of weights: of memory blocks, and of Elman.
    weights: [f64; 2],
}

impl Measured {
    fn published(&self) -> f64 {
        self.row.setting().published as f64
    }
}

/// The part that succeeded.
fn solved(sequences: &[f64]) -> f64 {
    let solved = sequences.iter().filter(|taken| taken.is_finite());
    solved.count() as f64 / sequences.len().max(1) as f64
}

/// One of the trials of a run.
#[derive(Clone, Copy)]
enum Job {
    Train(Trial),
    Guess(u64),
}

impl Study for Lstm1997 {
    const NAME: &'static str = "lstm1997";
    const QUESTION: &'static str = "How many sequences did the first LSTM need to learn?";
    const SECONDS: u32 = 170;
    const ATLAS: Option<u32> = Some(1800);
    const SMOKE: &'static [&'static str] = &[
        "rows=reber,two-sequence,order-two",
        "seeds=1",
        "budget=0.002",
        "elman=0.002",
        "guessers=2",
    ];
    const FULL: &'static [&'static str] = &[
        "rows=reber,lag100,distractors50,distractors100,distractors200,two-sequence,adding,order-two",
        "seeds=10",
        "guessers=100",
    ];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("rows", config.rows.len(), 1..=Row::COUNT)?;
        within("seeds", config.seeds, 1..=100)?;
        within("budget", config.budget, 1e-4..=100.0)?;
        within("elman", config.elman, 0.0..=100.0)?;
        within("rate", config.rate, 1e-6..=100.0)?;
        within("guessers", config.guessers, 0..=1000)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let jobs = jobs(config);
        let outcomes = trials::run(run, "trials", jobs.len(), |number, watch| {
            match jobs[number] {
                Job::Train(trial) => trial.run(config, watch),
                Job::Guess(seed) => {
                    guess::guesses(TwoSequence::new(100, 3), MOST_GUESSES, seed, watch)
                }
            }
        })?;
        let found: Vec<(Job, &Outcome)> = jobs.into_iter().zip(&outcomes).collect();
        record(run, &found)?;
        let all: Vec<Measured> = config
            .rows
            .iter()
            .map(|&row| collect(row, &found))
            .collect();
        let guesses: Vec<f64> = found
            .iter()
            .filter(|(job, _)| matches!(job, Job::Guess(_)))
            .map(|(_, outcome)| outcome[0])
            .collect();
        run.figure("lstm1997", &plot::sequences(&all))?;
        run.figure("successes", &plot::successes(&all))?;
        run.table("sequences", &table(&all))?;
        Ok(Verdict::new(checks(&all, &guesses)))
    }
}

fn jobs(config: &Config) -> Vec<Job> {
    let seed = |i: usize| config.seed.wrapping_add(i as u64);
    let kinds: &[Kind] = if config.elman > 0.0 {
        &[Kind::Lstm, Kind::Elman]
    } else {
        &[Kind::Lstm]
    };
    let mut jobs = Vec::new();
    for &row in &config.rows {
        for &kind in kinds {
            let seeds = (0..config.seeds).map(seed);
            jobs.extend(seeds.map(|seed| Job::Train(Trial { row, kind, seed })));
        }
    }
    jobs.extend((0..config.guessers).map(|i| Job::Guess(seed(i))));
    jobs
}

fn record(run: &mut Run, found: &[(Job, &Outcome)]) -> Result<()> {
    for (number, (job, outcome)) in found.iter().enumerate() {
        let (row, network, seed) = match job {
            Job::Train(trial) => (trial.row.name(), trial.kind.name(), trial.seed),
            Job::Guess(seed) => (Row::TwoSequence.name(), "random weights", *seed),
        };
        let labels = [("row", row), ("network", network)];
        let values = [("seed", seed as f64), ("to_success", outcome[0])];
        run.metrics_of(number as u64, &labels, &values)?;
    }
    Ok(())
}

fn collect(row: Row, found: &[(Job, &Outcome)]) -> Measured {
    let of = |wanted: Kind| -> (Vec<f64>, f64) {
        let own = found.iter().filter_map(|(job, outcome)| match job {
            Job::Train(trial) if (trial.row, trial.kind) == (row, wanted) => Some(outcome),
            _ => None,
        });
        let weights = own.clone().map(|outcome| outcome[1]).next();
        (
            own.map(|outcome| outcome[0]).collect(),
            weights.unwrap_or(f64::NAN),
        )
    };
    let [(lstm, weights), (elman, elman_weights)] = [Kind::Lstm, Kind::Elman].map(of);
    Measured {
        row,
        lstm,
        elman,
        weights: [weights, elman_weights],
    }
}

fn table(all: &[Measured]) -> String {
    let rows = all.iter().map(|m| {
        let percent = |of: &[f64]| match of {
            [] => "-".into(),
            _ => format!("{:.0} %", 100.0 * solved(of)),
        };
        let ends = |least: fn(f64, f64) -> f64| m.lstm.iter().copied().reduce(least);
        [
            m.row.name().into(),
            m.row.setting().table.to_string(),
            m.published().to_string(),
            median(&m.lstm).to_string(),
            ends(f64::min).map_or("-".into(), |taken| taken.to_string()),
            ends(f64::max).map_or("-".into(), |taken| taken.to_string()),
            percent(&m.lstm),
            m.weights[0].to_string(),
            percent(&m.elman),
            match m.elman[..] {
                [] => "-".into(),
                _ => m.weights[1].to_string(),
            },
        ]
    });
    let header = [
        "task",
        "table",
        "published",
        "median",
        "least",
        "most",
        "solved",
        "weights",
        "Elman solved",
        "weights",
    ];
    table::align(&header, rows)
}

fn checks(all: &[Measured], guesses: &[f64]) -> Vec<Check> {
    let mut checks = Vec::new();
    for m in all {
        let name = m.row.name();
        let source = format!(
            "Hochreiter & Schmidhuber 1997, table {}",
            m.row.setting().table
        );
        let new = |quantity: &str, accept, measured| {
            Check::new(&format!("{name}: {quantity}"), &source, accept, measured).marked(Mark::Read)
        };
        checks.push(new(
            "part that succeeds",
            Accept::AtLeast(1.0),
            solved(&m.lstm),
        ));
        let near = Accept::Factor {
            value: m.published(),
            factor: FACTOR,
        };
        checks.push(new("median sequences to success", near, median(&m.lstm)).over(&m.lstm));
    }
    let long = all
        .iter()
        .filter(|m| m.row.setting().is_long() && !m.elman.is_empty());
    for m in long {
        let quantity = format!("{}: part of Elman networks that succeed", m.row.name());
        let anchor = "gradients vanish over long lags (Hochreiter & Schmidhuber 1997, section 3)";
        let check = Check::new(&quantity, anchor, Accept::AtMost(0.0), solved(&m.elman));
        checks.push(check.marked(Mark::Read));
    }
    if !guesses.is_empty() {
        let near = Accept::Factor {
            value: GUESSES,
            factor: FACTOR,
        };
        let check = Check::new(
            "two-sequence 3a: median random weights until one is right",
            "random weight guessing (Hochreiter & Schmidhuber 1997, section 5.3)",
            near,
            median(guesses),
        );
        checks.push(check.marked(Mark::Read).over(guesses));
    }
    checks
}
