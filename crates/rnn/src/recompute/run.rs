//! Running a plan on a tape.

use std::ops::Range;

use wengert_tape::{Mark, NodeId, Real, Shape, Tape, Var};

use super::plan::{Action, Plan};
use crate::bptt::{Bottom, Bptt, Gradient, Inputs, Objective, no_loss, variables};
use crate::cell::Cell;
use crate::params::Params;
use crate::unroll::{CHUNK, Recorded, last_states, record_steps};
use crate::vars::{FromVars, Vars};

/// Bytes of one kept state: of the variables of `cell` for `batch` samples. In a ragged batch, later
/// states have fewer rows.
pub fn state_bytes<T: Real, C: Cell<T>>(cell: &C, batch: usize) -> usize {
    let tape = Tape::new();
    let zeros = cell.zero_state(&tape, batch);
    let elements: usize = zeros.as_slice().iter().map(|zeros| zeros.len()).sum();
    elements * size_of::<T>()
}

impl<T: Real, C: Cell<T>, O: Objective<T, C>> Bptt<'_, T, C, O> {
    /// The loss and its gradient, with the bits of [`Bptt::full`], by checkpointing over time: see
    /// [`Plan`]. Besides what the plan keeps, memory holds one number for each step, and the last
    /// state of each sample.
    ///
    /// Where a state holds a variable twice, as that of a [`Stack`](crate::Stack) does its output, or
    /// passes one on from the step before, the gradient agrees to rounding instead: between pieces
    /// its two uses are separate numbers, whose adjoints are added in another order.
    ///
    /// # Panics
    /// If the plan is for another number of steps than the longest sample has, the initial state or
    /// the parameters do not fit the cell, or there is no loss.
    #[track_caller]
    pub fn checkpointed(&self, params: &Params<T>, tape: &mut Tape<T>, plan: &Plan) -> Gradient<T> {
        let steps = self.lengths.running().len();
        assert!(
            plan.steps() == steps,
            "checkpointed: a plan for {} steps, but the longest sample has {steps}",
            plan.steps(),
        );
        let mut run = Run::new(self, params, tape);
        for &action in plan.actions() {
            match action {
                Action::Advance { from, to } => run.advance(tape, from..to),
                Action::Keep { state } => run.kept.push((state, run.here.clone())),
                Action::Restore { state } => run.restore(state),
                Action::Reverse { from, to } => run.reverse(tape, from..to),
            }
        }
        let losses = run.losses.iter().flatten().copied();
        let loss = losses.chain(run.last_loss).reduce(|a, b| a + b);
        let loss = loss.unwrap_or_else(|| no_loss());
        tape.backward(&[]);
        run.bottom.gradient(tape, loss)
    }
}

/// The variables of a state as numbers, row-major.
type Values<T> = Vec<Vec<T>>;

struct Run<'a, T: Real, C, O> {
    bptt: &'a Bptt<'a, T, C, O>,
    bottom: Bottom<'a, T>,
    inputs: Inputs<'a, T>,
    /// The initial state.
    start: Vec<NodeId>,
    /// Above what stays on the tape.
    mark: Mark,
    /// The first row of the inputs of each chunk, and the end.
    chunks: Vec<usize>,
    /// Shapes of the variables of a state of all samples.
    shapes: Vec<Shape>,
    /// The chunk of which some steps are reversed, and its projected inputs.
    active: Option<(usize, NodeId)>,
    here: Values<T>,
    kept: Vec<(usize, Values<T>)>,
    /// The last states of samples that ended, at their rows, and their adjoint: that of the samples
    /// that end before the last piece.
    ended: Values<T>,
    ended_adjoint: Vec<Option<Vec<T>>>,
    /// The adjoint of the state before the steps reversed so far.
    adjoint: Vec<Option<Vec<T>>>,
    losses: Vec<Option<T>>,
    last_loss: Option<T>,
}

impl<'a, T: Real, C: Cell<T>, O: Objective<T, C>> Run<'a, T, C, O> {
    #[track_caller]
    fn new(bptt: &'a Bptt<'a, T, C, O>, params: &'a Params<T>, tape: &mut Tape<T>) -> Self {
        let lengths = bptt.lengths;
        let bottom = bptt.bind(params, tape);
        let inputs = bptt.inputs(tape, &bottom);
        let start = bptt.start(tape, &bottom);
        let shapes: Vec<_> = start.as_slice().iter().map(|s| s.shape()).collect();
        let mut chunks = vec![0];
        for chunk in lengths.running().chunks(CHUNK) {
            let height: usize = chunk.iter().sum();
            chunks.extend(chunks.last().map(|start| start + height));
        }
        Self {
            start: start.as_slice().iter().map(|s| s.id()).collect(),
            here: start.as_slice().iter().map(|s| s.to_vec()).collect(),
            mark: tape.mark(),
            active: None,
            kept: Vec::new(),
            ended: shapes
                .iter()
                .map(|shape| vec![T::ZERO; shape.len()])
                .collect(),
            ended_adjoint: vec![None; shapes.len()],
            adjoint: vec![None; shapes.len()],
            losses: vec![None; lengths.running().len()],
            last_loss: None,
            bptt,
            bottom,
            inputs,
            chunks,
            shapes,
        }
    }

    /// Goes back to a kept state.
    fn restore(&mut self, state: usize) {
        let kept = self.kept.iter().find(|(kept, _)| *kept == state);
        self.here
            .clone_from(&kept.expect("kept, as the plan was checked").1);
    }

    /// Runs steps from the state that is there, one at a time on the tape.
    fn advance(&mut self, tape: &mut Tape<T>, steps: Range<usize>) {
        let below = tape.mark();
        let mut projected = None;
        for t in steps {
            if t.is_multiple_of(CHUNK) {
                tape.rewind(below);
                projected = None;
            }
            let x = *projected.get_or_insert_with(|| self.project(tape, t / CHUNK));
            let mark = tape.mark();
            self.step(tape, t, x);
            tape.rewind(mark);
        }
        tape.rewind(below);
    }

    /// Runs a step, with the projected inputs of its chunk.
    fn step(&mut self, tape: &Tape<T>, t: usize, x: NodeId) {
        let (Bptt { cell, lengths, .. }, x) = (self.bptt, tape.var(x));
        self.end(lengths.running()[t]);
        let (w, _) = self.bottom.weights::<C>(tape);
        let state = self.state(|shape, values| tape.constant(shape, values));
        let recorded = record_steps(
            lengths,
            t..t + 1,
            state,
            |_| x,
            |_, x, before| cell.step(&w, x, before),
        );
        for (here, s) in self.here.iter_mut().zip(recorded.states[0].as_slice()) {
            here.clear();
            s.with(|values| here.extend_from_slice(values));
        }
    }

    /// Moves the rows of samples that have no further step from the state to the last states.
    fn end(&mut self, running: usize) {
        for (i, shape) in self.shapes.iter().enumerate() {
            let from = running * width(*shape);
            let ended = self.here[i].drain(from..);
            let to = from + ended.len();
            self.ended[i][from..to].copy_from_slice(ended.as_slice());
        }
    }

    /// The state that is there, each variable put on the tape by `put`.
    fn state<'t>(&self, mut put: impl FnMut(Shape, &[T]) -> Var<'t, T>) -> C::State<'t> {
        let values = self.shapes.iter().zip(&self.here);
        let vars: Vec<_> = values
            .map(|(&shape, values)| put(with_rows(shape, values.len() / width(shape)), values))
            .collect();
        C::State::from_vars(&vars).expect("as many as the cell's state has")
    }

    /// The projected inputs of a chunk, recorded unless they are on the tape.
    fn project(&self, tape: &Tape<T>, chunk: usize) -> NodeId {
        if let Some((_, projected)) = self.active.filter(|(active, _)| *active == chunk) {
            return projected;
        }
        let rows = self.chunks[chunk]..self.chunks[chunk + 1];
        let (w, _) = self.bottom.weights::<C>(tape);
        self.bptt
            .cell
            .project(&w, self.inputs.record(tape, rows))
            .id()
    }

    /// Records steps from the state that is there, and sweeps back over them.
    fn reverse(&mut self, tape: &mut Tape<T>, steps: Range<usize>) {
        let first = steps.start;
        let chunk = first / CHUNK;
        self.active = Some((chunk, self.project(tape, chunk)));
        let mark = tape.mark();
        self.sweep(tape, steps, mark);
        tape.rewind(mark);
        if first.is_multiple_of(CHUNK) {
            tape.backward_to(self.mark, &[]);
            tape.rewind(self.mark);
            self.active = None;
        }
        self.kept.retain(|(state, _)| *state < first);
    }

    /// Records steps above the mark and sweeps back to it. A state's adjoint receives what it does in
    /// the whole recording, in the same order: from the losses, from the last states, from the step
    /// behind it. Those of the state after the steps are in its adjoint already.
    fn sweep(&mut self, tape: &Tape<T>, steps: Range<usize>, mark: Mark) {
        let lengths = self.bptt.lengths;
        let (w, leaves) = self.bottom.weights::<C>(tape);
        let before: C::State<'_> = match steps.start {
            0 => variables(tape, &self.start),
            // The value of an operation, as in the whole recording: products for the adjoint of a
            // leaf would be gathered like a weight's, and added in another order.
            _ => self.state(|shape, values| {
                let rows = 0..shape.dims()[0];
                tape.leaf(shape, values).rows(rows).retain()
            }),
        };
        let (from, project) = (before.clone(), |chunk| tape.var(self.project(tape, chunk)));
        let Recorded {
            states,
            mut finished,
        } = record_steps(lengths, steps.clone(), from, project, |_, x, before| {
            self.bptt.cell.step(&w, x, before)
        });
        let (mut ended, mut last) = (None, None);
        if steps.end == self.losses.len() {
            ended = self.ended_leaves(tape, rows_of(&before));
            let parts = ended.iter().cloned().chain(finished.drain(..));
            last = Some(last_states(lengths, &states, parts.collect()));
        }

        let above = tape.mark();
        let mut outputs = Vec::new();
        // The loss after the last of these steps was swept with the steps behind, if there are any.
        let until = steps.end - usize::from(last.is_none());
        let of_steps = [&before].into_iter().chain(&states);
        for (t, state) in (steps.start..=until).zip(of_steps) {
            if let Some(t) = t.checked_sub(1) {
                let loss = self.bptt.objective.at(t, state, &mut leaves.clone());
                self.losses[t] = loss.map(Var::item);
                outputs.extend(loss);
            }
        }
        if let Some(last) = &last {
            let loss = self.bptt.objective.last(last, &mut leaves.clone());
            self.last_loss = loss.map(Var::item);
            outputs.extend(loss);
        }
        let one = [T::ONE];
        backward_to(tape, above, outputs.iter().map(|loss| (*loss, &one[..])));

        let after = states.last().expect("at least one step").as_slice();
        let adjoint = self.adjoint.iter().map(|g| g.as_deref());
        let mut seeds: Vec<_> = after.iter().copied().zip(adjoint).collect();
        let mut end = rows_of(&before);
        for part in &finished {
            let rows = end - rows_of(part)..end;
            end = rows.start;
            for (i, s) in part.as_slice().iter().enumerate() {
                seeds.push((*s, self.ended_adjoint_of(i, rows.clone())));
            }
        }
        let present = seeds
            .into_iter()
            .filter_map(|(s, adjoint)| Some((s, adjoint?)));
        backward_to(tape, mark, present);
        self.adjoint = before.as_slice().iter().map(|s| s.grad()).collect();
        if let Some(ended) = ended {
            self.ended_adjoint = ended.as_slice().iter().map(|s| s.grad()).collect();
        }
    }

    /// The last states of the samples from this row on, if there are any.
    fn ended_leaves<'t>(&self, tape: &'t Tape<T>, from: usize) -> Option<C::State<'t>> {
        let rows = self.bptt.lengths.batch() - from;
        let put = |(&shape, values): (&Shape, &Vec<T>)| {
            tape.leaf(with_rows(shape, rows), &values[from * width(shape)..])
        };
        let vars: Vec<_> = self.shapes.iter().zip(&self.ended).map(put).collect();
        (rows > 0).then(|| C::State::from_vars(&vars).expect("as many as the cell's state has"))
    }

    /// The adjoint of some rows of variable `i` of the last states, if it has one.
    fn ended_adjoint_of(&self, i: usize, rows: Range<usize>) -> Option<&[T]> {
        let (adjoint, width) = (self.ended_adjoint[i].as_deref()?, width(self.shapes[i]));
        let first = self.bptt.lengths.batch() - adjoint.len() / width;
        Some(&adjoint[(rows.start - first) * width..(rows.end - first) * width])
    }
}

/// Sweeps to the mark from those outputs that a gradient reaches.
fn backward_to<'t, T: Real>(
    tape: &'t Tape<T>,
    mark: Mark,
    seeds: impl Iterator<Item = (Var<'t, T>, &'t [T])>,
) {
    let seeds: Vec<_> = seeds.filter(|(y, _)| y.needs_grad()).collect();
    tape.backward_to(mark, &seeds);
}

/// Rows of a state.
fn rows_of<'t, T: Real>(state: &impl Vars<'t, T>) -> usize {
    state.as_slice()[0].shape().dims()[0]
}

/// Elements of a row.
fn width(shape: Shape) -> usize {
    shape.dims()[1..].iter().product()
}

fn with_rows(shape: Shape, rows: usize) -> Shape {
    let mut dims = shape.dims().to_vec();
    dims[0] = rows;
    Shape::new(&dims)
}
