//! Gradients forwards in time: the sum over steps of the loss's slope times what a method carries in
//! place of `ds_t/dw`.

use wengert_tape::{Real, Tape};

use super::loss::{StepLoss, adjoint, check_count, loss_at};
use super::rollout::Rollout;
use crate::params::Params;

/// What a method carries along one sample: a state, and something in place of its derivative by w.
pub(super) trait Carried<T> {
    /// The state s, [S].
    fn state(&self) -> &[T];
    /// gradient += slope ds/dw.
    fn add(&self, slope: &[T], gradient: &mut [T]);
}

/// The gradient of the sum of all losses by the parameters. `step` takes a sample through step t.
///
/// # Panics
/// If no step has a loss, or one is not a scalar.
#[track_caller]
pub(super) fn gradient<T: Real, C, S: Carried<T>>(
    rollout: &Rollout<'_, T, C>,
    loss: &impl StepLoss,
    mut samples: Vec<S>,
    mut step: impl FnMut(&mut S, usize),
) -> Params<T> {
    let mut gradient = rollout.params.clone();
    gradient.values_mut().fill(T::ZERO);
    let mut tape = Tape::new();
    let mut found = 0;
    for t in 0..rollout.steps() {
        for sample in &mut samples {
            step(sample, t);
        }
        tape.reset();
        let states: Vec<T> = samples.iter().flat_map(S::state).copied().collect();
        let states = tape.leaf(rollout.shape(), &states);
        let Some(loss) = loss_at(rollout, loss, t, states) else {
            continue;
        };
        loss.backward();
        found += 1;
        let slopes = adjoint(states);
        for (sample, slope) in samples.iter().zip(slopes.chunks(rollout.state_len())) {
            sample.add(slope, gradient.values_mut());
        }
    }
    check_count(found);
    gradient
}
