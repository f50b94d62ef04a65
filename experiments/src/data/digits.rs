//! Handwritten digits: 8 x 8 grey images in CSV, plain or gzip.
//!
//! Each line has 64 pixels, row-major, from 0 (paper) to 16 (ink), and the label 0 to 9.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use flate2::bufread::MultiGzDecoder;

/// Rows of an image, and pixels of a row.
pub const SIDE: usize = 8;
/// Pixels of an image.
pub const PIXELS: usize = SIDE * SIDE;
/// The largest pixel value, full ink.
pub const INK: u8 = 16;
/// Classes: the digits 0 to 9.
pub const CLASSES: usize = 10;

/// No line of the format is longer; a file without line ends must not fill the memory.
const LONGEST_LINE: u64 = 1024;

/// A labelled image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digit {
    /// Row-major from the top left, each from 0 to [`INK`].
    pub pixels: [u8; PIXELS],
    /// The digit shown, below [`CLASSES`].
    pub label: u8,
}

impl Digit {
    /// The label, as the index of a class.
    pub fn class(&self) -> usize {
        usize::from(self.label)
    }
}

/// The images in the file at `path`, plain CSV or gzip (told apart by content, not by name); or
/// without one the 1797 images of UCI's "Optical Recognition of Handwritten Digits" test set
/// (`experiments/data/README.md`).
///
/// # Errors
/// A file that cannot be read, or is not of the format: names file, line, column, what came and
/// what is allowed.
pub fn load(path: Option<&Path>) -> Result<Vec<Digit>> {
    let Some(path) = path else {
        let shipped: &[u8] = include_bytes!("../../data/optdigits.csv.gz");
        return parse("optdigits.csv.gz", shipped);
    };
    let name = path.display().to_string();
    let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
    parse(&name, BufReader::new(file))
}

/// Reads the format from `source`, which errors call `name`.
///
/// # Errors
/// As [`load`].
pub fn parse(name: &str, mut source: impl BufRead) -> Result<Vec<Digit>> {
    let head = source
        .fill_buf()
        .with_context(|| format!("cannot read {name}"))?;
    if head.starts_with(&[0x1f, 0x8b]) {
        parse_lines(name, BufReader::new(MultiGzDecoder::new(source)))
    } else {
        parse_lines(name, source)
    }
}

fn parse_lines(name: &str, mut source: impl BufRead) -> Result<Vec<Digit>> {
    let mut digits = Vec::new();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let mut limited = source.by_ref().take(LONGEST_LINE);
        let length = limited
            .read_until(b'\n', &mut line)
            .with_context(|| format!("cannot read {name} after line {}", number - 1))?;
        if length == 0 {
            break;
        }
        ensure!(
            (length as u64) < LONGEST_LINE,
            "{name}:{number}: the line has more than {} bytes",
            LONGEST_LINE - 1
        );
        let digit = parse_line(&line).with_context(|| format!("{name}:{number}"))?;
        digits.push(digit);
    }
    ensure!(
        !digits.is_empty(),
        "{name}: no images; expected lines of 64 pixels and a label"
    );
    Ok(digits)
}

fn parse_line(line: &[u8]) -> Result<Digit> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let fields: Vec<&[u8]> = line.split(|byte| *byte == b',').collect();
    if fields.len() != PIXELS + 1 {
        bail!("{} columns; expected 64 pixels and a label", fields.len());
    }
    let mut pixels = [0; PIXELS];
    for (column, (pixel, field)) in pixels.iter_mut().zip(&fields).enumerate() {
        *pixel = parse_field(field, column, "pixel", INK)?;
    }
    let label = parse_field(fields[PIXELS], PIXELS, "label", CLASSES as u8 - 1)?;
    Ok(Digit { pixels, label })
}

fn parse_field(field: &[u8], column: usize, what: &str, largest: u8) -> Result<u8> {
    let value = std::str::from_utf8(field)
        .ok()
        .and_then(|text| text.trim().parse().ok());
    value.filter(|value| *value <= largest).with_context(|| {
        let text = String::from_utf8_lossy(field);
        format!(
            "column {}: {what} {text:?}; expected 0 to {largest}",
            column + 1
        )
    })
}
