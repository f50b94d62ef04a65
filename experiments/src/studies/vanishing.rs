//! How fast do gradients vanish, or explode, with the lag?
//!
//! The gradient of a loss on the last state is a product of Jacobians, one for each step of the
//! lag: `dL/dh_{T-k} = dL/dh_T prod_s diag(1 - h_s^2) W_hh`. At rest (no input, h = 0) that is a
//! power of `W_hh`, whose growth rate is the logarithm of the spectral radius (Gelfand 1941); with
//! inputs it is the largest Lyapunov exponent, which forward mode measures on its own. Neither
//! exceeds the bound `prod_s max(1 - h_s^2) |W_hh|` (Hochreiter 1991; Pascanu et al. 2013).
//!
//! Then the same for other cells and initialisations, beside their Lyapunov exponents; and whether
//! a gradient that is zero has vanished, or single precision has lost it.

mod cells;
mod measure;
mod plot;
mod underflow;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::measure::Network;
use self::underflow::Quarters;
use crate::config::{Usage, positive, within};
use crate::fit::{mean, slope};
use crate::run::Run;
use crate::study::Study;
use crate::table::{self, significant};
use crate::verdict::{Accept, Check, Mark, Verdict};

/// The study.
pub struct Vanishing;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Units of the network.
    pub hidden: usize,
    /// Steps of the sequence, and lags measured.
    pub steps: usize,
    /// Spectral radii of the recurrent matrix.
    pub radii: Vec<f64>,
    /// Standard deviation of the inputs, beside the same networks without input.
    pub scale: f64,
    /// Networks for each radius.
    pub networks: usize,
    /// Seed of the first network; the others follow it.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            hidden: 64,
            steps: 300,
            radii: vec![0.7, 1.0, 1.3],
            scale: 1.0,
            networks: 10,
            seed: 0,
        }
    }
}

/// What was measured at one spectral radius, of each network.
struct Measured {
    radius: f64,
    /// ln |W_hh|, the spectral norm.
    log_norm: f64,
    /// ln (n max |w|): the rate of Hochreiter's bound.
    log_hochreiter: f64,
    rest: Regime,
    driven: Regime,
}

/// The networks of one radius on one kind of input.
struct Regime {
    /// |dL/dh_{T-k}| by network, then lag k; in double precision.
    norms: Vec<Vec<f64>>,
    /// The same in single precision.
    single: Vec<Vec<f64>>,
    /// The bound on `norms`.
    bounds: Vec<Vec<f64>>,
    /// Mean slope of ln norm over lag.
    slope: f64,
    /// Mean growth rate of a tangent, forward.
    tangent: f64,
}

impl Study for Vanishing {
    const NAME: &'static str = "vanishing";
    const QUESTION: &'static str = "How fast do gradients vanish, or explode, with the lag?";
    const SECONDS: u32 = 3;
    const SMOKE: &'static [&'static str] = &["hidden=8", "steps=30", "networks=2", "radii=0.5,2"];
    const FULL: &'static [&'static str] = &["networks=100", "steps=500"];
    const ATLAS: Option<u32> = Some(60);
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("hidden", config.hidden, 1..=512)?;
        within("steps", config.steps, 10..=2000)?;
        within("networks", config.networks, 1..=100)?;
        within("scale", config.scale, 0.0..=1e3)?;
        within("radii", config.radii.len(), 1..=7)?;
        config
            .radii
            .iter()
            .try_for_each(|radius| positive("radii", *radius))
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let all = radii(config, run)?;
        record(run, &all)?;
        run.figure("gradients", &plot::figure(&all))?;
        run.table("slopes", &table(&all))?;
        let mut progress = run.progress("cells", cells::INITIALISATIONS);
        let curves = cells::measure(config, |name| progress.step(name))?;
        drop(progress);
        let quarters = Quarters::measure();
        run.figure("cells", &plot::cells(&curves))?;
        run.figure("underflow", &plot::underflow(&quarters, &curves[0]))?;
        run.table("cells", &cells::table(&curves))?;
        let mut checks = checks(&all);
        checks.extend(cells::checks(&curves));
        checks.extend(quarters.checks());
        Ok(Verdict::new(checks))
    }
}

/// The networks of each spectral radius.
fn radii(config: &Config, run: &mut Run) -> Result<Vec<Measured>> {
    let total = config.radii.len() * config.networks;
    let mut progress = run.progress("vanishing", total as u64);
    let mut all = Vec::new();
    for &radius in &config.radii {
        let seeds = (0..config.networks).map(|i| config.seed.wrapping_add(i as u64));
        let networks: Vec<Network> = seeds
            .map(|seed| {
                progress.step(&format!("radius {radius}"))?;
                Ok(Network::draw(config.hidden, config.steps, radius, seed))
            })
            .collect::<Result<_>>()?;
        all.push(measure(config, radius, &networks));
    }
    Ok(all)
}

fn measure(config: &Config, radius: f64, networks: &[Network]) -> Measured {
    let log =
        |f: fn(&Network) -> f64| mean(&networks.iter().map(|n| f(n).ln()).collect::<Vec<_>>());
    Measured {
        radius,
        log_norm: log(Network::largest_singular_value),
        log_hochreiter: log(Network::largest_weight) + (config.hidden as f64).ln(),
        // The powers of a matrix that is not normal reach their rate only after a while.
        rest: regime(networks, 0.0, config.steps / 2),
        driven: regime(networks, config.scale, 0),
    }
}

/// Measures the networks with inputs of this scale, and slopes from lag `first` on.
fn regime(networks: &[Network], scale: f64, first: usize) -> Regime {
    let mut regime = Regime {
        norms: Vec::new(),
        single: Vec::new(),
        bounds: Vec::new(),
        slope: 0.0,
        tangent: 0.0,
    };
    let (mut slopes, mut tangents) = (Vec::new(), Vec::new());
    for network in networks {
        let gradients = network.gradients::<f64>(scale);
        slopes.push(log_slope(&gradients.norms, first));
        tangents.push(log_slope(&network.tangents(scale), first));
        regime.bounds.push(bound(
            &gradients.norms,
            &gradients.slopes,
            network.largest_singular_value(),
        ));
        regime.norms.push(gradients.norms);
        regime.single.push(network.gradients::<f32>(scale).norms);
    }
    (regime.slope, regime.tangent) = (mean(&slopes), mean(&tangents));
    regime
}

/// `|dL/dh_T| prod_s max(1 - h_s^2) |W_hh|` for each lag, s over the steps between.
fn bound(norms: &[f64], slopes: &[f64], spectral_norm: f64) -> Vec<f64> {
    let mut bound = norms[0];
    let mut bounds = vec![bound];
    // From the state of lag k to that of lag k + 1 the gradient passes the tanh of the former.
    for slope in &slopes[..slopes.len() - 1] {
        bound *= slope * spectral_norm;
        bounds.push(bound);
    }
    bounds
}

/// The slope of ln norm over index, from `first` on; where a norm is not a normal number nothing
/// can be said.
fn log_slope(norms: &[f64], first: usize) -> f64 {
    let points: Vec<(f64, f64)> = norms
        .iter()
        .enumerate()
        .skip(first)
        .filter(|(_, norm)| norm.is_normal())
        .map(|(lag, norm)| (lag as f64, norm.ln()))
        .collect();
    slope(&points)
}

fn record(run: &mut Run, all: &[Measured]) -> Result<()> {
    for measured in all {
        for (name, regime) in [("rest", &measured.rest), ("driven", &measured.driven)] {
            for network in 0..regime.norms.len() {
                for lag in 0..regime.norms[network].len() {
                    let values = [
                        ("radius", measured.radius),
                        ("network", network as f64),
                        ("norm", regime.norms[network][lag]),
                        ("norm_f32", regime.single[network][lag]),
                        ("bound", regime.bounds[network][lag]),
                    ];
                    run.metrics_of(lag as u64, &[("regime", name)], &values)?;
                }
            }
        }
    }
    Ok(())
}

fn table(all: &[Measured]) -> String {
    let rows = all.iter().flat_map(|m| {
        [("at rest", &m.rest), ("with input", &m.driven)].map(|(name, regime)| {
            let short = |value| significant(value, 4);
            let lag = |limit: f64| {
                first_lag(&regime.single, limit).map_or("-".into(), |lag| lag.to_string())
            };
            [
                m.radius.to_string(),
                name.into(),
                short(regime.slope),
                short(m.radius.ln()),
                short(regime.tangent),
                short(m.log_norm),
                short(m.log_hochreiter),
                lag(f64::from(f32::MIN_POSITIVE)),
                lag(f64::MIN_POSITIVE),
            ]
        })
    });
    table::align(
        &[
            "radius",
            "network",
            "slope",
            "ln radius",
            "forward",
            "ln |W|",
            "ln n|w|max",
            "f32 subnormal at lag",
            "f32 zero at lag",
        ],
        rows,
    )
}

/// The first lag at which a norm of some network is below `limit`.
fn first_lag(norms: &[Vec<f64>], limit: f64) -> Option<usize> {
    norms
        .iter()
        .filter_map(|norms| norms.iter().position(|norm| *norm < limit))
        .min()
}

fn checks(all: &[Measured]) -> Vec<Check> {
    let mut checks = Vec::new();
    for m in all {
        let quantity = format!("slope at rest, radius {}", m.radius);
        let anchor = "ln of the spectral radius (Gelfand 1941)";
        checks.push(
            Check::new(&quantity, anchor, near(m.radius.ln()), m.rest.slope).marked(Mark::Derived),
        );
    }
    for m in all {
        let quantity = format!("slope with input, radius {}", m.radius);
        let anchor = "Lyapunov exponent by forward mode";
        checks.push(
            Check::new(&quantity, anchor, near(m.driven.tangent), m.driven.slope)
                .marked(Mark::Derived),
        );
    }
    let faster = all
        .iter()
        .map(|m| m.driven.slope - m.rest.slope)
        .fold(f64::MIN, f64::max);
    checks.push(
        Check::new(
            "slope with input less slope at rest",
            "tanh' < 1 where units saturate",
            Accept::AtMost(0.0),
            faster,
        )
        .marked(Mark::Derived),
    );
    // At lag 0 the bound is the norm itself.
    let ratio = |(norms, bounds): (&Vec<f64>, &Vec<f64>)| {
        let ratios = norms
            .iter()
            .zip(bounds)
            .skip(1)
            .map(|(norm, bound)| norm / bound);
        ratios.fold(0.0, f64::max)
    };
    let regimes = all.iter().flat_map(|m| [&m.rest, &m.driven]);
    let worst = regimes
        .flat_map(|r| r.norms.iter().zip(&r.bounds))
        .map(ratio)
        .fold(0.0, f64::max);
    checks.push(
        Check::new(
            "largest norm over its bound",
            "Pascanu et al. 2013, section 2.1",
            Accept::AtMost(1.0),
            worst,
        )
        .marked(Mark::Read),
    );
    checks
}

/// Within 5 % of a growth rate, or within .01 where it is about 0.
fn near(rate: f64) -> Accept {
    Accept::Absolute {
        value: rate,
        tolerance: 0.05 * rate.abs().max(0.2),
    }
}
