//! Initial states: from a feature vector, or one for all samples.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use crate::cell::Cell;
use crate::linear::Linear;
use crate::params::Params;
use crate::vars::{FromVars, Vars};

/// The initial state of a cell as an affine map of features: one layer for all variables of the
/// state (h, or h and c), side by side. For a sequence from one vector, or between an encoder and a
/// decoder of different sizes.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::{Cell, InitialState, Lengths, Lstm, Params, unroll};
/// use wengert_tape::Tape;
///
/// let (initial, cell) = (InitialState::new(2), Lstm::new(1, 4));
/// let mut rng = ChaCha8Rng::seed_from_u64(0);
/// let params = Params::new()
///     .with_part("initial.", initial.init(&cell, &mut rng))
///     .with_part("cell.", cell.init(&mut rng));
/// let tape = Tape::<f64>::new();
/// let mut leaves = params.bind(&tape);
/// let (v, w) = (leaves.take(), leaves.take());
///
/// // Five steps of three samples, each from a state made of two features.
/// let features = tape.constant([3, 2], &[0.5; 6]);
/// let state = initial.apply(&cell, &v, features);
/// let x = tape.constant([15, 1], &[0.1; 15]);
/// let run = unroll(&cell, &w, x, &Lengths::equal(5, 3), Some(&state));
/// assert_eq!(run.last[1].shape().dims(), [3, 4]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct InitialState {
    features: usize,
}

impl InitialState {
    /// From this many features.
    ///
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub fn new(features: usize) -> Self {
        assert!(features > 0, "initial state: from 0 features");
        Self { features }
    }

    /// Fresh parameters for the state of `cell`: those of a [`Linear`] layer.
    pub fn init<T: Real, C: Cell<T>>(&self, cell: &C, rng: &mut ChaCha8Rng) -> Params<T> {
        Linear::new(self.features, widths(cell).iter().sum()).init(rng)
    }

    /// The state of `cell` for each row of features: of [B, features].
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn apply<'t, T: Real, C: Cell<T>>(
        &self,
        cell: &C,
        &[w, b]: &[Var<'t, T>; 2],
        features: Var<'t, T>,
    ) -> C::State<'t> {
        let parts = features.linear(w.t(), b).split(1, &widths(cell));
        C::State::from_vars(&parts).expect("as many as the cell's zero state has")
    }
}

/// Features of each variable of a cell's state.
pub(crate) fn widths<T: Real, C: Cell<T>>(cell: &C) -> Vec<usize> {
    let tape = Tape::new();
    let zeros = cell.zero_state(&tape, 1);
    zeros.as_slice().iter().map(|zeros| zeros.len()).collect()
}

/// The state of one sample, [1, ..] each, for `batch` samples: a learned initial state is a leaf for
/// each variable, repeated. Its adjoint is the sum over the samples.
///
/// # Panics
/// If it is of more than one sample.
#[track_caller]
pub fn repeat<'t, T: Real, S: Vars<'t, T>>(state: &S, batch: usize) -> S {
    for var in state.as_slice() {
        assert!(
            var.shape().dims().first() == Some(&1),
            "repeat: a state {}, but one of one sample is repeated, [1, ..]",
            var.shape(),
        );
    }
    state.map(|var| {
        let mut dims = var.shape().dims().to_vec();
        dims[0] = batch;
        var.broadcast_to(&dims[..])
    })
}
