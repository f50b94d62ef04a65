//! The figures: the course of training, what each row adds, and an image as it is shown.

use super::model::Image;
use crate::classify::answers::Answers;
use crate::classify::plot::Shown;
use crate::figure::{Axis, Figure, Panel};
use crate::training::History;

/// The training of a network, and what it is called.
pub(super) struct Course<'a> {
    pub name: &'a str,
    pub history: &'a History,
    /// Steps of an epoch.
    pub batches: u64,
}

/// Errors by epoch; `baselines` are classifiers and their accuracies on the validation images.
pub(super) fn training(courses: &[Course<'_>], baselines: &[(&str, f64)]) -> Figure {
    let panel = || Panel::new(Axis::linear("epoch"), Axis::log("fraction wrong"));
    let (mut learned, mut unseen) = (panel().title("training"), panel().title("validation"));
    for course in courses {
        let steps = course.history.steps();
        let epochs: Vec<f64> = steps.iter().map(|s| s / course.batches as f64).collect();
        let error = |measure| complement(course.history.of(measure));
        learned = learned.line(course.name, &epochs, &error("accuracy"));
        unseen = unseen.line(course.name, &epochs, &error("validation_accuracy"));
    }
    for (name, accuracy) in baselines {
        unseen = unseen.horizontal(name, 1.0 - accuracy);
    }
    Figure::new(
        "Reading handwriting: a row of pixels at a time, or all at once",
        "The fraction of wrong answers by epoch, on a logarithmic axis: left on training images as \
         they are, right on validation images, beside the nearest neighbour and softmax regression.",
    )
    .columns(2)
    .share_y()
    .panel(learned)
    .panel(unseen)
}

fn complement(fractions: &[f64]) -> Vec<f64> {
    fractions.iter().map(|fraction| 1.0 - fraction).collect()
}

/// `accuracy[t]` is that of the answers read after t + 1 rows.
pub(super) fn rows(accuracy: &[f64], baselines: &[&Answers]) -> Figure {
    let rows: Vec<f64> = (1..=accuracy.len()).map(|t| t as f64).collect();
    let panel = Panel::new(
        Axis::linear("rows seen"),
        Axis::linear("accuracy").range(0.0, 1.0),
    );
    let panel = panel.line("", &rows, accuracy);
    let panel = baselines.iter().fold(panel, |panel, baseline| {
        panel.horizontal(baseline.name, baseline.accuracy)
    });
    Figure::new(
        "When does the network know?",
        "Accuracy on the held-out images when the answer is read from the state after each row. The \
         network was trained to answer after the last row only.",
    )
    .panel(panel)
}

pub(super) fn shown(image: &Image, columns: usize) -> Shown {
    let ink = image.pixels.iter();
    Shown {
        columns,
        ink: ink.map(|p| f64::from(*p) / 255.0).collect(),
    }
}
