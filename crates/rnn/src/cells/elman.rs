//! The simple recurrent network (Elman 1990), with PyTorch's two biases:
//!
//! ```text
//! h' = act(W_ih x + b_ih + W_hh h + b_hh),   act = tanh or relu
//! ```
//!
//! `weight_ih_l0` [H, I], `weight_hh_l0` [H, H], `bias_ih_l0` [H], `bias_hh_l0` [H].

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use crate::cell::Cell;
use crate::init;
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
    inputs: usize,
    hidden: usize,
    activation: Activation,
}

impl Elman {
    /// A cell of `hidden` units over `inputs` features.
    ///
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(inputs: usize, hidden: usize, activation: Activation) -> Self {
        assert!(
            inputs > 0 && hidden > 0,
            "elman: {inputs} inputs and {hidden} hidden units: neither may be 0"
        );
        Self {
            inputs,
            hidden,
            activation,
        }
    }
}

impl<T: Real> Cell<T> for Elman {
    type Weights<'t> = [Var<'t, T>; 4];
    type State<'t> = Var<'t, T>;

    fn inputs(&self) -> usize {
        self.inputs
    }

    /// All uniform between plus and minus 1/sqrt(H), PyTorch's default.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let (i, h) = (self.inputs, self.hidden);
        let bound = 1.0 / (h as f64).sqrt();
        Params::new()
            .with("weight_ih_l0", [h, i], |w| init::uniform(w, bound, rng))
            .with("weight_hh_l0", [h, h], |w| init::uniform(w, bound, rng))
            .with("bias_ih_l0", [h], |b| init::uniform(b, bound, rng))
            .with("bias_hh_l0", [h], |b| init::uniform(b, bound, rng))
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Var<'t, T> {
        tape.zeros([batch, self.hidden])
    }

    fn project<'t>(&self, &[w_ih, _, b_ih, b_hh]: &[Var<'t, T>; 4], x: Var<'t, T>) -> Var<'t, T> {
        x.linear(w_ih.t(), b_ih + b_hh)
    }

    fn step<'t>(
        &self,
        &[_, w_hh, _, _]: &[Var<'t, T>; 4],
        x: Var<'t, T>,
        h: &Var<'t, T>,
    ) -> Var<'t, T> {
        let a = h.linear(w_hh.t(), x);
        match self.activation {
            Activation::Tanh => a.tanh(),
            Activation::Relu => a.relu(),
        }
    }
}
