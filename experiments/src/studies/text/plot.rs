//! The figures: the course of training, bits by place in a word, and the gradient by lag.

use super::lags::Lags;
use super::words::Words;
use super::{Scored, bits};
use crate::figure::{Axis, Figure, Panel};
use crate::training::History;

/// Chains that are drawn beside the best: of higher orders the levels are too close to be told.
const LEVELS: usize = 4;

/// Validation bits by step, with the models that need no training as levels.
pub(super) fn training(history: &History, others: &[Scored], best: &Scored) -> Figure {
    let (steps, found) = (history.steps(), history.of("validation_bits"));
    let train: Vec<f64> = history
        .of("loss")
        .iter()
        .map(|loss| loss / 2f64.ln())
        .collect();
    let mut panel = Panel::new(Axis::linear("step"), Axis::linear("bits per character"))
        .line("network, validation text", &steps, found)
        .line("network, text of training", &steps, &train);
    for other in others.iter().skip(1).take(LEVELS) {
        panel = panel.horizontal(&other.name, bits(&other.validation));
    }
    if !others[1..]
        .iter()
        .take(LEVELS)
        .any(|other| other.name == best.name)
    {
        panel = panel.horizontal(&best.name, bits(&best.validation));
    }
    Figure::new(
        "What a character costs, as the network learns",
        "Bits per character of the network on the text of training and on the validation text by \
         step, with the Markov chains' bits on the validation text as dashed levels.",
    )
    .panel(panel)
}

/// Bits by the place of a character in its word.
pub(super) fn words(words: &Words, best: &Scored) -> Figure {
    let places: Vec<&str> = words.places.iter().map(String::as_str).collect();
    let mut panel = Panel::new(
        Axis::categories("letter of its word, end of the word, or other", &places),
        Axis::linear("bits per character"),
    );
    for (name, bits) in &words.bits {
        panel = panel.bars(name, bits);
    }
    Figure::new(
        "Which characters are hard to tell",
        &format!(
            "Mean bits of the characters of the test text by their place in a word, of the network \
             and of {}: the first letters cost the most.",
            best.name
        ),
    )
    .panel(panel)
}

/// The norm of the gradient by lag.
pub(super) fn lags(lags: &Lags) -> Figure {
    let x: Vec<f64> = (0..lags.after.len()).map(|lag| lag as f64).collect();
    Figure::new(
        "How far back a prediction's gradient reaches",
        "Norm of the part of the gradient of the cell's weights that comes from their use so many \
         characters before the one predicted, before training and after, on a logarithmic axis.",
    )
    .panel(
        Panel::new(
            Axis::linear("lag, characters"),
            Axis::log("norm of the gradient's part"),
        )
        .line("before training", &x, &lags.before)
        .line("after training", &x, &lags.after),
    )
}
