//! Predicted classes, and how many are right.

use wengert_tape::Real;

/// The class of the highest score of each row of `scores`, row-major with `classes` columns; the
/// first of several.
///
/// # Panics
/// If `classes` is 0, the scores do not divide in rows, or a score is NaN.
#[track_caller]
pub fn largest<T: Real>(scores: &[T], classes: usize) -> Vec<usize> {
    let best =
        |row: &[T]| (1..classes).fold(0, |best, k| if row[k] > row[best] { k } else { best });
    rows("largest", scores, classes).map(best).collect()
}

/// The fraction of predictions that are their target.
///
/// # Panics
/// If there are none, or not one for each target.
#[track_caller]
pub fn accuracy(predictions: &[usize], targets: &[usize]) -> f64 {
    check_counts("accuracy", predictions.len(), targets.len());
    let pairs = predictions.iter().zip(targets);
    fraction(pairs.map(|(prediction, target)| prediction == target))
}

/// The fraction of rows whose target is among the `k` highest scores; of equal scores the first
/// classes are. `scores` is row-major with `classes` columns.
///
/// ```
/// use wengert_rnn::metrics::{accuracy, largest, top_k_accuracy};
///
/// let scores = [0.1, 0.7, 0.2, 0.5, 0.3, 0.2];
/// assert_eq!(largest(&scores, 3), [1, 0]);
/// assert_eq!(accuracy(&largest(&scores, 3), &[2, 0]), 0.5);
/// assert_eq!(top_k_accuracy(&scores, 3, &[2, 0], 2), 1.0);
/// ```
///
/// # Panics
/// If there are no rows, or not one for each target, a target is not below `classes`, a score is
/// NaN, or `k` is 0.
#[track_caller]
pub fn top_k_accuracy<T: Real>(scores: &[T], classes: usize, targets: &[usize], k: usize) -> f64 {
    assert!(k > 0, "top-k accuracy: k is 0, but 1 or more is needed");
    let rows = rows("top-k accuracy", scores, classes);
    check_counts("top-k accuracy", rows.len(), targets.len());
    for (row, &target) in targets.iter().enumerate() {
        check_class("top-k accuracy", target, row, classes);
    }
    fraction(rows.zip(targets).map(|(row, &target)| {
        let ahead = |j: usize| row[j] > row[target] || (row[j] == row[target] && j < target);
        (0..classes).filter(|&j| ahead(j)).count() < k
    }))
}

fn fraction(right: impl ExactSizeIterator<Item = bool>) -> f64 {
    let count = right.len();
    right.filter(|&right| right).count() as f64 / count as f64
}

#[track_caller]
pub(super) fn rows<'a, T: Real>(
    what: &str,
    scores: &'a [T],
    classes: usize,
) -> std::slice::ChunksExact<'a, T> {
    assert!(
        classes > 0 && scores.len().is_multiple_of(classes),
        "{what}: {} scores are no rows of {classes} classes",
        scores.len()
    );
    if let Some(at) = scores.iter().position(|score| score.is_nan()) {
        let (row, class) = (at / classes, at % classes);
        panic!("{what}: the score of class {class} of row {row} is NaN")
    }
    scores.chunks_exact(classes)
}

#[track_caller]
pub(super) fn check_counts(what: &str, predictions: usize, targets: usize) {
    assert!(
        predictions == targets && targets > 0,
        "{what}: {predictions} predictions for {targets} targets; as many are needed, and at least 1"
    );
}

#[track_caller]
pub(super) fn check_class(what: &str, class: usize, row: usize, classes: usize) {
    assert!(
        class < classes,
        "{what}: class {class} of row {row}, but there are {classes} classes"
    );
}
