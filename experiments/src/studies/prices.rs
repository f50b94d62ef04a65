//! Does a recurrent network foresee tomorrow's price of a share?
//!
//! A network reads the daily returns of several shares, and gives for each next day a mean and a
//! variance. Whether its mean is of any use is asked of the squared errors: are they below those of
//! persistence, the forecast that the price stays, by more than chance would have it (Diebold &
//! Mariano 1995)? The variance is another matter: days of large changes follow one another.
//!
//! A figure shows why plots of forecast prices deceive: the curve is that of the price, a day late.

mod market;
mod methods;
mod plot;

use std::ops::Range;
use std::path::Path;

use anyhow::Result;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::Params;

use self::market::{SCORED, Share, WIDTH};
use self::methods::Forecasts;
use crate::config::{Usage, positive, within};
use crate::fit::mean;
use crate::forecast::{Forecaster, Objective, Recipe};
use crate::run::Run;
use crate::statistics::Mean;
use crate::study::Study;
use crate::table::{self, significant};
use crate::training::Trained;
use crate::verdict::{Accept, Check, Verdict};

/// The study.
pub struct Prices;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Units of a network.
    pub hidden: usize,
    /// Networks whose means and variances are averaged.
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
    /// A file of prices in place of those that come with the program.
    pub data: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            hidden: 16,
            members: 5,
            steps: 600,
            batch: 32,
            rate: 0.003,
            decay: 0.1,
            dropout: 0.2,
            clip: 1.0,
            seed: 0,
            data: None,
        }
    }
}

/// All methods' forecasts of one share over its test part.
struct Tested {
    share: Share,
    /// Of the network, then of the other methods.
    forecasts: Vec<Forecasts>,
}

impl Study for Prices {
    const NAME: &'static str = "prices";
    const QUESTION: &'static str = "Does a recurrent network foresee tomorrow's price of a share?";
    const SECONDS: u32 = 5;
    const SMOKE: &'static [&'static str] = &["hidden=4", "members=1", "steps=10", "batch=8"];
    const FULL: &'static [&'static str] = &["hidden=32", "members=20", "steps=2000"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
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
        let (shares, short) = market::load(config.data.as_deref().map(Path::new))?;
        let network = Forecaster::new(WIDTH, config.hidden, Objective::Normal, config.dropout);
        let (mut members, mut histories) = (Vec::new(), Vec::new());
        for member in 0..config.members {
            let trained = learn(&network, &shares, member, config, run)?;
            members.push(trained.params);
            histories.push(trained.history);
        }
        let mut tested = Vec::new();
        for share in shares {
            let days = &share.test;
            let forecasts = vec![
                foresee(&network, &members, &share, days)?,
                methods::autoregression(&share, days),
                methods::drift(&share, days),
                methods::persistence(&share, days),
            ];
            tested.push(Tested { share, forecasts });
        }
        run.figure("deception", &plot::deception(&tested[0]))?;
        run.figure("gains", &plot::gains(&tested))?;
        run.figure("spread", &plot::spread(&tested[0]))?;
        run.figure("training", &plot::training(&histories))?;
        run.table("shares", &table(&tested, &short))?;
        let history = &histories[0];
        let title = "validation loss (nats a day) by step";
        run.sketch(title, &history.steps(), history.of("validation_loss"));
        Ok(verdict(&tested))
    }
}

/// Trains one of the networks on all shares.
fn learn(
    network: &Forecaster,
    shares: &[Share],
    member: usize,
    config: &Config,
    run: &mut Run,
) -> Result<Trained<f32>> {
    let recipe = Recipe {
        steps: config.steps,
        batch: config.batch,
        rate: config.rate,
        decay: config.decay,
        clip: config.clip,
        seed: config.seed,
    };
    network.learn(
        run,
        &format!("network {}", member + 1),
        recipe.of_member(member),
        |rng| {
            let share = &shares[rng.random_range(0..shares.len())];
            share.window(rng.random_range(share.starts()))
        },
        ["validation_loss"],
        |params| {
            let mut losses = Vec::new();
            for share in shares {
                let days = &share.validation;
                let forecasts = foresee(network, std::slice::from_ref(params), share, days)?;
                losses.extend(methods::log_losses(&forecasts, share, days));
            }
            Ok([mean(&losses)])
        },
    )
}

/// The mean of the networks' means, and of their variances, for each of the days.
fn foresee(
    network: &Forecaster,
    members: &[Params<f32>],
    share: &Share,
    days: &Range<usize>,
) -> Result<Forecasts> {
    // A day is forecast from the day before.
    let origins = days.start - 1..days.end - 1;
    let (mut means, mut variances) = (vec![0.0; days.len()], vec![0.0; days.len()]);
    for params in members {
        let window = |end| share.window_before(end);
        let own = network.from_origins(params, &origins, SCORED, window)?;
        for (row, own) in own.iter().enumerate() {
            let spread = share.spreads[origins.start + row];
            means[row] += spread * own[0] / members.len() as f64;
            variances[row] += spread * spread * own[1].exp() / members.len() as f64;
        }
    }
    Ok(Forecasts {
        method: "network",
        means,
        log_variances: Some(variances.into_iter().map(f64::ln).collect()),
    })
}

/// The gains of one method, averaged over the shares of each day.
fn pooled(tested: &[Tested], method: usize) -> Mean {
    let mut days = std::collections::BTreeMap::new();
    for Tested { share, forecasts } in tested {
        let gains = methods::gains(&forecasts[method], share, &share.test);
        for (date, gain) in share.dates[share.test.clone()].iter().zip(gains) {
            let (sum, count) = days.entry(*date).or_insert((0.0, 0.0));
            *sum += gain;
            *count += 1.0;
        }
    }
    let means: Vec<f64> = days.into_values().map(|(sum, count)| sum / count).collect();
    methods::mean_gain(&means)
}

/// The mean loss of one method over all shares and days, in nats; NaN if it has no variances.
fn log_loss(tested: &[Tested], method: usize) -> f64 {
    let losses = tested.iter().flat_map(|Tested { share, forecasts }| {
        methods::log_losses(&forecasts[method], share, &share.test)
    });
    mean(&losses.collect::<Vec<_>>())
}

fn table(tested: &[Tested], short: &[String]) -> String {
    let percent = |mean: Mean| {
        let [low, high] = mean.interval().map(|end| 100.0 * end);
        let (gain, p) = (100.0 * mean.value, mean.p_value());
        [
            format!("{gain:+.2} %"),
            format!("{low:+.2} to {high:+.2} %"),
            format!("{p:.2}"),
        ]
    };
    let mut rows = Vec::new();
    for Tested { share, forecasts } in tested {
        for own in forecasts {
            let gains = methods::gains(own, share, &share.test);
            let [gain, interval, p] = match own.method {
                "persistence" => ["0", "-", "-"].map(String::from),
                _ => percent(methods::mean_gain(&gains)),
            };
            let explained = methods::explained(own, share, &share.test);
            let losses = methods::log_losses(own, share, &share.test);
            rows.push([
                share.ticker.clone(),
                own.method.into(),
                gain,
                interval,
                p,
                format!("{explained:.4}"),
                if losses.is_empty() {
                    "-".into()
                } else {
                    significant(mean(&losses), 5)
                },
            ]);
        }
    }
    for (method, own) in tested[0].forecasts.iter().enumerate() {
        if own.method != "persistence" {
            let [gain, interval, p] = percent(pooled(tested, method));
            let loss = log_loss(tested, method);
            let loss = if loss.is_nan() {
                "-".into()
            } else {
                significant(loss, 5)
            };
            let (all, method) = ("all".into(), own.method.into());
            rows.push([all, method, gain, interval, p, "-".into(), loss]);
        }
    }
    for ticker in short {
        let none = || String::from("-");
        let why = "too few days".into();
        rows.push([ticker.clone(), why, none(), none(), none(), none(), none()]);
    }
    table::align(
        &[
            "share",
            "method",
            "gain",
            "95 % interval",
            "p",
            "R^2 of prices",
            "nats a day",
        ],
        rows,
    )
}

fn verdict(tested: &[Tested]) -> Verdict {
    let methods = &tested[0].forecasts;
    let walk = "random walk: the interval of the gain includes 0 (Fama 1970)";
    let mut checks: Vec<Check> = Vec::new();
    for (method, own) in methods.iter().enumerate() {
        if own.method != "persistence" {
            let gain = pooled(tested, method);
            let [low, high] = gain.interval().map(|end| 100.0 * end);
            checks.push(Check::new(
                &format!(
                    "{}: gain over persistence, {low:+.2} to {high:+.2} %, in standard errors",
                    own.method
                ),
                walk,
                Accept::Absolute {
                    value: 0.0,
                    tolerance: 1.96,
                },
                gain.statistic(),
            ));
        }
    }
    let below = |method: usize| log_loss(tested, method) - log_loss(tested, 0);
    checks.push(Check::new(
        "network: nats a day below a constant variance",
        "the variance of training: changes come in clusters (Mandelbrot 1963)",
        Accept::AtLeast(0.0),
        below(2),
    ));
    checks.push(Check::new(
        "network: nats a day below an exponential mean of squares",
        "RiskMetrics, decay 0.94 (J. P. Morgan 1996)",
        Accept::AtLeast(0.0),
        below(3),
    ));
    Verdict::new(checks)
}
