//! The chorales in symbols, whole pieces of which are held out; and windows of them.

use anyhow::{Result, ensure};

use super::Config;
use super::keyboard::{Chord, Keyboard, transposed};
use super::model::Window;
use crate::data::chorales::Chorale;
use crate::data::split;
use crate::random::{Purpose, stream};

/// The pieces in symbols, and where they are held out.
pub(super) struct Pieces {
    pub keyboard: Keyboard,
    pub train: Vec<Vec<Chord>>,
    pub validation: Vec<Vec<Chord>>,
    pub test: Vec<Vec<Chord>>,
    /// The catalogue numbers of the test pieces.
    pub names: Vec<String>,
}

impl Pieces {
    /// Holds whole pieces out, near duplicates and settings of one tune together.
    pub fn part(chorales: &[Chorale], config: &Config) -> Result<Self> {
        let keys: Vec<Vec<String>> = chorales.iter().map(Chorale::keys).collect();
        let mut random = stream(config.seed, Purpose::Split);
        let held_out = config.held_out;
        let parts = split::parts_by_group(&split::linked(&keys), held_out, held_out, &mut random);
        let keyboard = Keyboard::of(chorales);
        let encoded = |part: &[usize]| -> Vec<Vec<Chord>> {
            let pieces = part.iter().map(|i| &chorales[*i]);
            pieces.map(|piece| keyboard.encode(piece)).collect()
        };
        for (part, name) in [
            (&parts.train, "learn from"),
            (&parts.validation, "choose by"),
            (&parts.test, "test on"),
        ] {
            ensure!(
                !part.is_empty(),
                "{} pieces, of which none is left to {name}; more are needed",
                chorales.len()
            );
        }
        Ok(Self {
            train: encoded(&parts.train),
            validation: encoded(&parts.validation),
            test: encoded(&parts.test),
            names: parts.test.iter().map(|i| chorales[*i].id.clone()).collect(),
            keyboard,
        })
    }
}

/// At most `steps` chords of a piece from `start` on, and the one before, transposed.
pub(super) fn window(piece: &[Chord], start: usize, steps: usize, shift: i32) -> Window {
    let end = piece.len().min(start + steps);
    let before = start
        .checked_sub(1)
        .map(|before| transposed(piece[before], shift));
    let chords = piece[start..end]
        .iter()
        .map(|chord| transposed(*chord, shift));
    Window {
        start,
        before,
        chords: chords.collect(),
    }
}

/// Each piece from its first step to its last.
pub(super) fn whole(pieces: &[Vec<Chord>]) -> Vec<Window> {
    let whole = |piece: &Vec<Chord>| window(piece, 0, piece.len(), 0);
    pieces.iter().map(whole).collect()
}
