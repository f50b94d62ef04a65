//! The figures: bits by the length of the context, and the course of training.

use super::measure::{self, Measured};
use crate::figure::{Axis, Figure, Panel};

/// Bits by the number of characters that are read before a prediction.
pub(super) fn contexts(all: &[Measured]) -> Figure {
    let x: Vec<f64> = measure::contexts().map(|k| k as f64).collect();
    let mut panel = Panel::new(
        Axis::log("characters read before the one predicted"),
        Axis::linear("bits per character"),
    );
    for text in all {
        panel = panel.line(text.shuffle.name(), &x, &text.by_context);
    }
    let ordered = &all[0];
    let orders: Vec<f64> = (1..=ordered.by_order.len()).map(|k| k as f64).collect();
    panel = panel.dashed("Markov chains, in order", &orders, &ordered.by_order);
    let frequencies = ordered.frequencies.mean;
    Figure::new(
        "What is known after so many characters",
        "Bits per held-out character by the number of characters that the network reads before it, \
         of a text in order, with the words of each line shuffled, and with all characters \
         shuffled, beside Markov chains on the text in order. Only order makes reading worth it.",
    )
    .panel(panel.horizontal("frequencies", frequencies))
}

/// Validation bits of the three texts by step.
pub(super) fn training(all: &[Measured]) -> Figure {
    let mut panel = Panel::new(
        Axis::linear("step"),
        Axis::linear("bits per character, validation"),
    );
    for text in all {
        let (steps, bits) = (text.history.steps(), text.history.of("validation_bits"));
        panel = panel.line(text.shuffle.name(), &steps, bits);
    }
    Figure::new(
        "The same network learns three texts of the same characters",
        "Bits per character on the validation text by step, of a text in order, with words \
         shuffled and with characters shuffled.",
    )
    .panel(panel)
}
