//! Chorales of J. S. Bach, in four voices.
//!
//! What comes with the binary: 363 pieces of 96 to 772 steps of a sixteenth, in pitches of MIDI. The
//! file has a held note once for each sixteenth and does not tell it from a repeated one; -1 is a
//! rest, in about 1 % of the steps. Bars, fermatas and texts are not in it. Two pieces equal another
//! note for note, 46 share their opening with one up to transposition, and Bach set many tunes
//! several times: [`Chorale::keys`] tells.

use std::path::Path;

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::jsonl::records;
use super::source::{Source, shipped};

/// Voices: soprano, alto, tenor and bass.
pub const VOICES: usize = 4;
/// The largest pitch of MIDI; 60 is middle C.
pub const HIGHEST: u8 = 127;

/// Steps of an opening: four quarters.
const OPENING: usize = 16;
/// Intervals that a tune is known by.
const TUNE: usize = 16;
/// Steps of a quarter.
const QUARTER: usize = 4;

/// A piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chorale {
    /// Its number in the catalogue of Bach's works.
    pub id: String,
    /// The pitch of each voice in each sixteenth, up to [`HIGHEST`]; `None` is a rest.
    pub steps: Vec<[Option<u8>; VOICES]>,
}

impl Chorale {
    /// What pieces share that are near duplicates: the first bar of all voices, and the tune (the
    /// soprano's first 16 intervals, note by note and on the quarters), both up to transposition.
    /// Those that share a key belong on one side of a split ([`super::split::linked`]): a network
    /// that has seen the one knows more of the other than of a new piece.
    pub fn keys(&self) -> Vec<String> {
        let opening = &self.steps[..self.steps.len().min(OPENING)];
        let low = opening.iter().flatten().flatten().min().copied();
        let low = i16::from(low.unwrap_or(0));
        let above = opening
            .iter()
            .map(|step| step.map(|pitch| pitch.map(|p| i16::from(p) - low)));
        let mut keys = vec![format!("opening {:?}", above.collect::<Vec<_>>())];
        let mut notes = self.soprano(1);
        notes.dedup();
        for (kind, notes) in [("tune", notes), ("tune on quarters", self.soprano(QUARTER))] {
            let intervals = notes
                .windows(2)
                .map(|pair| i16::from(pair[1]) - i16::from(pair[0]));
            let intervals: Vec<i16> = intervals.take(TUNE).collect();
            if intervals.len() == TUNE {
                keys.push(format!("{kind} {intervals:?}"));
            }
        }
        keys
    }

    /// The soprano's pitches every `stride` steps, without rests.
    fn soprano(&self, stride: usize) -> Vec<u8> {
        let steps = self.steps.iter().step_by(stride);
        steps.filter_map(|step| step[0]).collect()
    }
}

/// A line of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    id: String,
    steps: Vec<[i64; VOICES]>,
}

const EXPECTED: &str = r#"{"id": NAME, "steps": [[SOPRANO, ALTO, TENOR, BASS], ...]}"#;

/// The pieces in the file at `path`, JSON lines of
/// `{"id": "bwv10.7", "steps": [[74, 67, 58, 55], ...]}`, where -1 is a rest; or those that come
/// with the binary (`experiments/data/README.md`).
///
/// # Errors
/// A file that cannot be read, or is not of the format: names line, what came and what is allowed.
pub fn load(path: Option<&Path>) -> Result<Vec<Chorale>> {
    parse(&Source::open(path, shipped!("chorales_satb.jsonl.gz"))?)
}

fn parse(source: &Source) -> Result<Vec<Chorale>> {
    let records = records(source, EXPECTED)?;
    let chorales = records.into_iter().map(|(line, Record { id, steps })| {
        ensure!(
            !steps.is_empty(),
            line.error(format!("{id} has no steps; expected {EXPECTED}"))
        );
        for (step, pitches) in steps.iter().enumerate() {
            let wrong = pitches
                .iter()
                .find(|pitch| !(-1..=i64::from(HIGHEST)).contains(*pitch));
            if let Some(pitch) = wrong {
                let step = step + 1;
                return Err(line.error(format!(
                    "{id}, step {step}: pitch {pitch}; expected 0 to {HIGHEST}, or -1 for a rest"
                )));
            }
        }
        let voices = |pitches: [i64; VOICES]| pitches.map(|pitch| u8::try_from(pitch).ok());
        Ok(Chorale {
            id,
            steps: steps.into_iter().map(voices).collect(),
        })
    });
    chorales.collect()
}
