//! Unbiased online recurrent optimisation (Tallec & Ollivier 2017): real-time recurrent learning
//! with a random matrix of rank one in place of `M_t = ds_t/dw`.
//!
//! ```text
//! a <- r0 J_t a + r1 n,   b <- b / r0 + I_t^T n / r1,   n = random signs, [S]
//! E[a b^T] = M_{t+1},     dL/dw ~ sum_t (dL_t/ds_{t+1} . a) b
//! r0 = sqrt(|b| / |J_t a|),   r1 = sqrt(|I_t^T n| / |n|)    keep the variance small
//! ```
//!
//! r0 and r1 do not change with the sign of n, so the mixed terms of `a b^T` are odd in n and cancel
//! in the mean. One step on dual numbers gives all: the tangents of the states after it are `J_t a`,
//! and the values of a sweep from n are `I_t^T n`.

use wengert_tape::{Dual, Real, Tape};

use super::forward::{Carried, gradient};
use super::loss::StepLoss;
use super::rollout::Rollout;
use crate::cell::Cell;
use crate::norm::norm;
use crate::params::Params;

/// An estimate of the gradient of the sum of all losses by the parameters, whose mean over random
/// signs is the gradient of [`bptt`](super::bptt()), where an example is. Each sample carries S + P
/// numbers. `sign` says at each step, for each sample and each feature of its state, whether a sign
/// is positive: `|| rng.random()`.
///
/// # Panics
/// If no step has a loss, or one is not a scalar.
#[track_caller]
pub fn uoro<T: Real, C: Cell<Dual<T>>>(
    rollout: &Rollout<'_, T, C>,
    loss: &impl StepLoss,
    mut sign: impl FnMut() -> bool,
) -> Params<T> {
    let samples = (0..rollout.batch()).map(|b| RankOne::new(&rollout.sample(b)));
    gradient(rollout, loss, samples.collect(), |sample, t| {
        let mut signs = || if sign() { T::ONE } else { -T::ONE };
        let n: Vec<T> = sample.a.iter().map(|_| signs()).collect();
        sample.step(t, &n);
    })
}

struct RankOne<'a, T: Real, C> {
    sample: Rollout<'a, Dual<T>, C>,
    tape: Tape<Dual<T>>,
    state: Vec<T>,
    a: Vec<T>,
    b: Vec<T>,
}

impl<'a, T: Real, C: Cell<Dual<T>>> RankOne<'a, T, C> {
    fn new(sample: &Rollout<'a, T, C>) -> Self {
        Self {
            sample: sample.lift(|x| Dual::new(x, T::ZERO)),
            tape: Tape::new(),
            state: sample.initial.clone(),
            a: vec![T::ZERO; sample.state_len()],
            b: vec![T::ZERO; sample.params.len()],
        }
    }

    fn step(&mut self, t: usize, n: &[T]) {
        self.tape.reset();
        let (leaves, w) = self.sample.bind(&self.tape);
        let tangents = self.state.iter().zip(&self.a);
        let before: Vec<_> = tangents.map(|(&s, &a)| Dual::new(s, a)).collect();
        let before = self.tape.constant([1, before.len()], &before);
        let after = self.sample.step(&w, t, before);
        let seed: Vec<_> = n.iter().map(|&n| Dual::new(n, T::ZERO)).collect();
        self.tape.backward(&[(after, &seed)]);
        let by_params: Vec<T> = leaves.gradient().iter().map(|g| g.v).collect();
        (self.state, self.a) = after.with(|after| after.iter().map(|s| (s.v, s.d)).unzip());

        let r0 = balance(&self.b, &self.a);
        let r1 = balance(&by_params, n);
        for (a, &n) in self.a.iter_mut().zip(n) {
            *a = r0 * *a + r1 * n;
        }
        for (b, &g) in self.b.iter_mut().zip(&by_params) {
            *b = *b / r0 + g / r1;
        }
    }
}

impl<T: Real, C> Carried<T> for RankOne<'_, T, C> {
    fn state(&self) -> &[T] {
        &self.state
    }

    fn add(&self, slope: &[T], gradient: &mut [T]) {
        let mut along = T::ZERO;
        slope
            .iter()
            .zip(&self.a)
            .for_each(|(&slope, &a)| along += slope * a);
        for (gradient, &b) in gradient.iter_mut().zip(&self.b) {
            *gradient += along * b;
        }
    }
}

/// The factor that makes two vectors, one times it and one over it, of equal length; 1 if either is
/// 0, where any factor will do.
fn balance<T: Real>(over: &[T], times: &[T]) -> T {
    let ratio = norm(over) / norm(times);
    if ratio > 0.0 && ratio.is_finite() {
        T::from_f64(ratio.sqrt())
    } else {
        T::ONE
    }
}
