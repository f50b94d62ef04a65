//! Orthogonal cells: the matrix is orthogonal, and states keep their norm.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::cells::{Cayley, Exponential, Orthogonal, OrthogonalMap, Rotation, matrix_exp};
use wengert_rnn::{Cell, Lengths, Params, norm, unroll};
use wengert_tape::Tape;

use crate::setup::{assert_close, random};

const HIDDEN: usize = 40;

/// A cell with random parameters, D of seven -1, and modReLU the identity.
fn random_cell<M: OrthogonalMap>() -> (Orthogonal<M>, Params<f64>) {
    let cell = Orthogonal::<M>::new(2, HIDDEN).with_reflections(7);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut params = Cell::<f64>::init(&cell, &mut rng);
    let generator = random(HIDDEN * HIDDEN, &mut rng);
    params
        .get_mut("generator_hh_l0")
        .copy_from_slice(&generator);
    params.get_mut("bias_l0").fill(0.0);
    (cell, params)
}

fn keeps_norms<M: OrthogonalMap>() {
    let (cell, params) = random_cell::<M>();
    let tape = Tape::new();
    let w: Rotation<'_, f64, M> = params.bind(&tape).take();
    let matrix = w.hh;
    let product = matrix.t().matmul(matrix).to_vec();
    for (at, p) in product.iter().enumerate() {
        let expected = f64::from(u8::from(at / HIDDEN == at % HIDDEN));
        assert!((p - expected).abs() < 1e-13, "(W^T W)[{at}] = {p}");
    }
    assert!(
        (matrix.det().item() + 1.0).abs() < 1e-12,
        "seven reflections"
    );

    let steps = 1000;
    let start = random(HIDDEN, &mut ChaCha8Rng::seed_from_u64(4));
    let h0 = tape.constant([1, HIDDEN], &start);
    let x = tape.zeros([steps, 2]);
    let run = unroll(&cell, &w, x, &Lengths::equal(steps, 1), Some(&h0));
    let ratio = norm(&run.last.to_vec()) / norm(&start);
    assert!((ratio - 1.0).abs() < 1e-11, "after {steps} steps: {ratio}");
}

#[test]
fn the_exponential_keeps_norms() {
    keeps_norms::<Exponential>();
}

#[test]
fn the_cayley_transform_keeps_norms() {
    keeps_norms::<Cayley>();
}

#[test]
fn signs_get_no_gradient() {
    let (cell, params) = random_cell::<Exponential>();
    let tape = Tape::new();
    let mut leaves = params.bind(&tape);
    let x = tape.constant([3, 2], &[0.5; 6]);
    let run = unroll(&cell, &leaves.take(), x, &Lengths::equal(3, 1), None);
    run.last.sum().backward();
    let gradients = leaves.gradients();
    assert!(gradients.get("signs_l0").iter().all(|&g| g == 0.0));
    assert!(gradients.get("generator_hh_l0").iter().any(|&g| g != 0.0));
}

/// exp of a matrix with a nilpotent part and of one that needs many squarings.
#[test]
fn exponentials_of_known_matrices() {
    let exp = |n: usize, a: &[f64]| {
        let tape = Tape::<f64>::new();
        matrix_exp(tape.constant([n, n], a)).to_vec()
    };
    let e = 1f64.exp();
    assert_close("zero", &exp(2, &[0.0; 4]), &[1.0, 0.0, 0.0, 1.0]);
    assert_close("Jordan", &exp(2, &[1.0, 1.0, 0.0, 1.0]), &[e, e, 0.0, e]);
    let (s, c) = 100f64.sin_cos();
    assert_close(
        "100 radians",
        &exp(2, &[0.0, -100.0, 100.0, 0.0]),
        &[c, -s, s, c],
    );
    assert_close("growth", &exp(1, &[20.0]), &[20f64.exp()]);
    assert!(exp(1, &[f64::INFINITY])[0].is_nan());
}

#[test]
#[should_panic(expected = "matrix_exp: [2,3]: a square matrix is needed")]
fn only_square_matrices_have_exponentials() {
    let tape = Tape::<f64>::new();
    matrix_exp(tape.zeros([2, 3]));
}
