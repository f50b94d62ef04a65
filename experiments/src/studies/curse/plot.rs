//! The figure: size of the state and sensitivity against the time constant.

use super::unit::Unit;
use super::{Measured, PARTS, Part};
use crate::figure::{Axis, Figure, Panel};
use crate::fit::mean;

pub(super) fn figure(all: &[Measured]) -> Figure {
    let [(_, state), (_, sensitivity)] = PARTS;
    Figure::new(
        "The longer the memory, the larger the gradient: closed form (lines) and tape (symbols)",
        "On logarithmic axes against the time constant 1 / (1 - lambda): left, the mean square of the \
         state, which grows in proportion, or is 1 with normalised input; right, that of its derivative \
         by the parameter, lines of slope 3 for the plain unit, 1 and 2 with one remedy, and 0 with \
         both. What the tape gives lies on the closed forms, and so do the simulations.",
    )
    .columns(2)
    .panel(panel(all, "state", "E h^{2}", state))
    .panel(panel(all, "sensitivity", "E (∂h/∂p)^{2}", sensitivity))
}

fn panel(all: &[Measured], title: &str, label: &str, part: Part) -> Panel {
    let mut panel = Panel::new(Axis::log("1 / (1 − λ)"), Axis::log(label)).title(title);
    let constant = |m: &Measured| 1.0 / (1.0 - m.lambda);
    for unit in Unit::ALL {
        let of_unit: Vec<&Measured> = all.iter().filter(|m| m.unit == unit).collect();
        let x: Vec<f64> = of_unit.iter().map(|m| constant(m)).collect();
        let closed: Vec<f64> = of_unit.iter().map(|m| part(&m.closed)).collect();
        let exact: Vec<f64> = of_unit.iter().map(|m| part(&m.exact)).collect();
        panel = panel
            .line(unit.name(), &x, &closed)
            .points(unit.name(), &x, &exact);
    }
    let drawn: Vec<&Measured> = all.iter().filter(|m| !m.drawn.is_empty()).collect();
    let x: Vec<f64> = drawn.iter().map(|m| constant(m)).collect();
    let means = drawn
        .iter()
        .map(|m| mean(&m.drawn.iter().map(part).collect::<Vec<_>>()));
    panel.points("plain, drawn", &x, &means.collect::<Vec<_>>())
}
