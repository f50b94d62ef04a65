//! What a model of chords is worth: bits a step, of all voices together and of each.

use std::f64::consts::LN_2;

use super::keyboard::Chord;
use crate::data::chorales::VOICES;

/// Places of a step in its quarter.
pub const PLACES: usize = 4;

/// Mean -log_2 p over the steps of some pieces.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Score {
    /// Of each voice, given what is before it.
    pub voices: [f64; VOICES],
    /// Of the chord: the sum over voices, in the mean over the steps at which some voice has another
    /// symbol than in the step before. NaN if there are none.
    pub moving: f64,
    /// Of the chord, by the place of the step in its quarter.
    pub places: [f64; PLACES],
}

impl Score {
    /// From -ln p of each voice in each step of each piece.
    ///
    /// # Panics
    /// If there is not one loss for each step.
    #[track_caller]
    pub fn new(pieces: &[Vec<Chord>], losses: &[Vec<[f64; VOICES]>]) -> Self {
        let mut voices = [Mean::default(); VOICES];
        let mut moving = Mean::default();
        let mut places = [Mean::default(); PLACES];
        assert_eq!(pieces.len(), losses.len(), "score: one list for each piece");
        for (piece, losses) in pieces.iter().zip(losses) {
            assert_eq!(piece.len(), losses.len(), "score: one loss for each step");
            for (t, loss) in losses.iter().enumerate() {
                let sum = loss.iter().sum();
                for (mean, loss) in voices.iter_mut().zip(loss) {
                    mean.add(*loss);
                }
                if t > 0 && piece[t] != piece[t - 1] {
                    moving.add(sum);
                }
                places[t % PLACES].add(sum);
            }
        }
        Self {
            voices: voices.map(Mean::bits),
            moving: moving.bits(),
            places: places.map(Mean::bits),
        }
    }

    /// Bits of a chord: the sum over voices.
    pub fn bits(&self) -> f64 {
        self.voices.iter().sum()
    }
}

#[derive(Clone, Copy, Default)]
struct Mean {
    sum: f64,
    count: usize,
}

impl Mean {
    fn add(&mut self, nats: f64) {
        self.sum += nats;
        self.count += 1;
    }

    fn bits(self) -> f64 {
        self.sum / self.count as f64 / LN_2
    }
}
