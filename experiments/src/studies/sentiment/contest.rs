//! Networks and bag of words on the same sentences: both learnt, chosen and asked alike.

use anyhow::{Result, ensure};
use rayon::prelude::*;
use wengert_rnn::metrics::accuracy;

use super::Config;
use super::model::{Encoded, Reader};
use super::words::{Vocabulary, words};
use crate::baselines::bag_of_words::BagOfWords;
use crate::committee::{Committee, Recipe, cross_entropy, right};
use crate::data::sentiment::Sentence;
use crate::data::split;
use crate::random::{Purpose, stream};
use crate::run::Run;

/// Penalties that the bag of words is offered.
const PENALTIES: [f64; 6] = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2];

/// Both contestants after training.
pub(super) struct Contest {
    pub committee: Committee,
    pub network: Reader,
    vocabulary: Vocabulary,
    pub bag: BagOfWords,
    /// The penalty of the bag of words, with the lowest cross entropy on what was left out.
    pub penalty: f64,
    /// Accuracy on what was left out of the training data, of the networks and of the bag of words.
    pub left_out: [f64; 2],
}

impl Contest {
    /// Trains networks called `name`, and fits the bag of words, on these sentences.
    pub fn of(run: &mut Run, name: &str, sentences: &[&Sentence], config: &Config) -> Result<Self> {
        let texts: Vec<Vec<String>> = sentences.iter().map(|s| words(&s.text)).collect();
        let positive: Vec<bool> = sentences.iter().map(|s| s.positive).collect();
        let parts = parts(sentences, config)?;
        let vocabulary = Vocabulary::new(texts.iter(), config.least, config.shared);
        let network = Reader::new(vocabulary.rows(), config);
        let (penalty, bag_left_out) = choose(&texts, &positive, &parts);
        let whole: Vec<&[String]> = texts.iter().map(Vec::as_slice).collect();
        let bag = BagOfWords::fit(&whole, &positive, penalty);
        let examples = texts.iter().zip(&positive);
        let examples = examples.map(|(text, &positive)| encoded(&vocabulary, text, positive));
        let examples: Vec<Encoded> = examples.collect();
        let recipe = Recipe {
            name,
            epochs: config.epochs,
            batch: config.batch,
            rate: config.rate,
            clip: config.clip,
            decay: config.decay,
            repeats: config.networks,
            seed: config.seed,
        };
        let committee = Committee::train(run, &network, &examples, &parts, &recipe)?;
        let truth: Vec<usize> = positive.iter().map(|&positive| positive.into()).collect();
        Ok(Self {
            left_out: [right(&committee.left_out, &truth), bag_left_out],
            committee,
            network,
            vocabulary,
            bag,
            penalty,
        })
    }

    /// The probability that each text is good news, by the networks together.
    pub fn by_networks(&self, texts: &[Vec<String>]) -> Vec<f64> {
        let texts = texts
            .iter()
            .map(|text| encoded(&self.vocabulary, text, false));
        let texts: Vec<Encoded> = texts.collect();
        let texts: Vec<&Encoded> = texts.iter().collect();
        let rows = self.committee.probabilities(&self.network, &texts);
        rows.chunks(2).map(|row| row[1]).collect()
    }

    /// The same by the bag of words.
    pub fn by_bag(&self, texts: &[Vec<String>]) -> Vec<f64> {
        texts
            .iter()
            .map(|text| self.bag.probability(text))
            .collect()
    }
}

/// Whether probabilities say good news, as classes.
pub(super) fn decided(probabilities: &[f64]) -> Vec<usize> {
    probabilities
        .iter()
        .map(|p| usize::from(*p > 0.5))
        .collect()
}

fn encoded(vocabulary: &Vocabulary, text: &[String], positive: bool) -> Encoded {
    let mut words: Vec<Vec<usize>> = text.iter().map(|word| vocabulary.encode(word)).collect();
    if words.is_empty() {
        // A sentence of blanks is one unknown word.
        words.push(vocabulary.encode(""));
    }
    Encoded { words, positive }
}

/// The part of each sentence, equal ones in one part.
fn parts(sentences: &[&Sentence], config: &Config) -> Result<Vec<usize>> {
    let keys: Vec<String> = sentences.iter().map(|sentence| sentence.key()).collect();
    let classes = strata(sentences);
    let mut random = stream(config.seed, Purpose::Split);
    let parts = split::dealt(&keys, &classes, config.parts, &mut random);
    let found = parts.iter().max().map_or(0, |last| last + 1);
    ensure!(
        found == config.parts,
        "{} sentences are too few to leave out {} parts in turn",
        sentences.len(),
        config.parts
    );
    Ok(parts)
}

/// A number for each pair of source and label, in the order of the names.
pub(super) fn strata(sentences: &[&Sentence]) -> Vec<usize> {
    let names = super::sources(sentences);
    let place = |sentence: &&Sentence| names.iter().position(|name| **name == sentence.source);
    let strata = sentences
        .iter()
        .map(|sentence| 2 * place(sentence).unwrap_or(0) + usize::from(sentence.positive));
    strata.collect()
}

/// The penalty with the lowest cross entropy on parts that are left out in turn, and the accuracy
/// there.
fn choose(texts: &[Vec<String>], positive: &[bool], parts: &[usize]) -> (f64, f64) {
    let truth: Vec<usize> = positive.iter().map(|&positive| positive.into()).collect();
    let tried: Vec<(f64, f64, f64)> = PENALTIES
        .par_iter()
        .map(|&penalty| {
            let p = left_out(texts, positive, parts, penalty);
            let rows: Vec<f64> = p.iter().flat_map(|p| [1.0 - p, *p]).collect();
            let loss = cross_entropy(&rows, &truth);
            (loss, penalty, accuracy(&decided(&p), &truth))
        })
        .collect();
    let best = tried.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    let (_, penalty, accuracy) = best.expect("there are penalties");
    (penalty, accuracy)
}

/// What the bag of words says of each part after it learnt the others.
fn left_out(texts: &[Vec<String>], positive: &[bool], parts: &[usize], penalty: f64) -> Vec<f64> {
    let count = 1 + parts.iter().copied().max().unwrap_or(0);
    let mut probabilities = vec![0.0; texts.len()];
    for part in 0..count {
        let (left, learnt): (Vec<usize>, Vec<usize>) =
            (0..texts.len()).partition(|&i| parts[i] == part);
        let known: Vec<&[String]> = learnt.iter().map(|&i| &texts[i][..]).collect();
        let labels: Vec<bool> = learnt.iter().map(|&i| positive[i]).collect();
        let bag = BagOfWords::fit(&known, &labels, penalty);
        for i in left {
            probabilities[i] = bag.probability(&texts[i]);
        }
    }
    probabilities
}
