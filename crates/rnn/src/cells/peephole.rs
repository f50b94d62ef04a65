//! Long short-term memory whose gates see the cell (Gers & Schmidhuber 2000), in the form of Graves
//! (2013, equations 7 to 11):
//!
//! ```text
//! (i, f, g, o) = W_ih x + b_ih + W_hh h + b_hh
//! c' = sigmoid(f + p_f c) c + sigmoid(i + p_i c) tanh(g)
//! h' = sigmoid(o + p_o c') tanh(c')
//! ```

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use super::gates::{Affine, Sizes};
use crate::cell::Cell;
use crate::init;
use crate::params::Params;
use crate::vars::FromVars;

/// Long short-term memory with peepholes. Its state is `[h, c]`.
#[derive(Clone, Copy, Debug)]
pub struct PeepholeLstm {
    sizes: Sizes,
}

/// The weights of a [`PeepholeLstm`].
#[derive(Clone, Copy, Debug)]
pub struct Peepholes<'t, T: Real> {
    /// Those of an [`Lstm`](super::Lstm).
    pub gates: Affine<'t, T>,
    /// p_i, p_f and p_o, the thirds of `weight_peephole_l0` [3 H].
    pub peepholes: [Var<'t, T>; 3],
}

impl<'t, T: Real> FromVars<'t, T> for Peepholes<'t, T> {
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        let (peepholes, gates) = vars.split_last()?;
        Some(Self {
            gates: Affine::from_vars(gates)?,
            peepholes: peepholes.split_cols(),
        })
    }
}

impl PeepholeLstm {
    /// A cell of `hidden` units over `inputs` features.
    ///
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(inputs: usize, hidden: usize) -> Self {
        Self {
            sizes: Sizes::new("peephole lstm", inputs, hidden, 4),
        }
    }
}

impl<T: Real> Cell<T> for PeepholeLstm {
    type Weights<'t> = Peepholes<'t, T>;
    type State<'t> = [Var<'t, T>; 2];

    fn inputs(&self) -> usize {
        self.sizes.inputs
    }

    /// All uniform between plus and minus 1/sqrt(H).
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let bound = 1.0 / (self.sizes.hidden as f64).sqrt();
        let gates = self.sizes.init(rng);
        gates.with("weight_peephole_l0", [3 * self.sizes.hidden], |p| {
            init::uniform(p, bound, rng);
        })
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> [Var<'t, T>; 2] {
        [tape.zeros([batch, self.sizes.hidden]); 2]
    }

    fn step<'t>(
        &self,
        w: &Peepholes<'t, T>,
        x: Var<'t, T>,
        &[h, c]: &[Var<'t, T>; 2],
    ) -> [Var<'t, T>; 2] {
        let [p_i, p_f, p_o] = w.peepholes;
        let [i, f, g, o] = w.gates.apply(x, h).split_cols();
        let c = (f + p_f * c).sigmoid() * c + (i + p_i * c).sigmoid() * g.tanh();
        [(o + p_o * c).sigmoid() * c.tanh(), c]
    }
}
