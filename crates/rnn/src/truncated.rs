//! Truncated back-propagation through time: every k1 steps, a sweep back over the last k2.
//!
//! This is BPTT(h; h') of Williams & Peng (1990) with h = k2 and h' = k1. A loss reaches at least
//! k2 - k1 + 1 and at most k2 steps back; what it owes to earlier steps is missing from the
//! gradient, which is therefore biased, and no smaller step size makes up for it: memories longer
//! than k2 are not learnt on purpose (Tallec & Ollivier 2017). With k2 = T it is exact.

use wengert_tape::{Real, Tape, Var, concat};

use crate::bptt::{Bottom, Bptt, Gradient, Objective};
use crate::cell::Cell;
use crate::params::Params;
use crate::unroll::unroll;
use crate::vars::Vars;

/// Steps swept together: `from..to`, for the losses of the last of them, `loss_from..to`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// The first step; the state before it is a constant.
    pub from: usize,
    /// The first step whose loss is swept.
    pub loss_from: usize,
    /// The step after the last.
    pub to: usize,
}

/// The windows over a number of steps: one every `k1` steps and one at the end, each of the last
/// `k2` steps, as far as there are so many. Each loss is in one of them. If `k1` is `k2` and divides
/// the number of steps, they do not overlap.
///
/// ```
/// use wengert_rnn::{Window, windows};
///
/// let found: Vec<_> = windows(5, 2, 3).collect();
/// assert_eq!(found, [
///     Window { from: 0, loss_from: 0, to: 2 },
///     Window { from: 1, loss_from: 2, to: 4 },
///     Window { from: 2, loss_from: 4, to: 5 },
/// ]);
/// ```
///
/// # Panics
/// Unless 1 <= k1 <= k2.
#[track_caller]
pub fn windows(steps: usize, k1: usize, k2: usize) -> impl Iterator<Item = Window> {
    assert!(
        1 <= k1 && k1 <= k2,
        "windows: a sweep every {k1} steps over {k2}, but 1 <= k1 <= k2 is needed"
    );
    (0..steps).step_by(k1).map(move |loss_from| {
        let to = steps.min(loss_from + k1);
        let from = to.saturating_sub(k2);
        Window {
            from,
            loss_from,
            to,
        }
    })
}

/// The windows of a batch swept in turn. The state before each is carried on as numbers, so that
/// the parameters may change from one to the next.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::{Bptt, Cell, Gru, Leaves, Lengths, Objective, Optimizer, Sgd};
/// use wengert_tape::{Real, Tape, Var};
///
/// /// Each state should be 0.5.
/// struct Half;
///
/// impl<T: Real> Objective<T, Gru> for Half {
///     fn at<'t>(&self, _t: usize, h: &Var<'t, T>, _: &mut Leaves<'t, T>) -> Option<Var<'t, T>> {
///         Some((*h - 0.5).square().mean())
///     }
/// }
///
/// let cell = Gru::new(1, 4);
/// let mut params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
/// let (x, lengths) = ([1.0; 500], Lengths::equal(500, 1));
/// let bptt = Bptt::new(&cell, &Half, &x, &lengths);
/// let mut tape = Tape::<f64>::new();
/// let (mut sgd, mut losses) = (Sgd::new(0.1, params.len()), Vec::new());
/// let mut truncated = bptt.truncated(5, 10);
/// while let Some(gradient) = truncated.sweep(&params, &mut tape) {
///     sgd.step(params.values_mut(), &gradient.params);
///     losses.push(gradient.loss);
/// }
/// assert_eq!(losses.len(), 100);
/// assert!(losses[99] < 0.1 * losses[0]);
/// ```
#[derive(Debug)]
pub struct Truncated<'a, T: Real, C, O> {
    bptt: &'a Bptt<'a, T, C, O>,
    windows: Vec<Window>,
    /// How many of them are swept.
    swept: usize,
    /// The first row of the inputs of each step, and the end.
    rows: Vec<usize>,
    /// The state before the next window, of the samples that run there; before the first, nothing.
    state: Vec<Vec<T>>,
    /// The last states of the other samples.
    ended: Vec<Vec<T>>,
}

impl<T: Real, C: Cell<T>, O: Objective<T, C>> Bptt<'_, T, C, O> {
    /// The sweeps of [`windows`]. A loss of the last states belongs to the last window: of a sample
    /// that ended before it, that loss has no gradient.
    ///
    /// # Panics
    /// Unless 1 <= k1 <= k2.
    #[track_caller]
    pub fn truncated(&self, k1: usize, k2: usize) -> Truncated<'_, T, C, O> {
        Truncated {
            bptt: self,
            windows: windows(self.lengths.running().len(), k1, k2).collect(),
            swept: 0,
            rows: self.lengths.starts(),
            state: Vec::new(),
            ended: Vec::new(),
        }
    }
}

impl<T: Real, C: Cell<T>, O: Objective<T, C>> Truncated<'_, T, C, O> {
    /// The window that is swept next, if one is left.
    pub fn next_window(&self) -> Option<Window> {
        self.windows.get(self.swept).copied()
    }

    /// Sweeps the next window: the losses in it, and their gradient; both are 0 if there are none.
    /// `None` after the last window.
    ///
    /// # Panics
    /// If the initial state or the parameters do not fit the cell.
    #[track_caller]
    pub fn sweep(&mut self, params: &Params<T>, tape: &mut Tape<T>) -> Option<Gradient<T>> {
        let window = self.next_window()?;
        self.swept += 1;
        let bottom = self.bptt.bind(params, tape);
        let loss = self.record(window, &bottom, tape);
        Some(bottom.gradient(tape, loss.unwrap_or(T::ZERO)))
    }

    /// Records the window and sweeps it; carries the state on to the next.
    #[track_caller]
    fn record(&mut self, window: Window, bottom: &Bottom<'_, T>, tape: &Tape<T>) -> Option<T> {
        let (bptt, lengths) = (self.bptt, self.bptt.lengths);
        let Window {
            from,
            loss_from,
            to,
        } = window;
        let (w, leaves) = bottom.weights::<C>(tape);
        let start = bptt.start(tape, bottom);
        let before = match from {
            0 => start.clone(),
            _ => constants(tape, &start, &self.state),
        };
        let inputs = bptt.inputs(tape, bottom);
        let x = inputs.record(tape, self.rows[from]..self.rows[to]);
        let run = unroll(bptt.cell, &w, x, &lengths.between(from..to), Some(&before));

        let mut losses = Vec::new();
        for t in loss_from..to {
            let state = &run.states[t - from];
            losses.extend(bptt.objective.at(t, state, &mut leaves.clone()));
        }
        let ended = constants(tape, &start, &self.ended);
        if to == lengths.running().len() {
            let last = below(&run.last, &ended).map(|s| lengths.unsort(s));
            losses.extend(bptt.objective.last(&last, &mut leaves.clone()));
        }
        let loss = losses.into_iter().reduce(|a, b| a + b);
        if let Some(loss) = loss.filter(|loss| loss.needs_grad()) {
            loss.backward();
        }
        if let Some(next) = self.next_window()
            && next.from > from
        {
            let running = lengths.running()[next.from];
            let state = &run.states[next.from - from - 1];
            self.state = numbers(&state.map(|s| s.rows(0..running)));
            let others = run.last.map(|s| s.rows(running..s.shape().dims()[0]));
            self.ended = numbers(&below(&others, &ended));
        }
        loss.map(Var::item)
    }
}

/// A state of these numbers, with the widths of `like`.
fn constants<'t, T: Real, S: Vars<'t, T>>(tape: &'t Tape<T>, like: &S, values: &[Vec<T>]) -> S {
    let mut values = values.iter();
    like.map(|s| {
        let values = values.next().map_or(&[][..], |values| &values[..]);
        let mut dims = s.shape().dims().to_vec();
        dims[0] = values.len() / dims[1..].iter().product::<usize>();
        tape.constant(&dims[..], values)
    })
}

fn numbers<'t, T: Real>(state: &impl Vars<'t, T>) -> Vec<Vec<T>> {
    state.as_slice().iter().map(|s| s.to_vec()).collect()
}

/// The rows of one state, below them those of another.
fn below<'t, T: Real, S: Vars<'t, T>>(above: &S, other: &S) -> S {
    let mut others = other.as_slice().iter();
    above.map(|s| concat(&[s, *others.next().expect("as many variables")], 0))
}
