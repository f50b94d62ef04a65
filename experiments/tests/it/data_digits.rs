//! The digits, and files of their format.

use std::fs;
use std::path::Path;

use wengert_experiments::data::digits::{self, CLASSES, Digit, INK, PIXELS};
use wengert_experiments::data::source::Source;

use crate::data_source::packed;

#[test]
fn the_shipped_digits_are_those_of_the_publication() {
    let digits = digits::load(None).unwrap();
    let mut counts = [0; CLASSES];
    for digit in &digits {
        counts[usize::from(digit.label)] += 1;
        assert!(digit.pixels.iter().all(|pixel| *pixel <= INK));
    }
    // The class counts of the test set in UCI's optdigits.names.
    assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
}

fn row(pixel: &str, label: &str) -> String {
    let pixels = vec![pixel; PIXELS].join(",");
    format!("{pixels},{label}")
}

fn parse(content: &[u8]) -> anyhow::Result<Vec<Digit>> {
    digits::parse(&Source::read("digits.csv", content)?)
}

fn error(content: &[u8]) -> String {
    format!("{:#}", parse(content).unwrap_err())
}

#[test]
fn plain_and_compressed_files_read_alike() {
    let text = format!("{}\r\n{}\n{}", row("0", "3"), row("16", "9"), row("7", "0"));
    let expected = [(0, 3), (16, 9), (7, 0)].map(|(p, label)| Digit {
        pixels: [p; PIXELS],
        label,
    });
    assert_eq!(parse(text.as_bytes()).unwrap(), expected);
    let packed = packed(text.as_bytes());
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), &packed).unwrap();
    assert_eq!(digits::load(Some(file.path())).unwrap(), expected);
    let cut = error(&packed[..packed.len() / 2]);
    assert!(
        cut.starts_with("cannot unpack digits.csv after byte offset "),
        "{cut}"
    );
}

#[test]
fn bad_content_is_named_by_line_and_column() {
    let good = row("0", "1");
    let cases = [
        (
            String::new(),
            "digits.csv: the file is empty; expected 64 pixels and a label",
        ),
        (
            "1,2,3\n".into(),
            "digits.csv:1: 3 columns; expected 64 pixels and a label",
        ),
        (format!("{good}\n\n"), "digits.csv:2: 1 columns; expected"),
        (
            format!("{good}\n{}", row("17", "1")),
            "digits.csv:2: column 1: pixel \"17\"; expected 0 to 16",
        ),
        (
            row("0", "10"),
            "digits.csv:1: column 65: label \"10\"; expected 0 to 9",
        ),
        (row("0", "-1"), "label \"-1\""),
    ];
    for (content, part) in cases {
        let error = error(content.as_bytes());
        assert!(error.contains(part), "{part:?} is not in {error:?}");
    }
    let missing = format!(
        "{:#}",
        digits::load(Some(Path::new("no/such.csv"))).unwrap_err()
    );
    assert!(
        missing.starts_with("cannot open no/such.csv: "),
        "{missing}"
    );
    let directory = format!("{:#}", digits::load(Some(Path::new("/"))).unwrap_err());
    assert!(directory.starts_with("cannot read /"), "{directory}");
}
