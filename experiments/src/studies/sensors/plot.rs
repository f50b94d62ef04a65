//! The figures: errors by horizon, a stretch of forecasts, the course of training.

use super::Outcome;
use super::record::HORIZONS;
use crate::figure::{Axis, Figure, Panel};

/// Origins of the stretch that is drawn, at most.
const SHOWN: usize = 150;
/// Where the forecasts of persistence are.
const STILL: usize = 1;
/// Above 1, and below the lowest ratio, that is drawn.
const MARGIN: f64 = 0.1;

/// Errors by horizon, over those of persistence.
pub(super) fn errors(outcomes: &[Outcome]) -> Figure {
    let figure = Figure::new(
        "Errors of forecasts, over those of persistence",
        "For each series the root mean square error by horizon, of the network and of the other \
         methods, divided by the error of the forecast that nothing changes: below 1 is better. \
         What is far above 1 is cut off.",
    );
    outcomes.iter().fold(figure, |figure, outcome| {
        let facts = &outcome.record.facts;
        let errors = |of: usize| outcome.forecasts[of].errors(&outcome.record, &outcome.origins);
        let still = errors(STILL);
        let ratios = |of: usize| -> [f64; HORIZONS] {
            let errors = errors(of);
            std::array::from_fn(|index| errors[index] / still[index])
        };
        let all = (0..outcome.forecasts.len()).flat_map(ratios);
        let lowest = all.fold(1.0, f64::min);
        let x: [f64; HORIZONS] = std::array::from_fn(|index| index as f64);
        let axes = (
            Axis::categories("horizon", &facts.spans),
            Axis::linear("error over persistence").range(lowest - MARGIN, 1.0 + MARGIN),
        );
        let panel = Panel::new(axes.0, axes.1).title(facts.name);
        let mut panel = panel.horizontal("persistence", 1.0);
        for (of, forecasts) in outcome.forecasts.iter().enumerate() {
            panel = match of {
                0 => panel.line(forecasts.name, &x, &ratios(of)).points(
                    forecasts.name,
                    &x,
                    &ratios(of),
                ),
                STILL => panel,
                _ => panel.dashed(forecasts.name, &x, &ratios(of)),
            };
        }
        figure.panel(panel)
    })
}

/// What was forecast, and what came, over the first steps of the test part.
pub(super) fn forecasts(outcomes: &[Outcome]) -> Figure {
    let figure = Figure::new(
        "What was forecast, and what came",
        "For each series the first steps of the test part, and the forecasts made for them some \
         steps before by the network, autoregression and persistence.",
    );
    outcomes.iter().fold(figure, |figure, outcome| {
        let (record, facts) = (&outcome.record, &outcome.record.facts);
        let horizon = facts.horizons[facts.shown];
        let shown = outcome.origins.len().min(SHOWN);
        let steps = outcome.origins.start + horizon..outcome.origins.start + horizon + shown;
        let x: Vec<f64> = (0..shown).map(|step| step as f64).collect();
        let since = &record.times[steps.start];
        let (x_axis, y_axis) = (
            Axis::linear(&format!("steps of {} since {since}", facts.spans[0])),
            Axis::linear(facts.unit),
        );
        let panel = Panel::new(x_axis, y_axis)
            .title(&format!(
                "{}, {} ahead",
                facts.name, facts.spans[facts.shown]
            ))
            .line("what came", &x, &record.values[steps]);
        let drawn = ["persistence", "AR(p)", "network"];
        let panel = drawn.iter().fold(panel, |panel, name| {
            let of = outcome
                .forecasts
                .iter()
                .find(|forecasts| forecasts.name == *name);
            let values = of.into_iter().flat_map(|of| &of.values[..shown]);
            let y: Vec<f64> = values.map(|row| row[facts.shown]).collect();
            if *name == "network" {
                panel.line(name, &x, &y)
            } else {
                panel.dashed(name, &x, &y)
            }
        });
        figure.panel(panel)
    })
}

/// The validation error by step, and the loss.
pub(super) fn training(outcomes: &[Outcome]) -> Figure {
    let x = || Axis::linear("step of the optimiser");
    let mut validation = Panel::new(x(), Axis::linear("validation error over persistence"));
    let mut loss = Panel::new(x(), Axis::log("loss"));
    for outcome in outcomes {
        let (name, history) = (outcome.record.facts.name, &outcome.history);
        let steps = history.steps();
        validation = validation.line(name, &steps, history.of("validation_ratio"));
        loss = loss.line(name, &steps, history.of("loss"));
    }
    Figure::new(
        "How the networks learn",
        "The mean over horizons of the error on the validation part over that of persistence, and \
         the loss on the training part, by step of the optimiser; one network for each series.",
    )
    .share_x()
    .panel(validation.horizontal("persistence", 1.0))
    .panel(loss)
}
