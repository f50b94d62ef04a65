//! A stack over a batch of sequences, layer by layer.

use wengert_tape::{Real, Var, concat};

use super::{Stack, Weights};
use crate::cell::Cell;
use crate::dropout::{Mode, draw, dropout, variational_dropout, zoneout};
use crate::sequence::Lengths;
use crate::unroll::{Unrolled, unroll_between};
use crate::vars::Vars;

/// The states of all layers of a [`Stack`] over a batch of sequences.
pub struct Layers<'t, T: Real, C: Cell<T>> {
    /// The run of each cell, row l D + d. For the adjoints of its states, [`Var::retain`] them before
    /// the sweep.
    pub runs: Vec<Unrolled<'t, T, C>>,
    output: Var<'t, T>,
    directions: usize,
    residual: bool,
}

impl<'t, T: Real, C: Cell<T>> Layers<'t, T, C> {
    /// The output of the last layer, the forward half first: one row for each row of the inputs, 0
    /// where a sample has no such step.
    pub fn output(&self) -> Var<'t, T> {
        self.output
    }

    /// Of the output, [B, H] or, in both directions, [B, 2 H], the forward half at each sample's last
    /// step and the backward half at its first: where each has seen the whole sequence.
    #[track_caller]
    pub fn last(&self) -> Var<'t, T> {
        let layers = self.runs.chunks(self.directions).rev().map(|runs| {
            let hidden: Vec<_> = runs.iter().map(|run| run.last.as_slice()[0]).collect();
            beside(&hidden)
        });
        let added = if self.residual { self.runs.len() } else { 1 };
        let last = layers.take(added).reduce(|y, h| y + h);
        last.expect("a stack has a layer")
    }

    /// The final states, row l D + d, in the samples' own order: given to the next run as its
    /// initial states, they carry on the sequences. [`Var::detach`] cuts the gradient there.
    pub fn finals(&self) -> Vec<C::State<'t>> {
        self.runs.iter().map(|run| run.last.clone()).collect()
    }

    /// The final states as the state of the stack as a [`Cell`], to go on step by step:
    ///
    /// ```
    /// use rand::{SeedableRng, rngs::ChaCha8Rng};
    /// use wengert_rnn::dropout::Mode;
    /// use wengert_rnn::{Cell, Gru, Lengths, Stack};
    /// use wengert_tape::Tape;
    ///
    /// // Two layers of as many units as features: what comes out can go in again.
    /// let stack = Stack::new(3, 2, |inputs| Gru::new(inputs, 3));
    /// let tape = Tape::<f64>::new();
    /// let mut leaves = stack.init(&mut ChaCha8Rng::seed_from_u64(0)).bind(&tape);
    /// let w = leaves.take();
    /// let x = tape.constant([4, 3], &[0.5; 12]); // four steps of one sample
    /// let run = stack.run(&w, x, &Lengths::equal(4, 1), None, Mode::Evaluate);
    /// let mut state = run.cell_state();
    /// for _ in 0..5 {
    ///     let x = state[0]; // the output
    ///     state = stack.step(&w, stack.project(&w, x), &state);
    /// }
    /// assert_eq!(state[0].shape().dims(), [1, 3]);
    /// ```
    #[track_caller]
    pub fn cell_state(&self) -> Vec<Var<'t, T>> {
        let states = self.runs.iter().flat_map(|run| run.last.as_slice());
        std::iter::once(self.last())
            .chain(states.copied())
            .collect()
    }
}

impl<C> Stack<C> {
    /// Records all layers over the inputs `x`, whose rows lie as [`Lengths`] says. Without `initial`
    /// states (row l D + d, their rows in the samples' own order) they start from zeros.
    ///
    /// # Panics
    /// If `w`, `x` or `initial` does not fit the cells and the lengths.
    #[track_caller]
    pub fn run<'t, T: Real>(
        &self,
        w: &Weights<'t, T, C>,
        x: Var<'t, T>,
        lengths: &Lengths,
        initial: Option<&[C::State<'t>]>,
        mut mode: Mode<'_>,
    ) -> Layers<'t, T, C>
    where
        C: Cell<T>,
    {
        let rows = self.cells.len();
        let weights = w.cells(rows);
        if let Some(given) = initial {
            assert!(
                given.len() == rows,
                "stack: {} initial states, but {} layers in {} directions need {rows}",
                given.len(),
                self.layers(),
                self.directions,
            );
        }
        let mut runs = Vec::with_capacity(rows);
        let mut y = x;
        for layer in 0..self.layers() {
            let (each, same) = match layer {
                0 => (0.0, self.variational.inputs),
                _ => (self.dropout, self.variational.layers),
            };
            let x = dropout(y, lengths, each, &mut mode);
            let x = variational_dropout(x, lengths, same, &mut mode);
            let mut outputs = Vec::with_capacity(self.directions);
            for direction in 0..self.directions {
                let row = layer * self.directions + direction;
                let lengths = match direction {
                    0 => lengths,
                    _ => &lengths.backwards(),
                };
                let initial = initial.map(|given| &given[row]);
                let run = self.run_cell(row, &weights[row], x, lengths, initial, &mut mode);
                outputs.push(run.output());
                runs.push(run);
            }
            let output = beside(&outputs);
            y = if self.residual && layer > 0 {
                y + output
            } else {
                output
            };
        }
        Layers {
            runs,
            output: y,
            directions: self.directions,
            residual: self.residual,
        }
    }

    #[track_caller]
    fn run_cell<'t, T: Real>(
        &self,
        row: usize,
        w: &C::Weights<'t>,
        x: Var<'t, T>,
        lengths: &Lengths,
        initial: Option<&C::State<'t>>,
        mode: &mut Mode<'_>,
    ) -> Unrolled<'t, T, C>
    where
        C: Cell<T>,
    {
        let cell = &self.cells[row];
        let mask = self.state_mask(cell, x, lengths, mode);
        let enter = |state: &C::State<'t>| {
            let mut mask = mask;
            state.map(|s| match mask.take() {
                Some(mask) => s * mask.rows(0..s.shape().dims()[0]),
                None => s,
            })
        };
        unroll_between(cell, w, x, lengths, initial, enter, |step| {
            zoneout(step, self.zoneout, mode)
        })
    }

    /// The mask of the hidden state that recurs, rows in the order in which samples run.
    fn state_mask<'t, T: Real>(
        &self,
        cell: &C,
        x: Var<'t, T>,
        lengths: &Lengths,
        mode: &mut Mode<'_>,
    ) -> Option<Var<'t, T>>
    where
        C: Cell<T>,
    {
        let Mode::Train(rng) = mode else { return None };
        if self.variational.state == 0.0 {
            return None;
        }
        let tape = x.tape();
        let hidden = cell.zero_state(tape, lengths.batch()).as_slice()[0];
        let mut mask = vec![T::ZERO; hidden.len()];
        draw(&mut mask, self.variational.state, rng);
        Some(lengths.sort(tape.constant(hidden.shape(), &mask)))
    }
}

/// The columns of all, side by side.
#[track_caller]
fn beside<'t, T: Real>(parts: &[Var<'t, T>]) -> Var<'t, T> {
    match *parts {
        [only] => only,
        _ => concat(parts, 1),
    }
}
