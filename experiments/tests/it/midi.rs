//! MIDI files, byte by byte.

use wengert_experiments::midi::{Note, Voice, file, notes};

fn note(start: u32, steps: u32, pitch: u8) -> Note {
    Note {
        start,
        steps,
        pitch,
    }
}

fn voice(name: &str, notes: Vec<Note>) -> Voice {
    Voice {
        name: name.into(),
        program: 19,
        notes,
    }
}

#[test]
fn equal_pitches_in_a_row_are_one_note_and_rests_are_none() {
    let [c, d] = [Some(60), Some(62)];
    let line = [None, c, c, d, None, None, d, d, d];
    assert_eq!(
        notes(&line),
        [note(1, 2, 60), note(3, 1, 62), note(6, 3, 62)]
    );
    assert_eq!(notes(&[None, None]), []);
    assert_eq!(notes(&[]), []);
}

#[test]
fn a_file_has_the_bytes_of_the_format() {
    // A quarter of middle C, a quarter's rest, and a note of an eighth; steps are sixteenths.
    let voices = [
        voice("a", vec![note(0, 4, 60), note(8, 2, 64)]),
        voice("bc", vec![]),
    ];
    let bytes = file(&voices, 4, 80);
    let first = [
        &[0, 0xff, 0x51, 3, 0x0b, 0x71, 0xb0][..], // 750,000 microseconds a quarter
        &[0, 0xff, 3, 1, b'a', 0, 0xc0, 19],
        &[0, 0x90, 60, 80, 0x83, 0x60, 0x80, 60, 0], // 480 ticks
        &[0x83, 0x60, 0x90, 64, 80, 0x81, 0x70, 0x80, 64, 0], // 480 and 240 ticks
        &[0, 0xff, 0x2f, 0],
    ]
    .concat();
    let second = [
        &[0, 0xff, 3, 2, b'b', b'c', 0, 0xc1, 19][..],
        &[0, 0xff, 0x2f, 0],
    ]
    .concat();
    let expected = [
        &b"MThd\0\0\0\x06\0\x01\0\x02\x01\xe0"[..],
        &[b"MTrk\0\0\0".as_slice(), &[first.len() as u8], &first].concat(),
        &[b"MTrk\0\0\0".as_slice(), &[second.len() as u8], &second].concat(),
    ]
    .concat();
    assert_eq!(bytes, expected);
}

#[test]
fn a_long_note_takes_three_bytes() {
    // 200 quarters are 96,000 ticks: 5, 110 and 0 in groups of seven bits.
    let bytes = file(&[voice("", vec![note(0, 800, 1)])], 4, 120);
    let long = [0x85, 0xee, 0x00, 0x80, 1, 0];
    assert!(
        bytes.windows(long.len()).any(|window| window == long),
        "{bytes:x?}"
    );
}

#[test]
fn the_channel_of_drums_is_left_out() {
    let voices = vec![voice("", vec![]); 11];
    let bytes = file(&voices, 4, 80);
    let channels = bytes
        .windows(2)
        .filter(|pair| pair[1] == 19 && pair[0] & 0xf0 == 0xc0);
    let channels: Vec<u8> = channels.map(|pair| pair[0] & 0xf).collect();
    assert_eq!(channels, [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11]);
}

#[test]
#[should_panic(expected = "after step 4")]
fn notes_of_a_voice_do_not_overlap() {
    file(&[voice("a", vec![note(0, 4, 60), note(3, 1, 62)])], 4, 80);
}
