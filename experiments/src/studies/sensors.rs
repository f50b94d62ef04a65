//! What does a recurrent network foresee of the sea, the air and the sun?
//!
//! At each step a network that reads a series says how it will have changed after four horizons,
//! from half an hour to eleven years. Its forecasts stand beside those of persistence (nothing
//! changes), of the last season, and of a linear autoregression fitted by least squares, all from
//! the same steps of a last part of the series that nothing was fitted to or chosen by.
//!
//! Changes are given in units of their present size, so that summer and winter look alike; what the
//! network adds to persistence starts from 0. Several networks from other weights are averaged.

mod beside;
mod plot;
mod record;

use std::ops::Range;
use std::path::Path;

use anyhow::Result;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::Params;

use self::beside::{Forecasts, baselines, better, combined, errors, persistent, shares, written};
use self::record::{HORIZONS, Kind, Record};
use crate::config::{Usage, positive, within};
use crate::forecast::{Forecaster, Objective, Recipe};
use crate::run::Run;
use crate::study::Study;
use crate::table::{self, significant};
use crate::training::History;
use crate::verdict::{Accept, Check, Verdict};

/// The study.
pub struct Sensors;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The series: sea, co2, sunspots.
    pub series: Vec<Kind>,
    /// Units of a network.
    pub hidden: usize,
    /// Networks whose forecasts are averaged.
    pub members: usize,
    /// Steps of the optimiser for each network.
    pub steps: u64,
    /// Windows of a step of the optimiser.
    pub batch: usize,
    /// Learning rate of Adam, falling along a cosine.
    pub rate: f64,
    /// Decoupled weight decay.
    pub decay: f64,
    /// Dropout of the state before the readout.
    pub dropout: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Seed of weights and windows.
    pub seed: u64,
    /// A file in place of the one series asked for, with its columns.
    pub data: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            series: Kind::ALL.to_vec(),
            hidden: 16,
            members: 5,
            steps: 600,
            batch: 32,
            rate: 0.001,
            decay: 0.3,
            dropout: 0.3,
            clip: 1.0,
            seed: 0,
            data: None,
        }
    }
}

/// What came of one series.
struct Outcome {
    record: Record,
    origins: Range<usize>,
    /// Those of the network, then those of the baselines.
    forecasts: Vec<Forecasts>,
    history: History,
}

impl Study for Sensors {
    const NAME: &'static str = "sensors";
    const QUESTION: &'static str =
        "What does a recurrent network foresee of the sea, the air and the sun?";
    const SECONDS: u32 = 30;
    const SMOKE: &'static [&'static str] =
        &["series=sunspots", "hidden=8", "members=1", "steps=20"];
    const FULL: &'static [&'static str] = &["hidden=32", "members=10", "steps=1500"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("series", config.series.len(), 1..=Kind::ALL.len())?;
        for (at, kind) in config.series.iter().enumerate() {
            if config.series[..at].contains(kind) {
                return Err(Usage(
                    format!("series: {kind:?} is there twice").to_lowercase(),
                ));
            }
        }
        if config.data.is_some() && config.series.len() != 1 {
            return Err(Usage(
                "data: set series to the one that the file is of".into(),
            ));
        }
        within("hidden", config.hidden, 1..=1024)?;
        within("members", config.members, 1..=100)?;
        within("steps", config.steps, 1..=1_000_000)?;
        within("batch", config.batch, 1..=4096)?;
        positive("rate", config.rate)?;
        within("decay", config.decay, 0.0..=1.0)?;
        within("dropout", config.dropout, 0.0..=0.9)?;
        positive("clip", config.clip)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let mut outcomes = Vec::new();
        for &kind in &config.series {
            let record = Record::load(kind, config.data.as_deref().map(Path::new))?;
            outcomes.push(outcome(record, config, run)?);
        }
        run.figure("errors", &plot::errors(&outcomes))?;
        run.figure("forecasts", &plot::forecasts(&outcomes))?;
        run.figure("training", &plot::training(&outcomes))?;
        for outcome in &outcomes {
            run.table(
                &outcome.record.facts.name.replace(' ', "-"),
                &table(outcome),
            )?;
        }
        let history = &outcomes[0].history;
        let name = outcomes[0].record.facts.name;
        run.sketch(
            &format!("{name}: validation error over persistence, by step"),
            &history.steps(),
            history.of("validation_ratio"),
        );
        Ok(Verdict::new(outcomes.iter().flat_map(checks).collect()))
    }
}

/// Trains the networks of a series, and forecasts its test part by all methods.
fn outcome(record: Record, config: &Config, run: &mut Run) -> Result<Outcome> {
    let network = Forecaster::new(
        record.width,
        config.hidden,
        Objective::Numbers(HORIZONS),
        config.dropout,
    );
    let recipe = Recipe {
        steps: config.steps,
        batch: config.batch,
        rate: config.rate,
        decay: config.decay,
        clip: config.clip,
        seed: config.seed,
    };
    let validation = record.origins(&record.periods.validation);
    let still = errors(&persistent(&record, &validation), &record, &validation);
    let starts = record.starts();
    let (mut members, mut histories) = (Vec::new(), Vec::new());
    for member in 0..config.members {
        let trained = network.learn(
            run,
            &format!("{} {}", record.facts.name, member + 1),
            recipe.of_member(member),
            |rng| record.window(rng.random_range(starts.clone())),
            [
                "validation_ratio",
                "ratio_1",
                "ratio_2",
                "ratio_3",
                "ratio_4",
            ],
            |params| {
                let tried = foresee(&network, std::slice::from_ref(params), &record, &validation)?;
                let shares = shares(&tried, &record, &validation);
                let tried = combined(&tried, shares, &record, &validation);
                let errors = errors(&tried, &record, &validation);
                let [a, b, c, d] = std::array::from_fn(|index| errors[index] / still[index]);
                Ok([(a + b + c + d) / HORIZONS as f64, a, b, c, d])
            },
        )?;
        members.push(trained.params);
        histories.push(trained.history);
    }
    let tried = foresee(&network, &members, &record, &validation)?;
    let shares = shares(&tried, &record, &validation);
    let origins = record.origins(&record.periods.test);
    let values = foresee(&network, &members, &record, &origins)?;
    let network = Forecasts {
        name: "network",
        detail: format!("shares {}", written(shares)),
        values: combined(&values, shares, &record, &origins),
    };
    let mut forecasts = vec![network];
    forecasts.extend(baselines(&record, &origins));
    Ok(Outcome {
        origins,
        forecasts,
        history: histories.swap_remove(0),
        record,
    })
}

/// The mean of the forecasts of several networks, at each origin one for each horizon.
fn foresee(
    network: &Forecaster,
    members: &[Params<f32>],
    record: &Record,
    origins: &Range<usize>,
) -> Result<Vec<[f64; HORIZONS]>> {
    let mut outputs = vec![[0.0; HORIZONS]; origins.len()];
    for params in members {
        let window = |end| record.window_before(end);
        let own = network.from_origins(params, origins, record.facts.scored, window)?;
        for (sums, own) in outputs.iter_mut().zip(&own) {
            for (sum, own) in sums.iter_mut().zip(own) {
                *sum += own / members.len() as f64;
            }
        }
    }
    let rows = origins.clone().zip(outputs);
    let value = |(origin, row): (usize, [f64; HORIZONS])| {
        std::array::from_fn(|index| record.value(origin, index, row[index]))
    };
    Ok(rows.map(value).collect())
}

fn table(outcome: &Outcome) -> String {
    let Outcome {
        record, origins, ..
    } = outcome;
    let facts = &record.facts;
    let of = format!("{}, {}", facts.name, facts.unit);
    let [a, b, c, d] = facts.spans;
    let rows = outcome.forecasts.iter().map(|forecasts| {
        let errors = forecasts.errors(record, origins);
        let [a, b, c, d] = errors.map(|error| significant(error, 4));
        [forecasts.name.into(), a, b, c, d, forecasts.detail.clone()]
    });
    let [e, f, g, h] = std::array::from_fn(|index| {
        let pair = [&outcome.forecasts[0], best_other(outcome, index).0];
        let errors = better(pair, index, record, origins);
        // Forecasts that are the same have no error of their difference.
        if errors.is_nan() {
            return "the same".into();
        }
        format!("{errors:+.1}")
    });
    let name = "network below the best other, in standard errors";
    let last = [name.into(), e, f, g, h, String::new()];
    table::align(&[&of, a, b, c, d, ""], rows.chain([last]))
}

/// The method other than the network with the least error at a horizon, and that error.
fn best_other(outcome: &Outcome, index: usize) -> (&Forecasts, f64) {
    let others = outcome.forecasts[1..].iter();
    let errors = others.map(|other| {
        (
            other,
            other.errors(&outcome.record, &outcome.origins)[index],
        )
    });
    let best = errors.min_by(|a, b| a.1.total_cmp(&b.1));
    best.expect("there are other methods")
}

/// For each horizon: the network's error over that of the best other method.
fn checks(outcome: &Outcome) -> Vec<Check> {
    let Outcome {
        record, origins, ..
    } = outcome;
    let own = outcome.forecasts[0].errors(record, origins);
    let check = |index: usize| {
        let (best, error) = best_other(outcome, index);
        let (facts, span) = (&record.facts, record.facts.spans[index]);
        Check::new(
            &format!("{}, {span}: error over the best other", facts.name),
            &format!("{}, the same {} origins", best.name, origins.len()),
            Accept::AtMost(1.0),
            own[index] / error,
        )
    };
    (0..HORIZONS).map(check).collect()
}
