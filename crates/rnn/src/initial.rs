//! Initial states: from a feature vector, or one for all samples.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use crate::cell::{Cell, FromVars, Vars};
use crate::linear::Linear;
use crate::params::Params;

/// The initial state of a cell as an affine map of features: one layer for all variables of the
/// state (h, or h and c), side by side. For a sequence from one vector, or between an encoder and a
/// decoder of different sizes.
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
fn widths<T: Real, C: Cell<T>>(cell: &C) -> Vec<usize> {
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
    let rows = vec![0; batch];
    state.map(|var| var.embedding(&rows))
}
