//! Norms of the adjoints of the states: how much of the gradient is left at each step.

use wengert_tape::{Real, Var};

use crate::norm::norm;
use crate::unroll::Step;
use crate::vars::Vars;

/// Keeps the adjoints of the states of every step: give it to [`unroll_with`](crate::unroll_with).
pub fn retain<'t, T: Real, S: Vars<'t, T>>(step: Step<'_, S>) -> S {
    step.after.map(Var::retain)
}

/// After a sweep, `|dL/dh_t|` of each hidden state: the Euclidean norm of its whole adjoint over
/// samples and units, whatever the way to the loss. 0 where the sweep did not reach.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::{Activation, Cell, Elman, Lengths, instruments, unroll_with};
/// use wengert_tape::Tape;
///
/// // h' = relu(h / 2 + x): the adjoint halves with each step back.
/// let cell = Elman::new(1, 1, Activation::Relu);
/// let mut params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
/// params.values_mut().copy_from_slice(&[1.0, 0.5, 0.0, 0.0]);
/// let tape = Tape::<f64>::new();
/// let w = params.bind(&tape).take();
/// let x = tape.constant([4, 1], &[1.0; 4]);
/// let run = unroll_with(&cell, &w, x, &Lengths::equal(4, 1), None, instruments::retain);
/// run.last.sum().backward();
/// assert_eq!(instruments::adjoint_norms(&run.hidden()), [0.125, 0.25, 0.5, 1.0]);
/// ```
///
/// # Panics
/// If no adjoint was kept: states must be retained before the sweep, see [`retain`].
#[track_caller]
pub fn adjoint_norms<T: Real>(hidden: &[Var<'_, T>]) -> Vec<f64> {
    let mut norms = Vec::with_capacity(hidden.len());
    let mut kept = false;
    for h in hidden {
        norms.push(h.with_grad(|g| g.map_or(0.0, norm)));
        kept |= h.with_grad(|g| g.is_some());
    }
    assert!(
        kept,
        "adjoint_norms: no adjoint was kept; unroll with instruments::retain and sweep first"
    );
    norms
}
