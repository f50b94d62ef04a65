//! What a table of pieces proposes where the decoder looks (Arthur, Neubig & Nakamura 2016):
//!
//! ```text
//! q_f = sum_j a_j t(f | e_j),     logits' = logits + ln(q + 0.001)
//! ```
//!
//! with the weights a of attention over the source pieces e_j: what is in the table need not be
//! learnt by the network, which finds where to look, and what the table does not know. Each piece is
//! counted once more as its own translation, as those of rare names are.

use std::collections::BTreeMap;

use wengert_rnn::Lengths;
use wengert_tape::{Tape, Var, concat};

use crate::baselines::lexicon::Lexicon;

/// Added to every probability, so that the network can write what the table does not know.
const FLOOR: f64 = 0.001;
/// Translations less probable than this are left out.
const LEAST: f64 = 0.001;

/// For each English piece the probable Spanish ones.
#[derive(Clone, Debug)]
pub(super) struct Lexical {
    rows: Vec<Vec<(usize, f64)>>,
    /// Number of pieces, start and stop.
    tokens: usize,
}

impl Lexical {
    /// Learns from pairs of sentences as pieces, of so many different ones.
    pub fn learn(pairs: &[(Vec<usize>, Vec<usize>)], tokens: usize, iterations: usize) -> Self {
        let lexicon = Lexicon::learn(pairs, iterations);
        let mut counts = vec![0.0; tokens];
        for &piece in pairs.iter().flat_map(|(source, _)| source) {
            counts[piece] += 1.0;
        }
        let row = |piece: usize| {
            let own = 1.0 / (counts[piece] + 1.0);
            let learnt = lexicon.translations(&piece);
            let mut row: BTreeMap<usize, f64> =
                learnt.map(|(&f, p)| (f, (1.0 - own) * p)).collect();
            *row.entry(piece).or_default() += own;
            row.into_iter().filter(|(_, p)| *p >= LEAST).collect()
        };
        Self {
            rows: (0..tokens).map(row).collect(),
            tokens,
        }
    }

    /// Adds what the table proposes to logits, row by row: `sources` and `weights` of each row.
    pub fn propose<'a>(
        &self,
        logits: &mut [f64],
        rows: impl Iterator<Item = (&'a [usize], &'a [f32])>,
    ) {
        let mut proposed = vec![0.0; self.tokens];
        for (logits, (source, weights)) in logits.chunks_mut(self.tokens).zip(rows) {
            proposed.fill(FLOOR);
            for (&piece, &weight) in source.iter().zip(weights) {
                for &(f, probability) in &self.rows[piece] {
                    proposed[f] += f64::from(weight) * probability;
                }
            }
            for (logit, q) in logits.iter_mut().zip(&proposed) {
                *logit += q.ln();
            }
        }
    }

    /// ln(q + 0.001) of all steps of a batch, packed: [N, tokens]. `weights` are those of each step,
    /// [n, S], of the samples that have it.
    pub fn proposals<'t>(
        &self,
        tape: &'t Tape<f32>,
        sources: &[Vec<usize>],
        weights: &[Var<'t, f32>],
        lengths: &Lengths,
    ) -> Var<'t, f32> {
        let (batch, steps) = (sources.len(), weights.len());
        let width = weights[0].shape().dims()[1];
        let mut table = vec![0.0; batch * width * self.tokens];
        for (source, rows) in sources.iter().zip(table.chunks_mut(width * self.tokens)) {
            for (&piece, row) in source.iter().zip(rows.chunks_mut(self.tokens)) {
                for &(f, probability) in &self.rows[piece] {
                    row[f] = probability as f32;
                }
            }
        }
        let table = tape.constant([batch, width, self.tokens], &table);
        // From packed steps to one block for each sample, and back.
        let mut places = Vec::with_capacity(lengths.total());
        for (t, &running) in lengths.running().iter().enumerate() {
            places.extend(lengths.order()[..running].iter().map(|b| b * steps + t));
        }
        let weights = tape
            .zeros([batch * steps, width])
            .index_add(&places, concat(weights, 0));
        let proposed = weights.reshape([batch, steps, width]).matmul(table);
        let proposed = proposed.reshape([batch * steps, self.tokens]);
        (proposed.embedding(&places) + FLOOR).ln()
    }
}
