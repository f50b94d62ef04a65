//! The idx format of MNIST and its successors: images and labels of one byte each.
//!
//! ```text
//! 0  0  type  dimensions   type 8 is u8; dimensions 3 for images, 1 for labels
//! size of each dimension   big-endian, 4 bytes each: images, rows, columns; or labels
//! the elements             row-major
//! ```

use anyhow::{Result, ensure};

use super::source::Source;

/// Where labels start in their file, in bytes.
pub(super) const LABELS_FROM: usize = 8;

/// Labelled grey images of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Rows of an image.
    pub rows: usize,
    /// Pixels of a row.
    pub columns: usize,
    /// All images one after the other, each row-major, from 0 to 255.
    pub pixels: Vec<u8>,
    /// What each image shows.
    pub labels: Vec<u8>,
}

impl Images {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none; files of none are refused.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Pixels of an image.
    pub fn size(&self) -> usize {
        self.rows * self.columns
    }

    /// The pixels of image `index`, row-major.
    ///
    /// # Panics
    /// When there is no such image.
    pub fn image(&self, index: usize) -> &[u8] {
        &self.pixels[index * self.size()..][..self.size()]
    }
}

/// Reads a file of images, [images x rows x columns], and one of their labels.
///
/// # Errors
/// Files that are not of the format, have no images or images without pixels, or whose counts
/// differ: names file and byte offset, what came and what is expected.
pub fn parse(images: &Source, labels: &Source) -> Result<Images> {
    let ([count, rows, columns], pixels) = elements(images, "images, rows and columns")?;
    let ([labelled], classes) = elements(labels, "labels")?;
    ensure!(
        labelled == count,
        "{}: {labelled} labels for the {count} images in {}; expected one each",
        labels.name(),
        images.name()
    );
    Ok(Images {
        rows,
        columns,
        pixels: pixels.into(),
        labels: classes.into(),
    })
}

/// The size of each of `D` dimensions, called `what`, and all elements.
fn elements<'a, const D: usize>(source: &'a Source, what: &str) -> Result<([usize; D], &'a [u8])> {
    let name = source.name();
    let bytes = source.bytes();
    let header = 4 + 4 * D;
    ensure!(
        bytes.len() >= header,
        "{name}: {} bytes; expected an idx header of {header} bytes",
        bytes.len()
    );
    let magic = [0, 0, 8, D as u8];
    ensure!(
        bytes[..4] == magic,
        "{name}: bytes {:?} at byte offset 0; expected {magic:?}, the magic number of an idx file \
         of {what} in u8",
        &bytes[..4]
    );
    let mut sizes = [0; D];
    for (dimension, field) in bytes[4..header].chunks_exact(4).enumerate() {
        let size = u32::from_be_bytes([field[0], field[1], field[2], field[3]]);
        ensure!(
            size > 0,
            "{name}: dimension {} of {D} is 0 at byte offset {}; expected 1 or more {what}",
            dimension + 1,
            4 + 4 * dimension
        );
        sizes[dimension] = size as usize;
    }
    // What the header announces is only compared: a hostile one allocates nothing.
    let announced = sizes.iter().map(|size| *size as u128).product::<u128>();
    let present = bytes.len() - header;
    ensure!(
        announced == present as u128,
        "{name}: {present} bytes from byte offset {header} on; expected {announced}, {sizes:?} \
         {what} in u8"
    );
    Ok((sizes, &bytes[header..]))
}
