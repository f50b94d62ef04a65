//! Where a precision ends: a gradient that is divided by four at each step back.
//!
//! tanh' <= 1, and the derivative of the logistic function is at most 1/4: a logistic unit with a
//! recurrent weight of 1 passes back at most .25^k over k steps. That is subnormal in single precision
//! past k = 63 and 0 past k = 74; in double past 511 and 537.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::instruments::{Replay, Rollout, StepLoss, replay};
use wengert_rnn::{Activation, Cell, Elman};
use wengert_tape::{Real, Var};

use crate::verdict::{Accept, Check, Mark};

/// More than double precision needs to lose .25^k.
const STEPS: usize = 600;

/// The last state.
struct Last;

impl StepLoss for Last {
    fn at<'t, T: Real>(&self, t: usize, h: Var<'t, T>) -> Option<Var<'t, T>> {
        (t + 1 == STEPS).then(|| h.sum())
    }
}

/// The gradients of .25^k by lag, as the sweep computes them: in double and in single precision.
pub(super) struct Quarters {
    pub double: Vec<f64>,
    pub single: Vec<f64>,
}

impl Quarters {
    /// h' = relu(h / 4 + x), which passes back a quarter.
    pub fn measure() -> Self {
        let cell = Elman::new(1, 1, Activation::Relu);
        let mut params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
        params
            .values_mut()
            .copy_from_slice(&[1.0_f32, 0.25, 0.0, 0.0]);
        let Replay { states, .. } = replay(&Rollout::new(&cell, &params, &[1.0; STEPS], 1), &Last);
        Self {
            double: states.iter().rev().map(|state| state.double).collect(),
            single: states.iter().rev().map(|state| state.single).collect(),
        }
    }

    pub fn checks(&self) -> Vec<Check> {
        // The last lag at which the gradient is at least `limit`.
        let past =
            |norms: &[f64], limit: f64| norms.iter().filter(|norm| **norm >= limit).count() - 1;
        let (single, double) = (&self.single, &self.double);
        let rows = [
            (
                "subnormal in f32 past lag",
                single,
                f64::from(f32::MIN_POSITIVE),
                126 / 2,
            ),
            (
                "zero in f32 past lag",
                single,
                f64::from(f32::from_bits(1)),
                149 / 2,
            ),
            (
                "subnormal in f64 past lag",
                double,
                f64::MIN_POSITIVE,
                1022 / 2,
            ),
            ("zero in f64 past lag", double, f64::from_bits(1), 1074 / 2),
        ];
        let check = |(what, norms, limit, lag): (&str, &Vec<f64>, f64, i32)| {
            Check::new(
                &format!(".25^k: {what}"),
                "powers of two of IEEE 754",
                Accept::Exactly(lag.into()),
                past(norms, limit) as f64,
            )
            .marked(Mark::Derived)
        };
        rows.into_iter().map(check).collect()
    }
}
