//! Lyapunov exponents of maps whose exponents are known.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::instruments::{
    Frame, Lyapunov, Rollout, log_singular_values, lyapunov_spectrum, step_jacobians,
};
use wengert_rnn::{Activation, Cell, Elman, ExpRnn, Lru, Params};

use super::setup::{Map, assert_within, for_each_cell, orthogonal, product, transposed};
use crate::setup::random;

#[test]
fn a_triangular_map_has_the_logarithms_of_its_diagonal_exactly() {
    let matrix = [0.75, 0.3, -0.2, 0.0, -0.5, 0.7, 0.0, 0.0, 0.125];
    let params = Map::params(&matrix);
    let found = |steps: usize| {
        let x = vec![0.0; steps];
        let rollout = Rollout::new(&Map { size: 3 }, &params, &x, 1);
        lyapunov_spectrum(&rollout, &mut Frame::units(3, 3), Lyapunov::default())
    };
    let expected = [0.75, 0.5, 0.125].map(f64::ln);
    assert_eq!(found(1), expected);
    assert_eq!(found(2), expected);
    assert_within(1e-14, &found(100), &expected); // rounding of the sum
}

#[test]
fn a_linear_map_has_the_logarithms_of_its_eigenvalues() {
    // Q B Q^T with B of blocks: 1.25, a rotation by 0.7 scaled to 0.8, and -0.5. From the warm-up
    // on the frame spans the eigenspaces to (0.8 / 1.25)^100 = 1e-19.
    let (cos, sin) = (0.8 * f64::cos(0.7), 0.8 * f64::sin(0.7));
    let blocks = [
        [1.25, 0.0, 0.0, 0.0],
        [0.0, cos, -sin, 0.0],
        [0.0, sin, cos, 0.0],
        [0.0, 0.0, 0.0, -0.5],
    ];
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let q = orthogonal(4, &mut rng);
    let params = Map::params(&product(&product(&q, &blocks.concat()), &transposed(&q)));
    let rollout = Rollout::new(&Map { size: 4 }, &params, &[0.0; 200], 1);
    let expected = [1.25, 0.8, 0.8, 0.5].map(f64::ln);
    for interval in [1, 7] {
        for count in 1..=4 {
            let settings = Lyapunov {
                interval,
                warmup: 100,
            };
            let mut frame = Frame::random(count, 4, &mut rng);
            let found = lyapunov_spectrum(&rollout, &mut frame, settings);
            assert_within(1e-10, &found, &expected[..count]);
        }
    }
}

#[test]
fn a_rotation_neither_grows_nor_shrinks() {
    // The bias of modReLU starts at 0, where it is the identity.
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let cell = ExpRnn::new(1, 6);
    let params: Params<f64> = cell.init(&mut rng);
    let rollout = Rollout::new(&cell, &params, &random(100, &mut rng), 1);
    let mut frame = Frame::random(6, 6, &mut rng);
    let found = lyapunov_spectrum(&rollout, &mut frame, Lyapunov::default());
    assert!(found.iter().all(|l| l.abs() < 1e-14), "{found:?}");
}

#[test]
fn a_linear_recurrent_unit_has_its_radii_twice() {
    // ln |lambda_i| = -exp(nu_i), for the real and the imaginary part of unit i. In the span of the
    // output with them the rotation is not rigid: the mean over T steps is right to about 1/T.
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let cell = Lru::new(1, 3);
    let mut params: Params<f64> = cell.init(&mut rng);
    let nu = [-3.0, -1.0, 0.0];
    params.get_mut("nu_log_l0").copy_from_slice(&nu);
    let rollout = Rollout::new(&cell, &params, &[0.3; 600], 1);
    let settings = Lyapunov {
        interval: 1,
        warmup: 100,
    };
    let found = lyapunov_spectrum(&rollout, &mut Frame::random(6, 9, &mut rng), settings);
    let expected = nu.map(|nu| [-f64::exp(nu); 2]);
    assert_within(1e-2, &found, expected.as_flattened());
}

#[test]
fn one_unit_has_the_mean_logarithm_of_its_slope() {
    let cell = Elman::new(1, 1, Activation::Tanh);
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut params = cell.init(&mut rng);
    params.values_mut().copy_from_slice(&[1.0, 1.7, 0.1, 0.0]);
    let x = random(50, &mut rng);
    let rollout = Rollout::new(&cell, &params, &x, 1);
    let found = lyapunov_spectrum(&rollout, &mut Frame::units(1, 1), Lyapunov::default());
    let (mut h, mut sum) = (0.0_f64, 0.0);
    for x in x {
        h = (x + 1.7 * h + 0.1).tanh();
        sum += (1.7 * (1.0 - h * h)).ln();
    }
    assert_within(1e-13, &found, &[sum / 50.0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn all_exponents_add_up_to_the_logarithm_of_the_determinant(
        inputs in 1_usize..3, hidden in 1_usize..5, steps in 1_usize..20, interval in 1_usize..5,
        seed: u64,
    ) {
        for_each_cell!(inputs, hidden, |cell| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let params = cell.init(&mut rng);
            let x = random(steps * inputs, &mut rng);
            let rollout = Rollout::<f64, _>::new(cell, &params, &x, 1);
            let size = rollout.state_len();
            let settings = Lyapunov { interval, warmup: 0 };
            let found = lyapunov_spectrum(&rollout, &mut Frame::units(size, size), settings);
            let sum: f64 = found.iter().sum();
            let logs = log_singular_values(&step_jacobians(&rollout));
            let expected = logs[0].iter().sum::<f64>() / steps as f64;
            prop_assert!((sum - expected).abs() < 1e-7 * expected.abs().max(1.0), "{sum} {expected}");
        });
    }

    #[test]
    fn a_run_goes_on_where_another_has_ended(
        hidden in 1_usize..5, first in 1_usize..9, second in 1_usize..9, seed: u64,
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let cell = Elman::new(1, hidden, Activation::Tanh);
        let params = cell.init(&mut rng);
        let x = random(first + second, &mut rng);
        let whole = Rollout::<f64, _>::new(&cell, &params, &x, 1);
        let settings = Lyapunov { interval: 1, warmup: first };
        let mut frame = Frame::random(hidden, hidden, &mut rng);
        let mut continued = frame.clone();
        let expected = lyapunov_spectrum(&whole, &mut frame, settings);

        let start = Rollout::new(&cell, &params, &x[..first], 1);
        lyapunov_spectrum(&start, &mut continued, Lyapunov::default());
        let mut h = vec![0.0; hidden];
        for x in &x[..first] {
            let tape = wengert_tape::Tape::new();
            let w = params.bind(&tape).take();
            let x = tape.constant([1, 1], &[*x]);
            let lengths = wengert_rnn::Lengths::equal(1, 1);
            let before = tape.constant([1, hidden], &h);
            h = wengert_rnn::unroll(&cell, &w, x, &lengths, Some(&before)).last.to_vec();
        }
        let rest = Rollout::new(&cell, &params, &x[first..], 1).starting_at(&h);
        let found = lyapunov_spectrum(&rest, &mut continued, Lyapunov::default());
        assert_within(1e-12, &found, &expected);
        assert_within(1e-12, continued.vectors(), frame.vectors());
    }
}

#[test]
fn a_tangent_that_dies_has_an_infinite_exponent() {
    let params = Map::params(&[0.5, 0.0, 0.0, 0.0]);
    let rollout = Rollout::new(&Map { size: 2 }, &params, &[0.0; 2], 1);
    let found = lyapunov_spectrum(&rollout, &mut Frame::units(2, 2), Lyapunov::default());
    assert_eq!(found, [f64::ln(0.5), f64::NEG_INFINITY]);
}
