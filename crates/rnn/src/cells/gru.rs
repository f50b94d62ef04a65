//! The gated recurrent unit (Cho et al. 2014), with PyTorch's two biases, the reset gate after the
//! product with the hidden state:
//!
//! ```text
//! r = sigmoid(W_ir x + b_ir + W_hr h + b_hr),   z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
//! n = tanh(W_in x + b_in + r (W_hn h + b_hn))
//! h' = (1 - z) n + z h
//! ```

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use super::gates::{Affine, Gates, Sizes};
use super::gru_gates::gru_gates;
use crate::cell::Cell;
use crate::params::Params;
use crate::vars::FromVars;

/// The gated recurrent unit; gates r, z, n.
#[derive(Clone, Copy, Debug)]
pub struct Gru {
    sizes: Sizes,
}

impl Gru {
    /// A cell of `hidden` units over `inputs` features.
    ///
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(inputs: usize, hidden: usize) -> Self {
        Self {
            sizes: Sizes::new("gru", inputs, hidden, 3),
        }
    }

    /// Without `bias_ih_l0` and `bias_hh_l0`.
    ///
    /// # Panics
    /// If initial biases were set.
    #[track_caller]
    pub fn without_bias(mut self) -> Self {
        self.sizes = self.sizes.without_bias();
        self
    }

    /// With initial biases of the update gate z, which keeps the state, for dependencies of up to
    /// `longest` steps: see [`init::chrono`](crate::init::chrono) (Tallec & Ollivier 2018).
    ///
    /// # Panics
    /// If `longest` is less than 2, or the cell has no biases.
    #[track_caller]
    pub fn with_chrono(mut self, longest: usize) -> Self {
        self.sizes = self.sizes.with_chrono(longest);
        self
    }
}

impl<T: Real> Cell<T> for Gru {
    type Weights<'t> = GruWeights<'t, T>;
    type State<'t> = Var<'t, T>;

    fn inputs(&self) -> usize {
        self.sizes.inputs
    }

    /// All uniform between plus and minus 1/sqrt(H), PyTorch's default, but for biases set otherwise.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        self.sizes.init_gated(1, None, rng)
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Var<'t, T> {
        tape.zeros([batch, self.sizes.hidden])
    }

    fn step<'t>(&self, w: &GruWeights<'t, T>, x: Var<'t, T>, h: &Var<'t, T>) -> Var<'t, T> {
        let [w_x, b_x] = w.x;
        let [w_h, b_h] = w.h;
        let (x_n, u_n) = (x.linear(w_x, b_x), h.linear(w_h, b_h));
        gru_gates(w.gates.apply(x, *h), x_n, u_n, *h)
    }
}

/// The weights of a [`Gru`], in the form in which each step reads them.
#[derive(Clone, Copy, Debug)]
pub struct GruWeights<'t, T: Real> {
    /// To r and z, which add what comes from input and hidden state.
    gates: Affine<'t, T>,
    /// W_in^T and b_in.
    x: [Var<'t, T>; 2],
    /// W_hn^T and b_hn.
    h: [Var<'t, T>; 2],
}

impl<'t, T: Real> FromVars<'t, T> for GruWeights<'t, T> {
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        let all = Gates::from_vars(vars)?;
        let hidden = all.hidden(3)?;
        let Gates { ih, hh, bias, .. } = all.rows(2 * hidden..3 * hidden);
        let [b_in, b_hn] = bias.unwrap_or_else(|| [ih.tape().scalar(0.0); 2]);
        Some(Self {
            gates: Affine::new(&all.rows(0..2 * hidden)),
            x: [ih.t(), b_in],
            h: [hh.t(), b_hn],
        })
    }
}
