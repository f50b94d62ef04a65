//! The figures: the course of training, and an image as it is shown.

use crate::classify::answers::Answers;
use crate::classify::plot::Shown;
use crate::data::digits::{Digit, INK, SIDE};
use crate::figure::{Axis, Figure, Panel};
use crate::training::History;

/// `batches` are the steps of an epoch.
pub(super) fn training(history: &History, batches: u64, baselines: &[Answers]) -> Figure {
    let x = || Axis::linear("epoch");
    let epochs = history
        .steps()
        .iter()
        .map(|step| step / batches as f64)
        .collect::<Vec<_>>();
    let epochs = &epochs[..];
    let mut wrong = Panel::new(x(), Axis::log("fraction wrong"))
        .line(
            "training images",
            epochs,
            &complement(history.of("accuracy")),
        )
        .line(
            "held-out images",
            epochs,
            &complement(history.of("held_out_accuracy")),
        );
    for baseline in baselines {
        let level = vec![1.0 - baseline.accuracy; epochs.len()];
        wrong = wrong.dashed(baseline.name, epochs, &level);
    }
    Figure::new(
        "An Elman network learns to read digits row by row",
        "Loss, gradient norm, and the fraction of wrong answers on training and held-out images by \
         epoch, on logarithmic axes, beside nearest neighbour and softmax regression.",
    )
    .share_x()
    .panel(
        Panel::new(x(), Axis::log("mean over batches"))
            .line("loss", epochs, history.of("loss"))
            .line("gradient norm", epochs, history.of("gradient_norm")),
    )
    .panel(wrong)
}

fn complement(fractions: &[f64]) -> Vec<f64> {
    fractions.iter().map(|fraction| 1.0 - fraction).collect()
}

pub(super) fn shown(image: &Digit) -> Shown {
    let ink = image.pixels.iter();
    Shown {
        columns: SIDE,
        ink: ink.map(|p| f64::from(*p) / f64::from(INK)).collect(),
    }
}
