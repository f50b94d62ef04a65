//! The spectral radius of a matrix, found and set.

use wengert_kernels::{Mat, MatMut, gemm};
use wengert_tape::Real;

use super::check_shape;
use crate::norm::norm;

/// The largest modulus of an eigenvalue of a square matrix, row-major, to about 1e-10 relative.
///
/// It is the limit of |W^n|^(1/n) (Gelfand 1941), taken at n = 2^42 by repeated squaring with a
/// rescaling each time. Power iteration would not converge where the largest eigenvalues are a
/// complex pair; here the error is the logarithm of the condition of the eigenvectors over n, and
/// rounding errors, doubled by each squaring, are halved by each root.
///
/// # Panics
/// If `w` is not square.
#[track_caller]
pub fn spectral_radius<T: Real>(w: &[T]) -> f64 {
    let n = w.len().isqrt();
    check_shape("spectral_radius", w.len(), [n, n]);
    let mut power: Vec<f64> = w.iter().map(|w| w.to_f64()).collect();
    let mut square = vec![0.0; n * n];
    let mut log_radius = 0.0;
    for k in 0..=42 {
        let scale = norm(&power);
        if scale == 0.0 {
            return 0.0; // nilpotent
        }
        log_radius += scale.ln() / f64::from(k).exp2();
        for p in &mut power {
            *p /= scale;
        }
        let a = Mat::rows(&power, n, n);
        gemm(a, a, MatMut::rows(&mut square, n, n), false);
        std::mem::swap(&mut power, &mut square);
    }
    log_radius.exp()
}

/// Scales a square matrix, row-major, to the given spectral radius.
///
/// # Panics
/// If `w` is not square, its spectral radius is 0, or `radius` is negative or not finite.
#[track_caller]
pub fn scale_to_radius<T: Real>(w: &mut [T], radius: f64) {
    let found = spectral_radius(w);
    assert!(
        found > 0.0 && radius >= 0.0 && radius.is_finite(),
        "scale_to_radius: from {found} to {radius}: not from 0, nor to a negative or infinite one"
    );
    for w in w {
        *w = T::from_f64(w.to_f64() / found * radius);
    }
}
