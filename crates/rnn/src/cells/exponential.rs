//! Orthogonal matrices by the matrix exponential, expRNN (Lezcano-Casado & Martinez-Rubio 2019):
//!
//! ```text
//! W = exp(A) D
//! ```
//!
//! The exponential of a skew-symmetric matrix is a rotation, and every rotation is one. It is taken
//! by scaling and squaring with a Pade approximant (Higham 2005, at degree 13 only),
//! composed of operations of the tape.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Var};

use super::orthogonal::{Orthogonal, OrthogonalMap, identity};

/// A recurrent network with an orthogonal recurrent matrix, by the matrix exponential.
pub type ExpRnn = Orthogonal<Exponential>;

/// The matrix exponential, see [`matrix_exp`].
#[derive(Clone, Copy, Debug)]
pub enum Exponential {}

impl OrthogonalMap for Exponential {
    const CELL: &'static str = "exprnn";

    fn rotation<T: Real>(a: Var<'_, T>) -> Var<'_, T> {
        matrix_exp(a)
    }

    /// The angle of the rotation, uniform in [-pi, pi] (Henaff, Szlam & LeCun 2016).
    fn block(rng: &mut ChaCha8Rng) -> f64 {
        std::f64::consts::PI * (2.0 * rng.random::<f64>() - 1.0)
    }
}

/// Numerator coefficients of the Pade approximant of degree 13.
const PADE: [f64; 14] = [
    64764752532480000.0,
    32382376266240000.0,
    7771770303897600.0,
    1187353796428800.0,
    129060195264000.0,
    10559470521600.0,
    670442572800.0,
    33522128640.0,
    1323241920.0,
    40840800.0,
    960960.0,
    16380.0,
    182.0,
    1.0,
];
/// The largest 1-norm for which it is right to the roundoff of f64 (Higham 2005, theta_13).
const LARGEST: f64 = 5.371920351148152;

/// The exponential of a small square matrix, differentiable any number of times.
///
/// ```
/// use wengert_rnn::cells::matrix_exp;
/// use wengert_tape::Tape;
///
/// let tape = Tape::<f64>::new();
/// let turn = tape.leaf([2, 2], &[0.0, -0.5, 0.5, 0.0]); // a rotation by half a radian
/// let w = matrix_exp(turn).to_vec();
/// assert!((w[0] - 0.5f64.cos()).abs() < 1e-15 && (w[2] - 0.5f64.sin()).abs() < 1e-15);
/// ```
///
/// # Panics
/// If `a` is not a square matrix.
#[track_caller]
pub fn matrix_exp<T: Real>(a: Var<'_, T>) -> Var<'_, T> {
    let &[n, cols] = a.shape().dims() else {
        panic!("matrix_exp: {}: a square matrix is needed", a.shape())
    };
    assert!(
        n == cols,
        "matrix_exp: {}: a square matrix is needed",
        a.shape()
    );
    let squarings = squarings(a, n);
    let a = a * (-f64::from(squarings)).exp2();
    let one = identity(a.tape(), n);
    let a2 = a.matmul(a);
    let a4 = a2.matmul(a2);
    let a6 = a4.matmul(a2);
    let b = PADE;
    let u = a6.matmul(a6 * b[13] + a4 * b[11] + a2 * b[9]);
    let u = a.matmul(u + a6 * b[7] + a4 * b[5] + a2 * b[3] + one * b[1]);
    let v = a6.matmul(a6 * b[12] + a4 * b[10] + a2 * b[8]);
    let v = v + a6 * b[6] + a4 * b[4] + a2 * b[2] + one * b[0];
    let mut w = (v - u).solve(v + u);
    for _ in 0..squarings {
        w = w.matmul(w);
    }
    w
}

/// The s for which |a| / 2^s is at most [`LARGEST`]; 0 if `a` is not finite, and its exponential NaN.
fn squarings<T: Real>(a: Var<'_, T>, n: usize) -> u32 {
    let norm = a.with(|a| {
        let column = |j: usize| (0..n).map(|i| a[i * n + j].to_f64().abs()).sum();
        (0..n).map(column).fold(0.0, f64::max)
    });
    if norm.is_finite() {
        (norm / LARGEST).log2().ceil().max(0.0) as u32
    } else {
        0
    }
}
