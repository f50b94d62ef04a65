//! Standard MIDI files (format 1): voices of notes that any player can play.
//!
//! ```text
//! MThd  6  format 1  tracks  ticks of a quarter          numbers are big-endian
//! MTrk  bytes  (delta event)...  0 FF 2F 00              delta: ticks since the last, 7 bits a byte
//! ```

/// Ticks of a quarter.
const QUARTER: u16 = 480;
/// How hard each note is struck, of 127.
const VELOCITY: u8 = 80;
/// Microseconds of a minute.
const MINUTE: u32 = 60_000_000;

/// A note of a voice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Note {
    /// The step it starts at.
    pub start: u32,
    /// How many steps it lasts.
    pub steps: u32,
    /// Its pitch, up to 127; 60 is middle C.
    pub pitch: u8,
}

/// What one track plays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Voice {
    /// The name of the track.
    pub name: String,
    /// The instrument, 0 to 127 (General MIDI, counted from 0: 19 is a church organ).
    pub program: u8,
    /// The notes, by start; none starts before the last one ends.
    pub notes: Vec<Note>,
}

/// The notes of a voice whose pitch is given at each step; `None` is a rest. Equal pitches one after
/// the other are one note.
pub fn notes(pitches: &[Option<u8>]) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut start = 0;
    for run in pitches.chunk_by(|a, b| a == b) {
        let steps = run.len() as u32;
        notes.extend(run[0].map(|pitch| Note {
            start,
            steps,
            pitch,
        }));
        start += steps;
    }
    notes
}

/// A file of these voices, one track each, with `steps` steps to a quarter and `tempo` quarters to a
/// minute.
///
/// # Panics
/// If there are no voices or more than 15 of them, `steps` does not divide 480, the tempo is 0 or
/// below 4, a program or pitch is above 127, or notes overlap.
#[track_caller]
pub fn file(voices: &[Voice], steps: u16, tempo: u32) -> Vec<u8> {
    assert!(
        (1..=15).contains(&voices.len()),
        "midi: {} voices, but 1 to 15 are possible",
        voices.len()
    );
    assert!(
        steps > 0 && QUARTER.is_multiple_of(steps),
        "midi: {steps} steps to a quarter, but they must divide {QUARTER}"
    );
    assert!(
        (4..=MINUTE).contains(&tempo),
        "midi: a tempo of {tempo} quarters to a minute, but 4 to {MINUTE} are possible"
    );
    let mut bytes = Vec::new();
    let tracks = voices.len() as u16;
    let header = [1, tracks, QUARTER].map(u16::to_be_bytes);
    chunk(&mut bytes, *b"MThd", header.as_flattened());
    for (at, voice) in voices.iter().enumerate() {
        let mut track = Vec::new();
        if at == 0 {
            // The first track sets the tempo of all.
            let [_, tempo @ ..] = (MINUTE / tempo).to_be_bytes();
            meta(&mut track, 0x51, &tempo);
        }
        // Channel 10 (9, from 0) is for drums.
        let channel = (at + usize::from(at >= 9)) as u8;
        play(&mut track, voice, channel, u32::from(QUARTER / steps));
        meta(&mut track, 0x2f, &[]);
        chunk(&mut bytes, *b"MTrk", &track);
    }
    bytes
}

#[track_caller]
fn play(track: &mut Vec<u8>, voice: &Voice, channel: u8, ticks: u32) {
    let Voice {
        name,
        program,
        notes,
    } = voice;
    assert!(*program < 128, "midi: program {program} of {name}");
    meta(track, 0x03, name.as_bytes());
    track.extend([0, 0xc0 | channel, *program]);
    let mut now = 0;
    for note in notes {
        let Note {
            start,
            steps,
            pitch,
        } = *note;
        assert!(
            pitch < 128 && start >= now,
            "midi: {note:?} of {name} after step {now}"
        );
        number(track, (start - now) * ticks);
        track.extend([0x90 | channel, pitch, VELOCITY]);
        number(track, steps * ticks);
        track.extend([0x80 | channel, pitch, 0]);
        now = start + steps;
    }
}

fn meta(track: &mut Vec<u8>, kind: u8, content: &[u8]) {
    track.extend([0, 0xff, kind]);
    number(track, content.len() as u32);
    track.extend(content);
}

/// A number of variable length: seven bits a byte, highest first, the top bit in all but the last.
fn number(bytes: &mut Vec<u8>, value: u32) {
    let groups = (32 - value.leading_zeros()).div_ceil(7).max(1);
    for group in (0..groups).rev() {
        let more = if group > 0 { 0x80 } else { 0 };
        bytes.push((value >> (7 * group)) as u8 & 0x7f | more);
    }
}

fn chunk(bytes: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    bytes.extend(kind);
    bytes.extend((content.len() as u32).to_be_bytes());
    bytes.extend(content);
}
