//! The figures: spectra over theory, the onset of chaos, dimension and entropy.

use super::theory::MeanField;
use super::{Config, Measured, rank};
use crate::figure::{Axis, Figure, Panel};
use crate::fit::mean;

/// Gains at which theory is drawn, from the first to the last.
const DRAWN: usize = 60;
/// Of a spectrum so many symbols are drawn.
const SYMBOLS: usize = 18;

/// Measured exponents by rank, of the largest networks, over the curves of theory.
pub(super) fn spectra(config: &Config, theories: &[MeanField], all: &[Measured]) -> Figure {
    let most = config.units.last().copied().unwrap_or_default();
    let x = Axis::linear("u, part of the exponents above").range(0.0, config.part);
    let mut panel = Panel::new(x, Axis::linear("λ, nats a step"));
    for theory in theories {
        let label = format!("g = {}", theory.gain());
        let within = theory.spectrum().iter().filter(|[u, _]| *u <= config.part);
        let (u, lambda): (Vec<f64>, Vec<f64>) = within.map(|[u, lambda]| (*u, *lambda)).unzip();
        panel = panel.line(&label, &u, &lambda);
        for m in all
            .iter()
            .filter(|m| m.gain == theory.gain() && m.units == most)
        {
            let means = m.means();
            let every = means.len().div_ceil(SYMBOLS);
            let ranks = (0..means.len()).step_by(every);
            let u: Vec<f64> = ranks.clone().map(|i| rank(i, most)).collect();
            let lambda: Vec<f64> = ranks.map(|i| means[i]).collect();
            panel = panel.points(&label, &u, &lambda);
        }
    }
    Figure::new(
        &format!("Lyapunov spectra of networks of {most} units (symbols), and theory (lines)"),
        "Exponents by their rank as a part of all, a falling curve for each gain: the means over \
         networks lie on the curves of mean-field theory, a little below at the left end.",
    )
    .panel(panel.horizontal("", 0.0))
}

/// The largest exponent against the gain, a band over networks for each size.
pub(super) fn onset(config: &Config, all: &[Measured]) -> Figure {
    let theory: Vec<f64> = config
        .onset
        .iter()
        .map(|g| MeanField::new(*g).largest())
        .collect();
    let mut panel = Panel::new(Axis::linear("gain g"), Axis::linear("λ_{1}, nats a step"));
    for &units in &config.units {
        let of_size: Vec<&Measured> = all.iter().filter(|m| m.units == units).collect();
        let label = format!("N = {units}");
        let across = |f: fn(&[f64]) -> f64| -> Vec<f64> {
            of_size.iter().map(|m| f(&m.largest())).collect()
        };
        let (gains, means) = (config.onset.clone(), across(mean));
        panel = panel
            .band(&label, &gains, &across(least), &across(most))
            .line(&label, &gains, &means)
            .points(&label, &gains, &means);
    }
    Figure::new(
        "Onset of chaos",
        "The largest Lyapunov exponent against the gain: it rises to 0 at a gain of 1, as ln g, and \
         then slowly above it. Bands are networks; they narrow as there are more units.",
    )
    .panel(
        panel
            .dashed("theory", &config.onset, &theory)
            .horizontal("", 0.0)
            .vertical("", 1.0),
    )
}

type Values = fn(&Measured) -> Vec<f64>;
type Theory = fn(&MeanField) -> f64;

/// Dimension and entropy for each unit against the gain.
pub(super) fn dimensions(config: &Config, all: &[Measured]) -> Figure {
    let chaotic: Vec<f64> = config.gains.iter().copied().filter(|g| *g > 1.0).collect();
    let last = chaotic.iter().copied().fold(1.5, f64::max);
    let gains: Vec<f64> = (0..=DRAWN)
        .map(|i| 1.01 * (last / 1.01).powf(i as f64 / DRAWN as f64))
        .collect();
    let theories: Vec<MeanField> = gains.iter().map(|g| MeanField::new(*g)).collect();
    let mut figure = Figure::new(
        "Chaos is extensive",
        "Dimension by Kaplan and Yorke, left, and entropy, right, both for each unit, against the gain \
         on a logarithmic axis: networks of different size lie on each other, and on theory.",
    )
    .columns(2);
    let panels: [(&str, Values, Theory); 2] = [
        ("D / N", Measured::dimensions, MeanField::dimension),
        (
            "h / N, nats a step",
            Measured::entropies,
            MeanField::entropy,
        ),
    ];
    for (label, values, theory) in panels {
        let mut panel = Panel::new(Axis::log("gain g"), Axis::linear(label));
        for &units in &config.units {
            let of_size = all.iter().filter(|m| m.units == units && m.gain > 1.0);
            let found: Vec<(f64, Vec<f64>)> = of_size
                .map(|m| (m.gain, values(m)))
                .filter(|(_, values)| !values.is_empty())
                .collect();
            let x: Vec<f64> = found.iter().map(|(gain, _)| *gain).collect();
            let across = |f: fn(&[f64]) -> f64| -> Vec<f64> {
                found.iter().map(|(_, values)| f(values)).collect()
            };
            let label = format!("N = {units}");
            panel = panel
                .band(&label, &x, &across(least), &across(most))
                .points(&label, &x, &across(mean));
        }
        let exact: Vec<f64> = theories.iter().map(theory).collect();
        figure = figure.panel(panel.dashed("theory", &gains, &exact));
    }
    figure
}

fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn most(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}
