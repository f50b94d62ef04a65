//! The Euclidean norm, without overflow or underflow on the way.

use wengert_tape::Real;

/// `sqrt(sum x_i^2)`, accumulated in `f64` and scaled by the largest element: adjoints vanish to
/// 1e-300 and explode to 1e300, where a plain sum of squares would be 0 or infinite. 0 of nothing;
/// NaN or infinite if an element is.
pub fn norm<T: Real>(x: &[T]) -> f64 {
    let largest = x.iter().map(|x| x.to_f64().abs()).fold(0.0, f64::max);
    if largest == 0.0 || !largest.is_finite() {
        return x.iter().map(|x| x.to_f64().abs()).sum();
    }
    let scaled = |x: &T| x.to_f64() / largest;
    largest * x.iter().map(|x| scaled(x) * scaled(x)).sum::<f64>().sqrt()
}
