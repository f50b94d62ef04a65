//! The figure: cross entropy by step of training, a panel for each delay.

use super::measure::Measured;
use super::{Config, SOLVED};
use crate::curves::Curve;
use crate::figure::{Axis, Figure, Panel};
use crate::tasks::copy::CopyMemory;
use crate::training::History;

pub(super) fn figure(config: &Config, all: &[Measured]) -> Figure {
    let mut figure = Figure::new(
        "Cross entropy of the copy memory task",
        "Mean loss of newly drawn sequences in nats a step against the step of \
         training: the median over seeds, and the band between its ends. The dashed line is the plateau \
         10 ln 8 / (T + 20), the least loss without memory. A cell below it recalls something; where it \
         has solved the task, its curve ends.",
    )
    .columns(2)
    .share_y();
    for &delay in &config.delays {
        let (x, y) = (
            Axis::log("step of training"),
            Axis::log("cross entropy (nats a step)"),
        );
        let mut panel = Panel::new(x, y).title(&format!("T = {delay}"));
        for &kind in &config.cells {
            let own = |m: &&Measured| m.kind == kind && m.task.delay() == delay;
            let histories: Vec<&History> = all.iter().filter(own).map(|m| &m.history).collect();
            panel = Curve::of(&histories, "loss").draw(panel, kind.name(), 1.0);
        }
        let plateau = CopyMemory::new(delay).plateau();
        panel = panel.horizontal("plateau", plateau);
        figure = figure.panel(panel.horizontal("solved", SOLVED));
    }
    figure
}
