//! What do forward methods make of the gradient through time?
//!
//! Back-propagation needs the past; these go along with it. Real-time recurrent learning carries
//! `M_t = ds_t/dw` and gives the same gradient; UORO carries a random matrix of rank one whose mean is M;
//! SnAp-1 keeps of M what a weight does to the features that it feeds directly. Beside them,
//! back-propagation truncated to windows.

mod methods;
mod plot;
mod task;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::methods::{Estimates, Exactness, Kind};
use crate::config::{Usage, within};
use crate::fit::{mean, slope};
use crate::run::Run;
use crate::study::Study;
use crate::table::{self, significant};
use crate::verdict::{Accept, Check, Mark, Verdict};

/// The study.
pub struct Rtrl;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Units of each network.
    pub hidden: usize,
    /// Steps of a sequence.
    pub steps: usize,
    /// Windows of truncated back-propagation.
    pub windows: Vec<usize>,
    /// Estimates of UORO for each network; a power of 4.
    pub estimates: usize,
    /// Lengths at which the variance of UORO is measured.
    pub lengths: Vec<usize>,
    /// Estimates for each network and length.
    pub estimates_of_length: usize,
    /// Networks of each kind.
    pub networks: usize,
    /// Seed of the first network; the others follow it.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            hidden: 8,
            steps: 20,
            windows: vec![1, 2, 5, 10, 20],
            estimates: 4096,
            lengths: vec![5, 10, 20, 40, 80],
            estimates_of_length: 256,
            networks: 6,
            seed: 0,
        }
    }
}

/// Groups of estimates at the largest mean, of which the error is taken.
const GROUPS: usize = 16;

impl Study for Rtrl {
    const NAME: &'static str = "rtrl";
    const QUESTION: &'static str =
        "What do methods that go forward in time make of the gradient through time?";
    const SECONDS: u32 = 5;
    const ATLAS: Option<u32> = Some(20);
    const SMOKE: &'static [&'static str] = &[
        "hidden=3",
        "steps=6",
        "windows=1,3",
        "estimates=64",
        "lengths=3,6",
        "estimates_of_length=16",
        "networks=2",
    ];
    const FULL: &'static [&'static str] =
        &["estimates=16384", "networks=8", "estimates_of_length=1024"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("hidden", config.hidden, 1..=64)?;
        within("steps", config.steps, 2..=500)?;
        within("windows", config.windows.len(), 1..=10)?;
        for window in &config.windows {
            within("windows", *window, 1..=config.steps)?;
        }
        if !(64..=1 << 20).contains(&config.estimates)
            || !config.estimates.is_power_of_two()
            || config.estimates.trailing_zeros() % 2 == 1
        {
            let text = format!(
                "estimates={}: must be a power of 4 between 64 and 1048576",
                config.estimates
            );
            return Err(Usage(text));
        }
        within("lengths", config.lengths.len(), 1..=10)?;
        for length in &config.lengths {
            within("lengths", *length, 2..=1000)?;
        }
        within(
            "estimates_of_length",
            config.estimates_of_length,
            2..=100_000,
        )?;
        within("networks", config.networks, 1..=100)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let kinds = Kind::ALL.len() * config.networks;
        let total = kinds + (1 + config.lengths.len()) * config.networks;
        let mut progress = run.progress("rtrl", total as u64);
        let mut exactness: Vec<Exactness> = Vec::new();
        let seeds: Vec<u64> = (0..config.networks)
            .map(|i| config.seed.wrapping_add(i as u64))
            .collect();
        for kind in Kind::ALL {
            for seed in &seeds {
                progress.step(kind.name())?;
                exactness.push(kind.exactness(config, *seed));
            }
        }
        let mut estimates = |steps: usize, count: usize| -> Result<Vec<Estimates>> {
            let of_seed = |seed: &u64| {
                progress.step("UORO")?;
                Ok(methods::estimates(config, steps, count, *seed))
            };
            seeds.iter().map(of_seed).collect()
        };
        let many = estimates(config.steps, config.estimates)?;
        let by_length = config
            .lengths
            .iter()
            .map(|length| estimates(*length, config.estimates_of_length))
            .collect::<Result<Vec<_>>>()?;
        drop(progress);

        let means: Vec<Means> = many.iter().map(Means::of).collect();
        record(run, config, &exactness, &means, &by_length)?;
        run.figure("rtrl", &plot::uoro(config, &means, &by_length))?;
        run.figure("cosines", &plot::cosines(config, &exactness))?;
        run.table("cosines", &table(config, &exactness))?;
        Ok(Verdict::new(checks(&exactness, &many, &means)))
    }
}

/// Means of n estimates of one network: their error, relative to the gradient, and their cosine to
/// it, for n = 1, 4, 16, ...
struct Means {
    counts: Vec<usize>,
    errors: Vec<f64>,
    cosines: Vec<f64>,
}

impl Means {
    fn of(estimates: &Estimates) -> Self {
        let most = estimates.all.len() / GROUPS.min(estimates.all.len() / 4);
        let counts: Vec<usize> = std::iter::successors(Some(1), |n| Some(4 * n))
            .take_while(|n| *n <= most)
            .collect();
        let (errors, cosines) = counts.iter().map(|n| estimates.of_means(*n)).unzip();
        Self {
            counts,
            errors,
            cosines,
        }
    }

    /// The slope of ln error over ln n.
    fn slope(&self) -> f64 {
        let points = self.counts.iter().zip(&self.errors);
        let points: Vec<(f64, f64)> = points.map(|(n, e)| ((*n as f64).ln(), e.ln())).collect();
        slope(&points)
    }
}

fn record(
    run: &mut Run,
    config: &Config,
    exactness: &[Exactness],
    means: &[Means],
    by_length: &[Vec<Estimates>],
) -> Result<()> {
    for (i, e) in exactness.iter().enumerate() {
        let values = [
            ("rtrl_error", e.rtrl),
            ("snap1_error", e.snap1),
            ("snap1_cosine", e.snap1_cosine),
        ];
        run.metrics_of(i as u64, &[("cell", e.kind.name())], &values)?;
        for (window, cosine) in config.windows.iter().zip(&e.truncated) {
            let values = [("window", *window as f64), ("cosine", *cosine)];
            run.metrics_of(i as u64, &[("cell", e.kind.name())], &values)?;
        }
    }
    for (network, means) in means.iter().enumerate() {
        for (i, n) in means.counts.iter().enumerate() {
            let values = [
                ("network", network as f64),
                ("error", means.errors[i]),
                ("cosine", means.cosines[i]),
            ];
            run.metrics_of(*n as u64, &[("part", "means")], &values)?;
        }
    }
    for (length, networks) in config.lengths.iter().zip(by_length) {
        for (network, estimates) in networks.iter().enumerate() {
            let values = [
                ("network", network as f64),
                ("variance", estimates.variance()),
                ("gradient_squared", estimates.gradient_squared()),
            ];
            run.metrics_of(*length as u64, &[("part", "variance")], &values)?;
        }
    }
    Ok(())
}

/// The values of the networks of one kind.
fn of_kind(exactness: &[Exactness], kind: Kind, value: impl Fn(&Exactness) -> f64) -> Vec<f64> {
    let of_kind = exactness.iter().filter(|e| e.kind == kind);
    of_kind.map(value).collect()
}

fn table(config: &Config, exactness: &[Exactness]) -> String {
    let windows = config.windows.iter().map(|w| format!("BPTT({w})"));
    let header = ["cell", "RTRL error", "SnAp-1 error", "SnAp-1 cosine"];
    let header = header.map(String::from).into_iter().chain(windows);
    let rows = Kind::ALL.map(|kind| {
        let most = |value: fn(&Exactness) -> f64| {
            let values = of_kind(exactness, kind, value);
            significant(values.into_iter().fold(0.0, f64::max), 2)
        };
        let cosine = mean(&of_kind(exactness, kind, |e| e.snap1_cosine));
        let windows = (0..config.windows.len())
            .map(|i| mean(&of_kind(exactness, kind, |e| e.truncated[i])))
            .map(|cosine| significant(cosine, 4));
        [
            kind.name().into(),
            most(|e| e.rtrl),
            most(|e| e.snap1),
            significant(cosine, 4),
        ]
        .into_iter()
        .chain(windows)
        .collect()
    });
    table::grid(std::iter::once(header.collect()).chain(rows))
}

fn checks(exactness: &[Exactness], many: &[Estimates], means: &[Means]) -> Vec<Check> {
    let most = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let rounding = Accept::AtMost(1e-12);
    let errors: Vec<f64> = exactness.iter().map(|e| e.rtrl).collect();
    let direct: Vec<f64> = exactness
        .iter()
        .filter(|e| e.kind.is_elementwise())
        .map(|e| e.snap1)
        .collect();
    let slopes: Vec<f64> = means.iter().map(Means::slope).collect();
    let biases: Vec<f64> = many.iter().map(Estimates::bias).collect();
    vec![
        Check::new(
            "RTRL less BPTT, over the largest element, all cells",
            "Williams & Zipser 1989",
            rounding,
            most(&errors),
        )
        .marked(Mark::Derived)
        .over(&errors),
        Check::new(
            "SnAp-1 less BPTT, elementwise recurrence",
            "Menick et al. 2020",
            rounding,
            most(&direct),
        )
        .marked(Mark::Derived)
        .over(&direct),
        Check::new(
            "UORO: slope of the error of a mean of n",
            "an unbiased estimate (Tallec & Ollivier 2017)",
            Accept::Absolute {
                value: -0.5,
                tolerance: 0.05,
            },
            mean(&slopes),
        )
        .marked(Mark::Derived)
        .over(&slopes),
        Check::new(
            "UORO: error of the mean of all, in standard errors",
            "about 1 if there is no bias",
            Accept::AtMost(2.0),
            mean(&biases),
        )
        .marked(Mark::Derived)
        .over(&biases),
    ]
}
