//! Back-propagation through time of a loss over a batch of sequences, in one of three ways:
//!
//! * [`Bptt::full`]: all steps on the tape, and one sweep;
//! * [`Bptt::checkpointed`]: the same bits in less memory, as a [`Plan`](crate::Plan) says;
//! * [`Truncated`](crate::Truncated): sweeps over windows of steps, an approximation.

use std::ops::Range;

use wengert_tape::{Mark, NodeId, Real, Tape, Var};

use crate::cell::Cell;
use crate::params::{Leaves, Params};
use crate::sequence::Lengths;
use crate::unroll::{Unrolled, first_state, unroll};
use crate::vars::Vars;

/// A loss over the states of a cell: a sum over steps, or a loss of the last states, or both.
///
/// A readout takes its parameters from `leaves`, where the parts behind the cell's are left to take.
/// They must not be parameters of the cell.
pub trait Objective<T: Real, C: Cell<T>> {
    /// The loss, a scalar, of the state after step `t`, if that step has one. Rows are the samples
    /// that have the step, in the order in which they run: `lengths.order()[..rows]`.
    fn at<'t>(
        &self,
        _t: usize,
        _state: &C::State<'t>,
        _leaves: &mut Leaves<'t, T>,
    ) -> Option<Var<'t, T>> {
        None
    }

    /// The loss, a scalar, of the states after each sample's last step, in the samples' own order,
    /// if it is a loss of them.
    fn last<'t>(&self, _last: &C::State<'t>, _leaves: &mut Leaves<'t, T>) -> Option<Var<'t, T>> {
        None
    }

    /// The whole loss of an unrolling: the sum over steps, and the loss of the last states.
    ///
    /// # Panics
    /// If there is no loss at all.
    #[track_caller]
    fn total<'t>(&self, run: &Unrolled<'t, T, C>, leaves: &Leaves<'t, T>) -> Var<'t, T> {
        let steps = run.states.iter().enumerate();
        let losses = steps.filter_map(|(t, state)| self.at(t, state, &mut leaves.clone()));
        let losses: Vec<_> = losses.collect();
        let last = self.last(&run.last, &mut leaves.clone());
        let total = losses.into_iter().chain(last).reduce(|a, b| a + b);
        total.unwrap_or_else(|| no_loss())
    }
}

/// Sequences, a cell and a loss.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::{Bptt, Cell, Leaves, Lengths, Linear, Lstm, Objective, Plan};
/// use wengert_tape::{Real, Tape, Var};
///
/// /// At each step, guess 0.
/// struct Guess(Linear);
///
/// impl<T: Real> Objective<T, Lstm> for Guess {
///     fn at<'t>(
///         &self,
///         _t: usize,
///         [h, _]: &[Var<'t, T>; 2],
///         leaves: &mut Leaves<'t, T>,
///     ) -> Option<Var<'t, T>> {
///         Some(self.0.apply(&leaves.take(), *h).square().mean())
///     }
/// }
///
/// let (cell, readout) = (Lstm::new(1, 4), Linear::new(4, 1));
/// let mut rng = ChaCha8Rng::seed_from_u64(7);
/// let params = cell.init(&mut rng).with_part("readout.", readout.init(&mut rng));
/// let (x, lengths, guess) = ([0.5; 100], Lengths::equal(100, 1), Guess(readout));
/// let bptt = Bptt::new(&cell, &guess, &x, &lengths);
///
/// let plan = Plan::revolve(100, 10);
/// assert_eq!(plan.advances(), 222);
/// let mut tape = Tape::<f64>::new();
/// let gradient = bptt.checkpointed(&params, &mut tape, &plan);
/// assert_eq!(gradient, bptt.full(&params, &mut tape));
/// ```
#[derive(Debug)]
pub struct Bptt<'a, T: Real, C, O> {
    pub(crate) cell: &'a C,
    pub(crate) objective: &'a O,
    pub(crate) x: &'a [T],
    pub(crate) lengths: &'a Lengths,
    initial: &'a [Vec<T>],
    input_gradient: bool,
}

/// A loss and its gradient.
#[derive(Clone, PartialEq, Debug)]
pub struct Gradient<T> {
    /// The loss.
    pub loss: T,
    /// Of the parameters, in the order of [`Params::values`].
    pub params: Vec<T>,
    /// Of the inputs, laid out as they are, if [`Bptt::with_input_gradient`] asked for it; otherwise
    /// empty.
    pub x: Vec<T>,
    /// Of each variable of the initial state, row-major, if [`Bptt::from_state`] gave one; otherwise
    /// empty.
    pub initial: Vec<Vec<T>>,
}

impl<'a, T: Real, C: Cell<T>, O: Objective<T, C>> Bptt<'a, T, C, O> {
    /// The loss of `cell` over the inputs `x`, row-major with rows as `lengths` says, from a state
    /// of zeros.
    ///
    /// # Panics
    /// If `x` does not fit the cell and the lengths.
    #[track_caller]
    pub fn new(cell: &'a C, objective: &'a O, x: &'a [T], lengths: &'a Lengths) -> Self {
        let (rows, inputs) = (lengths.height(), cell.inputs());
        assert!(
            x.len() == rows * inputs,
            "bptt: {} input elements, but {rows} rows of {inputs} features have {}",
            x.len(),
            rows * inputs,
        );
        Self {
            cell,
            objective,
            x,
            lengths,
            initial: &[],
            input_gradient: false,
        }
    }

    /// From this initial state, each variable row-major with the samples in their own order; its
    /// gradient is wanted too.
    pub fn from_state(self, initial: &'a [Vec<T>]) -> Self {
        Self { initial, ..self }
    }

    /// The gradient of the inputs is wanted too. For that the whole batch lies on the tape.
    pub fn with_input_gradient(self) -> Self {
        Self {
            input_gradient: true,
            ..self
        }
    }

    /// The loss and its gradient with all steps on the tape: [`unroll()`], and one sweep. The
    /// parameters are the cell's, then those of the objective.
    ///
    /// # Panics
    /// If the initial state or the parameters do not fit the cell, or there is no loss.
    #[track_caller]
    pub fn full(&self, params: &Params<T>, tape: &mut Tape<T>) -> Gradient<T> {
        let bottom = self.bind(params, tape);
        let (w, leaves) = bottom.weights::<C>(tape);
        let x = match bottom.x {
            Some(x) => tape.var(x),
            None => tape.constant(self.x_shape(), self.x),
        };
        let initial = bottom.given(tape);
        let run = unroll(self.cell, &w, x, self.lengths, initial.as_ref());
        let loss = self.objective.total(&run, &leaves);
        loss.backward();
        bottom.gradient(tape, loss.item())
    }
}

impl<T: Real, C: Cell<T>, O> Bptt<'_, T, C, O> {
    /// Empties the tape and puts the leaves on it.
    #[track_caller]
    pub(crate) fn bind<'p>(&self, params: &'p Params<T>, tape: &mut Tape<T>) -> Bottom<'p, T> {
        tape.reset();
        let zeros = self.cell.zero_state(tape, self.lengths.batch());
        let shapes: Vec<_> = zeros.as_slice().iter().map(|zeros| zeros.shape()).collect();
        assert!(
            self.initial.is_empty() || self.initial.len() == shapes.len(),
            "bptt: an initial state of {} variables, but the cell's has {}",
            self.initial.len(),
            shapes.len(),
        );
        let leaves = params.bind(tape);
        let initial = self.initial.iter().zip(shapes);
        let initial = initial.map(|(s, shape)| tape.leaf(shape, s).id()).collect();
        let x = self.input_gradient;
        let x = x.then(|| tape.leaf(self.x_shape(), self.x).id());
        let weights = tape.mark();
        let _: C::Weights<'_> = leaves.clone().take();
        Bottom {
            params,
            leaves: leaves.vars().iter().map(|w| w.id()).collect(),
            weights,
            initial,
            x,
        }
    }

    fn x_shape(&self) -> [usize; 2] {
        [self.lengths.height(), self.cell.inputs()]
    }

    /// The state before the first step, rows as they run.
    #[track_caller]
    pub(crate) fn start<'t>(&self, tape: &'t Tape<T>, bottom: &Bottom<'_, T>) -> C::State<'t> {
        let given = bottom.given(tape);
        first_state("bptt", self.cell, tape, self.lengths, given.as_ref())
    }

    /// The inputs, to be put on the tape in parts.
    pub(crate) fn inputs(&self, tape: &Tape<T>, bottom: &Bottom<'_, T>) -> Inputs<'_, T> {
        let rows = (!self.lengths.is_in_order()).then(|| self.lengths.rows());
        let leaf = bottom.x.map(|x| self.lengths.gather(tape.var(x)).id());
        Inputs {
            x: self.x,
            width: self.cell.inputs(),
            rows,
            leaf,
        }
    }
}

/// The leaves below all steps on the tape.
pub(crate) struct Bottom<'p, T> {
    params: &'p Params<T>,
    leaves: Vec<NodeId>,
    /// Above it lies what the weights are computed by, if they are not leaves themselves.
    weights: Mark,
    initial: Vec<NodeId>,
    /// The inputs, if their gradient is wanted.
    x: Option<NodeId>,
}

impl<T: Real> Bottom<'_, T> {
    /// The weights of the cell, and the leaves they are taken from.
    #[track_caller]
    pub fn weights<'t, C: Cell<T>>(&self, tape: &'t Tape<T>) -> (C::Weights<'t>, Leaves<'t, T>) {
        let mut leaves = self.params.leaves(tape, &self.leaves);
        (tape.again(self.weights, || leaves.take()), leaves)
    }

    /// The initial state, if one is given.
    fn given<'t, S: Vars<'t, T>>(&self, tape: &'t Tape<T>) -> Option<S> {
        (!self.initial.is_empty()).then(|| variables(tape, &self.initial))
    }

    /// The adjoints of the leaves, after the last sweep.
    pub fn gradient(&self, tape: &Tape<T>, loss: T) -> Gradient<T> {
        let gradient = |id: &NodeId| {
            let leaf = tape.var(*id);
            leaf.grad().unwrap_or_else(|| vec![T::ZERO; leaf.len()])
        };
        Gradient {
            loss,
            params: self.params.leaves(tape, &self.leaves).gradient(),
            x: self.x.as_ref().map(gradient).unwrap_or_default(),
            initial: self.initial.iter().map(gradient).collect(),
        }
    }
}

/// The inputs of a batch, in the order in which its rows run.
pub(crate) struct Inputs<'a, T> {
    x: &'a [T],
    width: usize,
    /// The order, if it is not that in which the rows lie.
    rows: Option<Vec<usize>>,
    /// All of them, if they are on the tape.
    leaf: Option<NodeId>,
}

impl<T: Real> Inputs<'_, T> {
    /// Some rows on the tape.
    pub fn record<'t>(&self, tape: &'t Tape<T>, range: Range<usize>) -> Var<'t, T> {
        let (width, shape) = (self.width, [range.len(), self.width]);
        match (self.leaf, &self.rows) {
            (Some(leaf), _) => tape.var(leaf).rows(range),
            (None, Some(rows)) => {
                let row = |&at: &usize| &self.x[at * width..(at + 1) * width];
                let x: Vec<_> = rows[range].iter().map(row).collect();
                tape.constant(shape, &x.concat())
            }
            (None, None) => tape.constant(shape, &self.x[range.start * width..range.end * width]),
        }
    }
}

/// The handles of the variables of a state.
pub(crate) fn variables<'t, T: Real, S: Vars<'t, T>>(tape: &'t Tape<T>, ids: &[NodeId]) -> S {
    let vars: Vec<_> = ids.iter().map(|&id| tape.var(id)).collect();
    S::from_vars(&vars).expect("as many as the cell's state has")
}

#[track_caller]
pub(crate) fn no_loss() -> ! {
    panic!("objective: no loss at any step, nor of the last states")
}
