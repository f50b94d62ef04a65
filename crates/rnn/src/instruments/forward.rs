//! Gradients forwards in time: the sum over steps of the loss's slope times what a method carries in
//! place of `ds_t/dw`.

use wengert_tape::{Real, Tape};

use super::rollout::{Rollout, StepLoss, check_count, loss_at};
use crate::params::Params;

/// What a method carries along one sample: the state s_t, and something in place of `ds_t/dw`.
pub(super) trait Carried<T> {
    /// Takes step t.
    fn step(&mut self, t: usize);
    /// The state, [S].
    fn state(&self) -> &[T];
    /// gradient += slope ds_t/dw.
    fn add(&self, slope: &[T], gradient: &mut [T]);
}

/// The gradient of the sum of all losses by the parameters.
///
/// # Panics
/// If no step has a loss, or one is not a scalar.
#[track_caller]
pub(super) fn gradient<T: Real, C>(
    rollout: &Rollout<'_, T, C>,
    loss: &impl StepLoss,
    mut samples: Vec<impl Carried<T>>,
) -> Params<T> {
    let size = rollout.state_len();
    let mut gradient = rollout.params.clone();
    gradient.values_mut().fill(T::ZERO);
    let mut tape = Tape::new();
    let mut found = 0;
    for t in 1..=rollout.steps() {
        for sample in &mut samples {
            sample.step(t);
        }
        tape.reset();
        let states: Vec<T> = samples.iter().flat_map(Carried::state).copied().collect();
        let states = tape.leaf([samples.len(), size], &states);
        if let Some(loss) = loss_at(rollout, loss, t, states) {
            loss.backward();
            states.with_grad(|slopes| {
                let slopes = slopes.into_iter().flat_map(|slopes| slopes.chunks(size));
                for (sample, slope) in samples.iter().zip(slopes) {
                    sample.add(slope, gradient.values_mut());
                }
            });
            found += 1;
        }
    }
    check_count(found);
    gradient
}
