//! Probabilities out of sums of log odds, which say too much: the chunks of a paper are alike.
//!
//! ```text
//! p = 1 / (1 + exp(-a s))
//! ```
//!
//! with the scale a of the greatest likelihood on held-out papers, both authors counted as much,
//! whose targets are not 0 and 1 but what Laplace's rule leaves of them (Platt 1999), so that papers
//! without a mistake do not make the scale infinite.

/// Halvings of the interval in which the scale is searched.
const HALVINGS: usize = 60;

/// The scale for sums of log odds of `author` 1 over author 0.
pub fn scale(sums: &[f64], authors: &[usize]) -> f64 {
    let count = |author| authors.iter().filter(|own| **own == author).count() as f64;
    let counts = [count(0), count(1)];
    let target = |author: usize| {
        let sure = (counts[author] + 1.0) / (counts[author] + 2.0);
        if author == 1 { sure } else { 1.0 - sure }
    };
    // The slope of the negative log likelihood, which ascends in a.
    let slope = |a: f64| -> f64 {
        let each = sums
            .iter()
            .zip(authors)
            .map(|(s, &author)| (probability(a * s) - target(author)) * s / counts[author]);
        each.sum()
    };
    let largest = sums.iter().fold(f64::MIN_POSITIVE, |m, s| m.max(s.abs()));
    let (mut low, mut high) = (0.0, 1.0 / largest);
    for _ in 0..HALVINGS {
        if slope(high) < 0.0 {
            high *= 2.0;
        }
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if slope(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The logistic function.
pub fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}
