//! The figures: what is recalled by delay, losses by step of training, gradients by lag.

use super::Config;
use super::measure::{Measured, all_bits};
use crate::figure::{Axis, Figure, Panel};

/// Loss and bits by delay, a line for each cell.
pub(super) fn delays(config: &Config, all: &[Measured]) -> Figure {
    let mut loss = Panel::new(
        Axis::log("delay T (steps)"),
        Axis::linear("loss / plateau").range(0.0, 1.1),
    )
    .title("Test loss");
    let mut bits = Panel::new(
        Axis::log("delay T (steps)"),
        Axis::linear("bits").range(0.0, 1.1 * all_bits()),
    )
    .title("Information that arrived");
    for &kind in &config.cells {
        let of_kind = || all.iter().filter(|m| m.kind == kind);
        let delays: Vec<f64> = of_kind().map(|m| m.task.delay() as f64).collect();
        let ratios: Vec<f64> = of_kind().map(Measured::ratio).collect();
        let carried: Vec<f64> = of_kind().map(Measured::bits).collect();
        loss = loss
            .line(kind.name(), &delays, &ratios)
            .points(kind.name(), &delays, &ratios);
        bits = bits
            .line(kind.name(), &delays, &carried)
            .points(kind.name(), &delays, &carried);
    }
    Figure::new(
        "What is left of ten symbols after a delay",
        "Left, the test loss as a part of the loss of a network without memory, against the delay; \
         right, the bits about the symbols that the loss shows to have arrived, of 30. Each cell is \
         at the bottom left where it has learnt the task, and leaves it at a delay of its own.",
    )
    .columns(2)
    .panel(loss.horizontal("without memory", 1.0))
    .panel(bits.horizontal("all", all_bits()))
}

/// The training loss by step, a panel for each cell and a line for each delay.
pub(super) fn training(config: &Config, all: &[Measured]) -> Figure {
    let mut figure = Figure::new(
        "Loss by step of training",
        "Mean loss of newly drawn sequences as a part of the plateau, by step of training, for each \
         cell and delay: a curve stays at 1 until the cell finds out that it can remember.",
    )
    .columns(2)
    .share_x()
    .share_y();
    for &kind in &config.cells {
        let x = Axis::linear("step of training");
        let y = Axis::linear("loss / plateau").range(0.0, 1.3);
        let mut panel = Panel::new(x, y).title(kind.name());
        for m in all.iter().filter(|m| m.kind == kind) {
            let label = format!("T = {}", m.task.delay());
            panel = panel.line(&label, &m.history.steps(), &m.ratios());
        }
        figure = figure.panel(panel.horizontal("without memory", 1.0));
    }
    figure
}

/// Gradients by lag at the longest delay, before training and after, a line for each cell.
pub(super) fn gradients(config: &Config, all: &[Measured]) -> Figure {
    let longest = config.delays.last().copied().unwrap_or_default();
    let mut figure = Figure::new(
        &format!("Gradient of the first recall by lag, delay {longest}"),
        "Norm of the gradient of the loss of the first recalled symbol by the state so many steps \
         before, as a part of that at lag 0, on a logarithmic axis. The symbol was shown at the \
         right end: what is left there is what training has to work with.",
    )
    .columns(2)
    .share_x()
    .share_y();
    let parts: [(&str, fn(&Measured) -> &[f64]); 2] =
        [("untrained", |m| &m.before), ("trained", |m| &m.after)];
    for (title, part) in parts {
        let x = Axis::linear("lag (steps)");
        let mut panel = Panel::new(x, Axis::log("|∂L/∂s_{t−k}| / |∂L/∂s_{t}|")).title(title);
        for m in all.iter().filter(|m| m.task.delay() == longest) {
            let lags: Vec<f64> = (0..part(m).len()).map(|lag| lag as f64).collect();
            panel = panel.line(m.kind.name(), &lags, &relative(part(m)));
        }
        figure = figure.panel(panel);
    }
    figure
}

/// Norms as parts of the first.
pub(super) fn relative(norms: &[f64]) -> Vec<f64> {
    norms.iter().map(|norm| norm / norms[0]).collect()
}
