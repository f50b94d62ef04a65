//! The baseline: a Markov chain over characters for each author, and Bayes' rule.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::papers::{Papers, Sample};
use crate::baselines::ngram::Ngrams;

/// For each fold and each paper the log odds of author 1, from chains that have not seen the known
/// papers of the fold.
pub(super) fn log_odds(papers: &Papers, folds: usize, order: usize) -> Vec<Vec<f64>> {
    let alphabet: BTreeSet<char> = papers
        .samples
        .iter()
        .flat_map(|sample| sample.characters.iter().copied())
        .collect();
    let alphabet: Vec<char> = alphabet.into_iter().collect();
    let symbols = |characters: &[char]| -> Vec<usize> {
        let symbol = |c| alphabet.binary_search(c).expect("it is in a paper");
        characters.iter().map(symbol).collect()
    };
    let all: Vec<Vec<usize>> = papers
        .samples
        .iter()
        .map(|sample| symbols(&sample.characters))
        .collect();
    (0..folds)
        .into_par_iter()
        .map(|fold| {
            let seen = papers.known(|own| own != fold);
            let counts = equally_much(&seen).map(|texts| {
                let texts: Vec<_> = texts.iter().map(|text| symbols(text)).collect();
                Ngrams::count(alphabet.len(), order, &texts)
            });
            let log_likelihood = |author: usize, text: &[usize]| -> f64 {
                let chain = counts[author].chain(order);
                chain.log_probabilities(text).iter().sum()
            };
            all.iter()
                .map(|text| log_likelihood(1, text) - log_likelihood(0, text))
                .collect()
        })
        .collect()
}

/// The texts of both authors, of each paper so large a part from its start that both have written
/// as much: a chain that has read more would find everything more probable.
fn equally_much<'a>(seen: &[(&'a Sample, usize)]) -> [Vec<&'a [char]>; 2] {
    let own = |author| seen.iter().filter(move |(_, by)| *by == author);
    let totals = [0, 1]
        .map(|author| -> usize { own(author).map(|(sample, _)| sample.characters.len()).sum() });
    let least = totals[0].min(totals[1]);
    [0, 1].map(|author| {
        let part = |(sample, _): &(&'a Sample, usize)| {
            let length = sample.characters.len() * least / totals[author];
            &sample.characters[..length]
        };
        own(author).map(part).collect()
    })
}
