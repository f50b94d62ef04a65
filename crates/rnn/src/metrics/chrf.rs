//! chrF: the F-score of character n-grams.

use super::ngrams::{common, ngrams};

/// The longest n-grams of characters that count.
const CHARACTERS: usize = 6;

/// How much more recall counts than precision.
const BETA: f64 = 2.0;

/// Corpus chrF (Popovic 2015): with P and R the precision and the recall of character n-grams,
/// averaged over n = 1 to 6, or to the longest that both sides have,
///
/// ```text
/// chrF = 100 (1 + beta^2) P R / (beta^2 P + R),    beta = 2
/// ```
///
/// chrF++ (Popovic 2017) averages over n-grams of one and two words also. White space does not
/// count. Of several references that with the best score of the segment counts. These are the
/// numbers of sacreBLEU (Post 2018) with its default settings.
///
/// ```
/// use wengert_rnn::metrics::Chrf;
///
/// let mut chrf = Chrf::new();
/// chrf.add("the cat sat", &["the cat sits"]);
/// assert!((chrf.score() - 61.035).abs() < 1e-3);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chrf {
    segments: usize,
    words: usize,
    counts: Vec<Counts>,
}

/// n-grams of one length: of the hypothesis (if the reference has any), the reference, and both.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Counts {
    hypothesis: usize,
    reference: usize,
    common: usize,
}

impl Default for Chrf {
    fn default() -> Self {
        Self::new()
    }
}

impl Chrf {
    /// chrF, of no segments yet.
    pub fn new() -> Self {
        Self::with_words(0)
    }

    /// chrF++, of no segments yet.
    pub fn plus_plus() -> Self {
        Self::with_words(2)
    }

    fn with_words(words: usize) -> Self {
        Self {
            segments: 0,
            words,
            counts: vec![Counts::default(); CHARACTERS + words],
        }
    }

    /// Adds a segment: a translation and its references.
    ///
    /// # Panics
    /// If there is no reference.
    #[track_caller]
    pub fn add(&mut self, hypothesis: &str, references: &[&str]) {
        let mut best: Option<(f64, Vec<Counts>)> = None;
        for reference in references {
            let counts = self.compare(hypothesis, reference);
            let score = f_score(&counts);
            if best.as_ref().is_none_or(|(highest, _)| score > *highest) {
                best = Some((score, counts));
            }
        }
        let Some((_, best)) = best else {
            panic!(
                "chrf: segment {} has no reference; at least one is needed",
                self.segments
            )
        };
        self.segments += 1;
        for (sum, counts) in self.counts.iter_mut().zip(best) {
            sum.hypothesis += counts.hypothesis;
            sum.reference += counts.reference;
            sum.common += counts.common;
        }
    }

    /// The score, from 0 to 100.
    ///
    /// # Panics
    /// If no segment was added.
    #[track_caller]
    pub fn score(&self) -> f64 {
        assert!(
            self.segments > 0,
            "chrf: no segment was added; at least one is needed"
        );
        f_score(&self.counts)
    }

    fn compare(&self, hypothesis: &str, reference: &str) -> Vec<Counts> {
        let characters = [hypothesis, reference].map(|text| {
            let visible = text.chars().filter(|c| !c.is_whitespace());
            visible.collect::<Vec<char>>()
        });
        let words = [hypothesis, reference].map(words);
        let of_characters = (1..=CHARACTERS).map(|n| Counts::of(&characters, n));
        let of_words = (1..=self.words).map(|n| Counts::of(&words, n));
        of_characters.chain(of_words).collect()
    }
}

impl Counts {
    fn of<S: Ord>([hypothesis, reference]: &[Vec<S>; 2], n: usize) -> Self {
        let count = |symbols: &[S]| (symbols.len() + 1).saturating_sub(n);
        let counted = count(reference) > 0;
        Self {
            hypothesis: if counted { count(hypothesis) } else { 0 },
            reference: count(reference),
            common: common(&ngrams(hypothesis, n), &ngrams(reference, n)),
        }
    }
}

/// The F-score in percent, of the lengths of n-grams that both sides have.
fn f_score(counts: &[Counts]) -> f64 {
    let both = |c: &&Counts| c.hypothesis > 0 && c.reference > 0;
    let order = counts.iter().filter(both).count() as f64;
    let mean =
        |ratio: fn(&Counts) -> f64| counts.iter().filter(both).map(ratio).sum::<f64>() / order;
    let precision = mean(|c| c.common as f64 / c.hypothesis as f64);
    let recall = mean(|c| c.common as f64 / c.reference as f64);
    if order == 0.0 || precision + recall == 0.0 {
        return 0.0;
    }
    let factor = BETA * BETA;
    100.0 * ((1.0 + factor) * precision * recall / (factor * precision + recall))
}

/// Words, of which punctuation at the end, or else at the start, is split off.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let last = word.chars().next_back().map_or(0, char::len_utf8);
        let (body, end) = word.split_at(word.len() - last);
        if body.is_empty() {
            words.push(word);
        } else if end.starts_with(|c: char| c.is_ascii_punctuation()) {
            words.extend([body, end]);
        } else if word.starts_with(|c: char| c.is_ascii_punctuation()) {
            words.extend([&word[..1], &word[1..]]);
        } else {
            words.push(word);
        }
    }
    words
}
