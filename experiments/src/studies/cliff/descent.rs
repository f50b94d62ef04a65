//! Gradient descent from many starts in the valley, with and without clipping.

use anyhow::Result;
use rand::RngExt;
use wengert_rnn::clip_norm;

use super::Config;
use super::map::{sweep, wall};
use crate::progress::Progress;
use crate::random::{Purpose, stream};

/// Between these w paths start,
const START_W: [f64; 2] = [4.6, 6.0];
/// and so far above the wall.
const START_ABOVE: [f64; 2] = [0.05, 0.4];

/// One path of gradient descent.
pub(super) struct Path {
    /// Which seed drew its start.
    pub seed: usize,
    pub w: Vec<f64>,
    pub b: Vec<f64>,
    /// The error at its end.
    pub error: f64,
}

impl Path {
    /// The largest distance in b from the wall, where there is one.
    pub fn strayed(&self) -> f64 {
        let places = self.w.iter().zip(&self.b);
        places
            .map(|(w, b)| wall(*w).map_or(f64::INFINITY, |wall| (b - wall).abs()))
            .fold(0.0, f64::max)
    }

    /// The longest step.
    pub fn leap(&self) -> f64 {
        let steps = self.w.windows(2).zip(self.b.windows(2));
        steps
            .map(|(w, b)| (w[1] - w[0]).hypot(b[1] - b[0]))
            .fold(0.0, f64::max)
    }
}

/// Descends from the starts of all seeds; gradients are clipped to norm `clip`, if there is one.
pub(super) fn descend(
    config: &Config,
    clip: Option<f64>,
    progress: &mut Progress,
) -> Result<Vec<Path>> {
    let mut paths = starts(config);
    let (mut w, mut b): (Vec<f64>, Vec<f64>) = paths.iter().map(|p| (p.w[0], p.b[0])).unzip();
    for _ in 0..config.updates {
        let swept = sweep(&w, &b, config.steps);
        progress.step("")?;
        for (i, path) in paths.iter_mut().enumerate() {
            let mut gradient = swept.gradient.each_ref().map(|g| g[i]);
            if let Some(most) = clip {
                clip_norm(&mut gradient, most);
            }
            w[i] -= config.rate * gradient[0];
            b[i] -= config.rate * gradient[1];
            path.w.push(w[i]);
            path.b.push(b[i]);
        }
    }
    let ends = sweep(&w, &b, config.steps).error;
    for (path, error) in paths.iter_mut().zip(ends) {
        path.error = error;
    }
    Ok(paths)
}

fn starts(config: &Config) -> Vec<Path> {
    let mut paths = Vec::new();
    for seed in 0..config.seeds {
        let mut rng = stream(config.seed.wrapping_add(seed as u64), Purpose::Weights);
        let mut between = |[low, high]: [f64; 2]| low + (high - low) * rng.random::<f64>();
        for _ in 0..config.starts {
            let w = between(START_W);
            let above = between(START_ABOVE);
            let wall = wall(w).expect("there is a wall from w = 4 on");
            paths.push(Path {
                seed,
                w: vec![w],
                b: vec![wall + above],
                error: f64::NAN,
            });
        }
    }
    paths
}
