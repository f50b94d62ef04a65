//! The figures: gradient norms against lag, by spectral radius, by cell and initialisation, and at
//! the end of each precision.

use super::cells::{CELLS, Curve, Network};
use super::underflow::Quarters;
use super::{Measured, Regime};
use crate::figure::{Axis, Figure, Panel};

/// What can be told apart on the page: beyond it, curves are cut off.
const RANGE: (f64, f64) = (1e-110, 1e45);
/// The same for cells and initialisations.
const CELLS_RANGE: (f64, f64) = (1e-80, 1e10);
/// All of double precision: below it is zero.
const DOUBLE_RANGE: (f64, f64) = (5e-324, 1e20);

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
        panel = spread(panel, &label, norms);
        if !single {
            panel = panel.dashed(&label, &lags, &across(median, &regime.bounds));
        }
    }
    if all.iter().any(|m| part(m).1) {
        panel = floors(panel);
    }
    panel
}

/// Gradients by lag, a panel for each cell and a line for each initialisation.
pub(super) fn cells(curves: &[Curve]) -> Figure {
    let mut figure = Figure::new(
        "Gradient norm against lag by cell and initialisation",
        "Norm of the gradient of a loss on the last state by the whole state so many steps before, in \
         double precision, for driven networks at initialisation: a panel for each cell, a line for \
         each initialisation of the recurrent matrices. Straight lines fall on the logarithmic axis, \
         fastest in the gated cells with small weights; orthogonal networks keep the gradient.",
    )
    .columns(2)
    .share_x()
    .share_y();
    for cell in CELLS {
        let axis = Axis::log("|∂L/∂s_{T−k}|").range(CELLS_RANGE.0, CELLS_RANGE.1);
        let mut panel = Panel::new(Axis::linear("lag k"), axis).title(cell);
        for curve in curves.iter().filter(|curve| curve.cell == cell) {
            let norms: Vec<Vec<f64>> = curve.networks.iter().map(Network::norms).collect();
            panel = spread(panel, curve.initialisation, &norms);
        }
        figure = figure.panel(floors(panel));
    }
    figure
}

/// One gradient in both precisions: a quarter a step, and that of the networks of one `curve`.
pub(super) fn underflow(quarters: &Quarters, curve: &Curve) -> Figure {
    let axes = || {
        let y = Axis::log("gradient").range(DOUBLE_RANGE.0, DOUBLE_RANGE.1);
        (Axis::linear("lag k"), y)
    };
    let (x, y) = axes();
    let [double, single] = [&quarters.double, &quarters.single].map(std::slice::from_ref);
    let exact = spread(Panel::new(x, y).title(".25^{k}"), "f64", double);
    let exact =
        floors(spread(exact, "f32", single)).horizontal("f64 subnormal below", f64::MIN_POSITIVE);
    let (x, y) = axes();
    let title = format!("{}, {}", curve.cell, curve.initialisation);
    let of =
        |f: fn(&Network) -> Vec<f64>| -> Vec<Vec<f64>> { curve.networks.iter().map(f).collect() };
    let network = spread(Panel::new(x, y).title(&title), "f64", &of(Network::norms));
    let network = floors(spread(network, "f32", &of(Network::single)));
    Figure::new(
        "Vanished, or underflowed? The same gradient in two precisions",
        "Gradients on a logarithmic axis over all of double precision, against the lag. Left, a quarter \
         a step: single precision ends at 1e-45 after 74 steps, double at 5e-324 after 537, in exact \
         zeros. Right, networks: where single precision has zeros, double still has the gradient.",
    )
    .columns(2)
    .share_y()
    .panel(exact)
    .panel(network)
}

/// Where single precision gets coarse, and where it ends.
fn floors(panel: Panel) -> Panel {
    panel
        .horizontal("f32 subnormal below", f64::from(f32::MIN_POSITIVE))
        .horizontal("f32 zero below", f64::from(f32::from_bits(1)))
}

/// The median of `series` by lag, and a band from the least to the most.
fn spread(panel: Panel, label: &str, series: &[Vec<f64>]) -> Panel {
    let lags: Vec<f64> = (0..series[0].len()).map(|lag| lag as f64).collect();
    let panel = match series {
        [_] => panel,
        _ => panel.band(
            label,
            &lags,
            &across(smallest, series),
            &across(largest, series),
        ),
    };
    panel.line(label, &lags, &across(median, series))
}

/// `f` of all series at each lag.
fn across(f: fn(&[f64]) -> f64, series: &[Vec<f64>]) -> Vec<f64> {
    let at = |lag: usize| f(&series.iter().map(|s| s[lag]).collect::<Vec<_>>());
    (0..series[0].len()).map(at).collect()
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
