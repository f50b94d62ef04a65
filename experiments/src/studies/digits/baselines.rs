//! What can be had without learning a network.

use crate::data::digits::{CLASSES, Digit};

/// The most frequent class, the first of several.
pub(super) fn majority(train: &[&Digit]) -> usize {
    let mut counts = [0; CLASSES];
    for image in train {
        counts[image.class()] += 1;
    }
    let most = counts.iter().max().unwrap_or(&0);
    counts.iter().position(|count| count == most).unwrap_or(0)
}

/// The class of the nearest image to learn from, by the Euclidean distance of pixels.
pub(super) fn nearest(train: &[&Digit], test: &[&Digit]) -> Vec<usize> {
    let classify = |image: &&Digit| {
        let neighbour = train.iter().min_by_key(|other| distance(image, other));
        neighbour.map_or(0, |other| other.class())
    };
    test.iter().map(classify).collect()
}

/// The square of the distance.
fn distance(a: &Digit, b: &Digit) -> u32 {
    let pairs = a.pixels.iter().zip(&b.pixels);
    pairs.map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
}
