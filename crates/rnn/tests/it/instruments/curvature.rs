//! Eigenpairs and traces against the dense Hessian of a small unrolled network.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::instruments::{hessian_eigenpairs, hessian_product, hessian_trace};
use wengert_rnn::{Activation, Cell, Elman, FromVars, Lengths, Params, norm, unroll};
use wengert_tape::check::Function;
use wengert_tape::{Real, Tape, Tensor, Var, functional};

use super::setup::assert_within;

/// The distance of the outputs of an unrolled cell from a wave.
struct Wave {
    cell: Elman,
}

impl Function for Wave {
    fn call<'t, T: Real>(&self, tape: &'t Tape<T>, w: &[Var<'t, T>]) -> Var<'t, T> {
        let wave = |phase: f64| -> Vec<T> {
            let at = |t: u32| T::from_f64((f64::from(t) + phase).sin());
            (0..5).map(at).collect()
        };
        let w = <Elman as Cell<T>>::Weights::from_vars(w).unwrap();
        let x = tape.constant([5, 1], &wave(0.0));
        let run = unroll(&self.cell, &w, x, &Lengths::equal(5, 1), None);
        run.output()
            .mse(tape.constant([5, 1], &wave(1.0)).broadcast_to([5, 2]))
    }
}

fn problem() -> (Wave, Params<f64>, Vec<Vec<f64>>) {
    let cell = Elman::new(1, 2, Activation::Tanh);
    let params = <Elman as Cell<f64>>::init(&cell, &mut ChaCha8Rng::seed_from_u64(2));
    let wave = Wave { cell };
    let x: Vec<_> = params
        .iter()
        .map(|p| Tensor::new(p.shape, p.values))
        .collect();
    let hessian = functional::hessian(|tape, w| wave.call(tape, w), &x);
    (wave, params, hessian)
}

fn apply(hessian: &[Vec<f64>], v: &[f64]) -> Vec<f64> {
    let dot = |row: &Vec<f64>| row.iter().zip(v).map(|(a, b)| a * b).sum();
    hessian.iter().map(dot).collect()
}

#[test]
fn products_are_those_of_the_dense_hessian() {
    let (wave, params, hessian) = problem();
    let v: Vec<f64> = (0..params.len()).map(|i| (i as f64).cos()).collect();
    assert_within(
        1e-13,
        &hessian_product(&wave, &params, &v),
        &apply(&hessian, &v),
    );
}

#[test]
fn eigenpairs_are_those_of_the_dense_hessian() {
    let (wave, params, hessian) = problem();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let pairs = hessian_eigenpairs(&wave, &params, 50, &mut rng);
    // Both biases of a unit only occur as their sum: eigenvectors (1, -1) of eigenvalue 0. The two
    // units give one such pair of dimensions, which counts once.
    assert_eq!(pairs.len(), params.len() - 1);
    assert!(pairs.is_sorted_by(|a, b| a.value >= b.value));
    let scale = pairs[0].value;
    for pair in &pairs {
        assert_within(1e-13, &[norm(&pair.vector)], &[1.0]);
        let image = apply(&hessian, &pair.vector);
        let error: Vec<f64> = image
            .iter()
            .zip(&pair.vector)
            .map(|(a, v)| a - pair.value * v)
            .collect();
        assert!(
            norm(&error) < 1e-12 * scale,
            "{} {:e}",
            pair.value,
            norm(&error)
        );
        assert!(pair.residual < 1e-12 * scale);
    }
    // Nothing is left out: the traces of H and H^2 are the sums of eigenvalues and their squares.
    let trace: f64 = (0..params.len()).map(|i| hessian[i][i]).sum();
    let squares: f64 = hessian.iter().flatten().map(|x| x * x).sum();
    assert_within(1e-12, &[pairs.iter().map(|p| p.value).sum()], &[trace]);
    assert_within(
        1e-12,
        &[pairs.iter().map(|p| p.value.powi(2)).sum()],
        &[squares],
    );
}

#[test]
fn residuals_of_a_few_steps_are_true() {
    let (wave, params, hessian) = problem();
    for steps in 1..6 {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let pairs = hessian_eigenpairs(&wave, &params, steps, &mut rng);
        assert_eq!(pairs.len(), steps);
        for pair in pairs {
            let image = apply(&hessian, &pair.vector);
            let error: Vec<f64> = image
                .iter()
                .zip(&pair.vector)
                .map(|(a, v)| a - pair.value * v)
                .collect();
            assert!(
                (norm(&error) - pair.residual).abs() < 1e-12,
                "{} {}",
                norm(&error),
                pair.residual
            );
        }
    }
}

#[test]
fn the_trace_is_within_its_error() {
    let (wave, params, hessian) = problem();
    let expected: f64 = (0..params.len()).map(|i| hessian[i][i]).sum();
    let trace = hessian_trace(&wave, &params, 400, &mut ChaCha8Rng::seed_from_u64(6));
    // The variance of one sample is 2 sum_{i != j} H_ij^2.
    let off: f64 = hessian.iter().flatten().map(|x| x * x).sum::<f64>()
        - (0..params.len())
            .map(|i| hessian[i][i].powi(2))
            .sum::<f64>();
    let error = (2.0 * off / 400.0).sqrt();
    assert!(
        (trace.error / error - 1.0).abs() < 0.2,
        "{} {error}",
        trace.error
    );
    assert!(
        (trace.value - expected).abs() < 3.0 * error,
        "{} {expected}",
        trace.value
    );
}

#[test]
fn single_precision_finds_the_largest_eigenvalue_too() {
    let (wave, params, _) = problem();
    let largest = |params: &Params<f32>| {
        hessian_eigenpairs(&wave, params, 6, &mut ChaCha8Rng::seed_from_u64(1))[0].value
    };
    let expected =
        hessian_eigenpairs(&wave, &params, 9, &mut ChaCha8Rng::seed_from_u64(1))[0].value;
    assert_within(1e-4, &[largest(&params.cast())], &[expected]);
}
