//! JANET, just another network (van der Westhuizen & Lasenby 2018): long short-term memory with the
//! forget gate only.
//!
//! ```text
//! (s, g) = W_ih x + b_ih + W_hh h + b_hh
//! h' = sigmoid(s) h + sigmoid(1 - s) tanh(g)
//! ```
//!
//! The paper's 1 - sigmoid(s - 1) is sigmoid(1 - s): a little more is added than is forgotten.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use super::gates::{Affine, Sizes};
use crate::cell::Cell;
use crate::params::Params;

/// Long short-term memory with the forget gate only.
#[derive(Clone, Copy, Debug)]
pub struct Janet {
    sizes: Sizes,
}

impl Janet {
    /// A cell of `hidden` units over `inputs` features.
    ///
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(inputs: usize, hidden: usize) -> Self {
        Self {
            sizes: Sizes::new("janet", inputs, hidden, 2),
        }
    }

    /// With initial biases of the forget gate for dependencies of up to `longest` steps, as the
    /// paper has them: see [`init::chrono`](crate::init::chrono).
    ///
    /// # Panics
    /// If `longest` is less than 2.
    #[track_caller]
    pub fn with_chrono(mut self, longest: usize) -> Self {
        self.sizes = self.sizes.with_chrono(longest);
        self
    }
}

impl<T: Real> Cell<T> for Janet {
    type Weights<'t> = Affine<'t, T>;
    type State<'t> = Var<'t, T>;

    fn inputs(&self) -> usize {
        self.sizes.inputs
    }

    /// All uniform between plus and minus 1/sqrt(H), but for biases set otherwise.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        self.sizes.init_gated(0, None, rng)
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Var<'t, T> {
        tape.zeros([batch, self.sizes.hidden])
    }

    fn step<'t>(&self, w: &Affine<'t, T>, x: Var<'t, T>, h: &Var<'t, T>) -> Var<'t, T> {
        let [s, g] = w.apply(x, *h).split_cols();
        s.sigmoid() * *h + (1.0 - s).sigmoid() * g.tanh()
    }
}
