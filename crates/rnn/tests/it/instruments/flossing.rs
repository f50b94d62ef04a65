//! Gradients of Lyapunov exponents against forward mode, differences, and a closed form.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::instruments::{Frame, Lyapunov, Rollout, lyapunov_gradient, lyapunov_spectrum};
use wengert_rnn::{Activation, Cell, Elman, Params};
use wengert_tape::{Dual, Real};

use super::setup::{assert_within, for_each_cell};
use crate::setup::random;

/// A function that weighs exponents differently: sum (i + 1) lambda_i^2.
fn phi<T: Real>(exponents: &[T]) -> T {
    let mut sum = T::ZERO;
    for (i, &l) in (1..).zip(exponents) {
        sum += T::from_f64(f64::from(i)) * l * l;
    }
    sum
}

/// The derivative of [`phi`] along a direction, by the spectrum itself on dual numbers.
fn along<C: Cell<Dual<Dual<f64>>> + Cell<Dual<f64>>>(
    cell: &C,
    params: &Params<f64>,
    direction: &[f64],
    x: &[f64],
    count: usize,
    settings: Lyapunov,
) -> f64 {
    let mut duals = params.cast::<Dual<f64>>();
    for (p, &d) in duals.values_mut().iter_mut().zip(direction) {
        p.d = d;
    }
    let x: Vec<_> = x.iter().map(|&x| Dual::new(x, 0.0)).collect();
    let rollout = Rollout::new(cell, &duals, &x, 1);
    let mut frame = Frame::units(count, rollout.state_len());
    phi(&lyapunov_spectrum(&rollout, &mut frame, settings)).d
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_gradient_is_that_of_forward_mode(
        inputs in 1_usize..3, hidden in 1_usize..4, steps in 1_usize..9, interval in 1_usize..4,
        count in 1_usize..4, seed: u64,
    ) {
        for_each_cell!(inputs, hidden, |cell| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let params: Params<f64> = cell.init(&mut rng);
            let x = random(steps * inputs, &mut rng);
            let rollout = Rollout::new(cell, &params, &x, 1);
            let count = count.min(hidden);
            let settings = Lyapunov { interval, warmup: steps / 3 };
            let frame = Frame::units(count, rollout.state_len());
            let flossing = lyapunov_gradient(&rollout, &frame, settings, |tape, l| {
                let weights: Vec<_> = (1_u32..).map(f64::from).take(l.len()).collect();
                (tape.constant([l.len()], &weights) * l.square()).sum()
            });
            let mut after = frame.clone();
            let exponents = lyapunov_spectrum(&rollout, &mut after, settings);
            prop_assert_eq!(&flossing.exponents, &exponents);
            prop_assert_eq!(flossing.frame, after);
            assert_within(1e-14, &[flossing.value], &[phi(&exponents)]);
            let mut expected = Vec::new();
            for i in 0..params.len() {
                let mut unit = vec![0.0; params.len()];
                unit[i] = 1.0;
                expected.push(along(cell, &params, &unit, &x, count, settings));
            }
            assert_within(1e-12, flossing.gradient.values(), &expected);
        });
    }
}

#[test]
fn the_gradient_is_that_of_differences() {
    for_each_cell!(2, 3, |cell| {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let params: Params<f64> = cell.init(&mut rng);
        let x = random(12, &mut rng);
        let settings = Lyapunov {
            interval: 2,
            warmup: 1,
        };
        let size = Rollout::new(cell, &params, &x, 1).state_len();
        let value = |params: &Params<f64>| {
            let rollout = Rollout::new(cell, params, &x, 1);
            phi(&lyapunov_spectrum(
                &rollout,
                &mut Frame::units(2, size),
                settings,
            ))
        };
        let rollout = Rollout::new(cell, &params, &x, 1);
        let flossing = lyapunov_gradient(&rollout, &Frame::units(2, size), settings, |_, l| {
            l.rows(0..1).square().sum() + l.rows(1..2).square().sum() * 2.0
        });
        // Five points: the error is of order h^4 = 1e-16, and rounding 1e-16 / h = 1e-12.
        let h = 1e-4;
        let difference = |i: usize| {
            let at = |steps: f64| {
                let mut params = params.clone();
                params.values_mut()[i] += steps * h;
                value(&params)
            };
            (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * h)
        };
        let expected: Vec<f64> = (0..params.len()).map(difference).collect();
        assert_within(1e-8, flossing.gradient.values(), &expected);
    });
}

#[test]
fn the_gradient_of_one_unit_has_a_closed_form() {
    // h_t = tanh(u h_{t-1} + b), lambda = 1/T sum ln(u (1 - h_t^2)), with g = dh/du:
    // g_t = (1 - h_t^2) (h_{t-1} + u g_{t-1}), dlambda/du = 1/u - 2/T sum h_t g_t / (1 - h_t^2).
    let (u, b, steps) = (1.3, 0.4, 30);
    let cell = Elman::new(1, 1, Activation::Tanh);
    let mut params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
    params.values_mut().copy_from_slice(&[0.0, u, b, 0.0]);
    let rollout = Rollout::new(&cell, &params, &vec![0.0; steps], 1);
    let frame = Frame::units(1, 1);
    let flossing = lyapunov_gradient(&rollout, &frame, Lyapunov::default(), |_, l| l.sum());
    let (mut h, mut g, mut sum) = (0.0_f64, 0.0, 0.0);
    for _ in 0..steps {
        let next = (u * h + b).tanh();
        let slope = 1.0 - next * next;
        (g, h) = (slope * (h + u * g), next);
        sum += h * g / slope;
    }
    let expected = 1.0 / u - 2.0 * sum / steps as f64;
    assert_within(1e-12, flossing.gradient.get("weight_hh_l0"), &[expected]);
}
