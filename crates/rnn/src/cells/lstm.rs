//! Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers, Schmidhuber & Cummins
//! 2000), with PyTorch's two biases and, if wanted, a projection (Sak, Senior & Beaufays 2014):
//!
//! ```text
//! (i, f, g, o) = W_ih x + b_ih + W_hh h + b_hh
//! c' = sigmoid(f) c + sigmoid(i) tanh(g)
//! h' = sigmoid(o) tanh(c'),   with a projection h' = W_hr (sigmoid(o) tanh(c'))
//! ```

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use super::gates::{Affine, Sizes};
use super::lstm_gates::lstm_gates;
use crate::cell::Cell;
use crate::params::Params;

/// Long short-term memory. Its state is `[h, c]`.
#[derive(Clone, Copy, Debug)]
pub struct Lstm {
    sizes: Sizes,
}

impl Lstm {
    /// A cell of `hidden` units over `inputs` features.
    ///
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(inputs: usize, hidden: usize) -> Self {
        Self {
            sizes: Sizes::new("lstm", inputs, hidden, 4),
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

    /// With a hidden state of `size` features, a linear map of the H that there are without.
    ///
    /// # Panics
    /// Unless `size` is at least 1 and less than H.
    #[track_caller]
    pub fn with_projection(mut self, size: usize) -> Self {
        self.sizes = self.sizes.with_projection(size);
        self
    }

    /// With this initial bias of the forget gate, the sum of its two: 1 remembers, and is advised
    /// by Jozefowicz, Zaremba & Sutskever (2015).
    ///
    /// # Panics
    /// If it is not finite, or the cell has no biases.
    #[track_caller]
    pub fn with_forget_bias(mut self, bias: f64) -> Self {
        self.sizes = self.sizes.with_forget_bias(bias);
        self
    }

    /// With initial biases of the forget gate for dependencies of up to `longest` steps, see
    /// [`init::chrono`](crate::init::chrono), and minus these for the input gate (Tallec & Ollivier
    /// 2018).
    ///
    /// # Panics
    /// If `longest` is less than 2, or the cell has no biases.
    #[track_caller]
    pub fn with_chrono(mut self, longest: usize) -> Self {
        self.sizes = self.sizes.with_chrono(longest);
        self
    }
}

impl<T: Real> Cell<T> for Lstm {
    type Weights<'t> = Affine<'t, T>;
    type State<'t> = [Var<'t, T>; 2];

    fn inputs(&self) -> usize {
        self.sizes.inputs
    }

    /// All uniform between plus and minus 1/sqrt(H), PyTorch's default, but for biases set otherwise.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        self.sizes.init_gated(1, Some(0), rng)
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> [Var<'t, T>; 2] {
        [self.sizes.recurrent(), self.sizes.hidden].map(|width| tape.zeros([batch, width]))
    }

    fn step<'t>(
        &self,
        w: &Affine<'t, T>,
        x: Var<'t, T>,
        &[h, c]: &[Var<'t, T>; 2],
    ) -> [Var<'t, T>; 2] {
        let [h, c] = lstm_gates(w.apply(x, h), c);
        [w.hr.map_or(h, |w_hr| h.matmul(w_hr.t())), c]
    }
}
