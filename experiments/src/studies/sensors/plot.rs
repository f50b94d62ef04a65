//! The figures: errors by horizon, a stretch of forecasts, the course of training.

use super::Outcome;
use super::record::HORIZONS;
use crate::figure::{Axis, Figure, Panel};

/// Origins of the stretch that is drawn, at most.
const SHOWN: usize = 150;
/// The horizon that is drawn.
const AHEAD: usize = 2;

/// Errors by horizon, over those of persistence.
pub(super) fn errors(outcomes: &[Outcome]) -> Figure {
    let figure = Figure::new(
        "Errors of forecasts, over those of persistence",
        "For each series the root mean square error by horizon, of the network and of the other \
         methods, divided by the error of the forecast that nothing changes: below 1 is better.",
    );
    outcomes.iter().fold(figure, |figure, outcome| {
        let facts = &outcome.record.facts;
        let errors = |of: usize| outcome.forecasts[of].errors(&outcome.record, &outcome.origins);
        let still = errors(1);
        let x: Vec<f64> = facts
            .horizons
            .iter()
            .map(|&horizon| horizon as f64)
            .collect();
        let step = format!("horizon, in steps of {}", facts.spans[0]);
        let panel = Panel::new(Axis::log(&step), Axis::linear("error over persistence"));
        let mut panel = panel.title(facts.name).horizontal("persistence", 1.0);
        for (of, forecasts) in outcome.forecasts.iter().enumerate() {
            let ratios: [f64; HORIZONS] = std::array::from_fn(|i| errors(of)[i] / still[i]);
            panel = match of {
                0 => panel
                    .line(forecasts.name, &x, &ratios)
                    .points(forecasts.name, &x, &ratios),
                1 => panel,
                _ => panel.dashed(forecasts.name, &x, &ratios),
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
        let horizon = facts.horizons[AHEAD];
        let shown = outcome.origins.len().min(SHOWN);
        let steps = outcome.origins.start + horizon..outcome.origins.start + horizon + shown;
        let x: Vec<f64> = (0..shown).map(|step| step as f64).collect();
        let since = &record.times[steps.start];
        let (x_axis, y_axis) = (
            Axis::linear(&format!("steps of {} since {since}", facts.spans[0])),
            Axis::linear(facts.unit),
        );
        let panel = Panel::new(x_axis, y_axis)
            .title(&format!("{}, {} ahead", facts.name, facts.spans[AHEAD]))
            .line("what came", &x, &record.values[steps]);
        let drawn = ["persistence", "AR(p)", "network"];
        let panel = drawn.iter().fold(panel, |panel, name| {
            let of = outcome
                .forecasts
                .iter()
                .find(|forecasts| forecasts.name == *name);
            let values = of.into_iter().flat_map(|of| &of.values[..shown]);
            let y: Vec<f64> = values.map(|row| row[AHEAD]).collect();
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
