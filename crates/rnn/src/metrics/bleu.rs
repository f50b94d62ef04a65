//! BLEU: how many n-grams of a translation are in a reference.

use std::collections::BTreeMap;

use super::ngrams::{common, ngrams};

/// The longest n-grams that count.
const ORDER: usize = 4;

/// Corpus BLEU (Papineni et al. 2002): with p_n the precision of n-grams, clipped to the largest
/// count in one reference, h the length of all hypotheses and r that of the closest references,
///
/// ```text
/// BLEU = 100 min(1, exp(1 - r/h)) (p_1 p_2 p_3 p_4)^(1/4)
/// ```
///
/// Where no n-gram matches, p_n is 1 / (2^k total_n), at the k-th such n (Chen & Cherry 2014,
/// method 3). These are the numbers of sacreBLEU (Post 2018) with its default settings, on the
/// tokens that it is given: its scores of raw text are also of its tokeniser.
///
/// ```
/// use wengert_rnn::metrics::Bleu;
///
/// let words = |text: &'static str| text.split(' ').collect::<Vec<_>>();
/// let mut bleu = Bleu::new();
/// bleu.add(&words("the cat sat on a mat"), &[words("the cat sat on the mat")]);
/// assert_eq!(bleu.precisions().map(f64::round), [83.0, 60.0, 50.0, 33.0]);
/// assert!((bleu.score() - 53.728).abs() < 1e-3);
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bleu {
    segments: usize,
    /// n-grams of hypotheses, and those of them that match, for n = 1, 2, ..
    total: [usize; ORDER],
    correct: [usize; ORDER],
    length: usize,
    reference_length: usize,
}

impl Bleu {
    /// Of no segments yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a segment: the tokens of a translation, and of its references.
    ///
    /// # Panics
    /// If there is no reference.
    #[track_caller]
    pub fn add<S: Ord>(&mut self, hypothesis: &[S], references: &[impl AsRef<[S]>]) {
        let references: Vec<&[S]> = references.iter().map(AsRef::as_ref).collect();
        let lengths = references.iter().map(|r| r.len());
        let closest = lengths.min_by_key(|&length| (length.abs_diff(hypothesis.len()), length));
        let Some(closest) = closest else {
            panic!(
                "bleu: segment {} has no reference; at least one is needed",
                self.segments
            )
        };
        self.segments += 1;
        self.length += hypothesis.len();
        self.reference_length += closest;
        for n in 1..=ORDER {
            let mut allowed: BTreeMap<&[S], usize> = BTreeMap::new();
            for (ngram, count) in references.iter().flat_map(|r| ngrams(r, n)) {
                let most = allowed.entry(ngram).or_insert(0);
                *most = count.max(*most);
            }
            self.total[n - 1] += (hypothesis.len() + 1).saturating_sub(n);
            self.correct[n - 1] += common(&ngrams(hypothesis, n), &allowed);
        }
    }

    /// The precision of n-grams for n = 1 to 4, smoothed, in percent; all 0 if nothing matches.
    pub fn precisions(&self) -> [f64; ORDER] {
        let mut precisions = [0.0; ORDER];
        if self.correct == [0; ORDER] {
            return precisions;
        }
        let mut share = 100.0;
        let counts = self.correct.iter().zip(&self.total);
        for (precision, (&correct, &total)) in precisions.iter_mut().zip(counts) {
            *precision = match (correct, total) {
                (_, 0) => 0.0,
                (0, _) => {
                    share /= 2.0;
                    share / total as f64
                }
                _ => 100.0 * correct as f64 / total as f64,
            };
        }
        precisions
    }

    /// The factor min(1, exp(1 - r/h)) for translations that are too short.
    pub fn brevity_penalty(&self) -> f64 {
        let ratio = self.reference_length as f64 / self.length as f64;
        if self.length >= self.reference_length {
            1.0
        } else {
            (1.0 - ratio).exp()
        }
    }

    /// The score, from 0 to 100: 0 if nothing matches, or no hypothesis has four tokens.
    ///
    /// # Panics
    /// If no segment was added.
    #[track_caller]
    pub fn score(&self) -> f64 {
        assert!(
            self.segments > 0,
            "bleu: no segment was added; at least one is needed"
        );
        let logarithms = self.precisions().map(f64::ln);
        self.brevity_penalty() * (logarithms.iter().sum::<f64>() / ORDER as f64).exp()
    }
}
