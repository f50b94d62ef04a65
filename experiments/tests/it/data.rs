//! The digits, files of their format, and splits without leaks.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use wengert_experiments::data::digits::{self, CLASSES, Digit, INK, PIXELS};
use wengert_experiments::data::source::Source;
use wengert_experiments::data::split::{Split, stratified};
use wengert_experiments::random::{Purpose, stream};

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
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
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

fn split_digits(seed: u64) -> (Vec<Digit>, Split) {
    let digits = digits::load(None).unwrap();
    let content: Vec<_> = digits.iter().map(|digit| digit.pixels).collect();
    let classes: Vec<_> = digits
        .iter()
        .map(|digit| usize::from(digit.label))
        .collect();
    let split = stratified(&content, &classes, 0.2, &mut stream(seed, Purpose::Split));
    (digits, split)
}

#[test]
fn a_split_covers_all_examples_once_and_each_class_in_proportion() {
    let (digits, split) = split_digits(1);
    let all: BTreeSet<_> = split.train.iter().chain(&split.test).collect();
    assert_eq!(all.len(), digits.len());
    assert_eq!(split.train.len() + split.test.len(), digits.len());
    for class in 0..CLASSES as u8 {
        let of_class = |side: &[usize]| side.iter().filter(|i| digits[**i].label == class).count();
        let (train, test) = (of_class(&split.train), of_class(&split.test));
        let wanted = 0.2 * (train + test) as f64;
        assert!(
            (test as f64 - wanted).abs() <= 0.5,
            "class {class}: {test} of {}",
            train + test
        );
    }
}

#[test]
fn a_split_repeats_with_its_seed_and_changes_with_it() {
    assert_eq!(split_digits(1).1, split_digits(1).1);
    assert_ne!(split_digits(1).1, split_digits(2).1);
}

#[test]
fn equal_examples_stay_on_one_side() {
    // Every content three times; some of it with two classes.
    let content: Vec<usize> = (0..300).map(|i| i % 100).collect();
    let classes: Vec<usize> = (0..300)
        .map(|i| if i == 205 { 1 } else { i % 100 % 2 })
        .collect();
    for seed in 0..20 {
        let split = stratified(&content, &classes, 0.3, &mut stream(seed, Purpose::Split));
        let side = |indices: &[usize]| -> BTreeSet<usize> {
            indices.iter().map(|i| content[*i]).collect()
        };
        assert!(side(&split.train).is_disjoint(&side(&split.test)));
        assert_eq!(split.train.len() + split.test.len(), 300);
        assert_eq!(split.test.len(), 90);
    }
}

#[test]
fn a_stream_is_the_one_that_results_were_recorded_with() {
    use rand::Rng;
    let mut generator = stream(0, Purpose::Split);
    let first: [u64; 2] = [generator.next_u64(), generator.next_u64()];
    assert_eq!(first, [13937087304575520531, 13615851043850391654]);
}
