//! Sequences of each task as numbers, and when an answer to one is right.

use std::ops::Range;

use rand::rngs::ChaCha8Rng;

use crate::tasks::adding::{self, Adding};
use crate::tasks::language::Language;
use crate::tasks::long_lag::LongLag;
use crate::tasks::reber::{LETTERS, Reber};
use crate::tasks::temporal_order::TemporalOrder;
use crate::tasks::two_sequence::TwoSequence;

/// A task of the paper.
#[derive(Clone, Copy, Debug)]
pub(super) enum Task {
    /// Predict the next symbol of strings of the embedded Reber grammar.
    Reber,
    /// 2a: predict every next symbol; 2c: predict the last, of two.
    LongLag(LongLag),
    TwoSequence(TwoSequence),
    Adding(Adding),
    Order(TemporalOrder),
}

/// One sequence.
pub(super) struct Example {
    /// Inputs, a row for each step.
    pub x: Vec<f32>,
    pub steps: usize,
    /// Targets, a row for each of the last steps that have one.
    pub targets: Vec<f32>,
    /// What may come next, in the rows of the targets, of a grammar.
    legal: Option<Vec<Vec<bool>>>,
    /// Otherwise each output must be nearer than this to its target.
    within: f32,
}

impl Task {
    pub fn inputs(self) -> usize {
        match self {
            Self::Reber => LETTERS.len(),
            Self::LongLag(task) => task.symbols(),
            Self::TwoSequence(_) => 1,
            Self::Adding(_) => adding::INPUTS,
            Self::Order(task) => task.symbols(),
        }
    }

    pub fn outputs(self) -> usize {
        match self {
            Self::Reber => LETTERS.len(),
            Self::LongLag(task @ LongLag::Regular(_)) => task.symbols(),
            Self::LongLag(_) => 2,
            Self::TwoSequence(_) | Self::Adding(_) => 1,
            Self::Order(task) => task.classes(),
        }
    }

    /// Whether training repeats a fixed set of sequences.
    pub fn repeats(self) -> bool {
        matches!(self, Self::Reber)
    }

    pub fn draw(self, rng: &mut ChaCha8Rng) -> Example {
        let (inputs, outputs) = (self.inputs(), self.outputs());
        match self {
            Self::Reber => {
                let string = Reber::Embedded.draw(rng);
                let rows = Reber::Embedded.continuations(&string);
                let legal = rows.expect("what the grammar draws is legal");
                let (last, before) = (string.len() - 1, &string[..string.len() - 1]);
                let mut example = Example::new(one_hot(before, inputs), last, 0.0);
                example.targets = one_hot(&string[1..], outputs);
                example.legal = Some(legal[1..=last].to_vec());
                example
            }
            Self::LongLag(task) => {
                let symbols = task.draw(rng);
                let last = symbols.len() - 1;
                let x = one_hot(&symbols[..last], inputs);
                let targets = if outputs == inputs {
                    one_hot(&symbols[1..], outputs)
                } else {
                    one_hot(&[symbols[last] - task.remembered()[0]], outputs)
                };
                let example = Example::new(x, last, 0.25);
                Example { targets, ..example }
            }
            Self::TwoSequence(task) => {
                let sequence = task.draw(rng);
                let x: Vec<f32> = sequence.inputs.iter().map(|x| *x as f32).collect();
                let targets = vec![f32::from(u8::from(sequence.positive))];
                let example = Example::new(x, sequence.inputs.len(), 0.2);
                Example { targets, ..example }
            }
            Self::Adding(task) => {
                let sequence = task.draw(rng);
                let x = sequence.pairs.iter().flatten().map(|x| *x as f32).collect();
                let targets = vec![sequence.target as f32];
                let example = Example::new(x, sequence.pairs.len(), 0.04);
                Example { targets, ..example }
            }
            Self::Order(task) => {
                let sequence = task.draw(rng);
                let x = one_hot(&sequence.symbols, inputs);
                let targets = one_hot(&[sequence.class], outputs);
                let example = Example::new(x, sequence.symbols.len(), 0.3);
                Example { targets, ..example }
            }
        }
    }
}

impl Example {
    fn new(x: Vec<f32>, steps: usize, within: f32) -> Self {
        Self {
            x,
            steps,
            targets: Vec::new(),
            legal: None,
            within,
        }
    }

    /// Rows of targets, where there are so many outputs.
    pub fn rows(&self, outputs: usize) -> usize {
        self.targets.len() / outputs
    }

    /// Some rows of the targets.
    pub fn targets_of(&self, rows: Range<usize>, outputs: usize) -> &[f32] {
        &self.targets[rows.start * outputs..rows.end * outputs]
    }

    /// Whether the outputs for some rows of the targets are right: each near its target, or of a
    /// grammar, those of all symbols that may come next above all others.
    pub fn is_right(&self, y: &[f32], rows: Range<usize>) -> bool {
        let outputs = y.len() / rows.len();
        let Some(legal) = &self.legal else {
            let mut pairs = y.iter().zip(self.targets_of(rows, outputs));
            return pairs.all(|(y, target)| (y - target).abs() < self.within);
        };
        y.chunks(outputs).zip(&legal[rows]).all(|(row, legal)| {
            let of = |wanted: bool| row.iter().zip(legal).filter(move |(_, is)| **is == wanted);
            let least = of(true).map(|(y, _)| *y).fold(f32::INFINITY, f32::min);
            of(false).all(|(y, _)| *y < least)
        })
    }
}

fn one_hot(symbols: &[usize], width: usize) -> Vec<f32> {
    let mut x = vec![0.0; symbols.len() * width];
    for (row, symbol) in symbols.iter().enumerate() {
        x[row * width + symbol] = 1.0;
    }
    x
}
