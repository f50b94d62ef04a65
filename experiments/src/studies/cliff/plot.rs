//! The figures: paths over the error surface, and the wall over the gradient's norm.

use super::descent::Path;
use super::map::{bifurcations, wall as wall_at};
use super::{B, Config, Steepest, Surface, W, grid};
use crate::figure::{Axis, Figure, Panel, Scale};

/// Paths drawn.
const DRAWN: usize = 3;
/// Where they are.
const NEAR_PATHS: [[f64; 2]; 2] = [[-3.5, -1.7], [4.1, 6.1]];
/// Of the steepest points one in so many is drawn.
const EVERY: usize = 4;

fn axes([b, w]: [[f64; 2]; 2]) -> [Axis; 2] {
    [
        Axis::linear("b").range(b[0], b[1]),
        Axis::linear("w").range(w[0], w[1]),
    ]
}

/// Some paths, free and clipped, over the error.
pub(super) fn paths(config: &Config, surface: &Surface, free: &[Path], clipped: &[Path]) -> Figure {
    let mut figure = Figure::new(
        "Gradient descent at a wall of the error",
        "The error over b and w as a heat map, dark along a valley that ends at a wall. Left, paths of \
         gradient descent are thrown out of the picture where they touch the wall; right, the same \
         starts with the gradient clipped slide along it to the bottom.",
    )
    .columns(2)
    .share_y();
    let clipping = format!("clipped to norm {}", config.clip);
    for (title, paths) in [("free", free), (&clipping, clipped)] {
        let [x, y] = axes(NEAR_PATHS);
        let mut panel = Panel::new(x, y).title(title).heat(
            "error",
            Scale::Linear,
            &surface.b,
            &surface.w,
            &surface.error,
        );
        for (i, path) in paths.iter().take(DRAWN).enumerate() {
            let label = format!("path {}", i + 1);
            panel = panel
                .line(&label, &path.b, &path.w)
                .points(&label, &path.b[..1], &path.w[..1]);
        }
        figure = figure.panel(panel);
    }
    figure
}

/// Where the gradient is largest, over its norm, with the closed forms.
pub(super) fn wall(surface: &Surface, steepest: &[Steepest]) -> Figure {
    let [x, y] = axes([B, W]);
    let mut panel = Panel::new(x, y).heat(
        "|∂E/∂(w, b)|",
        Scale::Log,
        &surface.b,
        &surface.w,
        &surface.norms,
    );
    let w = grid([4.0, W[1]], 200);
    let upper = |w: &f64| bifurcations(*w).map_or(f64::NAN, |[upper, _]| upper);
    let lower = |w: &f64| bifurcations(*w).map_or(f64::NAN, |[_, lower]| lower);
    let edge = |w: &f64| wall_at(*w).unwrap_or(f64::NAN);
    let bifurcation = "bifurcation, w σ′(x*) = 1";
    let sides: [Vec<f64>; 2] = [w.iter().map(upper).collect(), w.iter().map(lower).collect()];
    for b in &sides {
        panel = panel.line(bifurcation, b, &w);
    }
    let (b, at): (Vec<f64>, Vec<f64>) = steepest
        .iter()
        .step_by(EVERY)
        .map(|at| (at.b, at.w))
        .unzip();
    Figure::new(
        "The wall is where the start of the orbit changes its basin",
        "The norm of the gradient over b and w on a logarithmic scale: it is largest along a line that \
         leaves the bifurcation of the fixed points where the start of the orbit becomes repelling.",
    )
    .panel(
        panel
            .dashed("edge of the basins", &w.iter().map(edge).collect::<Vec<_>>(), &w)
            .points("steepest at its w", &b, &at),
    )
}
