//! A network that predicts the next symbol, and a chain that does: is every legal continuation more
//! probable than every other?

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
use wengert_rnn::train::{Loss, Model};
use wengert_rnn::vars::Vars;
use wengert_rnn::{Cell, Decoder, Leaves, Lengths, Params, Targets};
use wengert_tape::Tape;

use crate::baselines::ngram::Chain;
use crate::tasks::language::Language;

/// Strings evaluated at once.
const BLOCK: usize = 32;

/// A network over the symbols of a language and one more, which stands before and after each string.
#[derive(Clone)]
pub(super) struct Speller<C> {
    decoder: Decoder<C>,
    boundary: usize,
}

impl<C: Cell<f32> + Sync> Speller<C> {
    /// For a language of so many symbols.
    pub fn new(symbols: usize, cell: C) -> Self {
        Self {
            decoder: Decoder::new(symbols + 1, cell),
            boundary: symbols,
        }
    }

    pub fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        self.decoder.init(rng)
    }

    fn targets(&self, strings: &[impl AsRef<[usize]>]) -> Targets {
        Targets::delimited(self.boundary, strings, self.boundary)
    }

    /// Whether each string is right: at each step every legal continuation has a greater logit than
    /// every other.
    pub fn right(
        &self,
        params: &Params<f32>,
        language: &dyn Language,
        strings: &[Vec<usize>],
    ) -> Result<Vec<bool>> {
        let blocks: Vec<Vec<bool>> = strings
            .par_chunks(BLOCK)
            .map(|block| {
                let tape = Tape::new();
                let w = params.bind(&tape).take();
                let targets = self.targets(block);
                let logits = self.decoder.teach(&w, None, &targets).logits.to_vec();
                let finite = logits.iter().all(|logit| logit.is_finite());
                ensure!(finite, "a logit is not finite; lower the learning rate");
                let width = self.boundary + 1;
                let rows = rows_by_sample(targets.lengths());
                let strings = block.iter().zip(rows);
                let right = strings.map(|(string, rows)| {
                    let scores = rows
                        .iter()
                        .map(|row| &logits[row * width..(row + 1) * width]);
                    agrees(language, string, scores)
                });
                Ok(right.collect())
            })
            .collect::<Result<_>>()?;
        Ok(blocks.concat())
    }

    /// The last variable of the state after each step of a string, the start included: the memory of
    /// an LSTM, the hidden state of other cells.
    pub fn states(&self, params: &Params<f32>, string: &[usize]) -> Vec<Vec<f64>> {
        let tape = Tape::new();
        let w = params.bind(&tape).take();
        let states = self
            .decoder
            .teach(&w, None, &self.targets(&[string]))
            .states;
        let last = states.iter().filter_map(|state| state.as_slice().last());
        last.map(|s| s.to_vec().into_iter().map(f64::from).collect())
            .collect()
    }
}

impl<C: Cell<f32> + Sync> Model<f32> for Speller<C> {
    type Example = Vec<usize>;

    fn loss<'t>(
        &self,
        _: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&Vec<usize>],
        _: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        let targets = self.targets(shard);
        let logits = self.decoder.teach(&leaves.take(), None, &targets).logits;
        let outputs = targets.outputs();
        Loss::of_mean(logits.cross_entropy(outputs), outputs.len())
    }
}

/// Whether the chain is right about a string, of a language whose strings it has seen with the
/// boundary at their end.
pub(super) fn right_by_chain(chain: Chain<'_>, language: &dyn Language, string: &[usize]) -> bool {
    let scores = (0..=string.len()).map(|end| chain.probabilities(&string[..end]));
    agrees(language, string, scores)
}

/// Whether the scores after each beginning of a string put all legal continuations above all others.
fn agrees<T: PartialOrd, S: AsRef<[T]>>(
    language: &dyn Language,
    string: &[usize],
    scores: impl Iterator<Item = S>,
) -> bool {
    let Some(legal) = language.continuations(string) else {
        return false;
    };
    let mut steps = legal.iter().zip(scores);
    steps.all(|(legal, scores)| {
        let scores = scores.as_ref();
        let of = |wanted: bool| {
            let pairs = scores.iter().zip(legal);
            pairs
                .filter(move |(_, legal)| **legal == wanted)
                .map(|(score, _)| score)
        };
        of(true).all(|good| of(false).all(|bad| good > bad))
    })
}

/// The rows of a packed batch that belong to each sample, in its own order.
fn rows_by_sample(lengths: &Lengths) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); lengths.batch()];
    let mut next = 0;
    for &running in lengths.running() {
        for &sample in &lengths.order()[..running] {
            rows[sample].push(next);
            next += 1;
        }
    }
    rows
}

/// So many different strings of a language, none of them among `seen`; fewer if hardly more are to
/// be had.
pub(super) fn distinct(
    language: &dyn Language,
    count: usize,
    seen: &[Vec<usize>],
    rng: &mut ChaCha8Rng,
) -> Vec<Vec<usize>> {
    let mut known: BTreeSet<Vec<usize>> = seen.iter().cloned().collect();
    let mut found = Vec::with_capacity(count);
    for _ in 0..100 * count {
        if found.len() == count {
            break;
        }
        let string = language.draw(rng);
        if known.insert(string.clone()) {
            found.push(string);
        }
    }
    found
}
