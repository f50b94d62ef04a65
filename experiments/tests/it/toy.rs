//! Studies that exist only to exercise the machinery: halving a number, and learning its double.

use anyhow::{Result, bail};
use rand::rngs::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_experiments::config::{Usage, positive, within};
use wengert_experiments::figure::{Axis, Figure, Panel};
use wengert_experiments::random::{Purpose, stream};
use wengert_experiments::run::Run;
use wengert_experiments::study::{Entry, Study};
use wengert_experiments::training::{Best, Fixed, Training};
use wengert_experiments::verdict::{Accept, Check, Mark, Verdict};
use wengert_rnn::optim::{Average, Clip};
use wengert_rnn::train::{Loss, Model, Trainer};
use wengert_rnn::{Adam, Leaves, Linear, Params};
use wengert_tape::Tape;

pub const TOYS: &[Entry] = &[Entry::of::<Halving>(), Entry::of::<Learning>()];

pub struct Halving;

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The number to halve.
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
    const SMOKE: &'static [&'static str] = &["steps=2", "sizes=3,4"];
    const FULL: &'static [&'static str] = &["steps=20"];
    const ATLAS: Option<u32> = Some(60);
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
            Check::new("last value", "arithmetic", Accept::Exactly(1.0), value)
                .marked(Mark::Derived)
                .over(&[2.0, value, 0.5]),
            Check::out_of_budget("the limit", "arithmetic", Accept::AtMost(0.0)),
        ]))
    }
}

/// A training of a few steps: `y = w x` learns to double.
pub struct Learning;

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// Steps of the training.
    pub steps: u64,
    /// The error at which a training may end.
    pub bound: f64,
    pub seed: u64,
}

impl Default for Lesson {
    fn default() -> Self {
        Self {
            steps: 9,
            bound: 0.0,
            seed: 0,
        }
    }
}

#[derive(Clone)]
struct Line(Linear);

impl Model<f32> for Line {
    type Example = f32;

    fn loss<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&f32],
        _: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        let x: Vec<f32> = shard.iter().map(|x| **x).collect();
        let x = tape.constant([shard.len(), 1], &x);
        let y = self.0.apply(&leaves.take(), x);
        Loss::of_sum((y - x * 2.0).square().sum(), shard.len())
    }
}

impl Study for Learning {
    const NAME: &'static str = "learning";
    const QUESTION: &'static str = "Can a line learn to double?";
    const SECONDS: u32 = 30;
    const ATLAS: Option<u32> = Some(50);
    type Config = Lesson;

    fn run(config: &Lesson, run: &mut Run) -> Result<Verdict> {
        let examples: Vec<f32> = (0..7).map(|i| i as f32 / 7.0).collect();
        let train = |name: &str, run: &mut Run| {
            let line = Line(Linear::new(1, 1));
            let params: Params<f32> = line.0.init(&mut stream(config.seed, Purpose::Weights));
            let adam = Adam::new(0.1, params.len());
            let mut trainer = Trainer::new(line, params, adam, config.seed)
                .with_average(Average::corrected(0.5, 2))
                .with_clip(Clip::by_norm(1.0));
            let mut supply = Fixed::new(&examples, 3, config.seed);
            Training::new(name, config.steps, 2)
                .keep("error", Best::Lowest)
                .until("error", Best::Lowest, config.bound)
                .run(run, &mut trainer, &mut supply, |_, params| {
                    Ok(vec![("error", f64::from((params.values()[0] - 2.0).abs()))])
                })
        };
        let first = train("first", run)?;
        run.metrics(0, &[("between", f64::INFINITY)])?;
        let second = train("second", run)?;
        run.metrics(1, &[("after", 1.0)])?;
        let text: Vec<String> = second.params.values().iter().map(f32::to_string).collect();
        run.sample("weights", &text.join("\n"))?;
        run.sketch("error", &first.history.steps(), first.history.of("error"));
        let best = second
            .history
            .of("error")
            .iter()
            .copied()
            .fold(f64::INFINITY, f64::min);
        let kept = f64::from((second.params.values()[0] - 2.0).abs());
        Ok(Verdict::new(vec![
            Check::new(
                "error of the kept weights",
                "the least measured",
                Accept::Exactly(best),
                kept,
            ),
            Check::new("error", "a guess", Accept::AtMost(1.5), best),
        ]))
    }
}
