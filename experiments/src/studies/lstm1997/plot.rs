//! The figures: sequences to success, published and ours; and who succeeds at all.

use super::Measured;
use crate::figure::{Axis, Figure, Panel};
use crate::fit::median;

/// Half the distance between the bars of one row.
const APART: f64 = 0.2;

/// Sequences to success by row: bars of the published number and of our median, and each seed.
pub(super) fn sequences(all: &[Measured]) -> Figure {
    let names: Vec<&str> = all.iter().map(|m| m.row.name()).collect();
    let published: Vec<f64> = all.iter().map(Measured::published).collect();
    let medians: Vec<f64> = all.iter().map(|m| median(&m.lstm)).collect();
    let seeds = all.iter().enumerate().flat_map(|(place, m)| {
        let solved = m.lstm.iter().filter(|taken| taken.is_finite());
        solved.map(move |taken| (place as f64 + APART, *taken))
    });
    let (x, y): (Vec<f64>, Vec<f64>) = seeds.unzip();
    let axes = (
        Axis::categories("", &names),
        Axis::log("sequences to success"),
    );
    let panel = Panel::new(axes.0, axes.1)
        .bars("published", &published)
        .bars("here, median", &medians)
        .points("here, each seed that succeeded", &x, &y);
    Figure::new(
        "Training sequences until an LSTM of 1997 succeeds",
        "For each task of the paper a bar of the published number of training sequences, one of the \
         median found here, and a dot for each seed that succeeded, on a logarithmic axis.",
    )
    .panel(panel)
}

/// The part of the seeds that succeed, by row and network.
pub(super) fn successes(all: &[Measured]) -> Figure {
    let names: Vec<&str> = all.iter().map(|m| m.row.name()).collect();
    let percent =
        |of: fn(&Measured) -> f64| -> Vec<f64> { all.iter().map(|m| 100.0 * of(m)).collect() };
    let axes = (
        Axis::categories("", &names),
        Axis::linear("seeds that succeed (%)").range(0.0, 105.0),
    );
    let panel = Panel::new(axes.0, axes.1)
        .bars("memory blocks", &percent(|m| super::solved(&m.lstm)))
        .bars("Elman", &percent(|m| super::solved(&m.elman)));
    Figure::new(
        "Who succeeds",
        "For each task the percentage of seeds with which memory blocks, and an Elman network of as \
         many hidden units, succeed within their budgets.",
    )
    .panel(panel)
}
