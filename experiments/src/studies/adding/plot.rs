//! The figure: the error by step of training, and by operations, for each length.

use super::measure::{self, ERROR, Measured};
use super::{Config, SOLVED};
use crate::curves::Curve;
use crate::figure::{Axis, Figure, Panel};
use crate::training::History;

pub(super) fn figure(config: &Config, all: &[Measured]) -> Figure {
    let mut figure = Figure::new(
        "Mean squared error of the adding problem",
        "Error of validation sequences against the step of training on the left \
         and against the operations that training took on the right: the median over seeds, and \
         the band between its ends. A cell that has found out leaves the dashed line, the error of \
         who remembers nothing, and falls; where it has solved the task, its curve ends.",
    )
    .columns(2)
    .share_y();
    for &length in &config.lengths {
        let panel = |x: &str| Panel::new(Axis::log(x), Axis::log("mean squared error"));
        let mut by_step = panel("step of training").title(&format!("T = {length}"));
        let mut by_cost = panel("operations (TFLOP)").title(&format!("T = {length}"));
        for &kind in &config.cells {
            let histories: Vec<&History> = all
                .iter()
                .filter(|m| m.kind == kind && m.length == length)
                .map(|m| &m.history)
                .collect();
            let curve = Curve::of(&histories, ERROR);
            let cost = 1e-12 * measure::operations(config, kind, length);
            by_step = curve.draw(by_step, kind.name(), 1.0);
            by_cost = curve.draw(by_cost, kind.name(), cost);
        }
        for panel in [by_step, by_cost] {
            let baseline = measure::task(length).baseline();
            let panel = panel.horizontal("without memory", baseline);
            figure = figure.panel(panel.horizontal("solved", SOLVED));
        }
    }
    figure
}
