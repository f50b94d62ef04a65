//! The symbols of each voice: its rest and its pitches; and what transposition leaves within them.

use crate::data::chorales::{Chorale, VOICES};

/// The symbol of a rest, in every voice.
pub const REST: usize = 0;

/// The symbols of the four voices at one step.
pub type Chord = [usize; VOICES];

/// The pitches that each voice has: symbol 0 is a rest, 1 the lowest pitch, and so on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keyboard {
    lowest: [u8; VOICES],
    highest: [u8; VOICES],
}

impl Keyboard {
    /// Of the ranges of the voices in `chorales`: what can be written, not how often. A voice that
    /// only rests has middle C.
    pub fn of(chorales: &[Chorale]) -> Self {
        let pitches = |voice: usize| {
            let steps = chorales.iter().flat_map(|chorale| &chorale.steps);
            steps.filter_map(move |step| step[voice])
        };
        let mut keyboard = Self {
            lowest: [60; VOICES],
            highest: [60; VOICES],
        };
        for voice in 0..VOICES {
            if let (Some(low), Some(high)) = (pitches(voice).min(), pitches(voice).max()) {
                keyboard.lowest[voice] = low;
                keyboard.highest[voice] = high;
            }
        }
        keyboard
    }

    /// The number of symbols of each voice.
    pub fn sizes(&self) -> [usize; VOICES] {
        let size = |voice: usize| usize::from(self.highest[voice] - self.lowest[voice]) + 2;
        [0, 1, 2, 3].map(size)
    }

    /// The symbols of a piece.
    ///
    /// # Panics
    /// If a pitch is outside its voice's range.
    #[track_caller]
    pub fn encode(&self, chorale: &Chorale) -> Vec<Chord> {
        let symbol = |voice: usize, pitch: Option<u8>| match pitch {
            None => REST,
            Some(pitch) => {
                let (low, high) = (self.lowest[voice], self.highest[voice]);
                assert!(
                    (low..=high).contains(&pitch),
                    "keyboard: pitch {pitch} of voice {voice}, which has {low} to {high}"
                );
                usize::from(pitch - low) + 1
            }
        };
        let steps = chorale.steps.iter();
        steps
            .map(|step| [0, 1, 2, 3].map(|voice| symbol(voice, step[voice])))
            .collect()
    }

    /// The pitches of a chord; `None` is a rest.
    pub fn decode(&self, chord: Chord) -> [Option<u8>; VOICES] {
        [0, 1, 2, 3].map(|voice| {
            let above = chord[voice].checked_sub(1)?;
            Some(self.lowest[voice] + above as u8)
        })
    }

    /// The transpositions, in semitones up to `most` either way, that leave every voice of a piece in
    /// its range, ascending; 0 is one of them.
    pub fn transpositions(&self, piece: &[Chord], most: i32) -> Vec<i32> {
        let sizes = self.sizes();
        let fits = |shift: &i32| {
            piece
                .iter()
                .all(|chord| (0..VOICES).all(|v| moved(chord[v], *shift) < sizes[v]))
        };
        (-most..=most).filter(fits).collect()
    }
}

/// A chord so many semitones higher; rests stay.
pub fn transposed(chord: Chord, shift: i32) -> Chord {
    chord.map(|symbol| moved(symbol, shift))
}

/// A symbol so many semitones higher: beyond all symbols if it would be below the lowest pitch.
fn moved(symbol: usize, shift: i32) -> usize {
    if symbol == REST {
        return REST;
    }
    let moved = i64::try_from(symbol).map_or(0, |symbol| symbol + i64::from(shift));
    usize::try_from(moved)
        .ok()
        .filter(|moved| *moved > REST)
        .unwrap_or(usize::MAX)
}
