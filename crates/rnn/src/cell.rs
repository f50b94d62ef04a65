//! The contract of a recurrent cell: its equations, in a time-parallel and a recurrent part.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use crate::params::Params;
use crate::vars::{FromVars, Vars};

/// A recurrent cell: how a state and an input become the next state.
///
/// A cell of your own is this trait; the library's cells are nothing more, and take the same path.
/// Gates are column slices of one product, and gradients need no code:
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::{Cell, Lengths, Params, init, unroll};
/// use wengert_tape::{Real, Tape, Var};
///
/// /// h' = u * h + (1 - u) * tanh(a), with (u, a) = (sigmoid, identity)(W x + U h).
/// struct Gated {
///     inputs: usize,
///     hidden: usize,
/// }
///
/// impl<T: Real> Cell<T> for Gated {
///     type Weights<'t> = [Var<'t, T>; 2];
///     type State<'t> = Var<'t, T>;
///
///     fn inputs(&self) -> usize {
///         self.inputs
///     }
///     fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
///         let bound = 1.0 / (self.hidden as f64).sqrt();
///         Params::new()
///             .with("weight_ih_l0", [2 * self.hidden, self.inputs], |w| init::uniform(w, bound, rng))
///             .with("weight_hh_l0", [2 * self.hidden, self.hidden], |w| init::uniform(w, bound, rng))
///     }
///     fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Var<'t, T> {
///         tape.zeros([batch, self.hidden])
///     }
///     fn project<'t>(&self, &[w, _]: &[Var<'t, T>; 2], x: Var<'t, T>) -> Var<'t, T> {
///         x.matmul(w.t())
///     }
///     fn step<'t>(&self, &[_, u]: &[Var<'t, T>; 2], x: Var<'t, T>, h: &Var<'t, T>) -> Var<'t, T> {
///         let [gate, a] = h.linear(u.t(), x).split_cols();
///         let (gate, a) = (gate.sigmoid(), a.tanh());
///         a + gate * (*h - a)
///     }
/// }
///
/// let cell = Gated { inputs: 1, hidden: 4 };
/// let params = cell.init(&mut ChaCha8Rng::seed_from_u64(7));
/// let tape = Tape::<f64>::new();
/// let mut leaves = params.bind(&tape);
/// let x = tape.constant([3, 1], &[1.0, 0.0, -1.0]); // three steps of one sample
/// let run = unroll(&cell, &leaves.take(), x, &Lengths::equal(3, 1), None);
/// run.last.sum().backward();
/// assert_eq!(leaves.gradient().len(), 8 * 1 + 8 * 4);
/// ```
pub trait Cell<T: Real> {
    /// The parameters on a tape, in the order of [`Cell::init`].
    type Weights<'t>: FromVars<'t, T>;

    /// The recurrent state, one row for each sample: `h`, or `[h, c]`. The first variable is the
    /// hidden state, which is the cell's output.
    type State<'t>: Vars<'t, T>;

    /// Number of features of an input.
    fn inputs(&self) -> usize;

    /// Fresh parameters: names, shapes and initial values.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T>;

    /// The state before the first step, where none is given: zeros.
    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Self::State<'t>;

    /// The part that needs no state, of a chunk of steps at once: rows of `x`, one for each step
    /// and sample, become rows of what [`Cell::step`] receives. One tall product is faster than one
    /// for each step. By default there is no such part.
    fn project<'t>(&self, _w: &Self::Weights<'t>, x: Var<'t, T>) -> Var<'t, T> {
        x
    }

    /// The next state, from the projected input of one step and the state, of as many rows each.
    fn step<'t>(
        &self,
        w: &Self::Weights<'t>,
        x: Var<'t, T>,
        state: &Self::State<'t>,
    ) -> Self::State<'t>;
}
