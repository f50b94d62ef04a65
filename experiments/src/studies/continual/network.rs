//! Memory blocks on an endless stream: they learn from windows, and never start again.

use std::collections::VecDeque;

use rand::rngs::ChaCha8Rng;
use wengert_rnn::cells::MemoryBlocks;
use wengert_rnn::{Cell, FromVars, Lengths, Optimizer, Params, Sgd, Unrolled, Vars, init, unroll};
use wengert_tape::{Tape, Var, concat};

use crate::tasks::continual_reber::{Legal, SYMBOLS};

/// Initial weights are uniform between plus and minus this.
const SCALE: f64 = 0.2;
/// Steps that are recorded at once where nothing is swept.
const CHUNK: usize = 64;
/// The memory of the cells in the state.
const MEMORY: usize = 1;

/// A recurrent state: the values of its variables.
type State = Vec<Vec<f32>>;

/// A network and where it is in its stream.
pub struct Network {
    cell: MemoryBlocks,
    params: Params<f32>,
    sgd: Sgd<f32>,
    tape: Tape<f32>,
    /// Before the window.
    state: State,
    window: VecDeque<usize>,
}

/// What a network did after one symbol of a stream.
pub struct Answer {
    /// Its output for each symbol.
    pub y: [f32; SYMBOLS],
    /// The norm of the cells' memories.
    pub norm: f64,
}

impl Answer {
    /// Whether all symbols that may come next are above all others.
    pub fn is_right(&self, legal: Legal) -> bool {
        is_right(&self.y, legal)
    }
}

fn is_right(y: &[f32], legal: Legal) -> bool {
    let of = |wanted: bool| y.iter().zip(legal).filter(move |(_, is)| *is == wanted);
    let least = of(true).map(|(y, _)| *y).fold(f32::INFINITY, f32::min);
    of(false).all(|(y, _)| *y < least)
}

impl Network {
    /// The network of Gers, Schmidhuber & Cummins (2000) around `cell`: inputs see the outputs too,
    /// and these have biases.
    pub fn new(cell: MemoryBlocks, rate: f64, rng: &mut ChaCha8Rng) -> Self {
        let cell = cell.with_scale(SCALE).without_cell_biases();
        let uniform = |w: &mut [f32], rng: &mut ChaCha8Rng| init::uniform(w, SCALE, rng);
        let readout = Params::new()
            .with("weight", [SYMBOLS, cell.cells()], |w| uniform(w, rng))
            .with("direct", [SYMBOLS, SYMBOLS], |w| uniform(w, rng))
            .with("bias", [SYMBOLS], |w| uniform(w, rng));
        let params = Params::new()
            .with_part("cell.", cell.init(rng))
            .with_part("readout.", readout);
        let tape = Tape::new();
        let state = values(&cell.zero_state(&tape, 1));
        Self {
            cell,
            sgd: Sgd::new(rate, params.len()),
            params,
            tape,
            state,
            window: VecDeque::new(),
        }
    }

    /// Number of weights.
    pub fn weights(&self) -> usize {
        self.params.len()
    }

    /// Starts again from the zero state.
    pub fn reset(&mut self) {
        self.tape.reset();
        self.state = values(&self.cell.zero_state(&self.tape, 1));
        self.window.clear();
    }

    /// Reads `symbols` and learns to predict `next`, what followed each of them: a step down half the
    /// squared error of these predictions, whose gradient goes back through `reach` symbols at most.
    /// Returns whether the predictions were right before it: those that were `legal` above all others.
    pub fn learn(
        &mut self,
        symbols: &[usize],
        legal: &[Legal],
        next: &[usize],
        reach: usize,
    ) -> bool {
        self.window.extend(symbols);
        let window: Vec<usize> = self.window.iter().copied().collect();
        self.tape.reset();
        let leaves = self.params.bind(&self.tape);
        let asked = window.len() - symbols.len();
        let (run, y) = self.unroll(&leaves, &self.state, &window, asked);
        let targets = one_hot(&self.tape, next);
        ((y - targets).square().sum() * 0.5).backward();
        let gradient = leaves.gradient();
        let right = y.with(|y| {
            y.chunks(SYMBOLS)
                .zip(legal)
                .all(|(y, legal)| is_right(y, *legal))
        });
        // What is too old leaves the window.
        let old = window
            .len()
            .saturating_sub(reach.saturating_sub(symbols.len()));
        if old > 0 {
            self.state = values(&run.states[old - 1]);
            self.window.drain(..old);
        }
        drop(run);
        self.sgd.step(self.params.values_mut(), &gradient);
        right
    }

    /// Reads a stream from the zero state, as long as `go_on` says so of what is answered.
    pub fn read(
        &mut self,
        stream: impl Iterator<Item = (usize, Legal)>,
        mut go_on: impl FnMut(&Answer, Legal) -> bool,
    ) {
        let mut stream = stream.peekable();
        let mut state: State = {
            self.tape.reset();
            values(&self.cell.zero_state(&self.tape, 1))
        };
        while stream.peek().is_some() {
            let (symbols, legal): (Vec<usize>, Vec<Legal>) = stream.by_ref().take(CHUNK).unzip();
            self.tape.reset();
            let leaves = self.params.bind(&self.tape);
            let (run, y) = self.unroll(&leaves, &state, &symbols, 0);
            let outputs = y.to_vec();
            for (at, legal) in legal.into_iter().enumerate() {
                let memory = run.states[at][MEMORY].to_vec();
                let squares = memory.iter().map(|c| f64::from(*c) * f64::from(*c));
                let answer = Answer {
                    y: std::array::from_fn(|symbol| outputs[at * SYMBOLS + symbol]),
                    norm: squares.sum::<f64>().sqrt(),
                };
                if !go_on(&answer, legal) {
                    return;
                }
            }
            state = values(&run.last);
        }
    }

    /// The states over `symbols`, and the outputs from the one at `first` on.
    fn unroll<'t>(
        &self,
        leaves: &wengert_rnn::Leaves<'t, f32>,
        state: &State,
        symbols: &[usize],
        first: usize,
    ) -> (Unrolled<'t, f32, MemoryBlocks>, Var<'t, f32>) {
        let mut leaves = leaves.clone();
        let w = leaves.take();
        let [v, u, b]: [Var<'t, f32>; 3] = leaves.take();
        let tape = v.tape();
        let x = one_hot(tape, symbols);
        let state: Vec<Var<'t, f32>> = state
            .iter()
            .map(|s| tape.constant([1, s.len()], s))
            .collect();
        let state = FromVars::from_vars(&state).expect("as many as the cell's state has");
        let run = unroll(
            &self.cell,
            &w,
            x,
            &Lengths::equal(symbols.len(), 1),
            Some(&state),
        );
        let hidden = concat(&run.hidden()[first..], 0);
        let x = x.rows(first..symbols.len());
        let y = hidden.linear2(v.t(), x, u.t(), b).sigmoid();
        (run, y)
    }
}

fn values<'t>(state: &impl Vars<'t, f32>) -> State {
    state.as_slice().iter().map(|s| s.to_vec()).collect()
}

fn one_hot<'t>(tape: &'t Tape<f32>, symbols: &[usize]) -> Var<'t, f32> {
    let mut x = vec![0.0; symbols.len() * SYMBOLS];
    for (row, symbol) in symbols.iter().enumerate() {
        x[row * SYMBOLS + symbol] = 1.0;
    }
    tape.constant([symbols.len(), SYMBOLS], &x)
}
