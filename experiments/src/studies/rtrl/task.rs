//! The loss: to say, at each step, what came in some steps before.

use wengert_rnn::instruments::StepLoss;
use wengert_tape::{Real, Var};

/// Steps from an input to the step at which it is wanted.
const DELAY: usize = 3;

/// `(v . h_t - x_{t-3})^2` at each step from the fourth on, with a readout v that is not learnt.
pub(super) struct Recall<'a> {
    pub inputs: &'a [f64],
    pub readout: &'a [f64],
}

impl StepLoss for Recall<'_> {
    fn at<'t, T: Real>(&self, t: usize, h: Var<'t, T>) -> Option<Var<'t, T>> {
        // The last step has a loss in any case, so that a short sequence has one.
        let wanted = match t.checked_sub(DELAY) {
            Some(before) => self.inputs[before],
            None if t + 1 == self.inputs.len() => self.inputs[0],
            None => return None,
        };
        let v: Vec<T> = self.readout.iter().map(|v| T::from_f64(*v)).collect();
        let v = h.tape().constant([v.len(), 1], &v);
        Some((h.matmul(v) - wanted).square().sum())
    }
}
