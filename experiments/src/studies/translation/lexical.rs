//! What a table of translations proposes where the decoder looks (Arthur, Neubig & Nakamura 2016):
//!
//! ```text
//! q(f) = sum_j a_j t(f | e_j)              a: the weights of attention over the source pieces e_j
//! logits' = logits + ln(q + 0.001)
//! t(f | e) = (n(e) t_1(f | e) + [f = e]) / (n(e) + 1)          t_1: IBM model 1; n: how often
//! ```
//!
//! What is in the table need not be learnt by the network, which finds where to look, what fits
//! there, and what the table does not know. A piece that is rare is also its own translation, as
//! those of names are. In training the table is asked as if it had not seen the verse, with n(e) and
//! n(e) t_1 less 1, or the network would learn to rely on what it will not find in other verses.

use std::collections::BTreeSet;

use wengert_rnn::Lengths;
use wengert_tape::{Tape, Var, concat};

use super::corpus::Vocabulary;
use crate::baselines::lexicon::Lexicon;

/// Added to every probability, so that the network can write what the table does not know.
const FLOOR: f64 = 1e-3;
/// Translations less probable than this are left out.
const LEAST: f64 = 1e-3;

/// For each source piece the probable translations, by their numbers.
#[derive(Clone, Debug)]
pub(super) struct Lexical {
    rows: Vec<Row>,
    /// How many numbers there are.
    numbers: usize,
}

#[derive(Clone, Debug)]
struct Row {
    /// How often the piece was seen.
    count: f64,
    /// Its own number.
    own: usize,
    /// Numbers of translations, and n(e) t_1(f | e).
    cells: Vec<(usize, f64)>,
}

impl Row {
    /// t(f | e), as if one verse less had been seen whose target has the numbers `without`.
    fn shares(&self, without: Option<&BTreeSet<usize>>) -> impl Iterator<Item = (usize, f64)> {
        let count = self.count - f64::from(u8::from(without.is_some()));
        let total = count.max(0.0) + 1.0;
        let cells = self.cells.iter().map(move |&(f, weight)| {
            let seen = without.is_some_and(|targets| targets.contains(&f));
            let weight = if seen {
                (weight - 1.0).max(0.0)
            } else {
                weight
            };
            (f, weight / total)
        });
        cells.chain([(self.own, 1.0 / total)])
    }
}

impl Lexical {
    /// Learns from pairs of sentences as pieces; `written` are those that can be written.
    pub fn learn(
        pairs: &[(Vec<usize>, Vec<usize>)],
        written: &Vocabulary,
        iterations: usize,
    ) -> Self {
        let lexicon = Lexicon::learn(pairs, iterations);
        let mut counts = vec![0.0; written.known()];
        for &piece in pairs.iter().flat_map(|(source, _)| source) {
            counts[piece] += 1.0;
        }
        let row = |piece: usize| {
            let count = counts[piece];
            let probable = lexicon.translations(&piece).filter(|(_, p)| *p >= LEAST);
            Row {
                count,
                own: written.number(piece),
                cells: probable
                    .map(|(&f, p)| (written.number(f), count * p))
                    .collect(),
            }
        };
        Self {
            rows: (0..counts.len()).map(row).collect(),
            numbers: written.len(),
        }
    }

    /// Adds ln(q + 0.001) to the logits of one step, where `weights` are those of attention over
    /// `source`.
    pub fn propose(&self, logits: &mut [f64], source: &[usize], weights: &[f32]) {
        let mut proposed = vec![FLOOR; self.numbers];
        for (&piece, &weight) in source.iter().zip(weights) {
            for (f, share) in self.rows[piece].shares(None) {
                proposed[f] += f64::from(weight) * share;
            }
        }
        for (logit, q) in logits.iter_mut().zip(&proposed) {
            *logit += q.ln();
        }
    }

    /// ln(q + 0.001) of all steps of a batch, packed: [N, V], as if the verses had not been seen.
    /// `weights` are those of each step, [n, S], of the verses that have it.
    pub fn proposals<'t>(
        &self,
        tape: &'t Tape<f32>,
        [sources, targets]: [&[Vec<usize>]; 2],
        weights: &[Var<'t, f32>],
        lengths: &Lengths,
    ) -> Var<'t, f32> {
        let (batch, steps, numbers) = (sources.len(), weights.len(), self.numbers);
        let width = weights[0].shape().dims()[1];
        let mut table = vec![0.0; batch * width * numbers];
        let verses = sources.iter().zip(targets);
        for ((source, target), rows) in verses.zip(table.chunks_mut(width * numbers)) {
            let target = target.iter().copied().collect();
            for (&piece, row) in source.iter().zip(rows.chunks_mut(numbers)) {
                for (f, share) in self.rows[piece].shares(Some(&target)) {
                    row[f] += share as f32;
                }
            }
        }
        let table = tape.constant([batch, width, numbers], &table);
        // From packed steps to one block for each sample, and back.
        let mut places = Vec::with_capacity(lengths.total());
        for (t, &running) in lengths.running().iter().enumerate() {
            places.extend(lengths.order()[..running].iter().map(|b| b * steps + t));
        }
        let weights = tape
            .zeros([batch * steps, width])
            .index_add(&places, concat(weights, 0));
        let proposed = weights.reshape([batch, steps, width]).matmul(table);
        let proposed = proposed.reshape([batch * steps, numbers]);
        (proposed.embedding(&places) + FLOOR).ln()
    }
}
