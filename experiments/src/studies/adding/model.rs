//! A network for the adding problem: a cell reads the pairs, an affine readout of its last state answers.

use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
use wengert_rnn::train::{Loss, Model};
use wengert_rnn::{Cell, Leaves, Linear, Params, pack, unroll};
use wengert_tape::{Real, Tape, Var};

use crate::cells::{AnyCell, Kind};
use crate::tasks::adding::{INPUTS, Sequence};

/// Sequences on one tape where nothing is swept.
const BLOCK: usize = 64;

pub(super) struct Network {
    cell: AnyCell,
    readout: Linear,
}

impl Network {
    pub fn new(kind: Kind, hidden: usize, longest: usize) -> Self {
        Self {
            cell: kind.cell(INPUTS, hidden, longest),
            readout: Linear::new(hidden, 1),
        }
    }

    pub fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        let cell = self.cell.init(rng);
        let readout = self.readout.init(rng);
        Params::new()
            .with_part("cell.", cell)
            .with_part("readout.", readout)
    }

    /// The squared errors of the answers to `sequences`, [B, 1].
    fn errors<'t, T: Real>(
        &self,
        tape: &'t Tape<T>,
        leaves: &mut Leaves<'t, T>,
        sequences: &[&Sequence],
    ) -> Var<'t, T> {
        let features = |sequence: &&Sequence| -> Vec<T> {
            let pairs = sequence.pairs.as_flattened().iter();
            pairs.map(|feature| T::from_f64(*feature)).collect()
        };
        let rows: Vec<Vec<T>> = sequences.iter().map(features).collect();
        let (x, lengths) = pack(&rows, INPUTS);
        let x = tape.constant([x.len() / INPUTS, INPUTS], &x);
        let run = unroll(&self.cell, &leaves.take(), x, &lengths, None);
        let answers = self.readout.apply(&leaves.take(), run.last[0]);
        let targets: Vec<T> = sequences.iter().map(|s| T::from_f64(s.target)).collect();
        (answers - tape.constant([targets.len(), 1], &targets)).square()
    }

    /// The mean squared error over `sequences`, on all threads.
    pub fn error(&self, params: &Params<f32>, sequences: &[Sequence]) -> f64 {
        let blocks: Vec<f64> = sequences
            .par_chunks(BLOCK)
            .map(|block| {
                let tape = Tape::new();
                let block: Vec<&Sequence> = block.iter().collect();
                let errors = self.errors(&tape, &mut params.bind(&tape), &block);
                f64::from(errors.sum().item())
            })
            .collect();
        blocks.iter().sum::<f64>() / sequences.len() as f64
    }
}

impl<T: Real> Model<T> for Network {
    type Example = Sequence;

    fn loss<'t>(
        &self,
        tape: &'t Tape<T>,
        leaves: &mut Leaves<'t, T>,
        shard: &[&Sequence],
        _: &mut ChaCha8Rng,
    ) -> Loss<'t, T> {
        Loss::of_sum(self.errors(tape, leaves, shard).sum(), shard.len())
    }
}
