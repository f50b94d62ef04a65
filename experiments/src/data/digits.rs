//! Handwritten digits: 8 x 8 grey images in CSV.
//!
//! Each line has 64 pixels, row-major, from 0 (paper) to 16 (ink), and the label 0 to 9.

use std::path::Path;

use anyhow::Result;

use super::lines::{Line, lines};
use super::source::{Source, shipped};

/// Rows of an image, and pixels of a row.
pub const SIDE: usize = 8;
/// Pixels of an image.
pub const PIXELS: usize = SIDE * SIDE;
/// The largest pixel value, full ink.
pub const INK: u8 = 16;
/// Classes: the digits 0 to 9.
pub const CLASSES: usize = 10;

const EXPECTED: &str = "64 pixels and a label";

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

/// The images in the file at `path`, plain CSV or gzip; or without one the 1797 images of UCI's
/// "Optical Recognition of Handwritten Digits" test set (`experiments/data/README.md`).
///
/// # Errors
/// A file that cannot be read, or is not of the format: names file, line, column, what came and
/// what is allowed.
pub fn load(path: Option<&Path>) -> Result<Vec<Digit>> {
    parse(&Source::open(path, shipped!("optdigits.csv.gz"))?)
}

/// Reads the format.
///
/// # Errors
/// As [`load`].
pub fn parse(source: &Source) -> Result<Vec<Digit>> {
    let lines = lines(source, EXPECTED)?;
    lines.iter().map(parse_line).collect()
}

fn parse_line(line: &Line) -> Result<Digit> {
    let fields: Vec<&str> = line.text.split(',').collect();
    let columns = fields.len();
    if columns != PIXELS + 1 {
        return Err(line.error(format!("{columns} columns; expected {EXPECTED}")));
    }
    let mut pixels = [0; PIXELS];
    for (column, (pixel, field)) in pixels.iter_mut().zip(&fields).enumerate() {
        *pixel = parse_field(line, field, column, "pixel", INK)?;
    }
    let label = parse_field(line, fields[PIXELS], PIXELS, "label", CLASSES as u8 - 1)?;
    Ok(Digit { pixels, label })
}

fn parse_field(line: &Line, field: &str, column: usize, what: &str, largest: u8) -> Result<u8> {
    let value = field.trim().parse().ok();
    value.filter(|value| *value <= largest).ok_or_else(|| {
        let column = column + 1;
        line.error(format!(
            "column {column}: {what} {field:?}; expected 0 to {largest}"
        ))
    })
}
