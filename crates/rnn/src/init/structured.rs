//! Matrices with a structure: orthogonal, a multiple of the identity, sparse.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rand::seq::index;
use wengert_tape::Real;

use super::radius::scale_to_radius;
use super::{check_shape, normal};
use crate::norm::norm;

/// Orthonormal rows, or columns if there are fewer of them, uniform over all such matrices (Haar
/// measure), row-major (Saxe et al. 2014): Gaussian rows made orthonormal by Gram and Schmidt,
/// which is the QR decomposition with a positive diagonal that uniformity needs (Mezzadri 2007).
///
/// # Panics
/// If `w` has not the shape's length.
#[track_caller]
pub fn orthogonal<T: Real>(w: &mut [T], shape: [usize; 2], rng: &mut ChaCha8Rng) {
    check_shape("orthogonal", w.len(), shape);
    let [rows, cols] = shape;
    let (count, width) = (rows.min(cols), rows.max(cols));
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(count);
    for _ in 0..count {
        let mut v: Vec<f64> = (0..width).map(|_| normal(rng)).collect();
        // Twice is enough to be orthogonal to rounding (Giraud et al. 2005).
        for u in basis.iter().chain(&basis) {
            let along: f64 = u.iter().zip(&v).map(|(u, v)| u * v).sum();
            v.iter_mut().zip(u).for_each(|(v, u)| *v -= along * u);
        }
        let length = norm(&v);
        basis.push(v.iter().map(|v| v / length).collect());
    }
    for (at, w) in w.iter_mut().enumerate() {
        let (i, j) = (at / cols, at % cols);
        *w = T::from_f64(if rows <= cols {
            basis[i][j]
        } else {
            basis[j][i]
        });
    }
}

/// `scale` times the identity: of a square matrix (Le, Jaitly & Hinton 2015).
///
/// # Panics
/// If `w` is not square, or `scale` not finite.
#[track_caller]
pub fn identity<T: Real>(w: &mut [T], scale: f64) {
    let n = w.len().isqrt();
    check_shape("identity", w.len(), [n, n]);
    assert!(
        scale.is_finite(),
        "identity: scale {scale}, but it must be finite"
    );
    for (at, w) in w.iter_mut().enumerate() {
        *w = T::from_f64(if at / n == at % n { scale } else { 0.0 });
    }
}

/// The recurrent matrix of an echo state network (Jaeger 2001): square, with `per_row` elements not
/// 0 in each row, at random places, uniform and then scaled to the given spectral radius. That a
/// fixed small number serves networks of any size is Lukosevicius' advice (2012, section 3.2.2).
///
/// # Panics
/// If `w` is not square or has no row, `per_row` is 0 or more than there are columns, or `radius` is
/// negative or not finite.
#[track_caller]
pub fn sparse<T: Real>(w: &mut [T], per_row: usize, radius: f64, rng: &mut ChaCha8Rng) {
    let n = w.len().isqrt();
    check_shape("sparse", w.len(), [n, n]);
    assert!(
        (1..=n).contains(&per_row),
        "sparse: {per_row} elements in each row of {n}: 1 to {n} are possible"
    );
    w.fill(T::ZERO);
    for row in w.chunks_mut(n) {
        for at in index::sample(rng, n, per_row) {
            row[at] = T::from_f64(2.0 * rng.random::<f64>() - 1.0);
        }
    }
    scale_to_radius(w, radius);
}
