//! Initial values of weight matrices, and their spectral radius.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_kernels::{Mat, MatMut, Real, gemm};

use crate::norm::norm;

/// Uniform between -bound and bound.
///
/// # Panics
/// If `bound` is negative or not finite.
#[track_caller]
pub fn uniform<T: Real>(w: &mut [T], bound: f64, rng: &mut ChaCha8Rng) {
    assert!(
        bound >= 0.0 && bound.is_finite(),
        "uniform: bound {bound}, but it must be finite and not negative"
    );
    for w in w {
        *w = T::from_f64(bound * (2.0 * rng.random::<f64>() - 1.0));
    }
}

/// Uniform between plus and minus `sqrt(6 / (rows + cols))` (Glorot & Bengio 2010): of a matrix of
/// this shape, row-major.
///
/// # Panics
/// If `w` has not the shape's length.
#[track_caller]
pub fn glorot_uniform<T: Real>(w: &mut [T], shape: [usize; 2], rng: &mut ChaCha8Rng) {
    check_shape("glorot_uniform", w.len(), shape);
    let [rows, cols] = shape;
    uniform(w, (6.0 / (rows + cols) as f64).sqrt(), rng);
}

/// Gaussian with standard deviation g / sqrt(H): a random network of H units, whose recurrent
/// matrix has a spectral radius near g (Sompolinsky et al. 1988).
///
/// # Panics
/// If `g` is not finite or `units` is 0.
#[track_caller]
pub fn gaussian<T: Real>(w: &mut [T], g: f64, units: usize, rng: &mut ChaCha8Rng) {
    assert!(
        g.is_finite() && units > 0,
        "gaussian: g = {g} over {units} units: g must be finite, and units not 0"
    );
    let deviation = g / (units as f64).sqrt();
    for w in w {
        *w = T::from_f64(deviation * normal(rng));
    }
}

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

/// A standard normal number, by the polar method (Marsaglia & Bray 1964).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    loop {
        let [x, y] = [0, 1].map(|_| 2.0 * rng.random::<f64>() - 1.0);
        let square = x * x + y * y;
        if 0.0 < square && square < 1.0 {
            return x * (-2.0 * square.ln() / square).sqrt();
        }
    }
}

#[track_caller]
fn check_shape(what: &str, len: usize, [rows, cols]: [usize; 2]) {
    assert!(
        len == rows * cols,
        "{what}: {len} elements for a matrix [{rows},{cols}]"
    );
}
