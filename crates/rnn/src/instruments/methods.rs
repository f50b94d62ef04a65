//! Back-propagation through time, in full and truncated: the gradients that other methods compare
//! with.

use wengert_tape::{Real, Tape};

use super::loss::{StepLoss, backward};
use super::rollout::Rollout;
use crate::cell::Cell;
use crate::params::Params;

/// The gradient of the sum of all losses by the parameters, by back-propagation through time: one
/// sweep.
///
/// This is the yardstick of other methods; to train, take [`Bptt`](crate::Bptt), which knows ragged
/// batches and readouts. [`truncated_bptt`], [`rtrl`](super::rtrl()) and [`uoro`](super::uoro()) give
/// this gradient too, or an estimate of it:
///
/// ```
/// use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::instruments::{Rollout, StepLoss, bptt, rtrl, truncated_bptt, uoro};
/// use wengert_rnn::{Cell, Gru, norm};
/// use wengert_tape::{Real, Var};
///
/// struct Squares;
/// impl StepLoss for Squares {
///     fn at<'t, T: Real>(&self, _: usize, h: Var<'t, T>) -> Option<Var<'t, T>> {
///         Some(h.square().sum())
///     }
/// }
///
/// let mut rng = ChaCha8Rng::seed_from_u64(0);
/// let cell = Gru::new(1, 3);
/// let params = cell.init(&mut rng);
/// let rollout = Rollout::<f64, _>::new(&cell, &params, &[1.0, -0.5, 0.3, 0.8], 1);
/// let full = bptt(&rollout, &Squares);
/// let distance = |other: &[f64]| {
///     let d: Vec<f64> = other.iter().zip(full.values()).map(|(a, b)| a - b).collect();
///     norm(&d) / norm(full.values())
/// };
/// assert!(distance(rtrl(&rollout, &Squares).values()) < 1e-14);
/// assert!(distance(truncated_bptt(&rollout, &Squares, 2).values()) > 1e-3);
/// assert!(distance(uoro(&rollout, &Squares, || rng.random()).values()) > 1e-3);
/// ```
///
/// # Panics
/// If no step has a loss, or one is not a scalar.
#[track_caller]
pub fn bptt<T: Real, C: Cell<T>>(rollout: &Rollout<'_, T, C>, loss: &impl StepLoss) -> Params<T> {
    truncated_bptt(rollout, loss, rollout.steps())
}

/// The same truncated: the state is cut off from its past after every `window` steps, so that a loss
/// reaches back 1 to `window` steps. Windows do not overlap; for a window that slides with the loss
/// see [`gradient_by_lag`](super::gradient_by_lag).
///
/// # Panics
/// If `window` is 0, no step has a loss, or one is not a scalar.
#[track_caller]
pub fn truncated_bptt<T: Real, C: Cell<T>>(
    rollout: &Rollout<'_, T, C>,
    loss: &impl StepLoss,
    window: usize,
) -> Params<T> {
    assert!(window > 0, "truncated_bptt: a window of 0 steps");
    let tape = Tape::new();
    let (leaves, w) = rollout.bind(&tape);
    let mut state = tape.constant(rollout.shape(), &rollout.initial);
    let mut states = Vec::new();
    for t in 0..rollout.steps() {
        state = rollout.step(&w, t, state);
        states.push(state);
        if (t + 1).is_multiple_of(window) {
            state = state.detach();
        }
    }
    backward(rollout, loss, &tape, &states);
    leaves.gradients()
}
