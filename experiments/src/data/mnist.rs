//! MNIST: handwritten digits, 28 x 28 grey images; or any data set in its format.
//!
//! The 10,000 that come with the binary are the first of its 60,000 training images, sorted by
//! class: split them with [`super::split::stratified`]. No two are equal. No standard score belongs
//! to them, as MNIST's are for its own test set.

use std::path::Path;

use anyhow::{Result, bail};

use super::idx::{self, Images};
use super::source::{Source, shipped};

/// Classes of MNIST: the digits 0 to 9.
pub const CLASSES: usize = 10;

/// The images and labels in two idx files, plain or gzip, labels below [`CLASSES`]; or those that
/// come with the binary (`experiments/data/README.md`).
///
/// # Errors
/// One path without the other ([`crate::config::Usage`]); files that cannot be read, are not of the format or do
/// not belong together: names byte offset, what came and what is allowed.
pub fn load(images: Option<&Path>, labels: Option<&Path>) -> Result<Images> {
    let shipped = [
        shipped!("mnist10k-images-idx3-ubyte.gz"),
        shipped!("mnist10k-labels-idx1-ubyte.gz"),
    ];
    let [images, labels] = Source::open_both([images, labels], ["images", "labels"], shipped)?;
    let parsed = idx::parse(&images, &labels)?;
    let wrong = parsed
        .labels
        .iter()
        .position(|label| usize::from(*label) >= CLASSES);
    if let Some(index) = wrong {
        bail!(
            "{}: label {} at byte offset {}; expected 0 to {}",
            labels.name(),
            parsed.labels[index],
            idx::LABELS_FROM + index,
            CLASSES - 1
        );
    }
    Ok(parsed)
}
