//! Where does the error of a recurrent network have a wall, and what does clipping do there?
//!
//! One unit without input, `x_t = w sigma(x_{t-1}) + b` from x_0 = 0.5, and the error
//! `(sigma(x_50) - 0.7)^2` (Pascanu et al. 2013, figure 6). Where a small change of (w, b) sends the
//! orbit to another attractor, the error is a wall; see [`map`] for where that is.

mod descent;
pub mod map;
mod plot;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::descent::{Path, descend};
use self::map::{Swept, bifurcations, jump, repelling_from, sweep, wall};
use crate::config::{Usage, positive, within};
use crate::fit::mean;
use crate::run::Run;
use crate::study::Study;
use crate::table::{self, significant};
use crate::verdict::{Accept, Check, Mark, Verdict};

/// The study.
pub struct Cliff;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Steps of the network.
    pub steps: usize,
    /// Points of the surface along w, and along b.
    pub resolution: usize,
    /// Paths of gradient descent for each seed.
    pub starts: usize,
    /// Updates of a path.
    pub updates: usize,
    /// Learning rate.
    pub rate: f64,
    /// Norm that gradients are clipped to.
    pub clip: f64,
    /// Seeds of starts.
    pub seeds: usize,
    /// The first of them; the others follow it.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            steps: 50,
            resolution: 160,
            starts: 40,
            updates: 500,
            rate: 0.1,
            clip: 1.0,
            seeds: 5,
            seed: 0,
        }
    }
}

/// What is shown of w and of b.
const W: [f64; 2] = [3.5, 6.5];
const B: [f64; 2] = [-4.0, -1.0];
/// The wall is looked for at so many w from 4 to the end of [`W`].
const ROWS: usize = 50;
/// A path in the valley is so near to the wall, in b,
const VALLEY: f64 = 0.5;
/// and one thrown out of it further than this.
const OUT: f64 = 1.0;
/// How far the steepest point may be from the closed form, which is of infinitely many steps: near the
/// vanishing attractor an orbit of T steps lingers for about pi / sqrt(distance).
const NEAR: f64 = 0.02;

/// The error over the (w, b) shown, row-major by w.
struct Surface {
    w: Vec<f64>,
    b: Vec<f64>,
    error: Vec<f64>,
    norms: Vec<f64>,
}

/// The steepest point at one w.
struct Steepest {
    w: f64,
    b: f64,
    norm: f64,
}

impl Steepest {
    /// The distance in b from the closed form of the wall.
    fn off_wall(&self) -> f64 {
        wall(self.w).map_or(f64::INFINITY, |wall| (self.b - wall).abs())
    }

    /// The distance in b from the nearer bifurcation.
    fn off_bifurcation(&self) -> f64 {
        let distances = bifurcations(self.w).map(|b| b.map(|b| (self.b - b).abs()));
        distances.map_or(f64::INFINITY, |[upper, lower]| upper.min(lower))
    }
}

impl Study for Cliff {
    const NAME: &'static str = "cliff";
    const QUESTION: &'static str =
        "Where is the wall in the error of a recurrent network, and what does clipping do there?";
    const SECONDS: u32 = 2;
    const ATLAS: Option<u32> = Some(3);
    const SMOKE: &'static [&'static str] = &["resolution=30", "starts=8", "updates=60", "seeds=2"];
    const FULL: &'static [&'static str] = &["resolution=300", "starts=200", "updates=1000"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("steps", config.steps, 10..=1000)?;
        within("resolution", config.resolution, 10..=1000)?;
        within("starts", config.starts, 1..=10_000)?;
        within("updates", config.updates, 1..=100_000)?;
        positive("rate", config.rate)?;
        positive("clip", config.clip)?;
        within("seeds", config.seeds, 1..=100)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let surface = surface(config);
        let steepest: Vec<Steepest> = grid([4.0, W[1]], ROWS)
            .into_iter()
            .map(|w| steepest(w, config.steps))
            .collect();
        let mut progress = run.progress("descent", 2 * config.updates as u64);
        let free = descend(config, None, &mut progress)?;
        let clipped = descend(config, Some(config.clip), &mut progress)?;
        drop(progress);
        record(run, &steepest, &[("free", &free), ("clipped", &clipped)])?;
        run.figure("cliff", &plot::paths(config, &surface, &free, &clipped))?;
        run.figure("wall", &plot::wall(&surface, &steepest))?;
        run.table("wall", &wall_table(&steepest))?;
        run.table("paths", &paths_table(&free, &clipped))?;
        Ok(Verdict::new(checks(
            config, &surface, &steepest, &free, &clipped,
        )))
    }
}

/// `count` values from one end to the other.
fn grid([low, high]: [f64; 2], count: usize) -> Vec<f64> {
    let step = (high - low) / (count - 1) as f64;
    (0..count).map(|i| low + step * i as f64).collect()
}

fn surface(config: &Config) -> Surface {
    let (w, b) = (grid(W, config.resolution), grid(B, config.resolution));
    let (mut error, mut norms) = (Vec::new(), Vec::new());
    for &w in &w {
        let swept = sweep(&vec![w; b.len()], &b, config.steps);
        norms.extend(swept.norms());
        error.extend(swept.error);
    }
    Surface { w, b, error, norms }
}

/// The largest gradient at one w: near the jump, at distances from 1 down to rounding.
fn steepest(w: f64, steps: usize) -> Steepest {
    let jump = jump(w, B, steps);
    let distances = (0..=150).map(|i| 10f64.powf(f64::from(i) / -10.0));
    let b: Vec<f64> = distances
        .flat_map(|d| [jump - d, jump + d])
        .chain([jump])
        .collect();
    let swept: Swept = sweep(&vec![w; b.len()], &b, steps);
    let norms = swept.norms().into_iter().zip(b);
    let (norm, b) = norms.fold(
        (0.0, jump),
        |most, at| if at.0 > most.0 { at } else { most },
    );
    Steepest { w, b, norm }
}

fn record(run: &mut Run, steepest: &[Steepest], kinds: &[(&str, &Vec<Path>)]) -> Result<()> {
    for (i, at) in steepest.iter().enumerate() {
        let values = [
            ("w", at.w),
            ("b", at.b),
            ("norm", at.norm),
            ("off_wall", at.off_wall()),
            ("off_bifurcation", at.off_bifurcation()),
        ];
        run.metrics_of(i as u64, &[("part", "wall")], &values)?;
    }
    for (kind, paths) in kinds {
        for (i, path) in paths.iter().enumerate() {
            let values = [
                ("seed", path.seed as f64),
                ("w", path.w[0]),
                ("b", path.b[0]),
                ("error", path.error),
                ("strayed", path.strayed()),
                ("leap", path.leap()),
            ];
            run.metrics_of(i as u64, &[("part", kind)], &values)?;
        }
    }
    Ok(())
}

fn wall_table(steepest: &[Steepest]) -> String {
    let rows = steepest.iter().step_by(ROWS / 10).map(|at| {
        [
            significant(at.w, 3),
            significant(at.b, 6),
            significant(at.norm, 3),
            significant(at.off_wall(), 2),
            significant(at.off_bifurcation(), 2),
        ]
    });
    table::align(
        &[
            "w",
            "steepest at b",
            "norm",
            "from wall",
            "from bifurcation",
        ],
        rows,
    )
}

fn paths_table(free: &[Path], clipped: &[Path]) -> String {
    let rows = [("free", free), ("clipped", clipped)].map(|(name, paths)| {
        let middle = |of: fn(&Path) -> f64| significant(median(paths.iter().map(of).collect()), 3);
        let most = |of: fn(&Path) -> f64| significant(paths.iter().map(of).fold(0.0, f64::max), 3);
        [
            name.into(),
            middle(Path::leap),
            most(Path::leap),
            middle(Path::strayed),
            middle(|path| path.error),
            most(|path| path.error),
        ]
    });
    table::align(
        &[
            "gradients",
            "longest step",
            "of all",
            "from wall",
            "last error",
            "of all",
        ],
        rows,
    )
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The fraction of paths of each seed that `holds`.
fn fractions(config: &Config, paths: &[Path], holds: impl Fn(&Path) -> bool) -> Vec<f64> {
    let of_seed = |seed: usize| {
        let held = paths.iter().filter(|path| path.seed == seed);
        let held = held.map(|path| f64::from(u8::from(holds(path))));
        mean(&held.collect::<Vec<_>>())
    };
    (0..config.seeds).map(of_seed).collect()
}

fn checks(
    config: &Config,
    surface: &Surface,
    steepest: &[Steepest],
    free: &[Path],
    clipped: &[Path],
) -> Vec<Check> {
    let figure = "Pascanu et al. 2013, figure 6";
    let most = |distances: Vec<f64>| distances.into_iter().fold(0.0, f64::max);
    let norm = steepest.iter().map(|at| at.norm).fold(0.0, f64::max);
    let split = repelling_from();
    let (below, above): (Vec<_>, Vec<_>) = steepest.iter().partition(|at| at.w < split);
    let below = below.iter().map(|at| at.off_bifurcation()).collect();
    let above = above.iter().map(|at| at.off_wall()).collect();
    let stay = fractions(config, clipped, |path| path.strayed() <= VALLEY);
    let thrown = fractions(config, free, |path| path.strayed() > OUT);
    vec![
        Check::new(
            "steepest gradient over the median of the surface",
            figure,
            Accept::AtLeast(1e3),
            norm / median(surface.norms.clone()),
        )
        .marked(Mark::Read),
        Check::new(
            &format!("w < {split:.3}: steepest point from the bifurcation"),
            "w σ'(x*) = 1",
            Accept::AtMost(NEAR),
            most(below),
        )
        .marked(Mark::Derived),
        Check::new(
            &format!("w > {split:.3}: steepest point from the edge of the basins"),
            "x_0 is the repelling fixed point",
            Accept::AtMost(NEAR),
            most(above),
        )
        .marked(Mark::Derived),
        Check::new(
            "clipped paths that stay in the valley",
            figure,
            Accept::Exactly(1.0),
            mean(&stay),
        )
        .marked(Mark::Read)
        .over(&stay),
        Check::new(
            "free paths thrown out of it",
            figure,
            Accept::AtLeast(0.5),
            mean(&thrown),
        )
        .marked(Mark::Read)
        .over(&thrown),
    ]
}
