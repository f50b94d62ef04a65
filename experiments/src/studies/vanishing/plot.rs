//! The figure: gradient norms against lag, at rest and with input, in double and single precision.

use super::{Measured, Regime};
use crate::figure::{Axis, Figure, Panel};

/// What can be told apart on the page: beyond it, curves are cut off.
const RANGE: (f64, f64) = (1e-70, 1e30);

pub(super) fn figure(all: &[Measured]) -> Figure {
    let mut figure = Figure::new(
        "Gradient norm against lag by spectral radius ρ, and its bound (dashed)",
        "Norm of the gradient of a loss on the last state by earlier states, on a logarithmic axis, \
         against the lag: straight lines whose slope is the logarithm of the spectral radius at \
         rest, and steeper with input; in single precision they end in exact zeros.",
    )
    .columns(3)
    .share_x()
    .share_y();
    let columns: [(&str, Part); 3] = [
        ("no input, f64", |m| (&m.rest, false)),
        ("with input, f64", |m| (&m.driven, false)),
        ("with input, f32", |m| (&m.driven, true)),
    ];
    for (title, part) in columns {
        figure = figure.panel(panel(title, all, part));
    }
    figure
}

type Part = fn(&Measured) -> (&Regime, bool);

fn panel(title: &str, all: &[Measured], part: Part) -> Panel {
    let axis = Axis::log("|∂L/∂h_{T−k}|").range(RANGE.0, RANGE.1);
    let mut panel = Panel::new(Axis::linear("lag k"), axis).title(title);
    for measured in all {
        let (regime, single) = part(measured);
        let norms = if single {
            &regime.single
        } else {
            &regime.norms
        };
        let lags: Vec<f64> = (0..norms[0].len()).map(|lag| lag as f64).collect();
        let label = format!("ρ = {}", measured.radius);
        let across = |f: fn(&[f64]) -> f64, series: &[Vec<f64>]| -> Vec<f64> {
            let at = |lag: usize| f(&series.iter().map(|s| s[lag]).collect::<Vec<_>>());
            (0..lags.len()).map(at).collect()
        };
        panel = panel
            .band(
                &label,
                &lags,
                &across(smallest, norms),
                &across(largest, norms),
            )
            .line(&label, &lags, &across(median, norms));
        if !single {
            panel = panel.dashed(&label, &lags, &across(median, &regime.bounds));
        }
    }
    if all.iter().any(|m| part(m).1) {
        panel = panel
            .horizontal("subnormal below", f64::from(f32::MIN_POSITIVE))
            .horizontal("zero below", f64::from(f32::from_bits(1)));
    }
    panel
}

fn smallest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
