//! Are the gradients right, and how exactly could finite differences tell?
//!
//! Two measurements: every rule of the tape against dual numbers and against differences with error
//! bars (`rules`); and the error of difference formulas by their step, the V-shaped curves whose
//! minima say how far differences can be trusted at all (`steps`).

mod rules;
mod steps;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Usage, within};
use crate::run::Run;
use crate::study::Study;
use crate::verdict::Verdict;

/// The study.
pub struct Gradients;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Random cases of each operation.
    pub cases: usize,
    /// Points over which the error of a difference formula is averaged.
    pub points: usize,
    /// Seed of the first case; the others follow it.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cases: 100,
            points: 256,
            seed: 0,
        }
    }
}

impl Study for Gradients {
    const NAME: &'static str = "gradients";
    const QUESTION: &'static str =
        "Are the gradients right, and how exactly could finite differences tell?";
    const SECONDS: u32 = 1;
    const SMOKE: &'static [&'static str] = &["cases=2", "points=64"];
    const FULL: &'static [&'static str] = &["cases=2000", "points=1024"];
    const ATLAS: Option<u32> = Some(10);
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("cases", config.cases, 1..=10_000)?;
        within("points", config.points, 64..=steps::MOST_POINTS)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let mut checks = rules::measure(config, run)?;
        checks.extend(steps::measure(config, run)?);
        Ok(Verdict::new(checks))
    }
}
