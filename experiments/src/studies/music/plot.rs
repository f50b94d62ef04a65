//! The figures: bits by step of training, bits by voice and place, and a piano roll.

use super::Row;
use super::write::NAMES;
use crate::data::chorales::VOICES;
use crate::figure::{Axis, Figure, Panel};
use crate::midi::Note;
use crate::training::History;

/// Training and validation by step, the other models as lines across.
pub(super) fn training(history: &History, rows: &[Row]) -> Figure {
    let steps = history.steps();
    let learnt: Vec<f64> = history
        .of("loss")
        .iter()
        .map(|nats| nats / std::f64::consts::LN_2)
        .collect();
    let mut panel = Panel::new(
        Axis::linear("step of training"),
        Axis::linear("bits a chord"),
    )
    .line("training, transposed, with dropout", &steps, &learnt)
    .line("validation", &steps, history.of("validation_bits"));
    // What guesses evenly is far above all others.
    for row in &rows[1..4] {
        panel = panel.horizontal(&format!("{}, validation", row.name), row.validation);
    }
    Figure::new(
        "Bits of a chord of four voices, by step of training",
        "Mean bits of a chord in the training windows and in the validation pieces, falling by step \
         of training, and as dashed lines those of Markov chains and of repetition.",
    )
    .panel(panel)
}

/// Bits of each voice, and by place in the quarter.
pub(super) fn parts(rows: &[Row]) -> Figure {
    let mut voices =
        Panel::new(Axis::categories("", &NAMES), Axis::linear("bits")).title("By voice");
    let places = ["1", "2", "3", "4"];
    let mut quarter = Panel::new(
        Axis::categories("sixteenth of the quarter", &places),
        Axis::linear("bits"),
    )
    .title("All voices");
    for row in &rows[..4] {
        voices = voices.bars(row.name, &row.score.voices);
        quarter = quarter.bars(row.name, &row.score.places);
    }
    Figure::new(
        "Bits by voice and by place, held-out pieces",
        "Left, mean bits of each voice in a step, for the network, the Markov chains and repetition; \
         right, bits of the chord by the sixteenth of the quarter: nearly all is decided on the first.",
    )
    .columns(2)
    .panel(voices)
    .panel(quarter)
}

/// Notes as lines of pitch over time, a panel for each piece.
pub(super) fn piano_roll(pieces: &[(&str, [Vec<Note>; VOICES])], prompt: usize) -> Figure {
    let mut figure = Figure::new(
        "What was written",
        "Piano rolls: the notes of the four voices as lines, pitch over time. Above Bach's own piece, \
         below what the network and the Markov chains made of its opening, and of nothing.",
    )
    .share_x()
    .share_y();
    for (title, voices) in pieces {
        let mut panel = Panel::new(
            Axis::linear("quarter"),
            Axis::linear("pitch (60 is middle C)"),
        )
        .title(title);
        for (name, notes) in NAMES.iter().zip(voices) {
            for note in notes {
                let ends = [note.start, note.start + note.steps].map(|step| f64::from(step) / 4.0);
                panel = panel.line(name, &ends, &[f64::from(note.pitch); 2]);
            }
        }
        if !title.contains("nothing") {
            panel = panel.vertical("opening", prompt as f64 / 4.0);
        }
        figure = figure.panel(panel);
    }
    figure
}
