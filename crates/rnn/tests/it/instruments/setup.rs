//! Cells of a user, a loss at some of the steps, and a test run over all cells.

use rand::rngs::ChaCha8Rng;
use wengert_rnn::instruments::StepLoss;
use wengert_rnn::{Cell, Params, init};
use wengert_tape::{Real, Tape, Var};

/// Runs the expression with each cell, of as many inputs and hidden units.
macro_rules! for_each_cell {
    ($inputs:expr, $hidden:expr, |$cell:ident| $body:expr) => {{
        use wengert_rnn::{Activation, Elman, Gru, Lstm};
        for_each_cell!(@one $cell, $body, &Elman::new($inputs, $hidden, Activation::Tanh));
        for_each_cell!(@one $cell, $body, &Gru::new($inputs, $hidden));
        for_each_cell!(@one $cell, $body, &Lstm::new($inputs, $hidden));
        for_each_cell!(@one $cell, $body, &$crate::instruments::setup::Pair {
            inputs: $inputs,
            hidden: $hidden,
        });
    }};
    (@one $cell:ident, $body:expr, $new:expr) => {{
        let $cell = $new;
        $body
    }};
}
pub(super) use for_each_cell;

/// The same, and with models whose states hold what the next step does not read, or whose weights
/// are computed from the parameters.
macro_rules! for_each_model {
    ($inputs:expr, $hidden:expr, |$cell:ident| $body:expr) => {{
        use wengert_rnn::{ExpRnn, Lru, Stack};
        for_each_cell!($inputs, $hidden, |$cell| $body);
        let stack = Stack::new($inputs, 2, |inputs| wengert_rnn::Gru::new(inputs, $hidden));
        for_each_cell!(@one $cell, $body, &stack);
        for_each_cell!(@one $cell, $body, &Lru::new($inputs, $hidden));
        for_each_cell!(@one $cell, $body, &ExpRnn::new($inputs, $hidden));
    }};
}
pub(super) use for_each_model;

/// A cell with a state of two variables of different widths, H and 2:
/// `h' = tanh(x W + h U + m V), m' = 0.9 m + sigmoid(h' K)`.
#[derive(Debug)]
pub struct Pair {
    pub inputs: usize,
    pub hidden: usize,
}

impl<T: Real> Cell<T> for Pair {
    type Weights<'t> = [Var<'t, T>; 4];
    type State<'t> = [Var<'t, T>; 2];

    fn inputs(&self) -> usize {
        self.inputs
    }
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let mut uniform = |w: &mut [T]| init::uniform(w, 0.8, rng);
        Params::new()
            .with("w", [self.inputs, self.hidden], &mut uniform)
            .with("u", [self.hidden, self.hidden], &mut uniform)
            .with("v", [2, self.hidden], &mut uniform)
            .with("k", [self.hidden, 2], &mut uniform)
    }
    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> [Var<'t, T>; 2] {
        [self.hidden, 2].map(|width| tape.zeros([batch, width]))
    }
    fn step<'t>(
        &self,
        &[w, u, v, k]: &[Var<'t, T>; 4],
        x: Var<'t, T>,
        &[h, m]: &[Var<'t, T>; 2],
    ) -> [Var<'t, T>; 2] {
        let h = (x.matmul(w) + h.matmul(u) + m.matmul(v)).tanh();
        [h, m * 0.9 + h.matmul(k).sigmoid()]
    }
}

/// A linear map of `size` features: `h' = W h`, whatever the input.
#[derive(Debug)]
pub struct Map {
    pub size: usize,
}

impl Map {
    pub fn params(matrix: &[f64]) -> Params<f64> {
        let size = matrix.len().isqrt();
        Params::new().with("w", [size, size], |w| w.copy_from_slice(matrix))
    }
}

impl<T: Real> Cell<T> for Map {
    type Weights<'t> = Var<'t, T>;
    type State<'t> = Var<'t, T>;

    fn inputs(&self) -> usize {
        1
    }
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        Params::new().with("w", [self.size, self.size], |w| init::uniform(w, 1.0, rng))
    }
    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Var<'t, T> {
        tape.zeros([batch, self.size])
    }
    fn step<'t>(&self, &w: &Var<'t, T>, _: Var<'t, T>, &h: &Var<'t, T>) -> Var<'t, T> {
        h.matmul(w.t())
    }
}

/// `(t + 1) (|h|^2 + sum h)`, at the last of the steps and at all but each third.
pub struct MostSteps {
    pub steps: usize,
}

impl StepLoss for MostSteps {
    fn at<'t, T: Real>(&self, t: usize, h: Var<'t, T>) -> Option<Var<'t, T>> {
        let has = t + 1 == self.steps || t % 3 < 2;
        has.then(|| (h.square() + h).sum() * (t + 1) as f64)
    }
}

/// The sum of the hidden state after one step.
pub struct Only {
    pub step: usize,
}

impl StepLoss for Only {
    fn at<'t, T: Real>(&self, t: usize, h: Var<'t, T>) -> Option<Var<'t, T>> {
        (t == self.step).then(|| h.sum())
    }
}

/// The product of two square matrices, row-major.
pub fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    let n = a.len().isqrt();
    let element = |at: usize| (0..n).map(|k| a[at / n * n + k] * b[k * n + at % n]).sum();
    (0..n * n).map(element).collect()
}

pub fn transposed(a: &[f64]) -> Vec<f64> {
    let n = a.len().isqrt();
    (0..n * n).map(|at| a[at % n * n + at / n]).collect()
}

pub fn diagonal(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let element = |at: usize| {
        if at / n == at % n {
            values[at / n]
        } else {
            0.0
        }
    };
    (0..n * n).map(element).collect()
}

/// A random orthogonal matrix.
pub fn orthogonal(n: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut q = vec![0.0; n * n];
    init::orthogonal(&mut q, [n, n], rng);
    q
}

/// Asserts that each element differs by at most `tolerance` of the largest expected one.
#[track_caller]
pub fn assert_within(tolerance: f64, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "lengths");
    let largest = expected.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= tolerance * largest,
            "[{i}]: {found:e}, but {expected:e} is expected (largest {largest:e})"
        );
    }
}

/// The sum of gradients.
pub fn sum(parts: &[Params<f64>]) -> Vec<f64> {
    let mut sum = vec![0.0; parts[0].len()];
    for part in parts {
        sum.iter_mut().zip(part.values()).for_each(|(s, x)| *s += x);
    }
    sum
}
