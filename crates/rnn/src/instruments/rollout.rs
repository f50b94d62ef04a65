//! What an instrument looks at: a cell, its parameters, and the sequences it runs over.
//!
//! ```text
//! s_{t+1} = step(w, project(w, x_t), s_t),   t = 0 .. T-1,   s = h, or [h, c] side by side
//! ```

use std::ops::Range;

use wengert_tape::{Real, Tape, Var, concat};

use crate::cell::Cell;
use crate::params::{Leaves, Params};
use crate::vars::{FromVars, Vars};

/// A cell run over a batch of sequences of equal length.
///
/// The whole state of a sample is one row s of S numbers: the variables of the cell's state side by
/// side. Step t = 0 .. T-1 leads from state t to state t + 1; state 0 is the initial one.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::instruments::{Rollout, step_jacobians};
/// use wengert_rnn::{Cell, Lstm, Params};
///
/// let cell = Lstm::new(2, 3);
/// let params: Params<f64> = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
/// let x = [0.5, -1.0, 0.2, 0.7]; // two steps of one sequence
/// let rollout = Rollout::new(&cell, &params, &x, 1).starting_at(&[0.1; 6]);
/// assert_eq!((rollout.steps(), rollout.state_len()), (2, 6)); // h and c
/// assert_eq!(step_jacobians(&rollout)[1].shape.dims(), [6, 6]);
/// ```
#[derive(Debug)]
pub struct Rollout<'a, T: Real, C> {
    cell: &'a C,
    pub(super) params: Params<T>,
    /// [T B, I], time-major.
    inputs: Vec<T>,
    /// [B, S].
    pub(super) initial: Vec<T>,
    batch: usize,
    features: usize,
    /// Features of each variable of the state.
    widths: Vec<usize>,
}

impl<'a, T: Real, C: Cell<T>> Rollout<'a, T, C> {
    /// `cell` with its parameters, the first part of `params`, over the inputs `x` of `batch`
    /// sequences: [T B, I], row-major and time-major, row `t B + b` is step t of sample b. It starts
    /// from the cell's zero state.
    ///
    /// # Panics
    /// If `batch` is 0, or `x` has no steps, or not whole ones.
    #[track_caller]
    pub fn new(cell: &'a C, params: &Params<T>, x: &[T], batch: usize) -> Self {
        let features = cell.inputs();
        let step = batch * features;
        assert!(
            step > 0 && !x.is_empty() && x.len().is_multiple_of(step),
            "rollout: {} inputs, but steps of {batch} samples of {features} features need a \
             multiple of {step}, and at least one step",
            x.len(),
        );
        let tape = Tape::new();
        let zeros = cell.zero_state(&tape, batch);
        let widths = zeros.as_slice().iter().map(|s| s.len() / batch).collect();
        Self {
            cell,
            params: params.clone(),
            inputs: x.to_vec(),
            initial: joined(zeros.as_slice()).to_vec(),
            batch,
            features,
            widths,
        }
    }
}

impl<'a, T: Real, C> Rollout<'a, T, C> {
    /// The same from another state: [B, S], row-major, each row the variables of the cell's state
    /// side by side.
    ///
    /// # Panics
    /// If `state` has not as many elements.
    #[track_caller]
    pub fn starting_at(mut self, state: &[T]) -> Self {
        assert!(
            state.len() == self.initial.len(),
            "rollout: {} elements of a state, but {} samples of {} features need {}",
            state.len(),
            self.batch,
            self.state_len(),
            self.initial.len(),
        );
        self.initial.copy_from_slice(state);
        self
    }

    /// Number of steps T.
    pub fn steps(&self) -> usize {
        self.inputs.len() / (self.batch * self.features)
    }

    /// Number of samples B.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Number of features S of the whole state of a sample.
    pub fn state_len(&self) -> usize {
        self.widths.iter().sum()
    }

    /// The shape of a state of all samples, [B, S].
    pub(super) fn shape(&self) -> [usize; 2] {
        [self.batch, self.state_len()]
    }

    /// One sample of the batch.
    pub(super) fn sample(&self, b: usize) -> Self {
        let (rows, size) = (self.inputs.chunks(self.features), self.state_len());
        Self {
            cell: self.cell,
            params: self.params.clone(),
            inputs: rows
                .skip(b)
                .step_by(self.batch)
                .flatten()
                .copied()
                .collect(),
            initial: self.initial[b * size..(b + 1) * size].to_vec(),
            batch: 1,
            features: self.features,
            widths: self.widths.clone(),
        }
    }

    /// The same with each number replaced by `lift` of it.
    pub(super) fn lift<U: Real>(&self, lift: impl Fn(T) -> U) -> Rollout<'a, U, C> {
        let all = |x: &[T]| -> Vec<U> { x.iter().map(|&x| lift(x)).collect() };
        let mut params = self.params.cast();
        params
            .values_mut()
            .copy_from_slice(&all(self.params.values()));
        Rollout {
            cell: self.cell,
            params,
            inputs: all(&self.inputs),
            initial: all(&self.initial),
            batch: self.batch,
            features: self.features,
            widths: self.widths.clone(),
        }
    }

    /// # Panics
    /// If there is more than one sample.
    #[track_caller]
    pub(super) fn assert_one_sample(&self, what: &str) {
        assert!(
            self.batch == 1,
            "{what}: {} samples, but only one sequence can be looked at at a time",
            self.batch
        );
    }

    /// The cell's output in a state: its first variable.
    pub(super) fn hidden<'t>(&self, state: Var<'t, T>) -> Var<'t, T> {
        match self.widths[..] {
            [_] => state,
            _ => state.slice(1, 0..self.widths[0]),
        }
    }
}

impl<T: Real, C: Cell<T>> Rollout<'_, T, C> {
    /// The parameters on a tape, as leaves and as the cell wants them.
    pub(super) fn bind<'t>(&self, tape: &'t Tape<T>) -> (Leaves<'t, T>, C::Weights<'t>) {
        tape.flush_below(0.0); // an instrument shows adjoints of any size
        let mut leaves = self.params.bind(tape);
        let weights = leaves.take();
        (leaves, weights)
    }

    /// Records step `t` from states before it: [B N, S], N copies of each sample.
    pub(super) fn step<'t>(&self, w: &C::Weights<'t>, t: usize, before: Var<'t, T>) -> Var<'t, T> {
        self.steps_apart(w, t..t + 1, before)
    }

    /// Records each step of a range on its own, as samples of one batch: `before` holds their states
    /// before it, one step after the other, [n B N, S] for n steps.
    pub(super) fn steps_apart<'t>(
        &self,
        w: &C::Weights<'t>,
        range: Range<usize>,
        before: Var<'t, T>,
    ) -> Var<'t, T> {
        let rows = before.shape().dims()[0];
        let samples = range.start * self.batch..range.end * self.batch;
        let copies = rows / samples.len();
        let x = &self.inputs[samples.start * self.features..samples.end * self.features];
        let x: Vec<T> = x
            .chunks(self.features)
            .flat_map(|x| std::iter::repeat_n(x, copies).flatten())
            .copied()
            .collect();
        let x = before.tape().constant([rows, self.features], &x);
        let Some(state) = C::State::from_vars(&before.split(1, &self.widths)) else {
            unreachable!("a cell's zero state and its states have as many variables");
        };
        let after = self.cell.step(w, self.cell.project(w, x), &state);
        joined(after.as_slice())
    }
}

/// The variables of a state side by side.
fn joined<'t, T: Real>(state: &[Var<'t, T>]) -> Var<'t, T> {
    match *state {
        [only] => only,
        _ => concat(state, 1),
    }
}
