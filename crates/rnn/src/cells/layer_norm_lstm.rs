//! Layer-normalised long short-term memory (Ba, Kiros & Hinton 2016, equations 20 to 22):
//!
//! ```text
//! (i, f, g, o) = LN(W_ih x) a_ih + LN(W_hh h) a_hh + b
//! c' = sigmoid(f) c + sigmoid(i) tanh(g)
//! h' = sigmoid(o) tanh(LN(c') a_c + b_c)
//! LN(z) = (z - mean z) / sqrt(var z + 1e-5),   over the features of one sample
//! ```
//!
//! The normalisation is over all four gates together. The paper's three biases of the gates are only
//! added, so one stands for them.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use super::gates::Sizes;
use crate::cell::Cell;
use crate::init;
use crate::params::Params;

/// Added to the variance, as PyTorch's layer norm does: where all features are equal (one unit, or a
/// zero state) the result and its derivative are 0.
const EPSILON: f64 = 1e-5;

/// Layer-normalised long short-term memory. Its state is `[h, c]`.
///
/// Its weights are `weight_ih_l0` [4 H, I], `weight_hh_l0` [4 H, H], the gains `gain_ih_l0` and
/// `gain_hh_l0` [4 H], `bias_l0` [4 H], and of the cell `gain_c_l0` and `bias_c_l0` \[H\].
#[derive(Clone, Copy, Debug)]
pub struct LayerNormLstm {
    sizes: Sizes,
}

impl LayerNormLstm {
    /// A cell of `hidden` units over `inputs` features.
    ///
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(inputs: usize, hidden: usize) -> Self {
        Self {
            sizes: Sizes::new("layer-norm lstm", inputs, hidden, 4),
        }
    }
}

/// LN(z), row by row.
fn normalised<T: Real>(z: Var<'_, T>) -> Var<'_, T> {
    let centred = z - z.mean_axes(&[1]).unsqueeze(1);
    let variance = centred.square().mean_axes(&[1]).unsqueeze(1);
    centred / (variance + EPSILON).sqrt()
}

impl<T: Real> Cell<T> for LayerNormLstm {
    type Weights<'t> = [Var<'t, T>; 7];
    type State<'t> = [Var<'t, T>; 2];

    fn inputs(&self) -> usize {
        self.sizes.inputs
    }

    /// Matrices uniform between plus and minus 1/sqrt(H), gains 1, biases 0.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let Sizes { inputs, hidden, .. } = self.sizes;
        let bound = 1.0 / (hidden as f64).sqrt();
        let mut uniform = |w: &mut [T]| init::uniform(w, bound, rng);
        let one = |a: &mut [T]| a.fill(T::ONE);
        let zero = |b: &mut [T]| b.fill(T::ZERO);
        Params::new()
            .with("weight_ih_l0", [4 * hidden, inputs], &mut uniform)
            .with("weight_hh_l0", [4 * hidden, hidden], &mut uniform)
            .with("gain_ih_l0", [4 * hidden], one)
            .with("gain_hh_l0", [4 * hidden], one)
            .with("bias_l0", [4 * hidden], zero)
            .with("gain_c_l0", [hidden], one)
            .with("bias_c_l0", [hidden], zero)
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> [Var<'t, T>; 2] {
        [tape.zeros([batch, self.sizes.hidden]); 2]
    }

    fn project<'t>(&self, &[ih, _, gain, _, b, ..]: &[Var<'t, T>; 7], x: Var<'t, T>) -> Var<'t, T> {
        normalised(x.matmul(ih.t())) * gain + b
    }

    fn step<'t>(
        &self,
        &[_, hh, _, gain, _, gain_c, b_c]: &[Var<'t, T>; 7],
        x: Var<'t, T>,
        &[h, c]: &[Var<'t, T>; 2],
    ) -> [Var<'t, T>; 2] {
        let [i, f, g, o] = (x + normalised(h.matmul(hh.t())) * gain).split_cols();
        let c = f.sigmoid() * c + i.sigmoid() * g.tanh();
        [o.sigmoid() * (normalised(c) * gain_c + b_c).tanh(), c]
    }
}
