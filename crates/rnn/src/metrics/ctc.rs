//! The labels that the outputs of connectionist temporal classification spell.

use wengert_tape::Real;

use super::classes::largest;
use crate::sequence::Lengths;

/// The labels of a path: of equal neighbours one is left, then blanks are dropped (Graves et al.
/// 2006, the map B).
///
/// ```
/// // With - the blank: a a - a b b spells a a b.
/// assert_eq!(wengert_rnn::metrics::ctc_collapse(&[1, 1, 0, 1, 2, 2], 0), [1, 1, 2]);
/// ```
pub fn ctc_collapse(path: &[usize], blank: usize) -> Vec<usize> {
    let mut labels = path.to_vec();
    labels.dedup();
    labels.retain(|&label| label != blank);
    labels
}

/// The labels of the best path of each sample: the class with the highest score at each step,
/// collapsed. `scores`, [T B, K] row-major, are time-major and padded; log-probabilities or logits.
///
/// # Panics
/// If the scores are not T B rows of at least one class, one of a real step is NaN, or the blank is
/// no class.
#[track_caller]
pub fn ctc_greedy<T: Real>(scores: &[T], lengths: &Lengths, blank: usize) -> Vec<Vec<usize>> {
    let (steps, batch) = (lengths.steps(), lengths.batch());
    let rows = steps * batch;
    assert!(
        !scores.is_empty() && scores.len().is_multiple_of(rows),
        "ctc: {} scores are no {rows} rows of {steps} steps of {batch} samples",
        scores.len()
    );
    let classes = scores.len() / rows;
    assert!(
        blank < classes,
        "ctc: the blank is {blank}, but there are {classes} classes"
    );
    let mut paths = vec![Vec::new(); batch];
    for row in lengths.rows() {
        let step = &scores[row * classes..(row + 1) * classes];
        paths[row % batch].extend(largest(step, classes));
    }
    paths.iter().map(|path| ctc_collapse(path, blank)).collect()
}
