//! How good translations are, by n-grams of characters and of words.

use std::collections::BTreeMap;

use wengert_rnn::metrics::{Bleu, Chrf};

use super::corpus::{Pair, text};

/// The scores of a set of translations, each from 0 to 100.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scores {
    pub chrf: f64,
    pub bleu: f64,
}

/// Translations by one method.
pub(super) struct Translations {
    pub name: &'static str,
    pub parameters: usize,
    pub words: Vec<Vec<String>>,
    pub scores: Scores,
}

impl Translations {
    pub fn new(
        name: &'static str,
        parameters: usize,
        words: Vec<Vec<String>>,
        pairs: &[Pair],
    ) -> Self {
        Self {
            name,
            parameters,
            scores: scores(&words, pairs),
            words,
        }
    }
}

/// Scores `found` against the Spanish of `pairs`: words and punctuation in lower case.
pub(super) fn scores(found: &[Vec<String>], pairs: &[Pair]) -> Scores {
    let (mut chrf, mut bleu) = (Chrf::new(), Bleu::new());
    for (found, pair) in found.iter().zip(pairs) {
        chrf.add(&text(found), &[&text(&pair.spanish)]);
        bleu.add(found, &[&pair.spanish]);
    }
    Scores {
        chrf: chrf.score(),
        bleu: bleu.score(),
    }
}

/// The Spanish verse that comes most often, of several the first in alphabetical order.
pub(super) fn most_frequent(pairs: &[Pair]) -> Vec<String> {
    let mut counts: BTreeMap<&[String], usize> = BTreeMap::new();
    for pair in pairs {
        *counts.entry(&pair.spanish).or_default() += 1;
    }
    let best = counts.iter().rev().max_by_key(|(_, count)| **count);
    best.map_or_else(Vec::new, |(words, _)| words.to_vec())
}
