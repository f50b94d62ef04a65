//! The gated recurrent unit as first published (Cho et al. 2014), the reset gate before the product
//! with the hidden state. [`Gru`](super::Gru) has it behind, as cuDNN and PyTorch do:
//!
//! ```text
//! r = sigmoid(W_ir x + b_ir + W_hr h + b_hr),   z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
//! n = tanh(W_in x + b_in + W_hn (r h) + b_hn)
//! h' = (1 - z) n + z h
//! ```

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use super::gates::{Affine, Gates, Sizes};
use crate::cell::Cell;
use crate::params::Params;
use crate::vars::FromVars;

/// The gated recurrent unit of 2014; gates r, z, n.
#[derive(Clone, Copy, Debug)]
pub struct GruResetBefore {
    sizes: Sizes,
}

impl GruResetBefore {
    /// A cell of `hidden` units over `inputs` features.
    ///
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(inputs: usize, hidden: usize) -> Self {
        Self {
            sizes: Sizes::new("gru (reset before)", inputs, hidden, 3),
        }
    }

    /// With initial biases of the update gate z, which keeps the state, for dependencies of up to
    /// `longest` steps: see [`init::chrono`](crate::init::chrono) (Tallec & Ollivier 2018).
    ///
    /// # Panics
    /// If `longest` is less than 2.
    #[track_caller]
    pub fn with_chrono(mut self, longest: usize) -> Self {
        self.sizes = self.sizes.with_chrono(longest);
        self
    }
}

impl<T: Real> Cell<T> for GruResetBefore {
    type Weights<'t> = [Affine<'t, T>; 2];
    type State<'t> = Var<'t, T>;

    fn inputs(&self) -> usize {
        self.sizes.inputs
    }

    /// All uniform between plus and minus 1/sqrt(H), but for biases set otherwise.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        self.sizes.init_gated(1, None, rng)
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Var<'t, T> {
        tape.zeros([batch, self.sizes.hidden])
    }

    fn step<'t>(
        &self,
        &[gates, candidate]: &[Affine<'t, T>; 2],
        x: Var<'t, T>,
        h: &Var<'t, T>,
    ) -> Var<'t, T> {
        let [r, z] = gates.apply(x, *h).sigmoid().split_cols();
        let n = candidate.apply(x, r * *h).tanh();
        n + z * (*h - n)
    }
}

impl<'t, T: Real> FromVars<'t, T> for [Affine<'t, T>; 2] {
    /// The gates r and z together, and n.
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        let gates = Gates::from_vars(vars)?;
        let hidden = gates.hidden(3)?;
        let parts = [0..2 * hidden, 2 * hidden..3 * hidden];
        Some(parts.map(|rows| Affine::new(&gates.rows(rows))))
    }
}
