//! What was written: MIDI files to play, a piano roll to look at, and the chords to read.

use anyhow::Result;

use super::keyboard::{Chord, Keyboard};
use super::plot;
use crate::data::chorales::VOICES;
use crate::midi::{self, Note, Voice};
use crate::run::Run;
use crate::table;

/// Names of the voices.
pub(super) const NAMES: [&str; VOICES] = ["soprano", "alto", "tenor", "bass"];

/// Steps of a quarter.
const QUARTER: u16 = 4;
/// Quarters of a minute.
const TEMPO: u32 = 80;
/// The church organ of General MIDI: it holds its notes.
const ORGAN: u8 = 19;
/// Names of the pitches of an octave.
const PITCHES: [&str; 12] = [
    "C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B",
];

/// Writes pieces, each with the name of its file and what it is, of which all but those from nothing
/// begin with `prompt` steps of Bach's.
pub(super) fn write(
    run: &mut Run,
    keyboard: &Keyboard,
    pieces: &[(&str, String, Vec<Chord>)],
    prompt: usize,
) -> Result<()> {
    let mut rolls = Vec::new();
    for (file, title, chords) in pieces {
        let voices = voices(keyboard, chords);
        let tracks = NAMES.iter().zip(&voices).map(|(name, notes)| Voice {
            name: (*name).into(),
            program: ORGAN,
            notes: notes.clone(),
        });
        let tracks: Vec<Voice> = tracks.collect();
        run.file(&format!("{file}.mid"), &midi::file(&tracks, QUARTER, TEMPO))?;
        run.sample(
            file,
            &format!("{title}\n\n{}", chords_by_quarter(keyboard, chords)),
        )?;
        rolls.push((title.as_str(), voices));
    }
    run.figure("pianoroll", &plot::piano_roll(&rolls, prompt))
}

/// The notes of each voice.
fn voices(keyboard: &Keyboard, chords: &[Chord]) -> [Vec<Note>; VOICES] {
    let pitches: Vec<_> = chords.iter().map(|chord| keyboard.decode(*chord)).collect();
    [0, 1, 2, 3].map(|voice: usize| {
        let line: Vec<Option<u8>> = pitches.iter().map(|step| step[voice]).collect();
        midi::notes(&line)
    })
}

/// A line for each quarter, with what each voice sings in its four sixteenths; `-` holds, `.` rests.
fn chords_by_quarter(keyboard: &Keyboard, chords: &[Chord]) -> String {
    let mut before = [None; VOICES];
    let quarters = chords.chunks(usize::from(QUARTER)).enumerate();
    let rows: Vec<[String; VOICES + 1]> = quarters
        .map(|(quarter, steps)| {
            let mut cells: [Vec<String>; VOICES] = [const { Vec::new() }; VOICES];
            for chord in steps {
                let pitches = keyboard.decode(*chord);
                for (voice, cell) in cells.iter_mut().enumerate() {
                    let now = pitches[voice];
                    cell.push(match now {
                        None => ".".into(),
                        Some(_) if Some(now) == before[voice] => "-".into(),
                        Some(pitch) => named(pitch),
                    });
                    before[voice] = Some(now);
                }
            }
            let [s, a, t, b] = cells.map(|cell| cell.join(" "));
            [(quarter + 1).to_string(), s, a, t, b]
        })
        .collect();
    table::align(&["quarter", NAMES[0], NAMES[1], NAMES[2], NAMES[3]], rows)
}

/// A pitch as musicians write it: 60 is C4.
fn named(pitch: u8) -> String {
    let octave = i32::from(pitch) / 12 - 1;
    format!("{}{octave}", PITCHES[usize::from(pitch) % 12])
}
