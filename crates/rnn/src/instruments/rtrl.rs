//! Real-time recurrent learning (Williams & Zipser 1989): the gradient forwards in time.
//!
//! ```text
//! M_{t+1} = J_t M_t + I_t,   M_t = ds_t/dw,   J_t = ds_{t+1}/ds_t,   I_t = the part by w of step t
//! dL/dw = sum_t dL_t/ds_{t+1} M_{t+1}
//! ```
//!
//! It needs no past: S P numbers for S features of state and P parameters, and S^2 P operations a
//! step. Rows of `J_t` and `I_t` come from sweeps of one recorded step, one for each feature.

use wengert_kernels::{Mat, MatMut, gemm};
use wengert_tape::{Real, Tape};

use super::forward::{Carried, gradient};
use super::loss::{StepLoss, adjoint};
use super::rollout::Rollout;
use crate::cell::Cell;
use crate::params::Params;

/// The gradient of the sum of all losses by the parameters, by real-time recurrent learning: that of
/// [`bptt`](super::bptt()), where an example is, to rounding. Each sample carries an S x P matrix.
///
/// # Panics
/// If no step has a loss, or one is not a scalar.
#[track_caller]
pub fn rtrl<T: Real, C: Cell<T>>(rollout: &Rollout<'_, T, C>, loss: &impl StepLoss) -> Params<T> {
    let samples = (0..rollout.batch()).map(|b| Influence::new(rollout.sample(b)));
    gradient(rollout, loss, samples.collect(), Influence::step)
}

/// What one sample carries: its state, and its state's derivative by the parameters, or a part of it.
pub(super) struct Influence<'a, T: Real, C> {
    sample: Rollout<'a, T, C>,
    tape: Tape<T>,
    state: Vec<T>,
    /// M, [S, P].
    matrix: Vec<T>,
    /// The elements of M that are kept, where not all are: those of which I has not always been 0.
    fed: Option<Vec<bool>>,
}

impl<'a, T: Real, C: Cell<T>> Influence<'a, T, C> {
    pub fn new(sample: Rollout<'a, T, C>) -> Self {
        Self {
            tape: Tape::new(),
            state: sample.initial.clone(),
            matrix: vec![T::ZERO; sample.state_len() * sample.params.len()],
            fed: None,
            sample,
        }
    }

    /// Keeping, of M, only what a parameter does to the features it feeds directly.
    pub fn direct(self) -> Self {
        let fed = Some(vec![false; self.matrix.len()]);
        Self { fed, ..self }
    }

    pub fn step(&mut self, t: usize) {
        self.tape.reset();
        let (size, params) = (self.state.len(), self.sample.params.len());
        let (leaves, w) = self.sample.bind(&self.tape);
        let before = self.tape.leaf([1, size], &self.state);
        let after = self.sample.step(&w, t, before);
        let (mut jacobian, mut immediate) = (Vec::new(), Vec::new());
        let mut unit = vec![T::ZERO; size];
        for i in 0..size {
            unit[i] = T::ONE;
            self.tape.backward(&[(after, &unit)]);
            unit[i] = T::ZERO;
            jacobian.extend(adjoint(before));
            immediate.extend(leaves.gradient());
            self.tape.clear_grads();
        }
        for (fed, i) in self.fed.iter_mut().flatten().zip(&immediate) {
            *fed |= !i.is_zero();
        }
        gemm(
            Mat::rows(&jacobian, size, size),
            Mat::rows(&self.matrix, size, params),
            MatMut::rows(&mut immediate, size, params),
            true,
        );
        for (fed, m) in self.fed.iter().flatten().zip(&mut immediate) {
            if !fed {
                *m = T::ZERO;
            }
        }
        self.matrix = immediate;
        self.state = after.to_vec();
    }
}

impl<T: Real, C> Carried<T> for Influence<'_, T, C> {
    fn state(&self) -> &[T] {
        &self.state
    }

    fn add(&self, slope: &[T], gradient: &mut [T]) {
        let (size, params) = (self.state.len(), gradient.len());
        gemm(
            Mat::rows(slope, 1, size),
            Mat::rows(&self.matrix, size, params),
            MatMut::rows(gradient, 1, params),
            true,
        );
    }
}
