//! The minimal gated recurrent unit, minGRU (Feng, Tung, Ahmed, Bengio & Hajimirsadeghi 2024,
//! section 3.1): no gate sees the state.
//!
//! ```text
//! (z, n) = W_ih x + b
//! h' = (1 - sigmoid(z)) h + sigmoid(z) n
//! ```

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use super::gates::Sizes;
use super::linear_cell::{self, LinearCell};
use crate::cell::Cell;
use crate::params::Params;

/// The minimal gated recurrent unit, which [`scan()`](crate::scan()) runs in parallel over time.
///
/// Its weights are `weight_ih_l0` [2 H, I] and `bias_l0` [2 H].
#[derive(Clone, Copy, Debug)]
pub struct MinGru {
    sizes: Sizes,
}

impl MinGru {
    /// A cell of `hidden` units over `inputs` features.
    ///
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(inputs: usize, hidden: usize) -> Self {
        Self {
            sizes: Sizes::new("mingru", inputs, hidden, 2),
        }
    }
}

impl<T: Real> Cell<T> for MinGru {
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

impl<T: Real> LinearCell<T> for MinGru {
    fn coefficients<'t>(&self, &[ih, b]: &[Var<'t, T>; 2], x: Var<'t, T>) -> [Var<'t, T>; 2] {
        let [z, n] = x.linear(ih.t(), b).split_cols();
        [(-z).sigmoid(), z.sigmoid() * n]
    }
}
