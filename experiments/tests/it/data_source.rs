//! Bytes and text of data files: what is accepted, and how the rest is refused.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use wengert_experiments::data::lines::{lines, lines_up_to};
use wengert_experiments::data::source::Source;
use wengert_experiments::data::text;

pub(crate) fn packed(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn read(content: &[u8]) -> Source {
    Source::read("f", content).unwrap()
}

#[test]
fn line_ends_and_byte_order_marks_do_not_show() {
    for content in ["a\nb\n", "a\r\nb\r\n", "a\r\nb", "\u{feff}a\nb", "a\nb"] {
        let source = read(content.as_bytes());
        let lines = lines(&source, "letters").unwrap();
        let read: Vec<_> = lines.iter().map(|line| (line.number, line.text)).collect();
        assert_eq!(read, [(1, "a"), (2, "b")], "{content:?}");
    }
}

#[test]
fn what_is_no_text_is_named_by_line_and_byte_offset() {
    let cases: [(&[u8], &str); 9] = [
        (b"", "f: the file is empty; expected letters"),
        (b"\xef\xbb\xbf", "f: the file is empty; expected letters"),
        (
            b"a\nb\xffc",
            "f:2: byte 0xff at byte offset 3 is not UTF-8; expected text",
        ),
        (
            b"\xef\xbb\xbfa\xff",
            "f:1: byte 0xff at byte offset 4 is not UTF-8; expected text",
        ),
        (
            b"ab\xe2\x82",
            "f:1: byte 0xe2 at byte offset 2 is not UTF-8; expected text",
        ),
        (
            b"a\xc0\x80",
            "f:1: byte 0xc0 at byte offset 1 is not UTF-8; expected text",
        ),
        (
            b"\xff\xfea\0",
            "f:1: byte 0xff at byte offset 0 is not UTF-8; expected text",
        ),
        (
            b"a\n\r\n\0",
            "f:3: byte 0x00 at byte offset 4 is NUL; expected text",
        ),
        (
            b"\xef\xbb\xbf\0",
            "f:1: byte 0x00 at byte offset 3 is NUL; expected text",
        ),
    ];
    for (content, expected) in cases {
        for content in [content.to_vec(), packed(content)] {
            let source = read(&content);
            assert_eq!(source.text("letters").unwrap_err().to_string(), expected);
            assert_eq!(lines(&source, "letters").unwrap_err().to_string(), expected);
        }
    }
}

#[test]
fn a_long_line_is_refused() {
    let source = read(b"12345\n123456\n");
    assert!(lines(&source, "digits").is_ok());
    let error = lines_up_to(5, &source, "digits").unwrap_err().to_string();
    assert_eq!(error, "f:2: 6 bytes in one line; expected at most 5");
}

#[test]
fn large_data_are_refused_before_they_fill_the_memory() {
    let zeros = vec![b'0'; 1_000_000];
    for content in [zeros.clone(), packed(&zeros)] {
        let bound = |bound| Source::read_at_most(bound, "f", content.as_slice());
        assert_eq!(bound(1_000_000).unwrap().bytes(), zeros);
        let error = bound(999_999).err().unwrap().to_string();
        assert_eq!(
            error,
            "f: more than 999999 bytes of data; expected at most that"
        );
    }
}

#[test]
fn gzip_cut_anywhere_or_damaged_is_refused() {
    let content: Vec<u8> = (0..2000u32).map(|i| (i * i % 251) as u8).collect();
    let packed = packed(&content);
    // The first two bytes are what tells gzip.
    for length in 2..packed.len() {
        let error = Source::read("f", &packed[..length]).err();
        let error = format!("{:#}", error.unwrap_or_else(|| panic!("cut at {length}")));
        assert!(
            error.starts_with("cannot unpack f after byte offset "),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let mut damaged = packed.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x10;
    assert!(Source::read("f", damaged.as_slice()).is_err());
    let twice = [packed.clone(), packed].concat();
    assert_eq!(read(&twice).bytes(), [content.clone(), content].concat());
}

#[test]
fn paths_that_give_nothing_are_named() {
    let error = |path: &Path| format!("{:#}", text::load(Some(path)).unwrap_err());
    let missing = error(Path::new("no/such.txt"));
    assert!(
        missing.starts_with("cannot open no/such.txt: "),
        "{missing}"
    );
    let directory = tempfile::tempdir().unwrap();
    let name = directory.path().display();
    let refused = error(directory.path());
    assert!(
        refused.starts_with(&format!("cannot read {name}")),
        "{refused}"
    );
    let file = directory.path().join("empty");
    fs::write(&file, "").unwrap();
    let empty = error(&file);
    assert!(
        empty.ends_with("empty: the file is empty; expected text"),
        "{empty}"
    );
}

#[test]
fn a_text_is_read_as_it_is_but_for_line_ends() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "\u{feff}a\tb \r\n\r\nü\u{301}\r").unwrap();
    assert_eq!(
        text::load(Some(file.path())).unwrap(),
        "a\tb \n\nü\u{301}\r"
    );
}
