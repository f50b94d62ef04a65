//! Jacobians against forward mode, their products against plain products, and singular values
//! against matrices made of known ones.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::instruments::{Rollout, jacobian_products, log_singular_values, step_jacobians};
use wengert_rnn::{Cell, FromVars, Vars};
use wengert_tape::{Dual, Tape, Tensor, concat};

use super::setup::{
    Map, assert_within, diagonal, for_each_cell, for_each_model, orthogonal, product, transposed,
};
use crate::setup::random;

/// The Jacobians of the steps, column by column, in forward mode: a run of the cell on dual numbers
/// for each feature of the state.
fn forward_mode<C: Cell<Dual<f64>>>(
    cell: &C,
    params: &wengert_rnn::Params<f64>,
    x: &[f64],
    initial: &[f64],
) -> Vec<Vec<f64>> {
    let (size, duals) = (initial.len(), |x: &[f64]| -> Vec<Dual<f64>> {
        x.iter().map(|&x| Dual::new(x, 0.0)).collect()
    });
    let mut state = initial.to_vec();
    let mut jacobians = Vec::new();
    for x in x.chunks(cell.inputs()) {
        let mut jacobian = vec![0.0; size * size];
        let mut after = Vec::new();
        for j in 0..size {
            let tape = Tape::new();
            let w = params.cast().bind(&tape).take();
            let mut before = duals(&state);
            before[j].d = 1.0;
            let before = tape.constant([1, size], &before);
            let widths: Vec<_> = cell
                .zero_state(&tape, 1)
                .as_slice()
                .iter()
                .map(|s| s.len())
                .collect();
            let before = C::State::from_vars(&before.split(1, &widths)).unwrap();
            let x = cell.project(&w, tape.constant([1, x.len()], &duals(x)));
            after = concat(cell.step(&w, x, &before).as_slice(), 1).to_vec();
            for (i, s) in after.iter().enumerate() {
                jacobian[i * size + j] = s.d;
            }
        }
        jacobians.push(jacobian);
        state = after.iter().map(|s| s.v).collect();
    }
    jacobians
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn jacobians_are_those_of_forward_mode_and_their_products(
        inputs in 1_usize..4, hidden in 1_usize..6, steps in 1_usize..7, seed: u64,
    ) {
        for_each_model!(inputs, hidden, |cell| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let params = cell.init(&mut rng);
            let x = random(steps * inputs, &mut rng);
            let rollout = Rollout::new(cell, &params, &x, 1);
            let initial = random(rollout.state_len(), &mut rng);
            let rollout = rollout.starting_at(&initial);

            let jacobians = step_jacobians(&rollout);
            let expected = forward_mode(cell, &params, &x, &initial);
            prop_assert_eq!(jacobians.len(), steps);
            for (jacobian, expected) in jacobians.iter().zip(&expected) {
                assert_within(1e-13, &jacobian.values, expected);
            }
            let products = jacobian_products(&rollout);
            prop_assert_eq!(products.len(), steps + 1);
            let mut remembered = diagonal(&vec![1.0; initial.len()]);
            assert_within(0.0, &products[steps].values, &remembered);
            for (t, jacobian) in expected.iter().enumerate().rev() {
                remembered = product(&remembered, jacobian);
                assert_within(1e-12, &products[t].values, &remembered);
            }
            // The determinant and the norm of a product, from its singular values.
            let logs = &log_singular_values(&jacobians)[0];
            prop_assert!(logs.is_sorted_by(|a, b| a >= b));
            let squares: f64 = logs.iter().map(|l| (2.0 * l).exp()).sum();
            let elements: f64 = products[0].values.iter().map(|x| x * x).sum();
            assert_within(1e-12, &[squares], &[elements]);
        });
    }

    #[test]
    fn singular_values_of_long_products_are_those_they_were_made_of(
        size in 1_usize..7, seed: u64,
    ) {
        // J_t = Q_t D_t Q_{t-1}^T: the singular values of a product are products of the D's.
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let steps = 300;
        let mut before = orthogonal(size, &mut rng);
        let mut jacobians = Vec::new();
        let mut stretches = Vec::new();
        for _ in 0..steps {
            let after = orthogonal(size, &mut rng);
            // Feature i shrinks by about 10^-i in each step.
            let noise = random(size, &mut rng);
            let stretch: Vec<f64> = (0_i32..).zip(&noise).map(|(i, x)| 10_f64.powi(-i) * (1.0 + 0.5 * x)).collect();
            let jacobian = product(&product(&after, &diagonal(&stretch)), &transposed(&before));
            jacobians.push(Tensor::new([size, size], jacobian));
            stretches.push(stretch);
            before = after;
        }
        let spectra = log_singular_values(&jacobians);
        prop_assert_eq!(spectra.len(), steps + 1);
        let mut expected = vec![0.0; size];
        for t in (0..steps).rev() {
            expected.iter_mut().zip(&stretches[t]).for_each(|(sum, stretch)| *sum += stretch.ln());
            let mut sorted = expected.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            for (found, expected) in spectra[t].iter().zip(&sorted) {
                // 1e-16 of the largest element of each factor, seen from its smallest.
                prop_assert!((found - expected).abs() < 1e-9 * (steps - t) as f64, "{found} {expected}");
            }
        }
        // The last of six is 10^-1500 or so.
        prop_assert!(size < 3 || expected[2] < -1000.0);
    }
}

#[test]
fn a_singular_jacobian_has_an_infinite_logarithm() {
    let step = Tensor::new([2, 2], [0.5, 0.0, 0.0, 0.0]);
    let spectra = log_singular_values(&[step.clone(), step]);
    assert_eq!(spectra[0], [2.0 * f64::ln(0.5), f64::NEG_INFINITY]);
    assert_eq!(spectra[2], [0.0, 0.0]);
}

#[test]
fn a_linear_map_has_its_matrix_for_a_jacobian_in_single_precision_too() {
    let params = Map::params(&[0.5, -1.0, 2.0, 0.25]).cast::<f32>();
    let rollout = Rollout::new(&Map { size: 2 }, &params, &[0.0; 3], 1);
    for jacobian in step_jacobians(&rollout) {
        assert_eq!(jacobian.values, params.values());
    }
}
