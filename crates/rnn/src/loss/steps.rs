//! The real steps of a batch, for losses of each step.

use wengert_tape::{Real, Var};

use crate::sequence::Lengths;

/// The rows of `x` that hold steps, packed: [`Lengths::pack`] of outputs. Padded rows are not read,
/// and their adjoint is 0. A batch that is packed already stays as it is.
///
/// # Panics
/// If `x` has not [`Lengths::height`] rows.
#[track_caller]
pub fn real_steps<'t, T: Real>(x: Var<'t, T>, lengths: &Lengths) -> Var<'t, T> {
    let (shape, height) = (x.shape(), lengths.height());
    assert!(
        shape.dims().first() == Some(&height),
        "real steps: {shape}, but {} steps of {} samples need {height} rows",
        lengths.steps(),
        lengths.batch(),
    );
    lengths.forwards().gather(x)
}
