//! Truncated back-propagation, real-time recurrent learning and its unbiased estimate against
//! back-propagation through time.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::instruments::{
    Rollout, StepLoss, bptt, gradient_by_lag, rtrl, snap1, truncated_bptt, uoro,
};
use wengert_rnn::{
    Activation, Cell, Elman, IndRnn, Lengths, MinGru, MinLstm, Params, Vars, norm, unroll_with,
};
use wengert_tape::{Dual, Tape};

use super::setup::{MostSteps, Only, assert_within, for_each_cell, for_each_model, sum};
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

/// Asserts that SnAp-1 has the whole gradient of this cell.
#[track_caller]
fn assert_direct<C: Cell<f64>>(cell: &C, seed: u64, steps: usize, batch: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let params = cell.init(&mut rng);
    let x = random(steps * batch * cell.inputs(), &mut rng);
    let rollout = Rollout::new(cell, &params, &x, batch);
    let loss = MostSteps { steps };
    let full = bptt(&rollout, &loss);
    assert_within(1e-12, snap1(&rollout, &loss).values(), full.values());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn direct_influence_is_all_where_units_go_on_by_themselves(
        inputs in 1_usize..4, hidden in 1_usize..5, steps in 1_usize..9, batch in 1_usize..4,
        seed: u64,
    ) {
        assert_direct(&IndRnn::new(inputs, hidden), seed, steps, batch);
        assert_direct(&MinGru::new(inputs, hidden), seed, steps, batch);
        assert_direct(&MinLstm::new(inputs, hidden), seed, steps, batch);
    }

    /// Two linear units, of which the first feeds the second: `h0' = x + a h0`, `h1' = b h0 + c h1`. What
    /// `a` does to h1 goes through h0, and is left out: dh1/da after two steps is `b dh0/da`.
    #[test]
    fn influence_through_another_unit_is_left_out(
        a in 0.1_f64..1.0, b in 0.1_f64..1.0, c in 0.1_f64..1.0,
    ) {
        let cell = Elman::new(1, 2, Activation::Relu).without_bias();
        let mut params: Params<f64> = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
        params.get_mut("weight_ih_l0").copy_from_slice(&[1.0, 0.0]);
        params.get_mut("weight_hh_l0").copy_from_slice(&[a, 0.0, b, c]);
        let last = Only { step: 2 };
        let rollout = Rollout::new(&cell, &params, &[1.0; 3], 1);
        let (full, direct) = (bptt(&rollout, &last), snap1(&rollout, &last));
        // h0 = 1, 1 + a, 1 + a + a^2; h1 = 0, b, b c + b (1 + a).
        let by_a = |params: &Params<f64>| params.get("weight_hh_l0")[0];
        prop_assert!((by_a(&full) - (1.0 + 2.0 * a + b)).abs() < 1e-12);
        prop_assert!((by_a(&direct) - (1.0 + 2.0 * a)).abs() < 1e-12);
        // b and c feed h1, which goes on by itself.
        assert_within(1e-12, &direct.get("weight_hh_l0")[2..], &full.get("weight_hh_l0")[2..]);
        prop_assert!(norm(direct.values()) < norm(full.values()));
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
