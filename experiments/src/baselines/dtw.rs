//! The nearest neighbour by dynamic time warping (Sakoe & Chiba 1978), over all channels at once.
//!
//! ```text
//! d(i, j) = |a_i - b_j|^2 + min(d(i-1, j), d(i, j-1), d(i-1, j-1)),   distance = d(last, last)
//! ```
//!
//! Steps are compared by the square of their Euclidean distance, and any step may be paired with any
//! other: there is no window.

use rayon::prelude::*;

/// A labelled series: steps after one another, each of all channels.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// [steps x channels], row-major.
    pub values: &'a [f64],
    /// Its class.
    pub class: usize,
}

/// The distance of two series of `channels` channels.
///
/// # Panics
/// If there are no channels, a series is empty or not of whole steps.
#[track_caller]
pub fn distance(a: &[f64], b: &[f64], channels: usize) -> f64 {
    below(f64::INFINITY, a, b, channels).unwrap_or(f64::INFINITY)
}

/// The class of the nearest of `known` to each of `series`; of several as near the first.
///
/// # Panics
/// As [`distance`], or if none is known.
#[track_caller]
pub fn nearest(known: &[Known], series: &[&[f64]], channels: usize) -> Vec<usize> {
    assert!(!known.is_empty(), "dtw: no series is known");
    let classify = |series: &&[f64]| {
        let (mut least, mut class) = (f64::INFINITY, known[0].class);
        for other in known {
            if let Some(distance) = below(least, series, other.values, channels) {
                (least, class) = (distance, other.class);
            }
        }
        class
    };
    series.par_iter().map(classify).collect()
}

/// The distance, if it is below `limit`.
#[track_caller]
fn below(limit: f64, a: &[f64], b: &[f64], channels: usize) -> Option<f64> {
    for series in [a, b] {
        assert!(
            channels > 0 && !series.is_empty() && series.len().is_multiple_of(channels),
            "dtw: {} values are no steps of {channels} channels",
            series.len()
        );
    }
    // Row i of d, after a column that no path enters but at the start.
    let mut row = vec![f64::INFINITY; b.len() / channels + 1];
    row[0] = 0.0;
    for a in a.chunks(channels) {
        let mut diagonal = std::mem::replace(&mut row[0], f64::INFINITY);
        let mut least = f64::INFINITY;
        for (j, b) in b.chunks(channels).enumerate() {
            let cheapest = diagonal.min(row[j]).min(row[j + 1]);
            diagonal = row[j + 1];
            row[j + 1] = cheapest + squared(a, b);
            least = least.min(row[j + 1]);
        }
        // Every path goes through this row, and only grows.
        if least >= limit {
            return None;
        }
    }
    row.last().copied().filter(|distance| *distance < limit)
}

fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
