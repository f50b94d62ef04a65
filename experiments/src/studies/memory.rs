//! Does a recurrent network remember everything?
//!
//! Guides say that the state carries all that was read. The copy memory task asks for it: ten symbols
//! of eight, to be recalled after a delay T. Without memory the mean loss is 10 ln 8 / (T + 20) nats a
//! step, the plateau; below it, every nat is information that travelled. Cells are trained at growing
//! delays with equal budgets; the largest delay that each recalls is where the claim stops being true
//! of it, and the gradient by lag, before training and after, says why.

mod measure;
mod plot;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::measure::Measured;
use crate::cells::Kind;
use crate::config::{Usage, positive, within};
use crate::run::Run;
use crate::study::Study;
use crate::table::{self, significant};
use crate::tasks::copy::ALPHABET;
use crate::verdict::{Accept, Check, Mark, Verdict};

/// The study.
pub struct Memory;

/// The fraction of symbols recalled from which on a delay counts as recalled.
const RECALLED: f64 = 0.99;
/// From this part of the plateau on, a loss counts as the plateau's.
const AT_PLATEAU: f64 = 0.95;
/// Recall this near to that of guessing is guessing.
const NEAR_CHANCE: f64 = 0.02;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cells compared: elman, irnn, gru, lstm, chrono (an LSTM whose gates start with memories of up
    /// to T + 20 steps), exprnn (orthogonal).
    pub cells: Vec<Kind>,
    /// Delays T in steps, ascending; a symbol is recalled T + 10 steps after it was shown.
    pub delays: Vec<usize>,
    /// Units of each cell.
    pub hidden: usize,
    /// Steps of training of each cell at each delay.
    pub steps: u64,
    /// Sequences in a batch, newly drawn in each step.
    pub batch: usize,
    /// Learning rate of Adam, falling along half a cosine to a tenth.
    pub rate: f64,
    /// The same of exprnn, which needs a lower one: a step turns its matrix in all directions at once.
    pub rate_exprnn: f64,
    /// Norm that gradients are clipped to.
    pub clip: f64,
    /// Sequences of the test.
    pub test: usize,
    /// Seed of weights, training sequences and test sequences.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cells: vec![Kind::Elman, Kind::Gru, Kind::Lstm, Kind::ExpRnn],
            delays: vec![5, 10, 20, 40, 80],
            hidden: 64,
            steps: 3000,
            batch: 32,
            rate: 0.01,
            rate_exprnn: 0.003,
            clip: 1.0,
            test: 512,
            seed: 0,
        }
    }
}

impl Study for Memory {
    const NAME: &'static str = "memory";
    const QUESTION: &'static str = "Does a recurrent network remember everything it has read?";
    const SECONDS: u32 = 100;
    const SMOKE: &'static [&'static str] =
        &["delays=1,3", "hidden=16", "steps=20", "batch=8", "test=32"];
    const FULL: &'static [&'static str] = &["delays=5,10,20,40,80,160", "steps=15000"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("cells", config.cells.len(), 1..=6)?;
        within("delays", config.delays.len(), 1..=12)?;
        for pair in config.delays.windows(2) {
            if pair[0] >= pair[1] {
                let [before, after] = [pair[0], pair[1]];
                return Err(Usage(format!("delays={before},{after}: must ascend")));
            }
        }
        for (at, kind) in config.cells.iter().enumerate() {
            if config.cells[..at].contains(kind) {
                let name = kind.name();
                return Err(Usage(format!("cells={name},{name}: must differ")));
            }
        }
        for &delay in &config.delays {
            within("delays", delay, 1..=2000)?;
        }
        within("hidden", config.hidden, 2..=1024)?;
        within("steps", config.steps, 1..=1_000_000)?;
        within("batch", config.batch, 1..=4096)?;
        within("test", config.test, 1..=65_536)?;
        within("rate", config.rate, 1e-8..=1.0)?;
        within("rate_exprnn", config.rate_exprnn, 1e-8..=1.0)?;
        positive("clip", config.clip)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let mut all = Vec::new();
        for &kind in &config.cells {
            for &delay in &config.delays {
                all.push(measure::measure(config, run, kind, delay)?);
            }
        }
        run.figure("delays", &plot::delays(config, &all))?;
        run.figure("training", &plot::training(config, &all))?;
        run.figure("gradients", &plot::gradients(config, &all))?;
        run.table("recall", &table(&all))?;
        if let Some(hardest) = all.last() {
            let (cell, delay) = (hardest.kind.name(), hardest.task.delay());
            let title = format!("{cell}, delay {delay}: loss / plateau by step");
            run.sketch(&title, &hardest.history.steps(), &hardest.ratios());
        }
        Ok(Verdict::new(checks(config, &all)))
    }
}

fn table(all: &[Measured]) -> String {
    let rows = all.iter().map(|m| {
        let short = |value| significant(value, 4);
        [
            m.kind.name().into(),
            m.task.delay().to_string(),
            short(m.score.loss),
            short(m.task.plateau()),
            short(m.ratio()),
            format!("{:.1} %", 100.0 * m.score.recall),
            format!("{:.1}", m.bits()),
            left(&m.before),
            left(&m.after),
        ]
    });
    table::align(
        &[
            "cell",
            "delay",
            "loss",
            "plateau",
            "ratio",
            "recalled",
            "bits of 30",
            "gradient left, untrained",
            "trained",
        ],
        rows,
    )
}

/// The part of a gradient at lag 0 that is left at the last lag.
fn left(norms: &[f64]) -> String {
    plot::relative(norms)
        .last()
        .map_or("-".into(), |part| format!("{part:.1e}"))
}

fn checks(config: &Config, all: &[Measured]) -> Vec<Check> {
    let chance = 1.0 / ALPHABET as f64;
    let guessing = all.iter().filter(|m| m.score.recall < chance + NEAR_CHANCE);
    let mut checks = vec![
        check(
            "least loss / plateau where recall is that of guessing",
            "10 ln 8 / (T + 20) is the least without memory",
            Accept::AtLeast(AT_PLATEAU),
            guessing.map(Measured::ratio).reduce(f64::min),
        )
        .marked(Mark::Derived),
    ];
    let elman = |m: &&Measured| m.kind == Kind::Elman;
    let lost: Vec<usize> = all
        .iter()
        .filter(elman)
        .filter(|m| m.ratio() >= AT_PLATEAU)
        .map(|m| m.task.delay())
        .collect();
    let longest = config.delays.last().copied().unwrap_or_default();
    checks.push(
        check(
            &format!("elman: loss / plateau at delay {longest}"),
            "tanh networks stay at the plateau (Arjovsky et al. 2016, figure 1)",
            Accept::AtLeast(AT_PLATEAU),
            all.iter().rfind(elman).map(Measured::ratio),
        )
        .marked(Mark::Read),
    );
    for &kind in config.cells.iter().filter(|kind| **kind != Kind::Elman) {
        let there = all
            .iter()
            .filter(|m| m.kind == kind && lost.contains(&m.task.delay()));
        checks.push(check(
            &format!("{}: least loss / plateau where elman is at it", kind.name()),
            "the same task, units, steps and batches",
            Accept::AtMost(AT_PLATEAU),
            there.map(Measured::ratio).reduce(f64::min),
        ));
    }
    // modrelu' is 0 or 1, and the matrix is orthogonal: no sweep back through a step can grow.
    let growth = all
        .iter()
        .filter(|m| m.kind == Kind::ExpRnn)
        .flat_map(|m| [&m.before, &m.after])
        .flat_map(|norms| norms.windows(2))
        .map(|pair| pair[1] / pair[0])
        .reduce(f64::max);
    checks.push(
        check(
            "exprnn: largest growth of the gradient over a step back",
            "|Q| = 1 and modrelu' <= 1",
            Accept::AtMost(1.0 + 1e-9),
            growth,
        )
        .marked(Mark::Derived),
    );
    let recalled = |kind: &Kind| longest_recalled(all, *kind) as f64;
    checks.push(check(
        "longest delay recalled, by the cell that forgets first",
        &format!("a cell that remembers everything recalls delay {longest}"),
        Accept::AtMost(longest as f64 - 1.0),
        config.cells.iter().map(recalled).reduce(f64::min),
    ));
    let shortest = all.iter().filter(|m| m.task.delay() == config.delays[0]);
    checks.push(check(
        &format!("recall at delay {}, of the best cell", config.delays[0]),
        "the task can be learnt",
        Accept::AtLeast(RECALLED),
        shortest.map(|m| m.score.recall).reduce(f64::max),
    ));
    checks
}

/// The longest delay up to which a cell recalls all delays tried; 0 if not even the first.
fn longest_recalled(all: &[Measured], kind: Kind) -> usize {
    let of_kind = all.iter().filter(|m| m.kind == kind);
    let recalled = of_kind.take_while(|m| m.score.recall >= RECALLED);
    recalled.map(|m| m.task.delay()).last().unwrap_or(0)
}

/// A check of what may not have been measured.
fn check(quantity: &str, anchor: &str, accept: Accept, measured: Option<f64>) -> Check {
    match measured {
        Some(measured) => Check::new(quantity, anchor, accept, measured),
        None => Check::out_of_budget(quantity, anchor, accept),
    }
}
