//! The penalty on vanishing gradients: its value against explicit Jacobians, its gradients against
//! differences.

use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::omega::{Derivative, Omega, omega};
use wengert_rnn::{
    Activation, Cell, Elman, Gru, Leaves, Lengths, Linear, Lstm, Params, Unrolled, norm,
    unroll_with,
};
use wengert_tape::{Dual, Real, Tape, Var};

use crate::setup::{assert_close, random, rows};

const HIDDEN: usize = 3;

/// A loss on the outputs of all steps through a readout, in which no two rows count the same.
fn loss<'t, T: Real, C: Cell<T>>(
    leaves: &mut Leaves<'t, T>,
    run: &Unrolled<'t, T, C>,
) -> Var<'t, T> {
    let y = Linear::new(HIDDEN, 2).apply(&leaves.take(), run.output());
    let weights = (0..y.len()).map(|i| T::from_f64(0.1 + 0.05 * i as f64));
    let weights = y.tape().constant(y.shape(), &weights.collect::<Vec<_>>());
    (y.sin() + y * weights).sum()
}

/// Parameters of a cell and of the readout, inputs of 2 features, and lengths.
fn problem<C: Cell<f64>>(cell: &C, seed: u64) -> (Params<f64>, Vec<f64>, Lengths) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let params = cell
        .init(&mut rng)
        .with_part("readout.", Linear::new(HIDDEN, 2).init(&mut rng));
    let (steps, batch) = (rng.random_range(1..6), rng.random_range(1..4));
    let own: Vec<usize> = (0..batch).map(|_| rng.random_range(1..=steps)).collect();
    let x = random(steps * batch * 2, &mut rng);
    (params, x, Lengths::ragged(steps, batch, &own))
}

fn found<C: Cell<Dual<f64>>>(
    cell: &C,
    params: &Params<f64>,
    (x, lengths): (&[f64], &Lengths),
    derivative: Derivative,
) -> Omega<f64> {
    omega(cell, params, x, lengths, derivative, |leaves, run| {
        loss(leaves, run)
    })
}

/// The gradient of `f` by all parameters, by central differences of fourth order.
fn differences(params: &Params<f64>, f: impl Fn(&Params<f64>) -> f64) -> Vec<f64> {
    const STEP: f64 = 1e-3;
    let mut moved = params.clone();
    let mut slope = |i: usize| {
        let mut at = |steps: f64| {
            moved.values_mut()[i] = params.values()[i] + steps * STEP;
            f(&moved)
        };
        let slope = (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * STEP);
        moved.values_mut()[i] = params.values()[i];
        slope
    };
    (0..params.len()).map(&mut slope).collect()
}

fn assert_near(what: &str, found: &[f64], expected: &[f64]) {
    let largest = expected.iter().fold(1.0f64, |m, x| m.max(x.abs()));
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() < 1e-8 * largest,
            "{what}[{i}]: {found}, but {expected} is expected (largest {largest})"
        );
    }
}

fn exact_gradient_is_that_of_the_value<C: Cell<f64> + Cell<Dual<f64>>>(cell: &C, seed: u64) {
    let (params, x, lengths) = problem(cell, seed);
    let x = (&x[..], &lengths);
    let result = found(cell, &params, x, Derivative::Exact);
    let expected = differences(&params, |p| found(cell, p, x, Derivative::Exact).omega);
    assert_near("omega_gradient", &result.omega_gradient, &expected);
    let expected = differences(&params, |p| found(cell, p, x, Derivative::Exact).loss);
    assert_near("gradient", &result.gradient, &expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_exact_gradient_is_that_of_the_value(seed: u64) {
        exact_gradient_is_that_of_the_value(&Elman::new(2, HIDDEN, Activation::Tanh), seed);
        exact_gradient_is_that_of_the_value(&Lstm::new(2, HIDDEN), seed);
        exact_gradient_is_that_of_the_value(&Gru::new(2, HIDDEN), seed);
    }

    /// Of one sample: d_k from the tape, and J_k = diag(1 - h_{k+1}^2) W by hand, with W moved and
    /// all else held still for the immediate derivative.
    #[test]
    fn the_terms_are_those_of_the_paper(seed: u64) {
        let cell = Elman::new(2, HIDDEN, Activation::Tanh);
        let (params, x, _) = problem(&cell, seed);
        let steps = x.len() / 2;
        let lengths = Lengths::equal(steps, 1);
        let tape = Tape::new();
        let mut leaves = params.bind(&tape);
        let input = tape.constant([steps, 2], &x);
        let run = unroll_with(&cell, &leaves.take(), input, &lengths, None, |step| step.after.retain());
        loss(&mut leaves, &run).backward();
        let states: Vec<Vec<f64>> = run.states.iter().map(|h| h.to_vec()).collect();
        let adjoints: Vec<Vec<f64>> = run.states.iter().map(|h| h.grad().unwrap()).collect();

        let by_hand = |p: &Params<f64>| -> f64 {
            let (w_ih, w_hh) = (rows(p.get("weight_ih_l0"), 2), rows(p.get("weight_hh_l0"), HIDDEN));
            let (b_ih, b_hh) = (p.get("bias_ih_l0"), p.get("bias_hh_l0"));
            let mut sum = 0.0;
            for k in 0..steps - 1 {
                let d = &adjoints[k + 1];
                let mut carried = [0.0; HIDDEN];
                for i in 0..HIDDEN {
                    let from_input: f64 = (0..2).map(|j| w_ih[i][j] * x[2 * (k + 1) + j]).sum();
                    let from_state: f64 = (0..HIDDEN).map(|j| w_hh[i][j] * states[k][j]).sum();
                    let h = (from_input + from_state + b_ih[i] + b_hh[i]).tanh();
                    for j in 0..HIDDEN {
                        carried[j] += d[i] * (1.0 - h * h) * w_hh[i][j];
                    }
                }
                sum += (norm(&carried) / norm(d) - 1.0).powi(2);
            }
            sum
        };
        let result = found(&cell, &params, (&x, &lengths), Derivative::Immediate);
        prop_assert_eq!(result.terms, steps - 1);
        assert_close("omega", &[result.omega + 1.0], &[by_hand(&params) + 1.0]);
        assert_near("omega_gradient", &result.omega_gradient, &differences(&params, by_hand));
        assert_close("gradient", &result.gradient, &leaves.gradient());
    }
}

/// The adjoint of relu's state is 0 where no unit is active: no direction, and no term.
#[test]
fn terms_without_direction_are_left_out() {
    let cell = Elman::new(1, 1, Activation::Relu);
    let mut params = Cell::<f64>::init(&cell, &mut ChaCha8Rng::seed_from_u64(0));
    params.values_mut().copy_from_slice(&[1.0, 0.5, 0.0, 0.0]);
    let lengths = Lengths::equal(4, 1);
    let at = |x: &[f64], derivative| {
        omega(&cell, &params, x, &lengths, derivative, |_, run| {
            run.last.sum()
        })
    };
    for derivative in [Derivative::Exact, Derivative::Immediate] {
        // The second step cuts the gradient: of three steps only those after it have directions, and
        // it carries nothing back.
        let cut = at(&[1.0, -9.0, 1.0, 1.0], derivative);
        assert_eq!((cut.omega, cut.terms), (0.25 + 0.25 + 1.0, 3));
        assert_eq!(cut.omega_gradient[1], -2.0);
        let dead = at(&[1.0, 1.0, 1.0, -9.0], derivative);
        assert_eq!((dead.omega, dead.terms), (1.0, 1));
        assert_eq!(dead.omega_gradient, [0.0; 4]);
        let single = omega(
            &cell,
            &params,
            &[1.0],
            &Lengths::equal(1, 1),
            derivative,
            |_, run| run.last.sum(),
        );
        assert_eq!((single.omega, single.terms), (0.0, 0));
        assert_eq!(single.omega_gradient, [0.0; 4]);
    }
}
