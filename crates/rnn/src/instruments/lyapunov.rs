//! Lyapunov exponents: the rates at which nearby states drift apart.
//!
//! ```text
//! z_j = (ds_{t+n}/ds_t) q_j            tangents over an interval of n steps, exact, by dual numbers
//! z_i = sum_{j <= i} R_ji q_j'         QR decomposition: Gram and Schmidt
//! lambda_i = 1/T sum ln R_ii           summed over intervals
//! ```
//!
//! Benettin, Galgani, Giorgilli & Strelcyn 1980; for recurrent networks Engelken, Wolf & Abbott 2020.

use std::ops::Range;

use wengert_tape::{Dual, Real, Tape, Var};

use super::frame::{Frame, orthonormalize};
use super::rollout::Rollout;
use crate::cell::Cell;
use crate::params::Leaves;

/// How to measure Lyapunov exponents.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lyapunov {
    /// Steps between decompositions. Tangents grow apart by `exp(n (lambda_1 - lambda_k))` over n
    /// steps, and rounding blurs the slower ones by 1e-16 of that.
    pub interval: usize,
    /// Steps at the start that do not count: while the state approaches its attractor, and the
    /// tangents their directions.
    pub warmup: usize,
}

impl Default for Lyapunov {
    /// A decomposition after each step, all of which count.
    fn default() -> Self {
        Self {
            interval: 1,
            warmup: 0,
        }
    }
}

impl Lyapunov {
    /// The intervals of steps 0 .. T-1, and how many steps count.
    #[track_caller]
    pub(super) fn intervals(&self, steps: usize) -> (Vec<Range<usize>>, usize) {
        assert!(
            self.interval > 0 && self.warmup < steps,
            "lyapunov: interval {}, warm-up {} of {steps} steps: the interval must not be 0, and the \
             warm-up must leave steps to count",
            self.interval,
            self.warmup,
        );
        let cut = |from: usize, to: usize| {
            (from..to)
                .step_by(self.interval)
                .map(move |start| start..to.min(start + self.interval))
        };
        let intervals = cut(0, self.warmup).chain(cut(self.warmup, steps));
        (intervals.collect(), steps - self.warmup)
    }

    /// Whether an interval counts.
    pub(super) fn counts(&self, interval: &Range<usize>) -> bool {
        interval.start >= self.warmup
    }
}

/// The largest k Lyapunov exponents of one sequence, in nats per step, largest first in the limit of
/// many steps: `exp(lambda_1)` is the factor by which a small deviation grows in a step. k tangents
/// start as `frame` and end there, so that a further sequence can go on from them. -inf where a
/// tangent vanishes exactly.
///
/// After T steps the exponents are those of T steps: they approach their limits as 1/T, and for
/// constant Jacobians, once the frame has turned (as `exp(-t (lambda_i - lambda_{i+1}))`), they are
/// exact in what follows the warm-up.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::instruments::{Frame, Lyapunov, Rollout, lyapunov_spectrum};
/// use wengert_rnn::{Activation, Cell, Elman};
///
/// // A linear map: relu of positive numbers, h' = W h + 1 with W upper triangular.
/// let cell = Elman::new(1, 2, Activation::Relu);
/// let mut params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
/// params.values_mut().fill(0.0);
/// params.get_mut("weight_hh_l0").copy_from_slice(&[0.9, 0.3, 0.0, 0.5]);
/// params.get_mut("bias_hh_l0").fill(1.0);
/// let rollout = Rollout::new(&cell, &params, &[0.0; 50], 1);
/// let mut frame = Frame::units(2, 2);
/// let exponents = lyapunov_spectrum(&rollout, &mut frame, Lyapunov::default());
/// for (found, eigenvalue) in exponents.iter().zip([0.9, 0.5]) {
///     let expected = f64::ln(eigenvalue);
///     assert!((found - expected).abs() < 1e-14);
/// }
/// ```
///
/// # Panics
/// If there is more than one sequence, the frame is not of the state's size, the interval is 0, or
/// no steps are left after the warm-up.
#[track_caller]
pub fn lyapunov_spectrum<T: Real, C: Cell<Dual<T>>>(
    rollout: &Rollout<'_, T, C>,
    frame: &mut Frame<T>,
    settings: Lyapunov,
) -> Vec<T> {
    check(rollout, frame);
    let (intervals, counted) = settings.intervals(rollout.steps());
    let duals = rollout.lift(|x| Dual::new(x, T::ZERO));
    let (mut steps, mut decomposition) = (Tape::new(), Tape::new());
    let mut state = rollout.initial.clone();
    let mut sums = vec![T::ZERO; frame.count()];
    for range in intervals {
        let counts = settings.counts(&range);
        let interval = Interval::record(&duals, &steps, &decomposition, &state, frame, range);
        if counts {
            interval.logs.with(|logs| add(&mut sums, logs));
        }
        state = interval.state();
        frame.vectors = interval.q.to_vec();
        steps.reset();
        decomposition.reset();
    }
    let counted = T::from_f64(counted as f64);
    sums.iter().map(|&sum| sum / counted).collect()
}

/// Some steps of the tangents, on a tape of dual numbers, and their decomposition, on another.
pub(super) struct Interval<'t, T: Real> {
    pub leaves: Leaves<'t, Dual<T>>,
    /// [k, S]: row j is the state before, with the tangent q_j.
    pub before: Var<'t, Dual<T>>,
    pub after: Var<'t, Dual<T>>,
    /// The tangents of `after`.
    pub z: Var<'t, T>,
    /// Decomposed: the next frame, and the logarithms of the lengths.
    pub q: Var<'t, T>,
    pub logs: Var<'t, T>,
}

impl<'t, T: Real> Interval<'t, T> {
    pub fn record<C: Cell<Dual<T>>>(
        rollout: &Rollout<'_, Dual<T>, C>,
        steps: &'t Tape<Dual<T>>,
        decomposition: &'t Tape<T>,
        state: &[T],
        frame: &Frame<T>,
        range: Range<usize>,
    ) -> Self {
        let shape = [frame.count(), frame.size()];
        let (leaves, w) = rollout.bind(steps);
        let states = state.iter().cycle().zip(&frame.vectors);
        let states: Vec<_> = states.map(|(&s, &q)| Dual::new(s, q)).collect();
        let before = steps.leaf(shape, &states);
        let after = range.fold(before, |state, t| rollout.step(&w, t, state));
        let tangents: Vec<T> = after.with(|after| after.iter().map(|s| s.d).collect());
        let z = decomposition.leaf(shape, &tangents);
        let (q, logs) = orthonormalize(z);
        Self {
            leaves,
            before,
            after,
            z,
            q,
            logs,
        }
    }

    /// The state after these steps, [S].
    pub fn state(&self) -> Vec<T> {
        let row = self.after.rows(0..1);
        row.with(|state| state.iter().map(|s| s.v).collect())
    }
}

#[track_caller]
pub(super) fn check<T: Real, C>(rollout: &Rollout<'_, T, C>, frame: &Frame<T>) {
    rollout.assert_one_sample("lyapunov");
    assert!(
        frame.size() == rollout.state_len(),
        "lyapunov: a frame of {} dimensions, but the state has {} features",
        frame.size(),
        rollout.state_len(),
    );
}

/// sum += x.
pub(super) fn add<T: Real>(sum: &mut [T], x: &[T]) {
    sum.iter_mut().zip(x).for_each(|(sum, &x)| *sum += x);
}
