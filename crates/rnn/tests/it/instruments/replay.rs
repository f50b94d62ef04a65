//! Replays of single-precision runs: where adjoints underflow, and where they vanish.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::instruments::{Fate, Rollout, replay};
use wengert_rnn::{Activation, Cell, Elman, Params};

use super::setup::{MostSteps, Only, for_each_cell, for_each_model};

fn halving(scale: f32) -> (Elman, Params<f32>) {
    let cell = Elman::new(1, 1, Activation::Relu);
    let mut params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
    params.values_mut().copy_from_slice(&[1.0, scale, 0.0, 0.0]);
    (cell, params)
}

#[test]
fn steps_are_counted_back_from_the_last_loss() {
    let (cell, params) = halving(0.5);
    let rollout = Rollout::new(&cell, &params, &[1.0; 400], 1);
    let replay = replay(&rollout, &Only { step: 299 });
    assert_eq!(replay.last_loss, 299);
    assert_eq!(replay.states.len(), 401);
    assert_eq!(replay.first(Fate::Normal), Some(0));
    assert_eq!(replay.first(Fate::Degraded), Some(127));
    assert_eq!(replay.first(Fate::Underflowed), Some(150));
    assert_eq!(replay.states[300 - 200].double, f64::exp2(-200.0));
    assert_eq!(replay.states[300 - 130].subnormal, 1);
    assert_eq!(replay.states[300 - 150].lost, 1);
    assert_eq!(replay.states[301].fate(), Fate::Vanished);
}

#[test]
fn what_is_zero_in_both_has_vanished() {
    let (cell, params) = halving(0.5);
    let mut x = [1.0; 10];
    x[4] = -100.0; // the unit is off from state 4 to 5
    let replay = replay(&Rollout::new(&cell, &params, &x, 1), &Only { step: 9 });
    assert_eq!(replay.first(Fate::Vanished), Some(6)); // state 4 no longer reaches the loss
    assert_eq!(replay.first(Fate::Underflowed), None);
    assert_eq!(
        (replay.single, replay.double),
        (replay.double, replay.single)
    );
}

#[test]
fn ordinary_runs_differ_by_single_precision_rounding() {
    for_each_model!(2, 4, |cell| {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let params: Params<f32> = cell.init(&mut rng);
        let x: Vec<f32> = (0..12 * 3 * 2_u8).map(|i| f32::from(i).sin()).collect();
        let replay = replay(
            &Rollout::new(cell, &params, &x, 3),
            &MostSteps { steps: 12 },
        );
        assert!((replay.single / replay.double - 1.0).abs() < 1e-5);
        assert_ne!(replay.single, replay.double);
        assert_eq!(replay.states[0].drift, 0.0);
        for step in &replay.states[1..] {
            assert!(step.drift > 0.0 && step.drift < 1e-5);
            assert!((step.single / step.double - 1.0).abs() < 1e-5);
            assert_eq!(step.fate(), Fate::Normal);
        }
    });
}
