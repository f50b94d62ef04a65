//! Independent elements, of a scale that keeps the variance of what flows through the matrix.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_tape::Real;

use super::check_shape;

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

/// Uniform between plus and minus `sqrt(6 / (rows + cols))` (Glorot & Bengio 2010, equation 16): of
/// a matrix of this shape, row-major. The variance is `2 / (rows + cols)`, halfway between what
/// keeps that of values and that of gradients.
///
/// # Panics
/// If `w` has not the shape's length.
#[track_caller]
pub fn glorot_uniform<T: Real>(w: &mut [T], shape: [usize; 2], rng: &mut ChaCha8Rng) {
    check_shape("glorot_uniform", w.len(), shape);
    uniform(w, glorot(shape) * 3f64.sqrt(), rng);
}

/// Gaussian of the variance `2 / (rows + cols)` of [`glorot_uniform`].
///
/// # Panics
/// If `w` has not the shape's length.
#[track_caller]
pub fn glorot_normal<T: Real>(w: &mut [T], shape: [usize; 2], rng: &mut ChaCha8Rng) {
    check_shape("glorot_normal", w.len(), shape);
    scaled_normal(w, glorot(shape), rng);
}

/// Uniform between plus and minus `sqrt(6 / cols)`: of a matrix from `cols` features to `rows` relu
/// units, row-major. The variance `2 / cols` makes up for the half that relu takes (He et al. 2015,
/// equation 10).
///
/// # Panics
/// If `w` has not the shape's length.
#[track_caller]
pub fn he_uniform<T: Real>(w: &mut [T], shape: [usize; 2], rng: &mut ChaCha8Rng) {
    check_shape("he_uniform", w.len(), shape);
    uniform(w, he(shape) * 3f64.sqrt(), rng);
}

/// Gaussian of the variance `2 / cols` of [`he_uniform`].
///
/// # Panics
/// If `w` has not the shape's length.
#[track_caller]
pub fn he_normal<T: Real>(w: &mut [T], shape: [usize; 2], rng: &mut ChaCha8Rng) {
    check_shape("he_normal", w.len(), shape);
    scaled_normal(w, he(shape), rng);
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
    scaled_normal(w, g / (units as f64).sqrt(), rng);
}

/// The standard deviation of [`glorot_normal`].
fn glorot([rows, cols]: [usize; 2]) -> f64 {
    (2.0 / (rows + cols) as f64).sqrt()
}

/// The standard deviation of [`he_normal`].
fn he([_, cols]: [usize; 2]) -> f64 {
    (2.0 / cols as f64).sqrt()
}

fn scaled_normal<T: Real>(w: &mut [T], deviation: f64, rng: &mut ChaCha8Rng) {
    for w in w {
        *w = T::from_f64(deviation * normal(rng));
    }
}

/// A standard normal number, by the polar method (Marsaglia & Bray 1964).
pub(crate) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    loop {
        let [x, y] = [0, 1].map(|_| 2.0 * rng.random::<f64>() - 1.0);
        let square = x * x + y * y;
        if 0.0 < square && square < 1.0 {
            return x * (-2.0 * square.ln() / square).sqrt();
        }
    }
}
