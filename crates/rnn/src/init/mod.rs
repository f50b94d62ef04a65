//! Initial values of weights: functions that fill a slice of elements, row-major.
//!
//! A cell draws its parameters with [`Cell::init`](crate::Cell::init); one line draws any of them
//! anew:
//!
//! ```
//! use rand::{SeedableRng, rngs::ChaCha8Rng};
//! use wengert_rnn::{Activation, Cell, Elman, Params, init};
//!
//! let mut rng = ChaCha8Rng::seed_from_u64(0);
//! let mut params: Params<f64> = Elman::new(3, 50, Activation::Tanh).init(&mut rng);
//! init::sparse(params.get_mut("weight_hh_l0"), 10, 0.95, &mut rng); // an echo state network
//! assert!((init::spectral_radius(params.get("weight_hh_l0")) - 0.95).abs() < 1e-9);
//! ```
//!
//! Where the matrices of several gates lie one below the other in one tensor, fill them one by one:
//!
//! ```
//! # use rand::{SeedableRng, rngs::ChaCha8Rng};
//! # use wengert_rnn::{Cell, Lstm, Params, init};
//! # let mut rng = ChaCha8Rng::seed_from_u64(0);
//! # let mut params: Params<f64> = Lstm::new(3, 50).init(&mut rng);
//! for gate in params.get_mut("weight_hh_l0").chunks_mut(50 * 50) {
//!     init::orthogonal(gate, [50, 50], &mut rng);
//! }
//! ```

mod chrono;
mod radius;
mod scaled;
mod structured;

pub use chrono::chrono;
pub use radius::{scale_to_radius, spectral_radius};
pub(crate) use scaled::normal;
pub use scaled::{gaussian, glorot_normal, glorot_uniform, he_normal, he_uniform, uniform};
pub use structured::{identity, orthogonal, sparse};

#[track_caller]
fn check_shape(what: &str, len: usize, [rows, cols]: [usize; 2]) {
    assert!(
        len == rows * cols,
        "{what}: {len} elements for a matrix [{rows},{cols}]"
    );
}
