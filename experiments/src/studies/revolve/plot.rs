//! The figures: memory against work, and advances against steps.

use super::counts;
use super::{Config, Cost, GRUSLYS, REVOLVE, SEGMENTS};
use crate::figure::{Axis, Figure, Panel};

/// What each strategy costs of the memory and adds to the work of the full tape.
pub(super) fn pareto(config: &Config, costs: &[Cost]) -> Figure {
    let x = Axis::log("memory (% of the full tape)");
    let y = Axis::log("further work (% of the full tape's)");
    let mut panel = Panel::new(x, y);
    for family in [SEGMENTS, REVOLVE] {
        let mut points: Vec<(f64, f64)> = costs
            .iter()
            .filter(|cost| cost.family == family)
            .map(|cost| (100.0 * cost.memory, 100.0 * cost.more_work()))
            .collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (memory, work): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
        panel = panel
            .line(family, &memory, &work)
            .points(family, &memory, &work);
    }
    let (saved, more) = GRUSLYS;
    Figure::new(
        &format!(
            "Memory and work of the gradient of an LSTM over {} steps",
            config.steps
        ),
        "Further work against memory, both as parts of what the full tape takes, on logarithmic axes. \
         Segments cost at most one more forward pass, a third. Revolve takes less memory still, at a \
         growing cost.",
    )
    .panel(
        panel
            .horizontal("one more forward pass", 100.0 / 3.0)
            .points(
                "Gruslys et al. 2016",
                &[100.0 * (1.0 - saved)],
                &[100.0 * more],
            ),
    )
}

/// Advances for each step, by number of steps and of states: the closed form.
pub(super) fn advances(config: &Config) -> Figure {
    let longest = config.lengths.iter().copied().max().unwrap_or(1).max(2);
    let mut panel = Panel::new(Axis::log("steps"), Axis::log("advances for each step"));
    let ratio = (longest as f64).ln() / 100.0;
    let mut lengths: Vec<usize> = (0..=100)
        .map(|i| (ratio * f64::from(i)).exp().round() as usize)
        .collect();
    lengths.dedup();
    lengths.retain(|length| *length > 1);
    for &states in &config.states {
        let label = format!("{states} states");
        let per_step = |l: usize| counts::advances(l, states) as f64 / l as f64;
        let floats = |l: &[usize]| l.iter().map(|l| *l as f64).collect::<Vec<_>>();
        let closed: Vec<f64> = lengths.iter().map(|l| per_step(*l)).collect();
        panel = panel.line(&label, &floats(&lengths), &closed);
    }
    Figure::new(
        "Advances that Revolve needs",
        "Advances for each step against the number of steps, on logarithmic axes, a curve for each \
         number of states kept: flat where there are nearly as many states as steps, then rising as a \
         root.",
    )
    .panel(panel)
}
