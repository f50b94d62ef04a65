//! The minimal LSTM, minLSTM (Feng, Tung, Ahmed, Bengio & Hajimirsadeghi 2024, section 3.2): no gate
//! sees the state, and the forget and input gates add up to 1.
//!
//! ```text
//! (i, f, n) = W_ih x + b
//! h' = (sigmoid(f) h + sigmoid(i) n) / (sigmoid(f) + sigmoid(i))
//! ```
//!
//! With d = ln sigmoid(f) - ln sigmoid(i) this is h' = sigmoid(d) h + sigmoid(-d) n, which is right
//! also where both gates underflow.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use super::gates::Sizes;
use super::linear_cell::{self, LinearCell};
use crate::cell::Cell;
use crate::params::Params;

/// The minimal LSTM, which [`scan()`](crate::scan()) runs in parallel over time.
///
/// Its weights are `weight_ih_l0` [3 H, I] and `bias_l0` [3 H]; its state is h alone.
#[derive(Clone, Copy, Debug)]
pub struct MinLstm {
    sizes: Sizes,
}

impl MinLstm {
    /// A cell of `hidden` units over `inputs` features.
    ///
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(inputs: usize, hidden: usize) -> Self {
        Self {
            sizes: Sizes::new("minlstm", inputs, hidden, 3),
        }
    }
}

impl<T: Real> Cell<T> for MinLstm {
    type Weights<'t> = [Var<'t, T>; 2];
    type State<'t> = Var<'t, T>;

    fn inputs(&self) -> usize {
        self.sizes.inputs
    }

    /// All uniform between plus and minus 1/sqrt(I), as of any affine layer.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        self.sizes.init_affine(rng)
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Var<'t, T> {
        tape.zeros([batch, self.sizes.hidden])
    }

    fn project<'t>(&self, w: &[Var<'t, T>; 2], x: Var<'t, T>) -> Var<'t, T> {
        linear_cell::project(self, w, x)
    }

    fn step<'t>(&self, _: &[Var<'t, T>; 2], x: Var<'t, T>, h: &Var<'t, T>) -> Var<'t, T> {
        linear_cell::step(x, *h)
    }
}

impl<T: Real> LinearCell<T> for MinLstm {
    fn coefficients<'t>(&self, &[ih, b]: &[Var<'t, T>; 2], x: Var<'t, T>) -> [Var<'t, T>; 2] {
        let [i, f, n] = x.linear(ih.t(), b).split_cols();
        let d = f.log_sigmoid() - i.log_sigmoid();
        [d.sigmoid(), (-d).sigmoid() * n]
    }
}
