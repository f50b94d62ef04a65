//! Jacobians of the state by earlier states, their products and singular values.
//!
//! ```text
//! J_t = ds_{t+1}/ds_t,   ds_T/ds_t = J_{T-1} J_{T-2} ... J_t
//! ```
//!
//! The state is replicated over the batch, one row for each output, and row i is seeded with the
//! unit vector e_i: one sweep gives e_i^T ds_T/ds_t for all i, and for all t at once.

use wengert_tape::{Real, Tape, Tensor};

use super::graded::Graded;
use super::loss::adjoint;
use super::rollout::Rollout;
use crate::cell::Cell;

/// The Jacobian of each step, `ds_{t+1}/ds_t`, [S, S], for t = 0 .. T-1: element [i, j] is the
/// derivative of feature i of the state after the step by feature j of the state before it. One
/// sequence, whose state has S features.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::instruments::{Rollout, step_jacobians};
/// use wengert_rnn::{Activation, Cell, Elman};
///
/// // h' = relu(h / 2 + x)
/// let cell = Elman::new(1, 1, Activation::Relu);
/// let mut params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
/// params.values_mut().copy_from_slice(&[1.0, 0.5, 0.0, 0.0]);
/// let x = [1.0, 1.0, -9.0]; // the unit is off in the last step
/// let jacobians = step_jacobians(&Rollout::new(&cell, &params, &x, 1));
/// let slopes: Vec<f64> = jacobians.iter().map(|j| j.values[0]).collect();
/// assert_eq!(slopes, [0.5, 0.5, 0.0]);
/// ```
///
/// # Panics
/// If there is more than one sequence.
#[track_caller]
pub fn step_jacobians<T: Real, C: Cell<T>>(rollout: &Rollout<'_, T, C>) -> Vec<Tensor<T>> {
    rollout.assert_one_sample("step_jacobians");
    let size = rollout.state_len();
    let identity = identity(size);
    let mut state = rollout.initial.clone();
    let mut jacobians = Vec::with_capacity(rollout.steps());
    let mut tape = Tape::new();
    for t in 0..rollout.steps() {
        tape.reset();
        let (_, w) = rollout.bind(&tape);
        let before = tape.leaf([size, size], &state.repeat(size));
        let after = rollout.step(&w, t, before);
        tape.backward(&[(after, &identity)]);
        jacobians.push(Tensor::new([size, size], adjoint(before)));
        state = after.rows(0..1).to_vec();
    }
    jacobians
}

/// The products of Jacobians `ds_T/ds_t`, [S, S], for t = 0 .. T: what the last state remembers of
/// each earlier one; the last of them is the identity. One sequence, one recording and one sweep,
/// which hold S rows of state for each step.
///
/// Long products vanish below the smallest number of their type or explode beyond the largest; for
/// their singular values take [`log_singular_values`] of the [`step_jacobians`].
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::instruments::{Rollout, jacobian_products};
/// use wengert_rnn::{Activation, Cell, Elman};
///
/// let cell = Elman::new(1, 1, Activation::Relu);
/// let mut params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
/// params.values_mut().copy_from_slice(&[1.0, 0.5, 0.0, 0.0]);
/// let products = jacobian_products(&Rollout::new(&cell, &params, &[1.0; 3], 1));
/// let remembered: Vec<f64> = products.iter().map(|p| p.values[0]).collect();
/// assert_eq!(remembered, [0.125, 0.25, 0.5, 1.0]);
/// ```
///
/// # Panics
/// If there is more than one sequence.
#[track_caller]
pub fn jacobian_products<T: Real, C: Cell<T>>(rollout: &Rollout<'_, T, C>) -> Vec<Tensor<T>> {
    rollout.assert_one_sample("jacobian_products");
    let size = rollout.state_len();
    let tape = Tape::new();
    let (_, w) = rollout.bind(&tape);
    let mut states = vec![tape.leaf([size, size], &rollout.initial.repeat(size))];
    for t in 0..rollout.steps() {
        let state = rollout.step(&w, t, states[t]).retain();
        states.push(state);
    }
    tape.backward(&[(states[rollout.steps()], &identity(size))]);
    let square = |adjoint: Vec<T>| Tensor::new([size, size], adjoint);
    states.into_iter().map(|s| square(adjoint(s))).collect()
}

/// The natural logarithms of the singular values of `ds_T/ds_t`, largest first, for t = 0 .. T, from
/// the Jacobians of steps 0 .. T-1. -inf for a singular value of 0.
///
/// The product is never formed: with the singular value decomposition `ds_T/ds_t = U S V^T` the
/// product from one state earlier, with the Jacobian J of that step, is `U (S V^T J)`: its singular
/// values are those of `J^T V S`. One-sided Jacobi rotations make the columns of that orthogonal,
/// with the scales S kept as logarithms. So no product underflows, and small singular values keep
/// their relative accuracy beside large ones (Demmel & Veselic 1992), where the decomposition of
/// the product would drown all below 1e-16 of the largest. What is exactly singular in J may show as
/// a factor of about 1e-16 in that step. A step takes a few times S^3 operations.
///
/// ```
/// use wengert_rnn::instruments::log_singular_values;
/// use wengert_tape::Tensor;
///
/// let step = Tensor::new([2, 2], [0.0, 1e-3, 2.0, 0.0]);
/// let logs = log_singular_values(&vec![step; 1000]);
/// assert!((logs[999][0] - f64::ln(2.0)).abs() < 1e-12);
/// // Each direction is stretched every other time: sigma = (2 * 1e-3)^500, far below 1e-308.
/// assert!((logs[0][0] - 500.0 * f64::ln(2e-3)).abs() < 1e-9);
/// ```
///
/// # Panics
/// If there are no Jacobians, or they are not square, of one size, and finite.
#[track_caller]
pub fn log_singular_values<T: Real>(jacobians: &[Tensor<T>]) -> Vec<Vec<f64>> {
    let size = jacobians.first().map_or(0, |j| j.values.len().isqrt());
    assert!(
        size > 0,
        "log_singular_values: of no Jacobians; at least one is needed"
    );
    let mut right = Graded::identity(size);
    let mut spectra = vec![right.logs()];
    for (at, jacobian) in jacobians.iter().enumerate().rev() {
        assert!(
            jacobian.shape.dims() == [size, size],
            "log_singular_values: Jacobian {at} is {}, but {size} features need [{size},{size}]",
            jacobian.shape,
        );
        assert!(
            jacobian.values.iter().all(|x| x.is_finite()),
            "log_singular_values: Jacobian {at} has a NaN or infinite element"
        );
        let transposed_product = |v: &[f64]| {
            let mut product = vec![0.0; size];
            for (row, v) in jacobian.values.chunks(size).zip(v) {
                for (p, j) in product.iter_mut().zip(row) {
                    *p += j.to_f64() * v;
                }
            }
            product
        };
        right.map(transposed_product);
        right.orthogonalize();
        spectra.push(right.logs());
    }
    spectra.reverse();
    spectra
}

fn identity<T: Real>(size: usize) -> Vec<T> {
    let mut identity = vec![T::ZERO; size * size];
    identity
        .iter_mut()
        .step_by(size + 1)
        .for_each(|x| *x = T::ONE);
    identity
}
