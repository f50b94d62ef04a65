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
/// collapsed. `scores`, row-major, are [T B, K] or packed (see [`Lengths`]): logits or
/// log-probabilities. Those of padded rows are not read.
///
/// # Panics
/// If the scores are not [`Lengths::height`] rows of at least one class, one is NaN, or the blank
/// is no class.
#[track_caller]
pub fn ctc_greedy<T: Real>(scores: &[T], lengths: &Lengths, blank: usize) -> Vec<Vec<usize>> {
    let (batch, rows) = (lengths.batch(), lengths.height());
    assert!(
        !scores.is_empty() && scores.len().is_multiple_of(rows),
        "ctc: {} scores do not divide in {rows} rows, of {} steps of {batch} samples",
        scores.len(),
        lengths.steps(),
    );
    let classes = scores.len() / rows;
    assert!(
        blank < classes,
        "ctc: the blank is {blank}, but there are {classes} classes"
    );
    let best = if rows == lengths.total() {
        largest(scores, classes)
    } else {
        largest(&lengths.pack(scores, classes), classes)
    };
    let running = lengths.running().iter();
    let samples = running.flat_map(|&n| &lengths.order()[..n]);
    let mut paths = vec![Vec::new(); batch];
    for (class, &b) in best.into_iter().zip(samples) {
        paths[b].push(class);
    }
    paths.iter().map(|path| ctc_collapse(path, blank)).collect()
}
