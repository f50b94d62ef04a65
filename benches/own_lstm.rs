//! Long short-term memory as a user would write it: a cell of plain operations, in the ten lines of
//! `project` and `step`.

use rand::rngs::ChaCha8Rng;
use wengert_rnn::{Cell, Params, init};
use wengert_tape::{Real, Tape, Var};

/// Long short-term memory, with parameters named and shaped as those of the library's.
#[derive(Clone, Copy, Debug)]
pub struct OwnLstm {
    /// Features of an input.
    pub inputs: usize,
    /// Hidden units.
    pub hidden: usize,
}

impl<T: Real> Cell<T> for OwnLstm {
    type Weights<'t> = [Var<'t, T>; 4];
    type State<'t> = [Var<'t, T>; 2];

    fn inputs(&self) -> usize {
        self.inputs
    }

    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let (rows, bound) = (4 * self.hidden, 1.0 / (self.hidden as f64).sqrt());
        let mut uniform = |w: &mut [T]| init::uniform(w, bound, rng);
        Params::new()
            .with("weight_ih_l0", [rows, self.inputs], &mut uniform)
            .with("weight_hh_l0", [rows, self.hidden], &mut uniform)
            .with("bias_ih_l0", [rows], &mut uniform)
            .with("bias_hh_l0", [rows], &mut uniform)
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> [Var<'t, T>; 2] {
        [tape.zeros([batch, self.hidden]); 2]
    }

    fn project<'t>(&self, &[w, _, b, c]: &[Var<'t, T>; 4], x: Var<'t, T>) -> Var<'t, T> {
        x.linear(w.t(), b + c)
    }

    fn step<'t>(
        &self,
        &[_, u, _, _]: &[Var<'t, T>; 4],
        x: Var<'t, T>,
        &[h, c]: &[Var<'t, T>; 2],
    ) -> [Var<'t, T>; 2] {
        let [i, f, g, o] = h.linear(u.t(), x).split_cols();
        let c = f.sigmoid() * c + i.sigmoid() * g.tanh();
        [o.sigmoid() * c.tanh(), c]
    }
}
