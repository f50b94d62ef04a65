//! The figures: estimates by UORO, and cosines of approximations.

use super::methods::{Estimates, Exactness, Kind};
use super::{Config, Means, of_kind};
use crate::figure::{Axis, Figure, Panel};
use crate::fit::mean;

/// Error and cosine of means of n estimates, and the variance of one by length.
pub(super) fn uoro(config: &Config, means: &[Means], by_length: &[Vec<Estimates>]) -> Figure {
    let counts: Vec<f64> = means[0].counts.iter().map(|n| *n as f64).collect();
    let across = |of: fn(&Means) -> &[f64]| -> Vec<Vec<f64>> {
        let at = |i: usize| means.iter().map(|m| of(m)[i]).collect();
        (0..counts.len()).map(at).collect()
    };
    let errors = across(|m| &m.errors);
    let first = mean(&errors[0]);
    let law: Vec<f64> = counts.iter().map(|n| first / n.sqrt()).collect();
    let lengths: Vec<f64> = config.lengths.iter().map(|length| *length as f64).collect();
    let by_length = |of: fn(&Estimates) -> f64| -> Vec<Vec<f64>> {
        let networks = by_length.iter();
        networks
            .map(|networks| networks.iter().map(of).collect())
            .collect()
    };
    let (variances, squares) = (
        by_length(Estimates::variance),
        by_length(Estimates::gradient_squared),
    );
    let n = "estimates n";
    let error = Panel::new(Axis::log(n), Axis::log("|mean − g| / |g|")).title("error of the mean");
    let cosine = Panel::new(Axis::log(n), Axis::linear("cosine to g").range(-0.05, 1.05));
    let variance = Panel::new(Axis::log("steps T"), Axis::log("variance, |g|^{2}"));
    Figure::new(
        "UORO: unbiased, and noisy",
        "Of an Elman network: left, the error of the mean of n estimates falls as one over the root of \
         n; in the middle, their cosine to the gradient rises to 1; right, the variance of one estimate \
         and the square of the gradient against the number of steps. Bands are networks.",
    )
    .columns(3)
    .panel(spread(error, UORO, &counts, &errors).dashed("n^{−1/2}", &counts, &law))
    .panel(spread(
        cosine.title("cosine"),
        UORO,
        &counts,
        &across(|m| &m.cosines),
    ))
    .panel(spread(
        spread(variance.title("variance of one"), UORO, &lengths, &variances),
        "|g|^{2}",
        &lengths,
        &squares,
    ))
}

const UORO: &str = "UORO";

/// The mean over networks, in the band of all.
fn spread(panel: Panel, label: &str, x: &[f64], values: &[Vec<f64>]) -> Panel {
    let least = |values: &Vec<f64>| values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = |values: &Vec<f64>| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let across = |f: &dyn Fn(&Vec<f64>) -> f64| values.iter().map(f).collect::<Vec<_>>();
    let middle = across(&|values| mean(values));
    panel
        .band(label, x, &across(&least), &across(&most))
        .line(label, x, &middle)
        .points(label, x, &middle)
}

/// What SnAp-1 and truncated back-propagation have of the direction of the gradient.
pub(super) fn cosines(config: &Config, exactness: &[Exactness]) -> Figure {
    let names = Kind::ALL.map(Kind::name);
    let mut panel = Panel::new(
        Axis::categories("", &names),
        Axis::linear("cosine to the gradient"),
    );
    let means = |value: &dyn Fn(&Exactness) -> f64| {
        Kind::ALL.map(|kind| mean(&of_kind(exactness, kind, value)))
    };
    panel = panel.bars("SnAp-1", &means(&|e| e.snap1_cosine));
    for (i, window) in config.windows.iter().enumerate() {
        if *window < config.steps {
            panel = panel.bars(&format!("BPTT({window})"), &means(&|e| e.truncated[i]));
        }
    }
    Figure::new(
        "How much of the direction is left",
        "Bars by cell: the cosine to the gradient of SnAp-1, which is 1 for cells with elementwise \
         recurrence, and of back-propagation truncated to windows.",
    )
    .panel(panel.horizontal("", 1.0))
}
