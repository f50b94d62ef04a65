//! A table of pieces that the decoder can write from, where it looks: a pointer (See, Liu & Manning
//! 2017) to translations instead of copies, mixed with the network's own word as the interpolated
//! lexicon of Arthur, Neubig & Nakamura (2016) is.
//!
//! ```text
//! q(f) = sum_j a_j t(f | e_j)              a: the weights of attention over the source pieces e_j
//! p(f) = (1 - g) softmax(logits)_f + g q(f)                    g: the gate, from the same state
//! t(f | e) = (n(e) t_1(f | e) + [f = e]) / (n(e) + 1)          t_1: IBM model 1; n: how often
//! ```
//!
//! so that a piece which is rare is also its own translation, as those of names are. In training
//! the table is asked as if it had not seen the verse: with n(e) t_1 and n(e) less 1, or the network
//! would learn to rely on what it will not find in other verses.

use std::collections::BTreeMap;

use wengert_rnn::Lengths;
use wengert_tape::{Tape, Var};

use crate::baselines::lexicon::Lexicon;

/// Translations less probable than this are left out.
const LEAST: f64 = 1e-3;

/// For each source piece the probable translations.
#[derive(Clone, Debug)]
pub(super) struct Lexical {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    /// How often the piece was seen.
    count: f64,
    /// Translations and n(e) t_1(f | e) + \[f = e\], ascending.
    cells: Vec<(usize, f64)>,
}

impl Row {
    /// t(f | e).
    fn shares(&self) -> impl Iterator<Item = (usize, f64)> {
        self.cells
            .iter()
            .map(|(f, weight)| (*f, weight / (self.count + 1.0)))
    }

    /// t(f | e) without one verse that has both.
    fn without_one(&self, f: usize, same: bool) -> f64 {
        let Ok(place) = self.cells.binary_search_by_key(&f, |cell| cell.0) else {
            return 0.0;
        };
        let own = f64::from(u8::from(same));
        let others = (self.cells[place].1 - own - 1.0).max(0.0);
        (others + own) / self.count.max(1.0)
    }
}

impl Lexical {
    /// Learns from pairs of sentences as pieces, of so many different ones.
    pub fn learn(pairs: &[(Vec<usize>, Vec<usize>)], pieces: usize, iterations: usize) -> Self {
        let lexicon = Lexicon::learn(pairs, iterations);
        let mut counts = vec![0.0; pieces];
        for &piece in pairs.iter().flat_map(|(source, _)| source) {
            counts[piece] += 1.0;
        }
        let row = |piece: usize| {
            let count = counts[piece];
            let probable = lexicon.translations(&piece).filter(|(_, p)| *p >= LEAST);
            let mut cells: BTreeMap<usize, f64> = probable.map(|(&f, p)| (f, count * p)).collect();
            *cells.entry(piece).or_default() += 1.0;
            let cells = cells.into_iter().collect();
            Row { count, cells }
        };
        Self {
            rows: (0..pieces).map(row).collect(),
        }
    }

    /// Adds g q(f) to the probabilities of pieces, where `weights` are those of attention over
    /// `source`.
    pub fn add(&self, probabilities: &mut [f64], gate: f64, source: &[usize], weights: &[f32]) {
        for (&piece, &weight) in source.iter().zip(weights) {
            for (f, share) in self.rows[piece].shares() {
                probabilities[f] += gate * f64::from(weight) * share;
            }
        }
    }

    /// t(f | e) of the piece f that comes out of each step, packed, and each piece e of its verse's
    /// source, [N, S], as if the verse had not been seen.
    pub fn known<'t>(
        &self,
        tape: &'t Tape<f32>,
        sources: &[Vec<usize>],
        outputs: &[usize],
        lengths: &Lengths,
    ) -> Var<'t, f32> {
        let width = sources.iter().map(Vec::len).max().unwrap_or(0);
        let mut known = vec![0.0; outputs.len() * width];
        let samples = lengths.running().iter();
        let samples = samples.flat_map(|&running| &lengths.order()[..running]);
        for ((&f, &b), row) in outputs.iter().zip(samples).zip(known.chunks_mut(width)) {
            for (&e, cell) in sources[b].iter().zip(row) {
                let row = self.rows.get(e);
                *cell = row.map_or(0.0, |row| row.without_one(f, e == f)) as f32;
            }
        }
        tape.constant([outputs.len(), width], &known)
    }
}
