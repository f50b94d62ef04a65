//! The sparse one-step approximation of real-time recurrent learning, SnAp-1 (Menick, Elsen, Evci,
//! Osindero, Simonyan & Graves 2020): of `M_t = ds_t/dw` only what a parameter does to the features of
//! the state that it feeds directly, within one step.
//!
//! ```text
//! M_{t+1} = (J_t M_t + I_t) where I has an element,   0 elsewhere
//! ```
//!
//! Where each feature goes on by itself (J diagonal: IndRNN, minGRU, minLSTM) it is exact; elsewhere
//! what goes through other features is left out, in the LRU for one that what feeds the real part of a
//! unit turns into its imaginary part. Stored sparsely, M takes as many numbers as there are pairs of a
//! parameter and a feature that it feeds. Here it is full, with zeros: an instrument, which tells what
//! the approximation loses and not what it saves.

use wengert_tape::Real;

use super::forward::gradient;
use super::loss::StepLoss;
use super::rollout::Rollout;
use super::rtrl::Influence;
use crate::cell::Cell;
use crate::params::Params;

/// The gradient of the sum of all losses by the parameters, as far as SnAp-1 sees it; see
/// [`bptt`](super::bptt()) for an example of such methods. A parameter feeds a feature directly if at
/// some step so far the derivative of that step alone was not 0.
///
/// # Panics
/// If no step has a loss, or one is not a scalar.
#[track_caller]
pub fn snap1<T: Real, C: Cell<T>>(rollout: &Rollout<'_, T, C>, loss: &impl StepLoss) -> Params<T> {
    let samples = (0..rollout.batch()).map(|b| Influence::new(rollout.sample(b)).direct());
    gradient(rollout, loss, samples.collect(), Influence::step)
}
