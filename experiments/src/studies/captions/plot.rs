//! The figures and samples: the course of training, pictures with their names, and errors by kind.

use wengert_rnn::metrics::error_rate;

use super::model::{COLOURS, Picture};
use super::parts::Parts;
use super::score::Captioned;
use crate::data::emoji::SIDE;
use crate::figure::{Axis, Figure, Panel, Pictures};
use crate::table;
use crate::training::History;

/// Pictures shown, and so many beside each other.
const SHOWN: usize = 24;
const ACROSS: usize = 4;

pub(super) fn training(history: &History, parts: &Parts, batch: usize) -> Figure {
    let batches = parts.train.len().div_ceil(batch) as f64;
    let epochs: Vec<f64> = history.steps().iter().map(|s| s / batches).collect();
    let validation = history.of("validation_bits");
    let best = validation.iter().copied().fold(f64::INFINITY, f64::min);
    let at = validation.iter().position(|bits| *bits == best);
    let panel = Panel::new(Axis::linear("epoch"), Axis::linear("bits per character"))
        .line("training", &epochs, history.of("training_bits"))
        .line("validation", &epochs, validation);
    let panel = match at {
        Some(at) => panel.vertical("kept", epochs[at]),
        None => panel,
    };
    Figure::new(
        "Spelling the names of pictures",
        "Cross entropy of the characters of names by epoch, on training and validation pictures; the \
         parameters of the lowest validation loss are kept.",
    )
    .panel(panel)
}

/// Test pictures, evenly spread.
fn places(parts: &Parts) -> impl Iterator<Item = usize> {
    let (count, all) = (SHOWN.min(parts.test.len()), parts.test.len());
    (0..count).map(move |i| i * all / count)
}

pub(super) fn names(parts: &Parts, chosen: &Captioned, nearest: &Captioned) -> Pictures {
    let decode = |name: &[usize]| parts.alphabet.decode(name);
    let sheet = Pictures::new(
        "Held-out pictures: their name, (network's), [nearest picture's]",
        "Pictures of 16 by 16 pixels that training did not show. Below each its name, in round \
         brackets what the network calls it, in square brackets the name of the most similar training \
         picture.",
    );
    places(parts).fold(sheet.across(ACROSS), |sheet, i| {
        let caption = format!(
            "{}\n({})\n[{}]",
            decode(&parts.test[i].name),
            decode(&chosen.names[i]),
            decode(&nearest.names[i])
        );
        sheet.coloured(&caption, SIDE, &pixels(&parts.test[i]))
    })
}

fn pixels(picture: &Picture) -> Vec<[u8; COLOURS]> {
    let pixels = picture.pixels.as_chunks().0;
    pixels.to_vec()
}

/// All test pictures' names, to read.
pub(super) fn list(parts: &Parts, chosen: &Captioned, nearest: &Captioned) -> String {
    let decode = |name: &[usize]| parts.alphabet.decode(name);
    let rows = (0..parts.test.len()).map(|i| {
        [
            decode(&parts.test[i].name),
            decode(&chosen.names[i]),
            decode(&nearest.names[i]),
        ]
    });
    table::align(&["name", "network", "nearest picture"], rows)
}

/// Errors by category.
pub(super) fn categories(parts: &Parts, chosen: &Captioned, baselines: &[Captioned]) -> Figure {
    let mut known: Vec<&str> = parts.categories.iter().map(|name| &name[..]).collect();
    known.sort_unstable();
    known.dedup();
    let rates = |captioned: &Captioned| -> Vec<f64> {
        let rate = |category: &&str| {
            let own = (0..parts.test.len()).filter(|i| parts.categories[*i] == *category);
            let (names, truth): (Vec<_>, Vec<_>) = own
                .map(|i| (&captioned.names[i][..], &parts.test[i].name[..]))
                .unzip();
            error_rate(&names, &truth)
        };
        known.iter().map(rate).collect()
    };
    let panel = Panel::new(
        Axis::categories("", &known),
        Axis::linear("edits per character"),
    )
    .bars("network", &rates(chosen));
    let panel = baselines.iter().fold(panel, |panel, baseline| {
        panel.bars(baseline.who, &rates(baseline))
    });
    Figure::new(
        "What can be named, and what cannot",
        "Edit distance to the true name for each of its characters, by category of the held-out \
         pictures, of the network, of the nearest picture's name, and of one name for all.",
    )
    .panel(panel)
}
