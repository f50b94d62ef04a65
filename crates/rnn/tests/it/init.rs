//! Initial values, and the spectral radius of known matrices.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::init::{
    chrono, gaussian, glorot_normal, glorot_uniform, he_normal, he_uniform, identity, orthogonal,
    scale_to_radius, sparse, spectral_radius, uniform,
};

use crate::setup::random;

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// The square matrix with these elements, a function of row and column.
fn matrix(n: usize, at: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..n * n).map(|i| at(i / n, i % n)).collect()
}

#[track_caller]
fn assert_radius(w: &[f64], expected: f64) {
    let found = spectral_radius(w);
    assert!(
        (found - expected).abs() <= 1e-10 * expected,
        "radius {found}, but {expected} is expected"
    );
}

#[test]
fn radius_of_known_matrices() {
    assert_radius(&[-3.0], 3.0);
    // A rotation, and one that grows: complex pairs, on which power iteration does not settle.
    let (s, c) = 1.0f64.sin_cos();
    assert_radius(&[c, -s, s, c], 1.0);
    assert_radius(&[1.1 * c, -1.1 * s, 1.1 * s, 1.1 * c], 1.1);
    // Eigenvalues 2 and -2: opposite signs of one modulus.
    assert_radius(&[0.0, 4.0, 1.0, 0.0], 2.0);
    // Far from normal: |W| is a thousand times the radius.
    assert_radius(&[0.9, 1000.0, 0.0, 0.8], 0.9);
    // Defective, with one eigenvector.
    assert_radius(&[0.5, 1.0, 0.0, 0.5], 0.5);
    // The companion matrix of x^3 = x + 1, whose real root is the plastic number.
    let companion = [0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
    assert_radius(&companion, 1.324_717_957_244_746);
    // A cyclic permutation: all eigenvalues on the unit circle.
    assert_radius(
        &matrix(7, |i, j| f64::from(u8::from((i + 1) % 7 == j))),
        1.0,
    );
    // The second difference: eigenvalues 2 - 2 cos(k pi / (n + 1)).
    let second = |i: usize, j: usize| match i.abs_diff(j) {
        0 => 2.0,
        1 => -1.0,
        _ => 0.0,
    };
    let largest = 2.0 - 2.0 * (30.0 * std::f64::consts::PI / 31.0).cos();
    assert_radius(&matrix(30, second), largest);
    // Large and small scales.
    assert_radius(&[1e200, 0.0, 0.0, -1e-200], 1e200);
    assert_eq!(spectral_radius(&[0.0, 1.0, 0.0, 0.0]), 0.0);
}

#[test]
fn scaling_gives_the_radius_asked_for() {
    let mut w = vec![0.0; 50 * 50];
    gaussian(&mut w, 1.0, 50, &mut rng(1));
    let before = spectral_radius(&w);
    assert!((0.7..1.3).contains(&before), "the circular law: {before}");
    scale_to_radius(&mut w, 0.95);
    assert_radius(&w, 0.95);
}

proptest! {
    #[test]
    fn orthogonal_rows_or_columns(rows in 1..20usize, cols in 1..20usize, seed in any::<u64>()) {
        let mut w = vec![0.0f64; rows * cols];
        orthogonal(&mut w, [rows, cols], &mut rng(seed));
        let (count, width) = (rows.min(cols), rows.max(cols));
        let at = |v: usize, k: usize| if rows <= cols { w[v * cols + k] } else { w[k * cols + v] };
        for u in 0..count {
            for v in 0..count {
                let product: f64 = (0..width).map(|k| at(u, k) * at(v, k)).sum();
                let expected = f64::from(u8::from(u == v));
                prop_assert!((product - expected).abs() < 1e-14, "{u} {v}: {product}");
            }
        }
        if rows == cols {
            prop_assert!((spectral_radius(&w) - 1.0).abs() < 1e-10);
        }
    }
}

#[test]
fn orthogonal_matrices_have_both_signs_everywhere() {
    // Without the sign fix a decomposition has determinants or diagonals of one sign only.
    let diagonals: Vec<f64> = (0..200)
        .map(|seed| {
            let mut w = [0.0f64; 4];
            orthogonal(&mut w, [2, 2], &mut rng(seed));
            w[3]
        })
        .collect();
    let negative = diagonals.iter().filter(|&&d| d < 0.0).count();
    assert!((70..130).contains(&negative), "{negative} of 200");
}

/// Mean and standard deviation.
fn moments(w: &[f64]) -> [f64; 2] {
    let mean = w.iter().sum::<f64>() / w.len() as f64;
    let square = w.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / w.len() as f64;
    [mean, square.sqrt()]
}

#[test]
fn distributions_have_their_moments_and_bounds() {
    let mut w = vec![0.0f64; 40_000];
    uniform(&mut w, 0.5, &mut rng(0));
    let [mean, deviation] = moments(&w);
    assert!(w.iter().all(|w| w.abs() <= 0.5));
    assert!(mean.abs() < 0.01 && (deviation - 0.5 / 3f64.sqrt()).abs() < 0.01);

    glorot_uniform(&mut w, [100, 400], &mut rng(0));
    let bound = (6.0f64 / 500.0).sqrt();
    let largest = w.iter().fold(0.0, |m: f64, w| m.max(w.abs()));
    assert!(largest <= bound && largest > 0.99 * bound);

    gaussian(&mut w, 1.5, 200, &mut rng(0));
    let [mean, deviation] = moments(&w);
    let expected = 1.5 / 200f64.sqrt();
    assert!(mean.abs() < 0.02 * expected && (deviation - expected).abs() < 0.02 * expected);
    let within = w.iter().filter(|w| w.abs() < expected).count() as f64 / 40_000.0;
    assert!(
        (within - 0.6827).abs() < 0.01,
        "{within} within one deviation"
    );
}

#[test]
fn variances_are_those_of_the_fans() {
    type Fill = fn(&mut [f64], [usize; 2], &mut ChaCha8Rng);
    let shape = [100, 400];
    let rows: [(&str, Fill, f64); 4] = [
        ("glorot_uniform", glorot_uniform, 2.0 / 500.0),
        ("glorot_normal", glorot_normal, 2.0 / 500.0),
        ("he_uniform", he_uniform, 2.0 / 400.0),
        ("he_normal", he_normal, 2.0 / 400.0),
    ];
    for (name, fill, variance) in rows {
        let mut w = vec![0.0; 40_000];
        fill(&mut w, shape, &mut rng(0));
        let [mean, deviation] = moments(&w);
        let expected = f64::sqrt(variance);
        assert!(
            mean.abs() < 0.02 * expected && (deviation / expected - 1.0).abs() < 0.02,
            "{name}: mean {mean}, deviation {deviation}, but {expected} is expected"
        );
        let largest = w.iter().fold(0.0, |m: f64, w| m.max(w.abs())) / expected;
        let bounded = name.ends_with("uniform");
        assert_eq!(
            largest <= 3f64.sqrt(),
            bounded,
            "{name}: {largest} deviations"
        );
    }
}

/// What He's variance is for: relu layers pass on the mean square of what comes in.
#[test]
fn he_keeps_the_size_of_values_through_relu_layers() {
    let width = 300;
    let mut x = random(width, &mut rng(2));
    let mean_square = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>() / width as f64;
    let before = mean_square(&x);
    for layer in 0..20 {
        let mut w = vec![0.0; width * width];
        he_normal(&mut w, [width, width], &mut rng(layer));
        x = w
            .chunks(width)
            .map(|row| row.iter().zip(&x).map(|(w, x)| w * x.max(0.0)).sum())
            .collect();
    }
    let ratio = mean_square(&x) / before;
    assert!((0.3..3.0).contains(&ratio), "after 20 layers: {ratio}");
}

#[test]
fn identities() {
    let mut w = [7.0; 9];
    identity(&mut w, -0.5);
    assert_eq!(w, [-0.5, 0.0, 0.0, 0.0, -0.5, 0.0, 0.0, 0.0, -0.5]);
}

proptest! {
    #[test]
    fn sparse_rows_and_radius(
        (n, per_row) in (1..40usize).prop_flat_map(|n| (Just(n), 1..=n)),
        radius in 0.1..2.0,
        seed in any::<u64>(),
    ) {
        let mut w = vec![7.0; n * n];
        sparse(&mut w, per_row, radius, &mut rng(seed));
        for row in w.chunks(n) {
            prop_assert_eq!(row.iter().filter(|&&w| w != 0.0).count(), per_row);
        }
        let found = spectral_radius(&w);
        prop_assert!((found / radius - 1.0).abs() < 1e-6, "{} for {}", found, radius);
    }
}

#[test]
fn chrono_gates_keep_for_the_times_drawn() {
    let mut b = vec![0.0f64; 10_000];
    chrono(&mut b, 1000, &mut rng(0));
    let [mean, deviation] = moments(&b.iter().map(|b| b.exp()).collect::<Vec<_>>());
    assert!((mean - 500.0).abs() < 10.0, "{mean}");
    assert!(
        (deviation - 998.0 / 12f64.sqrt()).abs() < 10.0,
        "{deviation}"
    );
    assert!(b.iter().all(|&b| (0.0..=999f64.ln()).contains(&b)));
}

#[test]
fn the_same_seed_gives_the_same_values() {
    let draw = |seed: u64| {
        let mut w = [0.0f32; 30];
        gaussian(&mut w, 1.0, 30, &mut rng(seed));
        w
    };
    assert_eq!(draw(4), draw(4));
    assert_ne!(draw(4), draw(5));
}

#[test]
#[should_panic(expected = "spectral_radius: 6 elements for a matrix [2,2]")]
fn radius_of_a_matrix_not_square_is_refused() {
    spectral_radius(&random(6, &mut rng(0)));
}
