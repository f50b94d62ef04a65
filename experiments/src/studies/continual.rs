//! Can a network read a stream that never starts again?
//!
//! Gers, Schmidhuber & Cummins (2000) concatenate strings of the embedded Reber grammar. Memories that
//! are only ever added to grow, and saturate what reads them; a forget gate lets a cell start anew by
//! itself. Their network is built again, four blocks of two cells and 424 weights, and learns online: a
//! step of plain gradient descent every few symbols, along a gradient that goes back through a window
//! of the stream. A training stream ends at the first wrong prediction, as theirs, and a test stream too.

mod measure;
pub mod network;
mod plot;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::measure::Measured;
use crate::config::{Usage, within};
use crate::fit::median;
use crate::run::Run;
use crate::study::Study;
use crate::table::{self, significant};
use crate::tasks::continual_reber::without_memory;
use crate::trials;
use crate::verdict::{Accept, Check, Mark, Verdict};

/// The study.
pub struct Continual;

/// Strings remembered from which on the task counts as solved.
const SOLVED: f64 = 0.99;
/// The published number of weights.
const WEIGHTS: f64 = 424.0;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Forget gates: none, published (biases 0.5, 1, 1.5, 2), zero, one, five, chrono.
    pub kinds: Vec<Kind>,
    /// Networks of each kind.
    pub networks: usize,
    /// Symbols of the stream that a network learns from.
    pub symbols: usize,
    /// Whether a training stream ends at the first wrong prediction, and the next starts from the zero
    /// state, as published; otherwise there is one stream.
    pub restart: bool,
    /// Symbols between two steps of learning.
    pub stride: usize,
    /// Symbols that a gradient goes back through.
    pub window: usize,
    /// Learning rate.
    pub rate: f64,
    /// The longest memory that chrono biases are drawn for, in symbols.
    pub chrono: usize,
    /// Test streams that end at the first wrong prediction
    pub streams: usize,
    /// or after so many symbols.
    pub longest: usize,
    /// Norms are measured on a test stream of 2 to this power symbols.
    pub doublings: u32,
    /// Seed of the first network of each kind; the others follow it.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            kinds: Kind::ALL.to_vec(),
            networks: 3,
            symbols: 400_000,
            restart: true,
            stride: 3,
            window: 24,
            rate: 0.5,
            chrono: 20,
            streams: 10,
            longest: 10_000,
            doublings: 15,
            seed: 0,
        }
    }
}

/// Whether cells can forget, and the initial biases of the gates that let them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// No forget gates.
    None,
    /// From 0.5 to 2, a different one for each block.
    Published,
    /// All 0.
    Zero,
    /// All 1.
    One,
    /// All 5.
    Five,
    /// For memories of drawn lengths (Tallec & Ollivier 2018).
    Chrono,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::None,
        Self::Published,
        Self::Zero,
        Self::One,
        Self::Five,
        Self::Chrono,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::None => "no forget gate",
            Self::Published => "0.5 to 2",
            Self::Zero => "0",
            Self::One => "1",
            Self::Five => "5",
            Self::Chrono => "chrono",
        }
    }
}

impl Study for Continual {
    const NAME: &'static str = "continual";
    const QUESTION: &'static str = "Can an LSTM read a stream that is never reset?";
    const SECONDS: u32 = 95;
    const ATLAS: Option<u32> = Some(900);
    const SMOKE: &'static [&'static str] = &[
        "kinds=none,published",
        "networks=1",
        "symbols=3000",
        "streams=2",
        "longest=500",
        "doublings=9",
    ];
    const FULL: &'static [&'static str] = &[
        "networks=10",
        "symbols=1000000",
        "longest=1000000",
        "doublings=20",
    ];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("kinds", config.kinds.len(), 1..=Kind::ALL.len())?;
        within("networks", config.networks, 1..=100)?;
        within("symbols", config.symbols, 1..=100_000_000)?;
        within("window", config.window, 1..=1000)?;
        within("stride", config.stride, 1..=config.window)?;
        within("rate", config.rate, 1e-6..=10.0)?;
        within("chrono", config.chrono, 2..=10_000)?;
        within("streams", config.streams, 1..=1000)?;
        within("longest", config.longest, 1..=10_000_000)?;
        // Drift is that since the first 64 symbols.
        within("doublings", config.doublings, 7..=23)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let count = config.networks;
        let jobs = config.kinds.len() * count;
        let outcomes = trials::run(run, "networks", jobs, |number, watch| {
            let seed = config.seed.wrapping_add((number % count) as u64);
            measure::measure(config, config.kinds[number / count], seed, watch)
        })?;
        let measured: Vec<Measured> = outcomes.iter().map(|o| Measured::of(o)).collect();
        let kinds = config.kinds.iter().copied();
        let of_kind = measured.chunks(count).map(<[Measured]>::to_vec);
        let all: Vec<(Kind, Vec<Measured>)> = kinds.zip(of_kind).collect();
        record(run, &all)?;
        run.figure("continual", &plot::norms(config, &all))?;
        run.figure("errors", &plot::errors(config, &all))?;
        run.table("networks", &table(&all))?;
        Ok(Verdict::new(checks(&all)))
    }
}

fn record(run: &mut Run, all: &[(Kind, Vec<Measured>)]) -> Result<()> {
    for (kind, networks) in all {
        for (network, measured) in networks.iter().enumerate() {
            let values = [
                ("network", network as f64),
                ("remembered", measured.remembered),
                ("symbols", measured.symbols),
            ];
            run.metrics_of(0, &[("forget", kind.name())], &values)?;
            for (doubling, norm) in measured.norms.iter().enumerate() {
                let values = [("network", network as f64), ("norm", *norm)];
                run.metrics_of(1 << doubling, &[("forget", kind.name())], &values)?;
            }
        }
    }
    Ok(())
}

fn column(networks: &[Measured], of: fn(&Measured) -> f64) -> Vec<f64> {
    networks.iter().map(of).collect()
}

fn table(all: &[(Kind, Vec<Measured>)]) -> String {
    let rows = all.iter().map(|(kind, networks)| {
        let of = |of: fn(&Measured) -> f64| median(&column(networks, of));
        [
            kind.name().into(),
            of(|m| m.weights).to_string(),
            format!("{:.2} %", 100.0 * of(|m| m.remembered)),
            significant(of(|m| m.symbols), 4),
            significant(of(Measured::late), 4),
            significant(of(Measured::drift), 4),
        ]
    });
    let header = [
        "forget biases",
        "weights",
        "remembered",
        "symbols to error",
        "norm at the end",
        "over that at the start",
    ];
    table::align(&header, rows)
}

fn checks(all: &[(Kind, Vec<Measured>)]) -> Vec<Check> {
    let of_kind = |kind: Kind, of: fn(&Measured) -> f64| -> Option<Vec<f64>> {
        let found = all.iter().find(|(other, _)| *other == kind);
        found.map(|(_, networks)| column(networks, of))
    };
    let new = |quantity: &str, anchor: &str, accept: Accept, values: Option<Vec<f64>>| match values
    {
        Some(values) => Check::new(quantity, anchor, accept, median(&values)).over(&values),
        None => Check::out_of_budget(quantity, anchor, accept),
    };
    let paper = "Gers, Schmidhuber & Cummins 2000";
    let again = "a re-run of Gers, Schmidhuber & Cummins 2000";
    vec![
        new(
            "weights, with forget gates",
            paper,
            Accept::Exactly(WEIGHTS),
            of_kind(Kind::Published, |m| m.weights),
        )
        .marked(Mark::Cited),
        new(
            "with forget gates: strings remembered",
            &format!("99.7 % in {again}"),
            Accept::AtLeast(SOLVED),
            of_kind(Kind::Published, |m| m.remembered),
        )
        .marked(Mark::Cited),
        new(
            "without: strings remembered",
            &format!("55 % in {again}"),
            Accept::AtMost(SOLVED),
            of_kind(Kind::None, |m| m.remembered),
        )
        .marked(Mark::Cited),
        new(
            "with forget gates: symbols to the first error",
            "more than who forgets the second symbol",
            Accept::AtLeast(10.0 * without_memory()),
            of_kind(Kind::Published, |m| m.symbols),
        )
        .marked(Mark::Derived),
        new(
            "with forget gates: norm of the memories, end over start",
            "no drift",
            Accept::Factor {
                value: 1.0,
                factor: 2.0,
            },
            of_kind(Kind::Published, Measured::drift),
        ),
        new(
            "without: norm of the memories, end over start",
            &format!("memories may grow indefinitely ({paper})"),
            Accept::AtLeast(2.0),
            of_kind(Kind::None, Measured::drift),
        )
        .marked(Mark::Cited),
    ]
}
