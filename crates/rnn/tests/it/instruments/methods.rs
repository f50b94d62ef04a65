//! Truncated back-propagation, real-time recurrent learning and its unbiased estimate against
//! back-propagation through time.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::instruments::{
    Rollout, StepLoss, bptt, gradient_by_lag, rtrl, truncated_bptt, uoro,
};
use wengert_rnn::{Cell, Lengths, Params, Vars, unroll_with};
use wengert_tape::{Dual, Tape};

use super::setup::{MostSteps, assert_within, for_each_cell, for_each_model, sum};
use crate::setup::random;

/// The gradient by `unroll_with`, with states cut off after every `window` steps.
fn unrolled<C: Cell<f64>>(
    cell: &C,
    params: &Params<f64>,
    x: &[f64],
    batch: usize,
    loss: &impl StepLoss,
    window: usize,
) -> Vec<f64> {
    let steps = x.len() / batch / cell.inputs();
    let tape = Tape::new();
    let mut leaves = params.bind(&tape);
    let w = leaves.take();
    let x = tape.constant([steps * batch, cell.inputs()], x);
    let mut total = tape.scalar(0.0);
    unroll_with(cell, &w, x, &Lengths::equal(steps, batch), None, |step| {
        if let Some(loss) = loss.at(step.t, step.after.as_slice()[0]) {
            total = total + loss;
        }
        match (step.t + 1) % window {
            0 => step.after.map(wengert_tape::Var::detach),
            _ => step.after.clone(),
        }
    });
    total.backward();
    leaves.gradient()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn real_time_recurrent_learning_is_back_propagation_through_time(
        inputs in 1_usize..4, hidden in 1_usize..5, steps in 1_usize..9, batch in 1_usize..4,
        window in 1_usize..9, seed: u64,
    ) {
        for_each_model!(inputs, hidden, |cell| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let params = cell.init(&mut rng);
            let x = random(steps * batch * inputs, &mut rng);
            let rollout = Rollout::new(cell, &params, &x, batch);
            let loss = MostSteps { steps };
            let full = bptt(&rollout, &loss);
            assert_within(1e-12, full.values(), &unrolled(cell, &params, &x, batch, &loss, steps));
            assert_within(1e-12, rtrl(&rollout, &loss).values(), full.values());
            let truncated = truncated_bptt(&rollout, &loss, window);
            let expected = unrolled(cell, &params, &x, batch, &loss, window);
            assert_within(1e-12, truncated.values(), &expected);
            // A window of one step is the part without lag.
            let part = gradient_by_lag(&rollout, &loss).next().unwrap();
            assert_within(1e-12, truncated_bptt(&rollout, &loss, 1).values(), part.values());
        });
    }
}

/// The mean of the estimates for all signs, and their variance, summed over parameters.
fn mean_over_all_signs<C: Cell<f64> + Cell<Dual<f64>>>(
    rollout: &Rollout<'_, f64, C>,
    loss: &impl StepLoss,
) -> (Vec<f64>, f64) {
    let count = rollout.state_len() * rollout.steps() * rollout.batch();
    let mut estimates = Vec::new();
    for signs in 0..1_usize << count {
        let mut at = 0;
        let sign = || {
            at += 1;
            signs >> (at - 1) & 1 == 1
        };
        estimates.push(uoro(rollout, loss, sign));
        assert_eq!(at, count);
    }
    let mut mean = sum(&estimates);
    for m in &mut mean {
        *m /= estimates.len() as f64;
    }
    let deviations = estimates.iter().flat_map(|e| e.values().iter().zip(&mean));
    let variance: f64 = deviations.map(|(e, m)| (e - m).powi(2)).sum();
    (mean, variance / estimates.len() as f64)
}

#[test]
fn the_mean_over_all_signs_is_the_gradient() {
    for (hidden, steps, batch) in [(1, 1, 1), (1, 3, 1), (2, 3, 1), (1, 2, 2)] {
        for_each_cell!(1, hidden, |cell| {
            let mut rng = ChaCha8Rng::seed_from_u64(8);
            let params = cell.init(&mut rng);
            let x = random(steps * batch, &mut rng);
            let rollout = Rollout::new(cell, &params, &x, batch);
            let start = random(batch * rollout.state_len(), &mut rng);
            let rollout = rollout.starting_at(&start);
            let loss = MostSteps { steps };
            let (mean, variance) = mean_over_all_signs(&rollout, &loss);
            assert_within(1e-10, &mean, bptt(&rollout, &loss).values());
            // Only the relative signs of features and steps matter.
            let chance = rollout.state_len() * steps > 1;
            assert_eq!(variance > 1e-20, chance, "variance {variance}");
        });
    }
}
