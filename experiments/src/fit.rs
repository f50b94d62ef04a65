//! Straight lines through measured points, and their middles.

use crate::curves;

/// The slope of the least-squares line through `points` (x, y). NaN unless two x differ.
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let (x, y) = points
        .iter()
        .fold((0.0, 0.0), |(x, y), p| (x + p.0 / count, y + p.1 / count));
    let (mut covariance, mut variance) = (0.0, 0.0);
    for point in points {
        covariance += (point.0 - x) * (point.1 - y);
        variance += (point.0 - x) * (point.0 - x);
    }
    covariance / variance
}

/// The mean of `values`. NaN of none.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The median of `values`, in any order. NaN of none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    curves::median(&sorted)
}
