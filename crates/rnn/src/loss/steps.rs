//! The real steps of a padded batch, for losses of each step.

use wengert_tape::{Real, Var};

use crate::sequence::Lengths;

/// The real steps of `x`, [T B, ..], time-major and padded, as rows in the order of
/// [`Lengths::rows`]: padded steps are not read, and their adjoint is 0.
///
/// # Panics
/// If `x` has not T B rows.
#[track_caller]
pub fn pack<'t, T: Real>(x: Var<'t, T>, lengths: &Lengths) -> Var<'t, T> {
    let rows = x.shape().dims().first().copied().unwrap_or(1);
    check_rows("inputs", rows, lengths);
    if lengths.is_equal() {
        return x;
    }
    x.embedding(&lengths.rows())
}

/// The targets of the real steps, of those of all T B steps, time-major, in the order of [`pack`].
///
/// # Panics
/// If there are not T B targets.
#[track_caller]
pub fn pack_targets<U: Clone>(targets: &[U], lengths: &Lengths) -> Vec<U> {
    check_rows("targets", targets.len(), lengths);
    let rows = lengths.rows();
    rows.iter().map(|&row| targets[row].clone()).collect()
}

#[track_caller]
fn check_rows(what: &str, rows: usize, lengths: &Lengths) {
    let (steps, batch) = (lengths.steps(), lengths.batch());
    assert!(
        rows == steps * batch,
        "pack: {rows} rows of {what}, but {steps} steps of {batch} samples need {}",
        steps * batch,
    );
}
