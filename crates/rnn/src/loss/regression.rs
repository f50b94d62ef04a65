//! Losses of predicted numbers: each element against its target, of the same shape.
//!
//! Shapes must be equal: broadcast, a column [N, 1] and a vector [N] would compare all with all.

use std::f64::consts::TAU;

use wengert_tape::{Real, Var};

use super::{Losses, check_same_shape};

/// (y - target)^2.
///
/// ```
/// # let tape = wengert_tape::Tape::<f64>::new();
/// use wengert_rnn::loss::squared_error;
///
/// let y = tape.leaf([2], &[1.0, 3.0]);
/// let target = tape.constant([2], &[1.0, 1.0]);
/// squared_error(y, target).mean().backward();
/// assert_eq!(y.grad(), Some(vec![0.0, 2.0]));
/// ```
///
/// # Panics
/// If the shapes differ.
#[track_caller]
pub fn squared_error<'t, T: Real>(y: Var<'t, T>, target: Var<'t, T>) -> Losses<'t, T> {
    Losses::equal(difference("squared error", y, target).square())
}

/// |y - target|, whose derivative is 0 where they are equal.
///
/// # Panics
/// If the shapes differ.
#[track_caller]
pub fn absolute_error<'t, T: Real>(y: Var<'t, T>, target: Var<'t, T>) -> Losses<'t, T> {
    Losses::equal(difference("absolute error", y, target).abs())
}

/// With x = y - target: x^2 / 2 within `delta` of 0, delta (|x| - delta/2) outside (Huber 1964).
///
/// # Panics
/// If the shapes differ, or `delta` is not positive and finite.
#[track_caller]
pub fn huber<'t, T: Real>(y: Var<'t, T>, target: Var<'t, T>, delta: f64) -> Losses<'t, T> {
    assert!(
        delta > 0.0 && delta.is_finite(),
        "huber: delta {delta}, but it must be positive and finite"
    );
    Losses::equal(difference("huber", y, target).huber_penalty(delta))
}

/// The negative log density of the target under a normal distribution of this mean and log
/// variance v, (ln(2 pi) + v + (mean - target)^2 exp(-v)) / 2 (Nix & Weigend 1994): from the
/// logarithm, no variance is too small or negative.
///
/// # Panics
/// If the shapes differ.
#[track_caller]
pub fn gaussian_nll<'t, T: Real>(
    mean: Var<'t, T>,
    log_variance: Var<'t, T>,
    target: Var<'t, T>,
) -> Losses<'t, T> {
    let what = "gaussian nll";
    check_same_shape(what, ["mean", "log variance"], mean, log_variance);
    let square = difference(what, mean, target).square();
    Losses::equal((square * (-log_variance).exp() + log_variance + TAU.ln()) * 0.5)
}

#[track_caller]
fn difference<'t, T: Real>(what: &str, y: Var<'t, T>, target: Var<'t, T>) -> Var<'t, T> {
    check_same_shape(what, ["prediction", "target"], y, target);
    y - target
}
