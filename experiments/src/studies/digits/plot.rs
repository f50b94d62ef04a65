//! The figures: the course of training, the classes confused, and the images got wrong.

use wengert_rnn::metrics::Confusion;

use super::Answers;
use crate::data::digits::{CLASSES, Digit, INK, SIDE};
use crate::figure::{Axis, Figure, Panel, Pictures, Scale};
use crate::training::History;

/// Mistakes shown, at most.
const SHOWN: usize = 24;

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

pub(super) fn confusion(confusion: &Confusion) -> Figure {
    // The first row of a heat map is its lowest; that of a confusion matrix the highest.
    let rows = confusion.counts().chunks(CLASSES).rev();
    let counts: Vec<f64> = rows.flatten().map(|&count| count as f64).collect();
    let names: Vec<String> = (0..CLASSES).map(|class| class.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let reversed: Vec<&str> = names.iter().rev().copied().collect();
    let places: Vec<f64> = (0..CLASSES).map(|place| place as f64).collect();
    let (x, y) = (
        Axis::categories("read as", &names),
        Axis::categories("written", &reversed),
    );
    Figure::new(
        "Which digits are taken for which",
        "Confusion matrix of the held-out images: almost all lie on the diagonal.",
    )
    .panel(Panel::new(x, y).heat("images", Scale::Log, &places, &places, &counts))
}

/// The first images that are got wrong, if any are.
pub(super) fn mistakes(classes: &[usize], test: &[Digit]) -> Option<Pictures> {
    let wrong: Vec<_> = classes
        .iter()
        .zip(test)
        .filter(|(class, image)| **class != image.class())
        .collect();
    let title = match wrong.len() {
        0 => return None,
        count if count > SHOWN => format!("The first {SHOWN} of {count} digits misread"),
        count => format!("All {count} digits misread, of {}", test.len()),
    };
    let sheet = Pictures::new(
        &title,
        "Held-out images of 8 by 8 pixels, with their class and the answer.",
    );
    Some(
        wrong
            .iter()
            .take(SHOWN)
            .fold(sheet, |sheet, (class, image)| {
                let ink: Vec<f64> = image
                    .pixels
                    .iter()
                    .map(|p| f64::from(*p) / f64::from(INK))
                    .collect();
                sheet.picture(&format!("{} read as {class}", image.label), SIDE, &ink)
            }),
    )
}
