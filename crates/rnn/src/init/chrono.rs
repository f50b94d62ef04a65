//! Gate biases for memories of a range of time scales.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_tape::Real;

/// Biases `ln u`, u uniform in [1, T - 1], of the gate that keeps the memory: a gate of sigmoid(b)
/// forgets within about 1 + exp(b) steps, so that the units' memories spread up to T steps (Tallec &
/// Ollivier 2018, section 4). The gate that writes, if there is one, gets minus these.
///
/// # Panics
/// If `longest`, the T of the formula, is less than 2.
#[track_caller]
pub fn chrono<T: Real>(bias: &mut [T], longest: usize, rng: &mut ChaCha8Rng) {
    assert!(
        longest >= 2,
        "chrono: dependencies of up to {longest} steps, but at least 2 are needed"
    );
    for b in bias {
        let u = 1.0 + (longest - 2) as f64 * rng.random::<f64>();
        *b = T::from_f64(u.ln());
    }
}
