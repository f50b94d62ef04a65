//! A study that exists only to exercise the machinery: how often does halving reach one?

use anyhow::{Result, bail};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_experiments::config::{Usage, positive, within};
use wengert_experiments::figure::{Axis, Figure, Panel};
use wengert_experiments::run::Run;
use wengert_experiments::study::{Entry, Study};
use wengert_experiments::verdict::{Accept, Check, Verdict};

pub const TOYS: &[Entry] = &[Entry::of::<Halving>()];

pub struct Halving;

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub start: f64,
    pub steps: u32,
    pub seed: u64,
    pub method: Method,
    pub fail: bool,
    pub panic: bool,
    pub sizes: Vec<u32>,
    pub limit: Option<f64>,
    pub data: Option<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    Divide,
    Shift,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            start: 1024.0,
            steps: 10,
            seed: 0,
            method: Method::Divide,
            fail: false,
            panic: false,
            sizes: vec![1, 2],
            limit: None,
            data: None,
        }
    }
}

impl Study for Halving {
    const NAME: &'static str = "halving";
    const QUESTION: &'static str = "How often must a number be halved to reach one?";
    const SECONDS: u32 = 1;
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        positive("start", config.start)?;
        within("steps", config.steps, 1..=1000)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        if config.fail {
            bail!("the data are\nmissing");
        }
        assert!(!config.panic, "a mistake\nin two lines");
        let (mut x, mut y, mut value) = (Vec::new(), Vec::new(), config.start);
        let mut progress = run.progress("halving", u64::from(config.steps));
        for step in 1..=config.steps {
            value /= 2.0;
            run.metrics(
                u64::from(step),
                &[("value", value), ("undefined", f64::NAN)],
            )?;
            x.push(f64::from(step));
            y.push(value);
            progress.step("")?;
        }
        let panel = Panel::new(Axis::linear("step"), Axis::log("value")).line("halved", &x, &y);
        run.table("values", "a table\n")?;
        run.figure(
            "fall",
            &Figure::new("Halving", "A falling line.").panel(panel),
        )?;
        Ok(Verdict::new(vec![
            Check::new("last value", "arithmetic", Accept::Exactly(1.0), value),
            Check::out_of_budget("the limit", "arithmetic", Accept::AtMost(0.0)),
        ]))
    }
}
