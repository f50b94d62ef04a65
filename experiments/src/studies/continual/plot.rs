//! The figures: how large the memories grow, and how long the networks go without an error.

use super::measure::Measured;
use super::{Config, Kind};
use crate::curves::Curve;
use crate::figure::{Axis, Figure, Panel};
use crate::fit::median;
use crate::tasks::continual_reber::without_memory;

/// The norm of the memories against the symbols read, for each kind of network.
pub(super) fn norms(config: &Config, all: &[(Kind, Vec<Measured>)]) -> Figure {
    let x: Vec<f64> = (0..=config.doublings)
        .map(|k| f64::from(1u32 << k))
        .collect();
    let axes = (
        Axis::log("symbols read"),
        Axis::log("norm of the memories |c|"),
    );
    let mut panel = Panel::new(axes.0, axes.1);
    for (kind, networks) in all {
        let columns: Vec<&[f64]> = networks.iter().map(|m| &m.norms[..]).collect();
        panel = Curve::over(x.clone(), &columns).draw(panel, kind.name(), 1.0);
    }
    Figure::new(
        "Memories on a stream without resets",
        "The norm of the cells' memories against the number of symbols read since the start of the \
         stream, on logarithmic axes: medians over the seeds, and bands from the least to the most. \
         Without forget gates it grows with the stream.",
    )
    .panel(panel)
}

/// Symbols to the first error, and strings remembered, by kind of network.
pub(super) fn errors(config: &Config, all: &[(Kind, Vec<Measured>)]) -> Figure {
    let names: Vec<&str> = all.iter().map(|(kind, _)| kind.name()).collect();
    let medians = |of: fn(&Measured) -> f64| -> Vec<f64> {
        let values = all
            .iter()
            .map(|(_, networks)| networks.iter().map(of).collect::<Vec<_>>());
        values.map(|values| median(&values)).collect()
    };
    let each = |of: fn(&Measured) -> f64| -> (Vec<f64>, Vec<f64>) {
        let kinds = all.iter().enumerate();
        let points = kinds.flat_map(|(at, (_, own))| own.iter().map(move |m| (at as f64, of(m))));
        points.unzip()
    };
    let symbols = |m: &Measured| m.symbols;
    let remembered = |m: &Measured| 100.0 * m.remembered;
    let (x, y) = each(symbols);
    let first = Panel::new(
        Axis::categories("forget gates and their first biases", &names),
        Axis::log("symbols to the first error"),
    )
    .title("How long all is right")
    .bars("median", &medians(symbols))
    .points("each seed", &x, &y)
    .horizontal("without memory", without_memory())
    .horizontal("stream ends", config.longest as f64);
    let (x, y) = each(remembered);
    let second = Panel::new(
        Axis::categories("forget gates and their first biases", &names),
        Axis::linear("strings remembered to the end (%)").range(40.0, 102.0),
    )
    .title("The second symbol of a string")
    .bars("median", &medians(remembered))
    .points("each seed", &x, &y)
    .horizontal("guessing", 50.0);
    Figure::new(
        "Who solves the continual embedded Reber grammar",
        "By kind of network, above the number of symbols that a test stream goes without a wrong \
         prediction, on a logarithmic axis; below the percentage of strings whose second symbol is \
         told at the end. Bars are medians, dots seeds.",
    )
    .panel(first)
    .panel(second)
}
