//! The gradient of the weights split by where it comes from: the step, or the lag.
//!
//! The weights are the same at every step, so `dL/dw` sums over their uses. With w_t their use in
//! step t, and L_s the loss of step s:
//!
//! ```text
//! dL/dw = sum_t dL/dw_t                    by step t:      dL/dw_t = ds_{t+1}/dw_t^T dL/ds_{t+1}
//!       = sum_k sum_s dL_s/dw_{s-k}        by lag k = s - t
//! ```
//!
//! By lag, the adjoints of all losses walk back in step: pass k records step s - k for every s, as
//! samples of one batch, each seeded with the adjoint of its own loss. One sweep then gives the part
//! of lag k, and the adjoints that pass k + 1 starts from. So all lags of T losses take T sweeps of a
//! single step, and not T sweeps of T.

use wengert_tape::{Real, Tape};

use super::loss::{StepLoss, Swept, adjoint, backward};
use super::rollout::Rollout;
use crate::cell::Cell;
use crate::params::Params;

/// The part of the gradient through the weights' use in each step, for steps 0 .. T-1: their sum is
/// the gradient. One sweep over all steps, and then one step for each part that is asked for.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::instruments::{Rollout, StepLoss, gradient_by_step};
/// use wengert_rnn::{Activation, Cell, Elman, norm};
/// use wengert_tape::{Real, Var};
///
/// struct Last;
/// impl StepLoss for Last {
///     fn at<'t, T: Real>(&self, t: usize, h: Var<'t, T>) -> Option<Var<'t, T>> {
///         (t == 2).then(|| h.sum())
///     }
/// }
///
/// // h' = relu(h / 2 + x + b): each step's bias counts half of the next one's.
/// let cell = Elman::new(1, 1, Activation::Relu);
/// let mut params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
/// params.values_mut().copy_from_slice(&[1.0, 0.5, 0.0, 0.0]);
/// let rollout = Rollout::new(&cell, &params, &[1.0; 3], 1);
/// let parts = gradient_by_step(&rollout, &Last);
/// let norms: Vec<f64> = parts.map(|part| norm(part.get("bias_hh_l0"))).collect();
/// assert_eq!(norms, [0.25, 0.5, 1.0]);
/// ```
///
/// # Panics
/// If no step has a loss, or one is not a scalar.
#[track_caller]
pub fn gradient_by_step<T: Real, C: Cell<T>>(
    rollout: &Rollout<'_, T, C>,
    loss: &impl StepLoss,
) -> impl Iterator<Item = Params<T>> {
    let swept = Swept::new(rollout, loss);
    let mut tape = Tape::new();
    (0..rollout.steps()).map(move |t| {
        tape.reset();
        let (leaves, w) = rollout.bind(&tape);
        let before = tape.constant(rollout.shape(), &swept.states[t].value);
        let after = rollout.step(&w, t, before);
        tape.backward(&[(after, &swept.states[t + 1].adjoint)]);
        leaves.gradients()
    })
}

/// The part of the gradient through weights used k steps before a loss, for k = 0 .. T-1: the loss
/// of step s and the weights of step s - k, summed over s. Their sum is the gradient; the sum of the
/// first n is that of back-propagation through time truncated to the n last steps before each loss.
/// Each part takes a sweep of one step of as many rows as there are samples and steps.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::instruments::{Rollout, StepLoss, gradient_by_lag};
/// use wengert_rnn::{Activation, Cell, Elman};
/// use wengert_tape::{Real, Var};
///
/// struct Every;
/// impl StepLoss for Every {
///     fn at<'t, T: Real>(&self, _: usize, h: Var<'t, T>) -> Option<Var<'t, T>> {
///         Some(h.sum())
///     }
/// }
///
/// // h' = relu(h / 2 + x + b): 3 losses see their own step's bias, 2 that of the step before.
/// let cell = Elman::new(1, 1, Activation::Relu);
/// let mut params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
/// params.values_mut().copy_from_slice(&[1.0, 0.5, 0.0, 0.0]);
/// let rollout = Rollout::new(&cell, &params, &[1.0; 3], 1);
/// let parts = gradient_by_lag(&rollout, &Every);
/// let by_bias: Vec<f64> = parts.map(|part| part.get("bias_hh_l0")[0]).collect();
/// assert_eq!(by_bias, [3.0, 2.0 * 0.5, 0.25]);
/// ```
///
/// # Panics
/// If no step has a loss, or one is not a scalar.
#[track_caller]
pub fn gradient_by_lag<T: Real, C: Cell<T>>(
    rollout: &Rollout<'_, T, C>,
    loss: &impl StepLoss,
) -> impl Iterator<Item = Params<T>> {
    let steps = rollout.steps();
    let [batch, size] = rollout.shape();
    let (states, mut adjoints) = states_and_slopes(rollout, loss);
    let mut tape = Tape::new();
    (0..steps).map(move |lag| {
        tape.reset();
        let (leaves, w) = rollout.bind(&tape);
        let rows = (steps - lag) * batch;
        let before = tape.leaf([rows, size], &states[..rows * size]);
        let after = rollout.steps_apart(&w, 0..steps - lag, before);
        tape.backward(&[(after, &adjoints)]);
        // State t is the one after step t - 1, and state 0 after none.
        adjoints = adjoint(before).split_off(batch * size);
        leaves.gradients()
    })
}

/// States 0 .. T-1, one after the other, and the slopes of the losses of steps 0 .. T-1 by the
/// states after them.
#[track_caller]
fn states_and_slopes<T: Real, C: Cell<T>>(
    rollout: &Rollout<'_, T, C>,
    loss: &impl StepLoss,
) -> (Vec<T>, Vec<T>) {
    let tape = Tape::new();
    let (_, w) = rollout.bind(&tape);
    let (mut states, mut cut) = (rollout.initial.clone(), Vec::new());
    let mut state = tape.constant(rollout.shape(), &rollout.initial);
    for t in 0..rollout.steps() {
        let after = rollout.step(&w, t, state).to_vec();
        state = tape.leaf(rollout.shape(), &after);
        states.extend(after);
        cut.push(state);
    }
    backward(rollout, loss, &tape, &cut);
    (states, cut.into_iter().flat_map(adjoint).collect())
}
