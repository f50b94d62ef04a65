//! Does the Lyapunov spectrum of a random network follow mean-field theory?
//!
//! Networks `x' = J tanh(x)`, J Gaussian with variance g^2 / N, are chaotic from g = 1 on (Sompolinsky,
//! Crisanti & Sommers 1988). Their whole spectrum is known for N -> infinity, see [`theory`]; here it is
//! measured at finite N by QR decompositions of tangents, which dual numbers carry.

mod checks;
mod measure;
mod plot;
pub mod theory;

use anyhow::Result;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::checks::checks;
use self::measure::{Job, dimension, entropy};
use self::theory::MeanField;
use crate::config::{Usage, positive, within};
use crate::fit::mean;
use crate::run::Run;
use crate::study::Study;
use crate::table::{self, significant};
use crate::verdict::Verdict;

/// The study.
pub struct Lyapunov;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Numbers of units N, ascending.
    pub units: Vec<usize>,
    /// Gains g whose spectra are measured.
    pub gains: Vec<f64>,
    /// Gains whose largest exponent is measured, ascending across 1.
    pub onset: Vec<f64>,
    /// The part of the exponents that is measured of a spectrum, from the largest on.
    pub part: f64,
    /// Steps that count for a spectrum.
    pub steps: usize,
    /// Steps that count for a largest exponent.
    pub onset_steps: usize,
    /// Networks of each size and gain.
    pub networks: usize,
    /// Seed of the first network; the others follow it.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            units: vec![64, 128, 256],
            gains: vec![0.5, 1.5, 2.0, 3.0, 5.0],
            onset: vec![0.6, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.3, 1.4, 1.5],
            part: 0.35,
            steps: 200,
            onset_steps: 400,
            networks: 6,
            seed: 0,
        }
    }
}

/// The networks of one gain and size.
struct Measured {
    gain: f64,
    units: usize,
    /// Of each network, largest first.
    exponents: Vec<Vec<f64>>,
}

impl Measured {
    fn largest(&self) -> Vec<f64> {
        self.exponents
            .iter()
            .map(|exponents| exponents[0])
            .collect()
    }

    /// h / N of each network.
    fn entropies(&self) -> Vec<f64> {
        let each = self.exponents.iter();
        each.map(|exponents| entropy(exponents) / self.units as f64)
            .collect()
    }

    /// D / N of each network that enough exponents were measured of.
    fn dimensions(&self) -> Vec<f64> {
        let each = self
            .exponents
            .iter()
            .filter_map(|exponents| dimension(exponents));
        each.map(|dimension| dimension / self.units as f64)
            .collect()
    }

    /// The mean exponent of each rank.
    fn means(&self) -> Vec<f64> {
        let ranks = 0..self.exponents[0].len();
        let at = |i: usize| mean(&self.exponents.iter().map(|e| e[i]).collect::<Vec<_>>());
        ranks.map(at).collect()
    }
}

/// The fraction of exponents above the i-th of N, itself counted by half.
fn rank(i: usize, units: usize) -> f64 {
    (i as f64 + 0.5) / units as f64
}

/// Networks that run at a time, between two places to stop at.
const TOGETHER: usize = 8;

impl Study for Lyapunov {
    const NAME: &'static str = "lyapunov";
    const QUESTION: &'static str =
        "Does the Lyapunov spectrum of random networks follow mean-field theory?";
    const SECONDS: u32 = 15;
    const ATLAS: Option<u32> = Some(120);
    const SMOKE: &'static [&'static str] = &[
        "units=8,16",
        "gains=0.5,2",
        "onset=0.8,1,1.5",
        "part=0.6",
        "steps=20",
        "onset_steps=20",
        "networks=2",
    ];
    const FULL: &'static [&'static str] = &[
        "units=64,128,256,512",
        "gains=0.5,1.2,1.5,2,3,5,10",
        "networks=8",
    ];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("units", config.units.len(), 1..=6)?;
        for units in &config.units {
            within("units", *units, 2..=2048)?;
        }
        for gain in config.gains.iter().chain(&config.onset) {
            positive("gains", *gain)?;
        }
        within("gains", config.gains.len(), 1..=12)?;
        within("onset", config.onset.len(), 2..=50)?;
        within("part", config.part, 0.01..=1.0)?;
        within("steps", config.steps, 4..=100_000)?;
        within("onset_steps", config.onset_steps, 4..=100_000)?;
        within("networks", config.networks, 1..=1000)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let spectrum = |gain: f64, units: usize| Job {
            gain,
            units,
            count: ((config.part * units as f64).ceil() as usize).min(units),
            steps: config.steps,
            seed: config.seed,
        };
        let largest = |gain: f64, units: usize| Job {
            count: 1,
            steps: config.onset_steps,
            ..spectrum(gain, units)
        };
        let spectra = measure(run, config, "spectra", &config.gains, spectrum)?;
        let onset = measure(run, config, "onset", &config.onset, largest)?;
        let theories: Vec<MeanField> = config.gains.iter().map(|g| MeanField::new(*g)).collect();
        record(run, "spectrum", &spectra)?;
        record(run, "onset", &onset)?;
        run.figure("lyapunov", &plot::spectra(config, &theories, &spectra))?;
        run.figure("onset", &plot::onset(config, &onset))?;
        run.figure("dimension", &plot::dimensions(config, &spectra))?;
        run.table("theory", &theory_table(&theories))?;
        run.table("onset", &onset_table(config, &onset))?;
        run.table("measured", &table(&theories, &spectra))?;
        Ok(Verdict::new(checks(config, &theories, &spectra, &onset)))
    }
}

/// Runs the networks of every gain and size.
fn measure(
    run: &Run,
    config: &Config,
    label: &str,
    gains: &[f64],
    job: impl Fn(f64, usize) -> Job,
) -> Result<Vec<Measured>> {
    let mut jobs = Vec::new();
    for &units in &config.units {
        for &gain in gains {
            jobs.extend((0..config.networks as u64).map(|i| Job {
                seed: config.seed.wrapping_add(i),
                ..job(gain, units)
            }));
        }
    }
    let mut progress = run.progress(label, jobs.len() as u64);
    let mut exponents = Vec::new();
    for together in jobs.chunks(TOGETHER) {
        let found = together.par_iter().map(Job::exponents);
        exponents.extend(found.collect::<Vec<_>>());
        for job in together {
            progress.step(&format!("N = {}, g = {}", job.units, job.gain))?;
        }
    }
    let groups = jobs
        .chunks(config.networks)
        .zip(exponents.chunks(config.networks));
    let measured = groups.map(|(jobs, exponents)| Measured {
        gain: jobs[0].gain,
        units: jobs[0].units,
        exponents: exponents.to_vec(),
    });
    Ok(measured.collect())
}

fn record(run: &mut Run, part: &str, all: &[Measured]) -> Result<()> {
    for m in all {
        for (network, exponents) in m.exponents.iter().enumerate() {
            for (i, lambda) in exponents.iter().enumerate() {
                let values = [
                    ("gain", m.gain),
                    ("units", m.units as f64),
                    ("network", network as f64),
                    ("lambda", *lambda),
                ];
                run.metrics_of(i as u64, &[("part", part)], &values)?;
            }
        }
    }
    Ok(())
}

fn theory_table(theories: &[MeanField]) -> String {
    let rows = theories.iter().map(|theory| {
        let short = |value| significant(value, 4);
        [
            theory.gain().to_string(),
            significant(theory.variance(), 6),
            short(theory.largest()),
            short(theory.positive()),
            short(theory.entropy()),
            short(theory.dimension()),
        ]
    });
    table::align(&["g", "q", "lambda_1", "positive", "h/N", "D/N"], rows)
}

fn onset_table(config: &Config, onset: &[Measured]) -> String {
    let sizes = config.units.iter().map(|units| format!("N = {units}"));
    let header = ["g", "theory"].map(String::from).into_iter().chain(sizes);
    let rows = config.onset.iter().map(|gain| {
        let theory = significant(MeanField::new(*gain).largest(), 3);
        let of_gain = onset.iter().filter(|m| m.gain == *gain);
        let cells = of_gain.map(|m| spread(&m.largest()));
        [gain.to_string(), theory]
            .into_iter()
            .chain(cells)
            .collect()
    });
    table::grid(std::iter::once(header.collect()).chain(rows))
}

fn table(theories: &[MeanField], spectra: &[Measured]) -> String {
    let rows = spectra.iter().map(|m| {
        let theory = theories.iter().find(|theory| theory.gain() == m.gain);
        [
            m.gain.to_string(),
            m.units.to_string(),
            theory.map_or("-".into(), |theory| significant(theory.largest(), 3)),
            spread(&m.largest()),
            spread(&m.entropies()),
            spread(&m.dimensions()),
        ]
    });
    table::align(
        &["g", "N", "lambda_1 of theory", "lambda_1", "h/N", "D/N"],
        rows,
    )
}

/// Mean and standard deviation over networks.
fn spread(values: &[f64]) -> String {
    match values {
        [] => "-".into(),
        _ => format!(
            "{} ± {}",
            significant(mean(values), 3),
            significant(deviation(values), 1)
        ),
    }
}

/// The standard deviation over networks.
fn deviation(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    (squares / (values.len() as f64 - 1.0).max(1.0)).sqrt()
}
