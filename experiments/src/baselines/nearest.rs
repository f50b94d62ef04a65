//! The nearest neighbour (Fix & Hodges 1951), by the Euclidean distance of bytes.

use rayon::prelude::*;

/// For each of `queries` the position of the nearest of `known`, the first of several.
///
/// # Panics
/// If nothing is known, or vectors differ in length.
#[track_caller]
pub fn nearest<K: AsRef<[u8]> + Sync>(known: &[K], queries: &[K]) -> Vec<usize> {
    assert!(!known.is_empty(), "nearest: nothing is known");
    queries
        .par_iter()
        .map(|query| {
            let distances = known
                .iter()
                .map(|other| distance(query.as_ref(), other.as_ref()));
            let nearest = distances.enumerate().min_by_key(|(_, distance)| *distance);
            nearest.map_or(0, |(position, _)| position)
        })
        .collect()
}

/// The square of the distance.
fn distance(a: &[u8], b: &[u8]) -> u64 {
    assert_eq!(a.len(), b.len(), "nearest: vectors of different lengths");
    // In 32 bits per 1024 elements the sum is vector code, and cannot overflow.
    let squares = |(a, b): (&[u8], &[u8])| -> u32 {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
    };
    a.chunks(1024)
        .zip(b.chunks(1024))
        .map(squares)
        .map(u64::from)
        .sum()
}
