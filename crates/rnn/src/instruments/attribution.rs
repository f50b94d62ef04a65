//! The gradient of the weights split by where it comes from: the step, or the lag.
//!
//! The weights are the same at every step, so `dL/dw` sums over their uses. With a copy w_t for each
//! step, and L_s the loss of step s:
//!
//! ```text
//! dL/dw = sum_t dL/dw_t                    by step t
//!       = sum_k sum_s dL_s/dw_{s-k}        by lag k = s - t
//! ```

use wengert_tape::{Real, Tape, Var};

use super::lyapunov::add;
use super::rollout::{Rollout, StepLoss, backward, losses};
use crate::cell::Cell;
use crate::params::{Leaves, Params};

/// The part of the gradient through the weights' use in each step, for steps 1 .. T: their sum is
/// the gradient. The norm of one tensor's part is `norm(part.get(name))`.
///
/// Each step has its own copy of the parameters, on the tape and in the result.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::instruments::{Rollout, StepLoss, gradient_by_step};
/// use wengert_rnn::{Activation, Cell, Elman};
/// use wengert_tape::{Real, Var};
///
/// struct Last;
/// impl StepLoss for Last {
///     fn at<'t, T: Real>(&self, t: usize, h: Var<'t, T>) -> Option<Var<'t, T>> {
///         (t == 3).then(|| h.sum())
///     }
/// }
///
/// // h' = relu(h / 2 + x + b): each step's bias counts half of the next one's.
/// let cell = Elman::new(1, 1, Activation::Relu);
/// let mut params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
/// params.values_mut().copy_from_slice(&[1.0, 0.5, 0.0, 0.0]);
/// let rollout = Rollout::new(&cell, &params, &[1.0; 3], 1);
/// let parts = gradient_by_step(&rollout, &Last);
/// let by_bias: Vec<f64> = parts.iter().map(|part| part.get("bias_hh_l0")[0]).collect();
/// assert_eq!(by_bias, [0.25, 0.5, 1.0]);
/// ```
///
/// # Panics
/// If no step has a loss, or one is not a scalar.
#[track_caller]
pub fn gradient_by_step<T: Real, C: Cell<T>>(
    rollout: &Rollout<'_, T, C>,
    loss: &impl StepLoss,
) -> Vec<Params<T>> {
    let tape = Tape::new();
    let (leaves, states) = record(rollout, &tape);
    backward(&tape, &losses(rollout, loss, &states));
    leaves.iter().map(Leaves::gradients).collect()
}

/// The part of the gradient through weights used k steps before a loss, for k = 0 .. T - 1: the loss
/// of step s and the weights of step s - k, summed over s. Their sum is the gradient; the sum of the
/// first n parts is that of back-propagation through time truncated to n steps before each loss.
///
/// A sweep for each step with a loss, on one recording with a copy of the parameters for each step.
///
/// # Panics
/// If no step has a loss, or one is not a scalar.
#[track_caller]
pub fn gradient_by_lag<T: Real, C: Cell<T>>(
    rollout: &Rollout<'_, T, C>,
    loss: &impl StepLoss,
) -> Vec<Params<T>> {
    let tape = Tape::new();
    let (leaves, states) = record(rollout, &tape);
    let mut zero = rollout.params.clone();
    zero.values_mut().fill(T::ZERO);
    let mut parts = vec![zero; rollout.steps()];
    for loss in losses(rollout, loss, &states) {
        backward(&tape, &[loss]);
        for (part, leaves) in parts.iter_mut().zip(leaves[..loss.0].iter().rev()) {
            add(part.values_mut(), &leaves.gradient());
        }
        tape.clear_grads();
    }
    parts
}

/// The states after steps 1 .. T, each with weights of its own.
fn record<'t, T: Real, C: Cell<T>>(
    rollout: &Rollout<'_, T, C>,
    tape: &'t Tape<T>,
) -> (Vec<Leaves<'t, T>>, Vec<Var<'t, T>>) {
    let shape = [rollout.batch(), rollout.state_len()];
    let mut state = tape.constant(shape, &rollout.initial);
    let (mut all, mut states) = (Vec::new(), Vec::new());
    for t in 1..=rollout.steps() {
        let (leaves, w) = rollout.bind(tape);
        state = rollout.step(&w, t, state);
        all.push(leaves);
        states.push(state);
    }
    (all, states)
}
