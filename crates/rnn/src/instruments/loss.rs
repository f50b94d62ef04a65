//! The losses of a network step by step, and one sweep back from them.

use wengert_tape::{Real, Tape, Var};

use super::rollout::Rollout;
use crate::cell::Cell;

/// The losses of a network, step by step.
///
/// The loss of a sequence is their sum. A readout's parameters are constants here: instruments
/// differentiate by the parameters of the cell.
///
/// ```
/// use wengert_rnn::instruments::StepLoss;
/// use wengert_tape::{Real, Var};
///
/// /// Half the square of the last hidden state.
/// struct Last {
///     steps: usize,
/// }
///
/// impl StepLoss for Last {
///     fn at<'t, T: Real>(&self, t: usize, h: Var<'t, T>) -> Option<Var<'t, T>> {
///         (t + 1 == self.steps).then(|| h.square().sum() * 0.5)
///     }
/// }
/// ```
pub trait StepLoss {
    /// Records the loss of step t = 0 .. T-1, a scalar, from the cell's output `h` in that step,
    /// [B, H]. `None` where a step has no loss.
    fn at<'t, T: Real>(&self, t: usize, h: Var<'t, T>) -> Option<Var<'t, T>>;
}

/// The loss of step t, if it has one, from the state after it.
///
/// # Panics
/// If it is not a scalar.
#[track_caller]
pub(super) fn loss_at<'t, T: Real, C>(
    rollout: &Rollout<'_, T, C>,
    loss: &impl StepLoss,
    t: usize,
    state: Var<'t, T>,
) -> Option<Var<'t, T>> {
    let loss = loss.at(t, rollout.hidden(state))?;
    assert!(
        loss.len() == 1,
        "step loss: {} at step {t}, but a loss is a scalar",
        loss.shape()
    );
    Some(loss)
}

/// Sweeps back from the sum of all losses; returns them with their steps. `states` are the states
/// after each step.
///
/// # Panics
/// If there are none, or one is not a scalar.
#[track_caller]
pub(super) fn backward<'t, T: Real, C>(
    rollout: &Rollout<'_, T, C>,
    loss: &impl StepLoss,
    tape: &Tape<T>,
    states: &[Var<'t, T>],
) -> Vec<(usize, Var<'t, T>)> {
    let mut losses = Vec::new();
    for (t, &state) in states.iter().enumerate() {
        losses.extend(loss_at(rollout, loss, t, state).map(|loss| (t, loss)));
    }
    check_count(losses.len());
    let one = [T::ONE];
    let seeds: Vec<_> = losses.iter().map(|&(_, loss)| (loss, &one[..])).collect();
    tape.backward(&seeds);
    losses
}

/// # Panics
/// If no step has a loss.
#[track_caller]
pub(super) fn check_count(losses: usize) {
    assert!(losses > 0, "step loss: no step has a loss");
}

/// After a sweep, the adjoint of a leaf or a retained value; 0 where the sweep did not reach.
pub(super) fn adjoint<T: Real>(x: Var<'_, T>) -> Vec<T> {
    x.grad().unwrap_or_else(|| vec![T::ZERO; x.len()])
}

/// All states of a rollout, after a sweep back from the sum of all losses.
pub(super) struct Swept<T> {
    /// States 0 .. T.
    pub states: Vec<State<T>>,
    /// The sum of all losses.
    pub loss: f64,
    /// The last step with a loss.
    pub last_loss: usize,
}

/// A state of all samples, and its adjoint: [B, S].
pub(super) struct State<T> {
    pub value: Vec<T>,
    pub adjoint: Vec<T>,
}

impl<T: Real> Swept<T> {
    #[track_caller]
    pub fn new<C: Cell<T>>(rollout: &Rollout<'_, T, C>, loss: &impl StepLoss) -> Self {
        let tape = Tape::new();
        let (_, w) = rollout.bind(&tape);
        let mut states = vec![tape.leaf(rollout.shape(), &rollout.initial)];
        for t in 0..rollout.steps() {
            states.push(rollout.step(&w, t, states[t]).retain());
        }
        let losses = backward(rollout, loss, &tape, &states[1..]);
        let state = |s: &Var<'_, T>| State {
            value: s.to_vec(),
            adjoint: adjoint(*s),
        };
        Self {
            states: states.iter().map(state).collect(),
            loss: losses.iter().map(|(_, loss)| loss.item().to_f64()).sum(),
            last_loss: losses[losses.len() - 1].0,
        }
    }
}
