//! A network for the copy memory task: one-hot tokens, a cell, an affine readout at every step.

use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
use wengert_rnn::metrics::largest;
use wengert_rnn::train::{Loss, Model};
use wengert_rnn::{Cell, Leaves, Lengths, Linear, Params, instruments, pack, unroll, unroll_with};
use wengert_tape::{Real, Tape, Var, concat};

use crate::cells::{AnyCell, Kind};
use crate::tasks::copy::{CopyMemory, INPUTS, SYMBOLS, Symbols, TARGETS};

/// Sequences on one tape where nothing is swept.
const BLOCK: usize = 64;

/// A cell and its readout at one task.
pub struct Network {
    task: CopyMemory,
    cell: AnyCell,
    readout: Linear,
}

/// What a network makes of sequences of the task.
pub struct Score {
    /// Mean cross entropy, in nats a step.
    pub loss: f64,
    /// The fraction of the symbols that are recalled.
    pub recall: f64,
}

impl Network {
    /// With a cell of so many units.
    pub fn new(task: CopyMemory, kind: Kind, hidden: usize) -> Self {
        Self {
            task,
            // No memory need be longer than a sequence.
            cell: kind.cell(INPUTS, hidden, task.steps()),
            readout: Linear::new(hidden, TARGETS),
        }
    }

    /// Fresh parameters.
    pub fn init<T: Real>(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let cell = self.cell.init(rng);
        let readout = self.readout.init(rng);
        Params::new()
            .with_part("cell.", cell)
            .with_part("readout.", readout)
    }

    /// Loss and recall of `sequences`, on all threads.
    pub fn score(&self, params: &Params<f32>, sequences: &[Symbols]) -> Score {
        let blocks: Vec<(f64, usize)> = sequences
            .par_chunks(BLOCK)
            .map(|block| self.score_block(params, block))
            .collect();
        let (loss, right) = blocks
            .into_iter()
            .fold((0.0, 0), |sum, block| (sum.0 + block.0, sum.1 + block.1));
        Score {
            loss: loss / (sequences.len() * self.task.steps()) as f64,
            recall: right as f64 / (sequences.len() * SYMBOLS) as f64,
        }
    }

    /// The summed loss, and how many symbols are recalled.
    fn score_block(&self, params: &Params<f32>, block: &[Symbols]) -> (f64, usize) {
        let tape = Tape::new();
        let mut leaves = params.bind(&tape);
        let w = leaves.take();
        let x = inputs(&tape, self.task, block);
        let run = unroll(&self.cell, &w, x, &self.lengths(block), None);
        let logits = self.readout.apply(&leaves.take(), run.output());
        let targets = targets(self.task, block);
        let loss = logits.cross_entropy_each(&targets).sum();
        let recalled = self.task.lag() * block.len();
        let chosen = logits.with(|logits| largest(logits, TARGETS));
        let pairs = chosen.iter().zip(&targets).skip(recalled);
        let right = pairs.filter(|(chosen, target)| chosen == target).count();
        (f64::from(loss.item()), right)
    }

    /// |dL/ds_t| by lag, s the whole state: from the step at which the first symbol is asked for, where
    /// the loss L is taken, back to the step at which it was shown. Root mean squares over `sequences`.
    pub fn gradients(&self, params: &Params<f32>, sequences: &[Symbols]) -> Vec<f64> {
        // In double precision, where nothing small is lost.
        let tape = Tape::new();
        let mut leaves = params.cast::<f64>().bind(&tape);
        let w = leaves.take();
        let x = inputs(&tape, self.task, sequences);
        let lengths = self.lengths(sequences);
        let run = unroll_with(&self.cell, &w, x, &lengths, None, instruments::retain);
        let asked = &run.states[self.task.lag()];
        let first: Vec<usize> = sequences.iter().map(|symbols| symbols[0]).collect();
        let logits = self.readout.apply(&leaves.take(), asked.as_slice()[0]);
        logits.cross_entropy_each(&first).sum().backward();
        let parts = asked.as_slice().len();
        let mut squares = vec![0.0; self.task.lag() + 1];
        for part in 0..parts {
            let states = &run.states[..=self.task.lag()];
            let states: Vec<Var<'_, f64>> = states.iter().map(|s| s.as_slice()[part]).collect();
            let norms = instruments::adjoint_norms(&states);
            for (square, norm) in squares.iter_mut().zip(norms.iter().rev()) {
                *square += norm * norm / sequences.len() as f64;
            }
        }
        squares.into_iter().map(f64::sqrt).collect()
    }

    fn lengths(&self, sequences: &[Symbols]) -> Lengths {
        Lengths::equal(self.task.steps(), sequences.len())
    }
}

impl<T: Real> Model<T> for Network {
    type Example = Symbols;

    fn loss<'t>(
        &self,
        tape: &'t Tape<T>,
        leaves: &mut Leaves<'t, T>,
        shard: &[&Symbols],
        _: &mut ChaCha8Rng,
    ) -> Loss<'t, T> {
        let sequences: Vec<Symbols> = shard.iter().map(|symbols| **symbols).collect();
        let w = leaves.take();
        let x = inputs(tape, self.task, &sequences);
        let run = unroll(&self.cell, &w, x, &self.lengths(&sequences), None);
        let logits = self.readout.apply(&leaves.take(), concat(&run.hidden(), 0));
        let targets = targets(self.task, &sequences);
        Loss::of_mean(logits.cross_entropy(&targets), targets.len())
    }
}

/// One-hot tokens, [steps x sequences, INPUTS], time-major.
fn inputs<'t, T: Real>(tape: &'t Tape<T>, task: CopyMemory, sequences: &[Symbols]) -> Var<'t, T> {
    let tokens = time_major(sequences, |symbols| task.inputs(symbols));
    let mut x = vec![T::ZERO; tokens.len() * INPUTS];
    for (row, token) in tokens.iter().enumerate() {
        x[row * INPUTS + token] = T::ONE;
    }
    tape.constant([tokens.len(), INPUTS], &x)
}

fn targets(task: CopyMemory, sequences: &[Symbols]) -> Vec<usize> {
    time_major(sequences, |symbols| task.targets(symbols))
}

/// Element t B + b is step t of sequence b.
fn time_major(sequences: &[Symbols], tokens: impl Fn(&Symbols) -> Vec<usize>) -> Vec<usize> {
    pack(&sequences.iter().map(tokens).collect::<Vec<_>>(), 1).0
}
