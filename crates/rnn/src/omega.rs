//! A penalty on gradients that vanish or explode on their way through time (Pascanu, Mikolov &
//! Bengio 2013, eq. 9):
//!
//! ```text
//! Omega = sum_k (|d_{k+1} J_k| / |d_{k+1}| - 1)^2,     d_k = dE/dx_k,     J_k = dx_{k+1}/dx_k
//! ```
//!
//! Its gradient needs second derivatives, and no rule for them. Add a nudge p_k to each state, and
//! q_k to what enters the next step; both are 0. Then d_k = dE/dp_k, and d_{k+1} J_k = dE/dq_k: Omega
//! is a function phi of the gradient of E by z = (p, q), and with theta the parameters
//!
//! ```text
//! dOmega/dtheta = d^2E/(dtheta dz) v,                  v = phi'(dE/dz)
//! ```
//!
//! a Hessian-vector product: one sweep for dE/dz, a small tape for phi, and one sweep on dual numbers
//! whose tangents at z are v.

use wengert_tape::{Dual, Real, Tape, Var, concat};

use crate::cell::Cell;
use crate::norm::norm;
use crate::params::{Leaves, Params};
use crate::sequence::Lengths;
use crate::unroll::{Unrolled, unroll_between};
use crate::vars::Vars;

/// The loss E and the penalty Omega, with their gradients in the order of [`Params::values`].
#[derive(Clone, PartialEq, Debug)]
pub struct Omega<T> {
    /// E.
    pub loss: T,
    /// dE/dtheta.
    pub gradient: Vec<T>,
    /// Omega: a sum over steps and samples.
    pub omega: T,
    /// Number of its terms.
    pub terms: usize,
    /// dOmega/dtheta.
    pub omega_gradient: Vec<T>,
}

/// Which derivative of [`Omega`] by the parameters is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Derivative {
    /// The whole.
    Exact,
    /// The immediate one, of J_k alone, with all states and all d_k held still (eq. 10). The paper's
    /// state is what enters the nonlinearity; here it is the cell's.
    Immediate,
}

/// The loss and the penalty of a cell over inputs `x`, row-major, which lie as
/// [`unroll`](crate::unroll()) wants them, from a state of zeros.
///
/// The first part of `params` is the cell's; `loss` takes the others and reads the states. All
/// variables of the state count, one term for each sample and step but the first. Terms with
/// d_{k+1} = 0 (or so small that its reciprocal is infinite) are left out.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::omega::{Derivative, omega};
/// use wengert_rnn::{Activation, Cell, Elman, Lengths, Params};
///
/// // h' = relu(w h + x) with w = 1/2: each ratio is w, so Omega is 3 (w - 1)^2.
/// let cell = Elman::new(1, 1, Activation::Relu);
/// let mut params: Params<f64> = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
/// params.values_mut().copy_from_slice(&[1.0, 0.5, 0.0, 0.0]);
/// let lengths = Lengths::equal(4, 1);
/// let found = omega(&cell, &params, &[1.0; 4], &lengths, Derivative::Exact, |_, run| {
///     run.last.sum()
/// });
/// assert_eq!((found.loss, found.omega, found.terms), (1.875, 0.75, 3));
/// assert_eq!(found.omega_gradient, [0.0, -3.0, 0.0, 0.0]);
/// ```
///
/// # Panics
/// If `params` or `x` does not fit the cell and the lengths, or the loss is not one number.
#[track_caller]
pub fn omega<T: Real, C: Cell<Dual<T>>>(
    cell: &C,
    params: &Params<T>,
    x: &[T],
    lengths: &Lengths,
    derivative: Derivative,
    loss: impl for<'t> Fn(&mut Leaves<'t, Dual<T>>, &Unrolled<'t, Dual<T>, C>) -> Var<'t, Dual<T>>,
) -> Omega<T> {
    let params = params.cast();
    let x: Vec<_> = x.iter().map(|&x| Dual::new(x, T::ZERO)).collect();
    let problem = Problem {
        cell,
        params: &params,
        x: &x,
        lengths,
    };

    let tape = Tape::new();
    let mut still = problem.record(&tape, None, Derivative::Exact);
    let e = loss(&mut still.leaves, &still.run);
    e.backward();
    let transports = still.transports();
    let penalty = penalty(&transports);

    let nudged_tape = Tape::new();
    let mut nudged = problem.record(&nudged_tape, Some(&penalty.slopes), derivative);
    match derivative {
        Derivative::Exact => loss(&mut nudged.leaves, &nudged.run).backward(),
        Derivative::Immediate => nudged.backward_from(&transports),
    }
    Omega {
        loss: e.item().v,
        gradient: still.leaves.gradient().iter().map(|g| g.v).collect(),
        omega: penalty.value,
        terms: penalty.terms,
        omega_gradient: nudged.leaves.gradient().iter().map(|g| g.d).collect(),
    }
}

struct Problem<'a, T, C> {
    cell: &'a C,
    params: &'a Params<Dual<T>>,
    x: &'a [Dual<T>],
    lengths: &'a Lengths,
}

/// A step from k to k + 1: what belongs to each variable of the state, row-major.
struct Transport<T> {
    rows: usize,
    /// d_{k+1} J_k, or something for each of its elements.
    carried: Vec<Vec<T>>,
    /// d_{k+1}, or something for each of its elements.
    arrived: Vec<Vec<T>>,
}

/// The cell unrolled, with nudges.
struct Recorded<'t, T: Real, C: Cell<Dual<T>>> {
    leaves: Leaves<'t, Dual<T>>,
    run: Unrolled<'t, Dual<T>, C>,
    /// What enters each step, as a node of its own.
    entering: Vec<C::State<'t>>,
}

impl<T: Real, C: Cell<Dual<T>>> Problem<'_, T, C> {
    /// Unrolls the cell; with tangents at the nudges, of steps from the second on.
    #[track_caller]
    fn record<'t>(
        &self,
        tape: &'t Tape<Dual<T>>,
        tangents: Option<&[Transport<T>]>,
        derivative: Derivative,
    ) -> Recorded<'t, T, C> {
        let mut leaves = self.params.bind(tape);
        let w = leaves.take();
        let x = tape.constant([self.lengths.height(), self.cell.inputs()], self.x);
        let tangents_at = |step: usize| Some(&tangents?[step.checked_sub(1)?]);
        let mut entering: Vec<C::State<'t>> = Vec::new();
        let enter = |state: &C::State<'t>| {
            let tangents = tangents_at(entering.len()).map(|step| &step.carried);
            let copy = nudged(state, tangents, |s, nudge| match derivative {
                Derivative::Exact => (s + tape.constant(s.shape(), &nudge)).retain(),
                Derivative::Immediate => {
                    let pairs = s.to_vec().into_iter().zip(nudge);
                    let held = pairs.map(|(s, nudge)| Dual::new(s.v, nudge.d));
                    tape.leaf(s.shape(), &held.collect::<Vec<_>>())
                }
            });
            entering.push(copy.clone());
            copy
        };
        let run = unroll_between(self.cell, &w, x, self.lengths, None, enter, |step| {
            let tangents = tangents_at(step.t).filter(|_| derivative == Derivative::Exact);
            nudged(
                step.after,
                tangents.map(|step| &step.arrived),
                |s, nudge| (s + tape.constant(s.shape(), &nudge)).retain(),
            )
        });
        Recorded {
            leaves,
            run,
            entering,
        }
    }
}

/// A state whose variables `add` has given their nudges: 0, with these tangents, if any.
fn nudged<'t, T: Real, S: Vars<'t, Dual<T>>>(
    state: &S,
    tangents: Option<&Vec<Vec<T>>>,
    mut add: impl FnMut(Var<'t, Dual<T>>, Vec<Dual<T>>) -> Var<'t, Dual<T>>,
) -> S {
    let mut tangents = tangents.into_iter().flatten();
    state.map(|s| {
        let nudge = match tangents.next() {
            Some(tangents) => tangents.iter().map(|&d| Dual::new(T::ZERO, d)).collect(),
            None => vec![Dual::default(); s.len()],
        };
        add(s, nudge)
    })
}

impl<'t, T: Real, C: Cell<Dual<T>>> Recorded<'t, T, C> {
    /// After a sweep, the adjoints of steps from the second on.
    fn transports(&self) -> Vec<Transport<T>> {
        let steps = self.entering.iter().zip(&self.run.states).skip(1);
        let adjoints = |state: &C::State<'t>| state.as_slice().iter().map(adjoint).collect();
        let transport = |(entering, after): (&C::State<'t>, &C::State<'t>)| Transport {
            rows: after.as_slice()[0].shape().dims()[0],
            carried: adjoints(entering),
            arrived: adjoints(after),
        };
        steps.map(transport).collect()
    }

    /// Sweeps each step on its own, from d_{k+1} at its end.
    #[track_caller]
    fn backward_from(&self, transports: &[Transport<T>]) {
        let mut seeds = Vec::new();
        for (after, step) in self.run.states.iter().skip(1).zip(transports) {
            for (&s, arrived) in after.as_slice().iter().zip(&step.arrived) {
                let seed: Vec<_> = arrived.iter().map(|&d| Dual::new(d, T::ZERO)).collect();
                seeds.push((s, seed));
            }
        }
        let seeds: Vec<_> = seeds.iter().map(|(s, seed)| (*s, &seed[..])).collect();
        if let Some((s, _)) = seeds.first() {
            s.tape().backward(&seeds);
        }
    }
}

/// The adjoint of a variable, without tangents.
fn adjoint<T: Real>(x: &Var<'_, Dual<T>>) -> Vec<T> {
    x.with_grad(|g| match g {
        Some(g) => g.iter().map(|g| g.v).collect(),
        None => vec![T::ZERO; x.len()],
    })
}

/// phi, and its slope by every element of its argument.
struct Penalty<T> {
    value: T,
    terms: usize,
    slopes: Vec<Transport<T>>,
}

fn penalty<T: Real>(transports: &[Transport<T>]) -> Penalty<T> {
    let tape = Tape::new();
    let leaves = |of: &[Vec<T>], rows: usize| -> Vec<Var<'_, T>> {
        let leaf = |x: &Vec<T>| tape.leaf([rows, x.len() / rows], x);
        of.iter().map(leaf).collect()
    };
    let mut total = tape.scalar(0.0);
    let mut terms = 0;
    let mut steps = Vec::new();
    for step in transports {
        let carried = leaves(&step.carried, step.rows);
        let arrived = leaves(&step.arrived, step.rows);
        let directed = concat(&arrived, 1).with(|d| {
            let width = d.len() / step.rows;
            let directed = |&row: &usize| {
                let length = norm(&d[row * width..(row + 1) * width]);
                T::from_f64(1.0 / length).is_finite()
            };
            (0..step.rows).filter(directed).collect::<Vec<_>>()
        });
        if !directed.is_empty() {
            let [carried, arrived] =
                [&carried, &arrived].map(|of| concat(of, 1).embedding(&directed).norm_axes(&[1]));
            let ratio = carried / arrived;
            total = total + (ratio - 1.0).square().sum();
            terms += directed.len();
        }
        steps.push((step.rows, carried, arrived));
    }
    if total.needs_grad() {
        total.backward();
    }
    let slope = |x: &Var<'_, T>| x.grad().unwrap_or_else(|| vec![T::ZERO; x.len()]);
    let slopes = steps.iter().map(|(rows, carried, arrived)| Transport {
        rows: *rows,
        carried: carried.iter().map(slope).collect(),
        arrived: arrived.iter().map(slope).collect(),
    });
    Penalty {
        value: total.item(),
        terms,
        slopes: slopes.collect(),
    }
}
