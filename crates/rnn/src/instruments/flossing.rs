//! The gradient of a function of Lyapunov exponents by the parameters: gradient flossing (Engelken
//! 2023).
//!
//! An interval of steps maps a state s with a tangent v to `y = F(s, w)` and `z = (dF/ds) v`. With
//! adjoints `ay, az` of y and z given, those of the inputs are wanted:
//!
//! ```text
//! av = J^T az,   as = J^T ay + d<az, J v>/ds,   aw = F_w^T ay + d<az, J v>/dw,   J = dF/ds
//! ```
//!
//! One sweep of the tape of dual numbers on which z was computed has them all. At s + v eps its
//! transposed Jacobian by x, s or w, is `F_x^T + eps d(F_x^T)/ds v`. Seeded with `az + ay eps`, the
//! parts exchanged, it gives as adjoint of x
//!
//! ```text
//! F_x^T az + eps (F_x^T ay + (d(F_x^T)/ds v) az) = F_x^T az + eps (F_x^T ay + d<az, J v>/dx)
//! ```
//!
//! since second derivatives commute: `(d(F_x^T)/ds v) az = sum_k v_k d/ds_k d<az, F>/dx`. So the
//! value part of the adjoint of s + v eps is av, its tangent part is as, and the tangent part of the
//! adjoint of w is aw: the parts come exchanged, as they went in. Between intervals the QR
//! decomposition of the tangents is on an ordinary tape, whose sweep turns the adjoints of q and of
//! ln R_ii into those of z. No derivative is written out.

use std::iter::zip;

use wengert_tape::{Dual, Real, Tape, Var};

use super::frame::Frame;
use super::loss::adjoint;
use super::lyapunov::{Interval, Lyapunov, add, check};
use super::rollout::Rollout;
use crate::cell::Cell;
use crate::params::Params;

/// A function of Lyapunov exponents, and its gradient.
#[derive(Clone, PartialEq, Debug)]
pub struct Flossing<T> {
    /// The exponents of [`lyapunov_spectrum`](super::lyapunov_spectrum).
    pub exponents: Vec<T>,
    /// The function's value.
    pub value: T,
    /// Its gradient by the parameters.
    pub gradient: Params<T>,
    /// The tangents after the last step.
    pub frame: Frame<T>,
}

/// The value of `phi(lambda)`, a scalar function of the Lyapunov exponents `[k]` of one sequence, and
/// its exact gradient by the parameters: through the states, the tangents and their
/// decompositions, warm-up included, back to the initial state and `frame`, which are constants.
/// Gradient flossing takes `phi(lambda) = sum lambda_i^2`, or the sum over the first few, to keep
/// gradients from vanishing and exploding (Engelken 2023).
///
/// All intervals are kept: memory for T steps of k states and their tangents.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::instruments::{Frame, Lyapunov, Rollout, lyapunov_gradient};
/// use wengert_rnn::{Activation, Cell, Elman};
///
/// // h' = relu(u h + 1): one exponent, ln u, at every step.
/// let cell = Elman::new(1, 1, Activation::Relu);
/// let mut params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
/// params.values_mut().copy_from_slice(&[0.0, 0.5, 1.0, 0.0]);
/// let rollout = Rollout::new(&cell, &params, &[0.0; 10], 1);
/// let (frame, settings) = (Frame::units(1, 1), Lyapunov::default());
/// let flossing = lyapunov_gradient(&rollout, &frame, settings, |_, l| l.square().sum());
/// assert!((flossing.value - f64::ln(0.5).powi(2)).abs() < 1e-15);
/// // d(ln u)^2/du = 2 ln u / u
/// let slope: f64 = flossing.gradient.get("weight_hh_l0")[0];
/// assert!((slope - 4.0 * f64::ln(0.5)).abs() < 1e-14);
/// ```
///
/// # Panics
/// If there is more than one sequence, the frame is not of the state's size, the interval is 0, no
/// steps are left after the warm-up, or `phi` is not a scalar.
#[track_caller]
pub fn lyapunov_gradient<T: Real, C: Cell<Dual<T>>>(
    rollout: &Rollout<'_, T, C>,
    frame: &Frame<T>,
    settings: Lyapunov,
    phi: impl for<'t> Fn(&'t Tape<T>, Var<'t, T>) -> Var<'t, T>,
) -> Flossing<T> {
    check(rollout, frame);
    let (ranges, counted) = settings.intervals(rollout.steps());
    let tapes: Vec<_> = ranges.iter().map(|_| (Tape::new(), Tape::new())).collect();
    let duals = rollout.lift(|x| Dual::new(x, T::ZERO));
    let mut frame = frame.clone();
    let mut state = rollout.initial.clone();
    let mut exponents = vec![T::ZERO; frame.count()];
    let mut intervals = Vec::new();
    for (range, (steps, decomposition)) in zip(ranges, &tapes) {
        let counts = settings.counts(&range);
        let interval = Interval::record(&duals, steps, decomposition, &state, &frame, range);
        if counts {
            interval.logs.with(|logs| add(&mut exponents, logs));
        }
        state = interval.state();
        frame.vectors = interval.q.to_vec();
        intervals.push((interval, counts));
    }
    let counted = T::from_f64(counted as f64);
    for sum in &mut exponents {
        *sum /= counted;
    }

    let tape = Tape::new();
    let lambda = tape.leaf([frame.count()], &exponents);
    let value = phi(&tape, lambda);
    value.backward();
    let slopes: Vec<T> = adjoint(lambda)
        .iter()
        .map(|&slope| slope / counted)
        .collect();

    let mut gradient = rollout.params.clone();
    let values = gradient.values_mut();
    values.fill(T::ZERO);
    add_gradient(values, &intervals, &slopes);
    Flossing {
        exponents,
        value: value.item(),
        gradient,
        frame,
    }
}

/// Adds the gradient by the parameters, given the slopes of the function by `ln R_ii` of the
/// intervals that count.
fn add_gradient<T: Real>(gradient: &mut [T], intervals: &[(Interval<'_, T>, bool)], slopes: &[T]) {
    let parts =
        |adjoint: Vec<Dual<T>>| -> (Vec<T>, Vec<T>) { adjoint.iter().map(|a| (a.v, a.d)).unzip() };
    let mut aq = vec![T::ZERO; intervals[0].0.q.len()];
    let mut ay = aq.clone();
    for (interval, counts) in intervals.iter().rev() {
        let mut seeds = vec![(interval.q, &aq[..])];
        if *counts {
            seeds.push((interval.logs, slopes));
        }
        interval.z.tape().backward(&seeds);
        let az = adjoint(interval.z);
        let exchanged: Vec<_> = zip(az, ay).map(|(az, ay)| Dual::new(az, ay)).collect();
        interval
            .after
            .tape()
            .backward(&[(interval.after, &exchanged)]);
        let (_, aw) = parts(interval.leaves.gradient());
        add(gradient, &aw);
        (aq, ay) = parts(adjoint(interval.before));
    }
}
