//! Logistic regression on which words, and which pairs of neighbours, a text has.
//!
//! ```text
//! P(positive) = s(b + sum of w_k over the different words and pairs k of the text)
//! fitted: the least of   mean over the texts of -ln P(truth)  +  penalty / 2 sum_k w_k^2
//! ```

use std::collections::{BTreeMap, BTreeSet};

use wengert_rnn::optim::schedule;
use wengert_rnn::{Adam, Optimizer};

/// Steps of Adam on all texts at once, at a rate that falls to 0 along a cosine: from twice as many,
/// probabilities of the shipped sentences move by less than 0.001.
const STEPS: u64 = 300;
const RATE: f64 = 0.1;

/// The regression as fitted.
#[derive(Clone, Debug)]
pub struct BagOfWords {
    /// The place of each word, and of each pair as its two words with a blank between.
    places: BTreeMap<String, usize>,
    /// One for each place, and then the bias.
    weights: Vec<f64>,
}

impl BagOfWords {
    /// Fits the regression to texts, words by words, and whether each is positive.
    ///
    /// # Panics
    /// If there are no texts, or not one answer for each.
    #[track_caller]
    pub fn fit(texts: &[&[String]], positive: &[bool], penalty: f64) -> Self {
        assert!(!texts.is_empty(), "bag of words: no texts");
        assert_eq!(
            texts.len(),
            positive.len(),
            "bag of words: one answer for each text"
        );
        let all: BTreeSet<String> = texts.iter().flat_map(|text| features(text)).collect();
        let places: BTreeMap<String, usize> = all.into_iter().zip(0..).collect();
        let mut fitted = Self {
            weights: vec![0.0; places.len() + 1],
            places,
        };
        let rows: Vec<Vec<usize>> = texts.iter().map(|text| fitted.row(text)).collect();
        let mut adam = Adam::new(RATE, fitted.weights.len());
        let rate = schedule::cosine(STEPS, 0.0);
        for step in 0..STEPS {
            let gradient = fitted.gradient(&rows, positive, penalty);
            adam.set_rate(RATE * rate(step));
            adam.step(&mut fitted.weights, &gradient);
        }
        fitted
    }

    /// The probability that a text is positive. What no fitted text had does not count.
    pub fn probability(&self, text: &[String]) -> f64 {
        self.of_row(&self.row(text))
    }

    /// Number of weights, the bias included.
    pub fn parameters(&self) -> usize {
        self.weights.len()
    }

    /// The words and pairs that say most against, and most for, with their weights: up to `count`
    /// of each, the strongest first.
    pub fn strongest(&self, count: usize) -> [Vec<(&str, f64)>; 2] {
        let mut all: Vec<(&str, f64)> = self
            .places
            .iter()
            .map(|(name, &place)| (name.as_str(), self.weights[place]))
            .collect();
        all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(b.0)));
        let against = all.iter().copied().filter(|(_, weight)| *weight < 0.0);
        let favour = all
            .iter()
            .rev()
            .copied()
            .filter(|(_, weight)| *weight > 0.0);
        [against.take(count).collect(), favour.take(count).collect()]
    }

    /// Places of the different features of a text, the known ones.
    fn row(&self, text: &[String]) -> Vec<usize> {
        let known = features(text).into_iter();
        known
            .filter_map(|name| self.places.get(&name).copied())
            .collect()
    }

    fn of_row(&self, row: &[usize]) -> f64 {
        let bias = self.weights[self.places.len()];
        let logit = bias + row.iter().map(|&place| self.weights[place]).sum::<f64>();
        1.0 / (1.0 + (-logit).exp())
    }

    fn gradient(&self, rows: &[Vec<usize>], positive: &[bool], penalty: f64) -> Vec<f64> {
        let mut gradient: Vec<f64> = self.weights.iter().map(|w| penalty * w).collect();
        let bias = self.places.len();
        gradient[bias] = 0.0;
        for (row, &positive) in rows.iter().zip(positive) {
            let error = (self.of_row(row) - f64::from(u8::from(positive))) / rows.len() as f64;
            gradient[bias] += error;
            for &place in row {
                gradient[place] += error;
            }
        }
        gradient
    }
}

/// The different words and pairs of a text.
fn features(text: &[String]) -> BTreeSet<String> {
    let pairs = text.windows(2).map(|pair| pair.join(" "));
    text.iter().cloned().chain(pairs).collect()
}
