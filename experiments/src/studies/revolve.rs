//! What does a gradient cost when the past is not stored?
//!
//! Back-propagation through T steps needs all T states. Checkpointing over time keeps few of them and
//! runs steps again: segments of length L keep T / L states and a segment's tape, and repeat all but
//! the last segment once; Revolve keeps s states and one step's tape, with the fewest advances that
//! there can be (Griewank & Walther 2000). Work is counted in evaluations of a step, of which the
//! gradient by a full tape takes one forward and, as backward products are two for each forward one,
//! another two backward: it costs 3 T, and a repetition of all steps a third of it.

pub mod counts;
mod measure;
mod plot;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::Plan;

use self::measure::{Network, differing_bits};
use crate::config::{Usage, within};
use crate::run::Run;
use crate::study::Study;
use crate::table::{self, significant};
use crate::verdict::{Accept, Check, Mark, Verdict};

/// The study.
pub struct Revolve;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Numbers of steps whose plans are tabled.
    pub lengths: Vec<usize>,
    /// Numbers of states to keep: of the table, and of the plans run.
    pub states: Vec<usize>,
    /// Lengths of the segments of the plans run, beside about sqrt(steps); rounded up to multiples
    /// of 16.
    pub segments: Vec<usize>,
    /// Plans for up to so many steps, and
    pub longest: usize,
    /// for up to so many states, are held to dynamic programming.
    pub most: usize,
    /// Steps of the sequences of the LSTM.
    pub steps: usize,
    /// Its units.
    pub hidden: usize,
    /// Its sequences.
    pub batch: usize,
    /// Networks whose gradients are compared.
    pub networks: usize,
    /// Seed of the first network; the others follow it.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            lengths: vec![10, 100, 784, 1000, 10000],
            states: vec![3, 5, 8, 10, 20, 50, 200],
            segments: vec![16, 64, 128, 256],
            longest: 120,
            most: 8,
            steps: 1000,
            hidden: 16,
            batch: 4,
            networks: 3,
            seed: 0,
        }
    }
}

/// A plan and how it is called.
struct Strategy {
    family: &'static str,
    /// Length of a segment, or number of states.
    size: usize,
    plan: Plan,
}

/// What a strategy cost.
struct Cost {
    family: &'static str,
    size: usize,
    /// Advances over steps.
    repeated: f64,
    /// Bytes over those of the full tape.
    memory: f64,
}

impl Cost {
    /// Work beyond that of the full tape, as a part of it.
    fn more_work(&self) -> f64 {
        self.repeated / 3.0
    }
}

const SEGMENTS: &str = "segments";
const REVOLVE: &str = "Revolve";
/// What Gruslys et al. (2016) report for 1000 steps: memory saved, for so much more time.
const GRUSLYS: (f64, f64) = (0.95, 1.0 / 3.0);

impl Study for Revolve {
    const NAME: &'static str = "revolve";
    const QUESTION: &'static str =
        "What does a gradient through time cost when most states are not stored?";
    const SECONDS: u32 = 2;
    const ATLAS: Option<u32> = Some(5);
    const SMOKE: &'static [&'static str] = &[
        "lengths=10,100",
        "states=3,8",
        "segments=16,64",
        "longest=40",
        "steps=100",
        "hidden=4",
        "networks=1",
    ];
    const FULL: &'static [&'static str] = &["networks=10", "hidden=32", "longest=200", "most=12"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("lengths", config.lengths.len(), 1..=10)?;
        for length in &config.lengths {
            within("lengths", *length, 1..=100_000)?;
        }
        within("states", config.states.len(), 1..=10)?;
        for states in &config.states {
            within("states", *states, 1..=1000)?;
        }
        for segment in &config.segments {
            within("segments", *segment, 1..=100_000)?;
        }
        within("longest", config.longest, 2..=1000)?;
        within("most", config.most, 1..=50)?;
        within("steps", config.steps, 20..=20_000)?;
        within("hidden", config.hidden, 1..=512)?;
        within("batch", config.batch, 1..=64)?;
        within("networks", config.networks, 1..=100)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        run.table("advances", &advances_table(config))?;
        let mut checks = count_checks(config);

        let strategies = strategies(config);
        let total = config.networks * (strategies.len() + 1);
        let mut progress = run.progress("revolve", total as u64);
        let (mut costs, mut bits, mut beyond) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..config.networks {
            let network = Network::draw(config, config.seed.wrapping_add(i as u64));
            let full = network.store_all();
            progress.step("everything stored")?;
            let (mut differing, mut excess) = (0, 0);
            costs.clear();
            for (step, Strategy { family, size, plan }) in strategies.iter().enumerate() {
                let taken = network.follow(plan);
                progress.step(family)?;
                let differs = differing_bits(&taken.gradient, &full.gradient);
                differing += differs;
                excess += taken.steps.abs_diff(plan.advances() + config.steps);
                let cost = Cost {
                    family,
                    size: *size,
                    repeated: (taken.steps - config.steps) as f64 / config.steps as f64,
                    memory: taken.bytes as f64 / full.bytes as f64,
                };
                let values = [
                    ("network", i as f64),
                    ("size", *size as f64),
                    ("steps_run", taken.steps as f64),
                    ("bytes", taken.bytes as f64),
                    ("bytes_full", full.bytes as f64),
                    ("differing_bits", f64::from(differs)),
                    ("loss", taken.gradient.loss),
                ];
                run.metrics_of(step as u64, &[("plan", family)], &values)?;
                costs.push(cost);
            }
            bits.push(f64::from(differing));
            beyond.push(excess as f64);
        }
        drop(progress);

        run.figure("revolve", &plot::pareto(config, &costs))?;
        run.figure("advances", &plot::advances(config))?;
        run.table("costs", &costs_table(&costs))?;
        checks.extend(run_checks(config, &costs, &bits, &beyond));
        Ok(Verdict::new(checks))
    }
}

/// The plans that are run.
fn strategies(config: &Config) -> Vec<Strategy> {
    let steps = config.steps;
    let root = Plan::sqrt(steps);
    let mut lengths = config.segments.clone();
    lengths.push(root.longest_piece());
    lengths.sort_unstable();
    let mut strategies: Vec<Strategy> = Vec::new();
    for length in lengths {
        let plan = Plan::segments(steps, length);
        let size = plan.longest_piece();
        if strategies.iter().all(|known| known.size != size) {
            strategies.push(Strategy {
                family: SEGMENTS,
                size,
                plan,
            });
        }
    }
    strategies.extend(config.states.iter().map(|&states| Strategy {
        family: REVOLVE,
        size: states,
        plan: Plan::revolve(steps, states),
    }));
    strategies
}

fn advances_table(config: &Config) -> String {
    let header = config.states.iter().map(|s| format!("{s} states"));
    let header = std::iter::once("steps".to_owned()).chain(header).collect();
    let rows = config.lengths.iter().map(|&l| {
        let counts = config
            .states
            .iter()
            .map(|&s| Plan::revolve(l, s).advances().to_string());
        std::iter::once(l.to_string()).chain(counts).collect()
    });
    table::grid(std::iter::once(header).chain(rows))
}

/// The plans against the closed form, and the closed form against dynamic programming.
fn count_checks(config: &Config) -> Vec<Check> {
    let small = (1..=config.longest).flat_map(|l| (1..=config.most).map(move |s| (l, s)));
    let tabled = config.lengths.iter().copied();
    let tabled = tabled.flat_map(|l| config.states.iter().map(move |&s| (l, s)));
    let wrong = small
        .clone()
        .chain(tabled)
        .filter(|&(l, s)| Plan::revolve(l, s).advances() != counts::advances(l, s))
        .count();
    let least = counts::least(config.longest, config.most);
    let suboptimal = small
        .filter(|&(l, s)| least[s][l] != Some(counts::advances(l, s)))
        .count();
    vec![
        Check::new(
            "plans with other advances than the closed form",
            "Griewank & Walther 2000, algorithm 799",
            Accept::Exactly(0.0),
            wrong as f64,
        )
        .marked(Mark::Derived),
        Check::new(
            "closed forms that are not the least",
            "dynamic programming",
            Accept::Exactly(0.0),
            suboptimal as f64,
        )
        .marked(Mark::Derived),
    ]
}

fn run_checks(config: &Config, costs: &[Cost], bits: &[f64], beyond: &[f64]) -> Vec<Check> {
    let mut checks = vec![
        Check::new(
            "bits of gradients that differ from those of the full tape",
            "the same sums in the same order",
            Accept::Exactly(0.0),
            bits.iter().sum(),
        )
        .over(bits),
        Check::new(
            "steps run beyond the plans",
            "the plans",
            Accept::Exactly(0.0),
            beyond.iter().sum(),
        )
        .over(beyond),
    ];
    let root = Plan::sqrt(config.steps).longest_piece();
    let of_root = costs
        .iter()
        .find(|cost| (cost.family, cost.size) == (SEGMENTS, root));
    if let Some(cost) = of_root {
        let (saved, more) = GRUSLYS;
        let anchor = "Gruslys et al. 2016, for 1000 steps";
        checks.push(
            Check::new(
                &format!("segments of {root}: memory saved"),
                anchor,
                Accept::AtLeast(saved),
                1.0 - cost.memory,
            )
            .marked(Mark::FromMemory),
        );
        checks.push(
            Check::new(
                &format!("segments of {root}: more work"),
                anchor,
                Accept::AtMost(more),
                cost.more_work(),
            )
            .marked(Mark::FromMemory),
        );
    }
    checks
}

fn costs_table(costs: &[Cost]) -> String {
    let rows = costs.iter().map(|cost| {
        [
            format!("{} {}", cost.family, cost.size),
            significant(100.0 * cost.memory, 3),
            significant(cost.repeated, 4),
            significant(100.0 * cost.more_work(), 3),
        ]
    });
    table::align(
        &["plan", "memory %", "advances a step", "more work %"],
        rows,
    )
}
