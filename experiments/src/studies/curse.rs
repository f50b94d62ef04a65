//! Why do gradients explode where nothing is chaotic?
//!
//! A linear unit of memory lambda, `h' = lambda h + x` with white noise x, neither vanishes nor
//! explodes, and yet the longer its memory, the more it depends on lambda (the curse of memory,
//! Zucchet & Orvieto 2024):
//!
//! ```text
//! E h^2 = 1 / (1 - lambda^2),   E (dh/dlambda)^2 = (1 + lambda^2) / (1 - lambda^2)^3
//! ```
//!
//! Normalised input, `h' = lambda h + sqrt(1 - lambda^2) x`, and `lambda = exp(-exp(nu))`, as in the
//! linear recurrent unit (Orvieto et al. 2023), take the exponent 3 down to 0; see [`mod@unit`].

pub mod measure;
mod plot;
pub mod unit;

use anyhow::Result;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::measure::{Moments, exact, simulated};
use self::unit::Unit;
use crate::config::{Usage, within};
use crate::fit::{mean, slope};
use crate::run::Run;
use crate::study::Study;
use crate::table::{self, significant};
use crate::verdict::{Accept, Check, Mark, Verdict};

/// The study.
pub struct Curse;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Memories lambda, ascending.
    pub lambdas: Vec<f64>,
    /// Those at which sequences are drawn, too.
    pub simulated: Vec<f64>,
    /// Steps from the state of zeros, in time constants 1 / (1 - lambda).
    pub constants: f64,
    /// Sequences of a simulation.
    pub samples: usize,
    /// Simulations.
    pub seeds: usize,
    /// Seed of the first simulation; the others follow it.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            lambdas: vec![0.5, 0.7, 0.9, 0.97, 0.99, 0.997, 0.999, 0.9997, 0.9999],
            simulated: vec![0.5, 0.9, 0.99],
            constants: 8.0,
            samples: 4000,
            seeds: 16,
            seed: 0,
        }
    }
}

/// From this memory on a slope is fitted; the closed form has 2.995 there, and 3 in the limit.
const LONG: f64 = 0.99;

/// A unit at one memory: measured from the tape, drawn, and in closed form.
struct Measured {
    unit: Unit,
    lambda: f64,
    exact: Moments,
    /// Of each simulation, if there are any.
    drawn: Vec<Moments>,
    closed: Moments,
}

impl Study for Curse {
    const NAME: &'static str = "curse";
    const QUESTION: &'static str =
        "Why are long memories hard to learn even where gradients do not vanish?";
    const SECONDS: u32 = 2;
    const ATLAS: Option<u32> = Some(25);
    const SMOKE: &'static [&'static str] = &[
        "lambdas=0.9,0.99,0.997",
        "simulated=0.5,0.9",
        "samples=500",
        "seeds=2",
    ];
    const FULL: &'static [&'static str] = &[
        "simulated=0.5,0.9,0.99,0.999",
        "lambdas=0.5,0.7,0.9,0.97,0.99,0.997,0.999,0.9997,0.9999,0.99997",
    ];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("lambdas", config.lambdas.len(), 2..=20)?;
        for lambda in config.lambdas.iter().chain(&config.simulated) {
            within("lambdas", *lambda, 0.01..=0.99999)?;
        }
        within("constants", config.constants, 1.0..=50.0)?;
        within("samples", config.samples, 2..=1_000_000)?;
        within("seeds", config.seeds, 1..=1000)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let mut lambdas = [&config.lambdas[..], &config.simulated].concat();
        lambdas.sort_by(f64::total_cmp);
        lambdas.dedup();
        let cells = Unit::ALL.into_iter();
        let cells = cells.flat_map(|unit| lambdas.iter().map(move |lambda| (unit, *lambda)));
        let mut progress = run.progress("curse", (Unit::ALL.len() * lambdas.len()) as u64);
        let mut all = Vec::new();
        for (unit, lambda) in cells {
            progress.step(unit.name())?;
            let draws = config.simulated.contains(&lambda) && unit == Unit::Plain;
            let seeds = if draws { config.seeds as u64 } else { 0 };
            let drawn = (0..seeds).into_par_iter().map(|seed| {
                let seed = config.seed.wrapping_add(seed);
                simulated(unit, lambda, steps(config, lambda), config.samples, seed)
            });
            all.push(Measured {
                unit,
                lambda,
                exact: exact(unit, lambda, steps(config, lambda)),
                drawn: drawn.collect(),
                closed: unit.closed(lambda),
            });
        }
        drop(progress);
        record(run, &all)?;
        run.figure("curse", &plot::figure(&all))?;
        run.table("moments", &table(&all))?;
        Ok(Verdict::new(checks(&all)))
    }
}

fn steps(config: &Config, lambda: f64) -> usize {
    (config.constants / (1.0 - lambda)).ceil() as usize
}

fn record(run: &mut Run, all: &[Measured]) -> Result<()> {
    for (i, m) in all.iter().enumerate() {
        let labels = [("unit", m.unit.name())];
        let values = [
            ("lambda", m.lambda),
            ("state", m.exact.state),
            ("sensitivity", m.exact.sensitivity),
            ("state_closed", m.closed.state),
            ("sensitivity_closed", m.closed.sensitivity),
        ];
        run.metrics_of(i as u64, &labels, &values)?;
        for (seed, drawn) in m.drawn.iter().enumerate() {
            let values = [
                ("lambda", m.lambda),
                ("simulation", seed as f64),
                ("state_drawn", drawn.state),
                ("sensitivity_drawn", drawn.sensitivity),
            ];
            run.metrics_of(i as u64, &labels, &values)?;
        }
    }
    Ok(())
}

fn table(all: &[Measured]) -> String {
    let rows = all.iter().map(|m| {
        let short = |value| significant(value, 5);
        let drawn = |of: Part| match &m.drawn[..] {
            [] => "-".into(),
            drawn => short(mean(&drawn.iter().map(of).collect::<Vec<_>>())),
        };
        [
            m.unit.name().into(),
            m.lambda.to_string(),
            short(m.exact.state),
            short(m.closed.state),
            drawn(STATE),
            short(m.exact.sensitivity),
            short(m.closed.sensitivity),
            drawn(SENSITIVITY),
        ]
    });
    table::align(
        &[
            "unit",
            "lambda",
            "E h^2",
            "closed",
            "drawn",
            "E (dh/dp)^2",
            "closed",
            "drawn",
        ],
        rows,
    )
}

type Part = fn(&Moments) -> f64;
const STATE: Part = |moments| moments.state;
const SENSITIVITY: Part = |moments| moments.sensitivity;
const PARTS: [(&str, Part); 2] = [("E h^2", STATE), ("E (dh/dλ)^2", SENSITIVITY)];

fn checks(all: &[Measured]) -> Vec<Check> {
    let anchor = "Zucchet & Orvieto 2024";
    let of = |unit: Unit| all.iter().filter(move |m| m.unit == unit);
    let mut checks = Vec::new();
    // The closed form, to 2 %: the worst of all memories from the tape, and each simulation.
    for (name, part) in PARTS {
        let errors: Vec<f64> = of(Unit::Plain)
            .map(|m| (part(&m.exact) / part(&m.closed) - 1.0).abs())
            .collect();
        checks.push(
            Check::new(
                &format!("{name} from the tape: largest relative error"),
                anchor,
                Accept::AtMost(0.02),
                errors.iter().copied().fold(0.0, f64::max),
            )
            .marked(Mark::Derived)
            .over(&errors),
        );
    }
    for m in of(Unit::Plain).filter(|m| !m.drawn.is_empty()) {
        for (name, part) in PARTS {
            let drawn: Vec<f64> = m.drawn.iter().map(part).collect();
            let accept = Accept::Relative {
                value: part(&m.closed),
                fraction: 0.02,
            };
            let quantity = format!("{name} drawn, λ = {}", m.lambda);
            checks.push(
                Check::new(&quantity, anchor, accept, mean(&drawn))
                    .marked(Mark::Derived)
                    .over(&drawn),
            );
        }
    }
    for unit in Unit::ALL {
        let points: Vec<(f64, f64)> = of(unit)
            .filter(|m| m.lambda >= LONG)
            .map(|m| (-(1.0 - m.lambda).ln(), m.exact.sensitivity.ln()))
            .collect();
        let accept = Accept::Absolute {
            value: unit.exponent(),
            tolerance: 0.02,
        };
        let quantity = format!("{}: slope of the sensitivity", unit.name());
        checks.push(
            Check::new(&quantity, "exponent as λ -> 1", accept, slope(&points))
                .marked(Mark::Derived),
        );
    }
    let largest = of(Unit::Both).map(|m| m.exact.sensitivity);
    checks.push(
        Check::new(
            &format!("{}: largest sensitivity", Unit::Both.name()),
            "its limit as λ -> 1",
            Accept::AtMost(0.25),
            largest.fold(0.0, f64::max),
        )
        .marked(Mark::Derived),
    );
    checks
}
