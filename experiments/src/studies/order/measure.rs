//! What a text costs a network, Markov chains and the frequencies, and by how much the network reads.

use wengert_rnn::metrics::bits_per_symbol;

use super::shuffle::Shuffle;
use crate::baselines::ngram::Ngrams;
use crate::corpus::Corpus;
use crate::fit::mean;
use crate::language::{Language, Layer, bits};
use crate::training::{History, Trained};

/// The longest context that is read, a power of 2.
pub(super) const LONGEST: usize = 128;
/// Characters of the test text that are predicted from each context, at most.
const PREDICTED: usize = 2048;

/// What one text costs.
pub(super) struct Measured {
    pub shuffle: Shuffle,
    pub frequencies: Cost,
    /// The order that is best on the validation text.
    pub chain: (usize, Cost),
    pub network: Cost,
    /// What the network saves against the frequencies.
    pub saved: Cost,
    /// The network's bits after each of [`contexts`].
    pub by_context: Vec<f64>,
    /// The bits of the chains of order 1, 2, ... on the same characters.
    pub by_order: Vec<f64>,
    pub history: History,
}

/// Bits of a character.
#[derive(Clone, Copy)]
pub(super) struct Cost {
    pub mean: f64,
    /// The standard error of the mean, as if characters were independent.
    pub error: f64,
}

impl Cost {
    fn of(bits: &[f64]) -> Self {
        let mean = mean(bits);
        let squares: f64 = bits.iter().map(|bits| (bits - mean).powi(2)).sum();
        let count = bits.len() as f64;
        Self {
            mean,
            error: (squares / (count - 1.0) / count).sqrt(),
        }
    }
}

/// 1, 2, 4, ... characters.
pub(super) fn contexts() -> impl Iterator<Item = usize> {
    (0..=LONGEST.ilog2()).map(|power| 1 << power)
}

/// Costs of the test text.
pub(super) fn measure<C: Layer>(
    shuffle: Shuffle,
    language: &Language<C>,
    trained: Trained<f32>,
    text: &Corpus,
    order: usize,
) -> Measured {
    let ngrams = Ngrams::count(text.alphabet.len(), order, &[text.train()]);
    let chains: Vec<Vec<f64>> = (0..=order)
        .map(|order| ngrams.chain(order).log_probabilities(&text.symbols))
        .collect();
    let (validation, test) = (text.parts.validation.clone(), text.parts.test.clone());
    let on_validation = |order: &usize| bits(&chains[*order][validation.clone()]);
    let best = (1..=order).min_by(|a, b| on_validation(a).total_cmp(&on_validation(b)));
    let best = best.expect("there is an order");
    let cost = |logs: &[f64]| costs(&logs[test.clone()]);
    let network = costs(&language.log_probabilities(&trained.params, &text.symbols, test.clone()));
    let frequencies = cost(&chains[0]);
    let saved: Vec<f64> = frequencies
        .iter()
        .zip(&network)
        .map(|(f, n)| f - n)
        .collect();

    let predicted = test.len() - LONGEST;
    let stride = predicted.div_ceil(PREDICTED);
    let positions: Vec<usize> = test.clone().skip(LONGEST).step_by(stride).collect();
    let after = |length| {
        bits(&language.log_probabilities_after(&trained.params, &text.symbols, &positions, length))
    };
    let at_positions = |logs: &Vec<f64>| {
        let logs: Vec<f64> = positions.iter().map(|&position| logs[position]).collect();
        bits(&logs)
    };
    Measured {
        shuffle,
        frequencies: Cost::of(&frequencies),
        chain: (best, Cost::of(&cost(&chains[best]))),
        network: Cost::of(&network),
        saved: Cost::of(&saved),
        by_context: contexts().map(after).collect(),
        by_order: chains[1..].iter().map(at_positions).collect(),
        history: trained.history,
    }
}

fn costs(logs: &[f64]) -> Vec<f64> {
    logs.iter().map(|log| bits_per_symbol(-log)).collect()
}
