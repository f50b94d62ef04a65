//! Unrolling: the steps of a cell over a batch of sequences, recorded on the tape.
//!
//! Unequal lengths cost their real steps only: the batch runs sorted by falling length, and step t
//! works on the first rows, those of the samples that have a step t.

use wengert_tape::{Real, Tape, Var, concat};

use crate::cell::{Cell, Vars};
use crate::sequence::Lengths;

/// Steps whose inputs are projected by one product: within 4 % of the best at every size, where
/// projecting all steps of a long sequence at once leaves the cache (measured 2026-11-22).
const CHUNK: usize = 16;

/// The states of a cell over a batch of sequences.
pub struct Unrolled<'t, T: Real, C: Cell<T>> {
    /// The state after each step, of the samples that have such a step: row i belongs to sample
    /// `lengths.order()[i]`. These are the nodes of the recurrence itself.
    pub states: Vec<C::State<'t>>,
    /// The state after each sample's last step, in the samples' own order.
    pub last: C::State<'t>,
    lengths: Lengths,
}

impl<'t, T: Real, C: Cell<T>> Unrolled<'t, T, C> {
    /// The hidden state after each step: the first variable of each of `states`.
    pub fn hidden(&self) -> Vec<Var<'t, T>> {
        self.states.iter().map(|s| s.as_slice()[0]).collect()
    }

    /// The hidden states of all steps as one matrix, of rows that lie as those of the input do:
    /// [T B, H] with 0 where a sample has no such step, or [N, H] if the batch is packed.
    #[track_caller]
    pub fn output(&self) -> Var<'t, T> {
        let real = concat(&self.hidden(), 0);
        if self.lengths.is_in_order() {
            return real;
        }
        let width = real.shape().dims()[1];
        let padded = real.tape().zeros([self.lengths.height(), width]);
        padded.index_add(&self.lengths.rows(), real)
    }
}

/// Records the steps of `cell` over the inputs `x`, [T B, I], time-major: row `t B + b` is step t
/// of sample b; or packed, if `lengths` is (see [`Lengths`]). Without an initial state (rows in the
/// samples' own order) it starts from zeros.
///
/// Samples come in any order and results in the same order, except [`Unrolled::states`].
///
/// # Panics
/// If `x` or `initial` does not fit the cell and the lengths.
#[track_caller]
pub fn unroll<'t, T: Real, C: Cell<T>>(
    cell: &C,
    w: &C::Weights<'t>,
    x: Var<'t, T>,
    lengths: &Lengths,
    initial: Option<&C::State<'t>>,
) -> Unrolled<'t, T, C> {
    unroll_with(cell, w, x, lengths, initial, |step| step.after.clone())
}

/// One step of an unrolling: rows are the samples that have it, in the order in which they run.
#[derive(Debug)]
pub struct Step<'a, S> {
    /// Which step, counted as they run.
    pub t: usize,
    /// The state before it.
    pub before: &'a S,
    /// The state after it.
    pub after: &'a S,
}

impl<S> Clone for Step<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Step<'_, S> {}

/// [`unroll()`], where the recurrence goes on from `each(step)` in place of the state after a step:
/// to retain it, detach it, hold some of it back, or look at it.
///
/// # Panics
/// As [`unroll()`].
#[track_caller]
pub fn unroll_with<'t, T: Real, C: Cell<T>>(
    cell: &C,
    w: &C::Weights<'t>,
    x: Var<'t, T>,
    lengths: &Lengths,
    initial: Option<&C::State<'t>>,
    each: impl FnMut(Step<'_, C::State<'t>>) -> C::State<'t>,
) -> Unrolled<'t, T, C> {
    unroll_between(cell, w, x, lengths, initial, Clone::clone, each)
}

/// [`unroll_with()`], where each step also starts from `enter` of the state, and the states that
/// come out are as they were before it: a mask on what recurs is none on the outputs.
#[track_caller]
pub(crate) fn unroll_between<'t, T: Real, C: Cell<T>>(
    cell: &C,
    w: &C::Weights<'t>,
    x: Var<'t, T>,
    lengths: &Lengths,
    initial: Option<&C::State<'t>>,
    mut enter: impl FnMut(&C::State<'t>) -> C::State<'t>,
    mut each: impl FnMut(Step<'_, C::State<'t>>) -> C::State<'t>,
) -> Unrolled<'t, T, C> {
    check_inputs(x, cell.inputs(), lengths);
    let mut state = first_state(cell, x.tape(), lengths, initial);
    let x = if lengths.is_in_order() {
        x
    } else {
        x.embedding(&lengths.rows())
    };

    let mut states = Vec::with_capacity(lengths.running().len());
    let mut finished = Vec::new();
    let (mut batch, mut start) = (lengths.batch(), 0);
    for chunk in lengths.running().chunks(CHUNK) {
        let end = start + chunk.iter().sum::<usize>();
        let projected = cell.project(w, x.rows(start..end));
        let mut row = 0;
        for &running in chunk {
            if running < batch {
                finished.push(state.map(|s| s.rows(running..batch)));
                state = state.map(|s| s.rows(0..running));
                batch = running;
            }
            let after = cell.step(w, projected.rows(row..row + running), &enter(&state));
            state = each(Step {
                t: states.len(),
                before: &state,
                after: &after,
            });
            states.push(state.clone());
            row += running;
        }
        start = end;
    }
    finished.push(state);
    finished.reverse();
    let mut i = 0;
    let last = finished[0].map(|_| {
        i += 1;
        lengths.unsort(joined(&finished, i - 1))
    });
    Unrolled {
        states,
        last,
        lengths: lengths.clone(),
    }
}

/// The given state, in the order in which samples run, or zeros.
///
/// # Panics
/// If the given state does not fit.
#[track_caller]
pub(crate) fn first_state<'t, T: Real, C: Cell<T>>(
    cell: &C,
    tape: &'t Tape<T>,
    lengths: &Lengths,
    given: Option<&C::State<'t>>,
) -> C::State<'t> {
    let zeros = cell.zero_state(tape, lengths.batch());
    let Some(given) = given else {
        return zeros;
    };
    check_state(given.as_slice(), zeros.as_slice());
    given.map(|s| lengths.sort(s))
}

/// Variable `i` of several states, one below the other.
fn joined<'t, T: Real, S: Vars<'t, T>>(states: &[S], i: usize) -> Var<'t, T> {
    let parts: Vec<_> = states.iter().map(|s| s.as_slice()[i]).collect();
    match parts[..] {
        [only] => only,
        _ => concat(&parts, 0),
    }
}

#[track_caller]
fn check_inputs<T: Real>(x: Var<'_, T>, inputs: usize, lengths: &Lengths) {
    let (steps, batch, height) = (lengths.steps(), lengths.batch(), lengths.height());
    assert!(
        x.shape().dims() == [height, inputs],
        "unroll: inputs {}, but {steps} steps of {batch} samples of {inputs} features need [{height},{inputs}]",
        x.shape(),
    );
}

#[track_caller]
fn check_state<T: Real>(given: &[Var<'_, T>], zeros: &[Var<'_, T>]) {
    assert!(
        given.len() == zeros.len(),
        "unroll: an initial state of {} variables, but the cell's has {}",
        given.len(),
        zeros.len(),
    );
    for (given, zeros) in given.iter().zip(zeros) {
        assert!(
            fits(given.shape().dims(), zeros.shape().dims()),
            "unroll: initial state {}, but the cell's for this batch is {}",
            given.shape(),
            zeros.shape(),
        );
    }
}

/// Whether a variable of an initial state has the sizes of the zero state's. Three axes are samples,
/// positions of a source, and features: of positions there may be any number.
fn fits(given: &[usize], zeros: &[usize]) -> bool {
    match (given, zeros) {
        (&[batch, _, size], &[zero_batch, _, zero_size]) => {
            [batch, size] == [zero_batch, zero_size]
        }
        _ => given == zeros,
    }
}
