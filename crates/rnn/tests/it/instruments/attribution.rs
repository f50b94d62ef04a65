//! Gradients by step against runs in which one step's weights are leaves, and by lag.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::instruments::{Rollout, StepLoss, bptt, gradient_by_lag, gradient_by_step};
use wengert_rnn::{Cell, Params, Vars};
use wengert_tape::Tape;

use super::setup::{MostSteps, Only, assert_within, for_each_cell, for_each_model, sum};
use crate::setup::random;

/// The gradient by the weights of one step, those of the others being other leaves.
fn of_one_step<C: Cell<f64>>(
    cell: &C,
    params: &Params<f64>,
    x: &[f64],
    batch: usize,
    loss: &impl StepLoss,
    step: usize,
) -> Vec<f64> {
    let tape = Tape::new();
    let (mut own, mut others) = (params.bind(&tape), params.bind(&tape));
    let (here, elsewhere) = (own.take(), others.take());
    let mut state = cell.zero_state(&tape, batch);
    let mut total = tape.scalar(0.0);
    for (t, x) in x.chunks(batch * cell.inputs()).enumerate() {
        let w = if t == step { &here } else { &elsewhere };
        let x = cell.project(w, tape.constant([batch, cell.inputs()], x));
        state = cell.step(w, x, &state);
        if let Some(loss) = loss.at(t, state.as_slice()[0]) {
            total = total + loss;
        }
    }
    total.backward();
    own.gradient()
}

fn values(parts: &[Params<f64>]) -> Vec<f64> {
    parts.iter().flat_map(Params::values).copied().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_parts_by_step_and_by_lag_add_up_to_the_gradient(
        inputs in 1_usize..3, hidden in 1_usize..5, steps in 1_usize..8, batch in 1_usize..4,
        seed: u64,
    ) {
        for_each_model!(inputs, hidden, |cell| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let params = cell.init(&mut rng);
            let x = random(steps * batch * inputs, &mut rng);
            let rollout = Rollout::new(cell, &params, &x, batch);
            let loss = MostSteps { steps };
            let gradient = bptt(&rollout, &loss);
            let by_step: Vec<_> = gradient_by_step(&rollout, &loss).collect();
            let by_lag: Vec<_> = gradient_by_lag(&rollout, &loss).collect();
            prop_assert_eq!((by_step.len(), by_lag.len()), (steps, steps));
            assert_within(1e-13, &sum(&by_step), gradient.values());
            assert_within(1e-13, &sum(&by_lag), gradient.values());
            for (t, part) in by_step.iter().enumerate() {
                let expected = of_one_step(cell, &params, &x, batch, &loss, t);
                assert_within(1e-13, part.values(), &expected);
            }
        });
    }

    #[test]
    fn with_one_loss_the_lag_is_the_step_counted_back(
        hidden in 1_usize..5, steps in 1_usize..8, at in 0_usize..8, seed: u64,
    ) {
        let loss = Only { step: at % steps };
        for_each_cell!(1, hidden, |cell| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let params: Params<f64> = cell.init(&mut rng);
            let rollout = Rollout::new(cell, &params, &random(steps, &mut rng), 1);
            let by_lag: Vec<_> = gradient_by_lag(&rollout, &loss).collect();
            let mut by_step: Vec<_> = gradient_by_step(&rollout, &loss).collect();
            by_step[..=loss.step].reverse();
            assert_within(1e-13, &values(&by_lag), &values(&by_step));
        });
    }
}

#[test]
fn parts_have_the_names_of_the_parameters_and_are_zero_beyond_the_cell() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let cell = wengert_rnn::Gru::new(1, 2);
    let params: Params<f64> = cell.init(&mut rng);
    let params = params.with_part("readout.", wengert_rnn::Linear::new(2, 3).init(&mut rng));
    let rollout = Rollout::new(&cell, &params, &[0.5; 3], 1);
    let parts = gradient_by_step(&rollout, &Only { step: 2 });
    let part = parts.last().unwrap();
    assert!(part.get("weight_hh_l0").iter().any(|&g| g != 0.0));
    assert_eq!(part.get("readout.weight"), [0.0; 6]);
}
