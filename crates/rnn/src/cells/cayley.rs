//! Orthogonal matrices by the Cayley transform, scoRNN (Helfrich, Willmott & Ye 2018):
//!
//! ```text
//! W = (1 + A)^-1 (1 - A) D
//! ```
//!
//! Rational, and so cheaper than the exponential; but no A of finite size gives an eigenvalue -1,
//! which is what the signs D are for.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Var};

use super::orthogonal::{Orthogonal, OrthogonalMap, identity};

/// A recurrent network with an orthogonal recurrent matrix, by the Cayley transform.
pub type CayleyRnn = Orthogonal<Cayley>;

/// The Cayley transform (1 + A)^-1 (1 - A).
#[derive(Clone, Copy, Debug)]
pub enum Cayley {}

impl OrthogonalMap for Cayley {
    const CELL: &'static str = "cayley rnn";

    fn rotation<T: Real>(a: Var<'_, T>) -> Var<'_, T> {
        let one = identity(a.tape(), a.shape().dims()[0]);
        (one + a).solve(one - a)
    }

    /// sqrt((1 - cos t) / (1 + cos t)) = tan(t / 2), t uniform in [0, pi / 2]: a rotation by t
    /// (the initialisation of the paper).
    fn block(rng: &mut ChaCha8Rng) -> f64 {
        (std::f64::consts::FRAC_PI_4 * rng.random::<f64>()).tan()
    }
}
