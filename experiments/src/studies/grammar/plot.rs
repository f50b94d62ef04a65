//! The figures: learning, and what becomes of strings longer than those of training.

use super::learn::{ByLength, Counted, Course};
use crate::figure::{Axis, Figure, Panel};

/// Strings of a^n b^n in a dot of the figure.
const TOGETHER: usize = 5;

/// The loss of each language by step.
pub(super) fn training(courses: &[Course]) -> Figure {
    let figure = Figure::new(
        "How the languages are learnt",
        "The mean loss by step of the optimiser, one line for each language. Where strings are \
         accepted or rejected it goes to 0; where the next symbol is predicted, to the entropy of \
         the language.",
    );
    let accepted = |course: &&Course| course.name.starts_with("Tomita");
    let (tomita, others): (Vec<_>, Vec<_>) = courses.iter().partition(accepted);
    let parts = [("accept or reject", tomita), ("the next symbol", others)];
    let parts = parts.iter().filter(|(_, courses)| !courses.is_empty());
    parts.fold(figure, |figure, (title, courses)| {
        let axes = (
            Axis::linear("step of the optimiser"),
            Axis::log("loss, nats"),
        );
        let panel = Panel::new(axes.0, axes.1).title(title);
        figure.panel(courses.iter().fold(panel, |panel, course| {
            let label = course.name.replace("a^n b^n", "a^{n} b^{n}");
            let (steps, losses) = (course.history.steps(), course.history.of("loss"));
            panel.line(&label, &steps, losses)
        }))
    })
}

/// Strings of a^n b^n that are right, by n.
pub(super) fn counting(counted: &[Counted], most: usize) -> Figure {
    let axes = (Axis::linear("n"), Axis::linear("fraction of strings right"));
    let panel = Panel::new(axes.0, axes.1.range(-0.05, 1.05)).vertical("training", most as f64);
    let panel = counted.iter().fold(panel, |panel, own| {
        let chunks = own.right.chunks(TOGETHER).enumerate();
        let points = chunks.map(|(chunk, right)| {
            let middle = (chunk * TOGETHER) as f64 + (right.len() + 1) as f64 / 2.0;
            let count = right.iter().filter(|right| **right).count();
            (middle, count as f64 / right.len() as f64)
        });
        let (x, y): (Vec<f64>, Vec<f64>) = points.unzip();
        panel.line(own.cell, &x, &y).points(own.cell, &x, &y)
    });
    Figure::new(
        "a^{n} b^{n}: which cells go on counting?",
        "The fraction of strings of which every prediction is right, by n, in groups of five, for \
         three cells. Left of the dashed line are the strings of training.",
    )
    .panel(panel)
}

/// The unit of each cell that follows the count, step by step.
pub(super) fn counters(counted: &[Counted]) -> Figure {
    let figure = Figure::new(
        "The unit that counts",
        "For each cell the unit whose values go most nearly in a straight line with the number of \
         a's less that of b's, by symbol read, for three strings: half as long as the longest of \
         training, as long, and twice as long.",
    );
    counted.iter().fold(figure, |figure, own| {
        let axes = (
            Axis::linear("symbols read"),
            Axis::linear("value of the unit"),
        );
        let panel = Panel::new(axes.0, axes.1).title(own.cell);
        let labels = [
            "half the largest n of training",
            "the largest n of training",
            "twice that n",
        ];
        let panel = own
            .unit
            .iter()
            .zip(labels)
            .fold(panel, |panel, ((_, values), label)| {
                let x: Vec<f64> = (0..values.len()).map(|step| step as f64).collect();
                panel.line(label, &x, values)
            });
        figure.panel(panel)
    })
}

/// Strings of brackets that are right, by their length.
pub(super) fn brackets(by_length: &[ByLength]) -> Figure {
    let axes = (
        Axis::linear("symbols in a string"),
        Axis::linear("fraction of strings right"),
    );
    let panel = Panel::new(axes.0, axes.1.range(-0.05, 1.05));
    let panel = by_length.iter().fold(panel, |panel, curve| {
        let chain = format!("{}, best chain", curve.name);
        panel
            .line(&curve.name, &curve.lengths, &curve.network)
            .points(&curve.name, &curve.lengths, &curve.network)
            .dashed(&chain, &curve.lengths, &curve.chain)
    });
    let trained = by_length[0].trained;
    Figure::new(
        "Brackets: strings longer than those of training",
        "The fraction of strings of which every prediction is right, by length, for brackets of one \
         kind and of two, beside the best Markov chain.",
    )
    .panel(panel.vertical("longest of training", trained))
}
