//! The simple recurrent network (Elman 1990), with PyTorch's two biases:
//!
//! ```text
//! h' = act(W_ih x + b_ih + W_hh h + b_hh),   act = tanh or relu
//! ```

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use super::gates::{Affine, Sizes};
use crate::cell::Cell;
use crate::params::Params;

/// The nonlinearity of an [`Elman`] cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Activation {
    /// Hyperbolic tangent.
    Tanh,
    /// max(x, 0).
    Relu,
}

/// The simple recurrent network: `h' = act(W_ih x + b_ih + W_hh h + b_hh)`.
#[derive(Clone, Copy, Debug)]
pub struct Elman {
    pub(super) sizes: Sizes,
    pub(super) activation: Activation,
}

impl Elman {
    /// A cell of `hidden` units over `inputs` features.
    ///
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(inputs: usize, hidden: usize, activation: Activation) -> Self {
        Self {
            sizes: Sizes::new("elman", inputs, hidden, 1),
            activation,
        }
    }

    /// Without `bias_ih_l0` and `bias_hh_l0`.
    pub fn without_bias(mut self) -> Self {
        self.sizes = self.sizes.without_bias();
        self
    }
}

impl<T: Real> Cell<T> for Elman {
    type Weights<'t> = Affine<'t, T>;
    type State<'t> = Var<'t, T>;

    fn inputs(&self) -> usize {
        self.sizes.inputs
    }

    /// All uniform between plus and minus 1/sqrt(H), PyTorch's default.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        self.sizes.init(rng)
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Var<'t, T> {
        tape.zeros([batch, self.sizes.hidden])
    }

    fn step<'t>(&self, w: &Affine<'t, T>, x: Var<'t, T>, h: &Var<'t, T>) -> Var<'t, T> {
        let a = w.apply(x, *h);
        match self.activation {
            Activation::Tanh => a.tanh(),
            Activation::Relu => a.relu(),
        }
    }
}
