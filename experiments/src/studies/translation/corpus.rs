//! The verses as words and as pieces of words, in three parts without leaks.

use rand::rngs::ChaCha8Rng;

use crate::data::bpe::Pieces;
use crate::data::split::{linked, parts_by_group};
use crate::data::verses::Verse;
use crate::random::{Purpose, stream};

/// Fraction of the verses by which the best parameters are chosen, and the same for the test.
const HELD_OUT: f64 = 0.1;

/// A verse as words, in lower case, punctuation apart.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    /// Book, chapter and verse.
    pub reference: String,
    pub english: Vec<String>,
    pub spanish: Vec<String>,
}

/// Verses to learn from, to choose by, and to be tested with once.
pub(super) struct Corpus {
    pub train: Vec<Pair>,
    pub validation: Vec<Pair>,
    pub test: Vec<Pair>,
}

impl Corpus {
    /// Splits the verses so that those which share a side, but for case and punctuation, stay
    /// together. Of more than `most` verses, as many are taken, evenly spread.
    pub fn new(verses: &[Verse], most: Option<usize>, seed: u64) -> Self {
        let most = most.unwrap_or(verses.len()).clamp(1, verses.len());
        let verses: Vec<&Verse> = (0..most)
            .map(|i| &verses[i * verses.len() / most])
            .collect();
        let keys: Vec<Vec<String>> = verses.iter().map(|verse| verse.keys()).collect();
        let mut random = stream(seed, Purpose::Split);
        let parts = parts_by_group(&linked(&keys), HELD_OUT, HELD_OUT, &mut random);
        let chosen = |part: &[usize]| part.iter().map(|&i| Pair::of(verses[i])).collect();
        Self {
            train: chosen(&parts.train),
            validation: chosen(&parts.validation),
            test: chosen(&parts.test),
        }
    }
}

impl Pair {
    fn of(verse: &Verse) -> Self {
        Self {
            reference: verse.reference.clone(),
            english: words(&verse.english),
            spanish: words(&verse.spanish),
        }
    }
}

/// The pieces of both languages: learnt together, so that a name is the same pieces in both.
#[derive(Clone)]
pub(super) struct Languages {
    pub pieces: Pieces,
    /// Probability that a merge is left out in training.
    pub dropout: f64,
}

impl Languages {
    /// Learns the pieces by so many merges.
    pub fn learn(pairs: &[Pair], merges: usize, dropout: f64) -> Self {
        let words = pairs
            .iter()
            .flat_map(|pair| pair.english.iter().chain(&pair.spanish));
        Self {
            pieces: Pieces::learn(words.map(String::as_str), merges),
            dropout,
        }
    }

    /// The token before the first Spanish piece.
    pub fn start(&self) -> usize {
        self.pieces.len()
    }

    /// The token after the last Spanish piece.
    pub fn stop(&self) -> usize {
        self.pieces.len() + 1
    }

    /// Pieces, start and stop.
    pub fn tokens(&self) -> usize {
        self.pieces.len() + 2
    }

    /// The pieces of words.
    pub fn encode(&self, words: &[String]) -> Vec<usize> {
        let encode = |word: &String| self.pieces.encode(word);
        words.iter().flat_map(encode).collect()
    }

    /// The pieces of words, in one of many ways.
    pub fn encode_randomly(&self, words: &[String], rng: &mut ChaCha8Rng) -> Vec<usize> {
        let mut encode = |word: &String| self.pieces.encode_randomly(word, self.dropout, rng);
        words.iter().flat_map(&mut encode).collect()
    }

    /// Both sides of a pair as pieces.
    pub fn encoded(&self, pair: &Pair) -> (Vec<usize>, Vec<usize>) {
        (self.encode(&pair.english), self.encode(&pair.spanish))
    }

    /// The words that are spelt.
    pub fn decode(&self, pieces: &[usize]) -> Vec<String> {
        let known = pieces.iter().copied().filter(|&piece| piece < self.start());
        let text = self.pieces.decode(&known.collect::<Vec<_>>());
        text.split_whitespace().map(String::from).collect()
    }
}

/// The words of a text in lower case, each mark of punctuation a word of its own; quotation marks,
/// which only the English has, are left out.
pub(super) fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut words = Vec::new();
    let mut word = String::new();
    let characters: Vec<char> = lower.chars().collect();
    for (i, &c) in characters.iter().enumerate() {
        let joins = "'’-".contains(c)
            && !word.is_empty()
            && characters
                .get(i + 1)
                .is_some_and(|next| next.is_alphanumeric());
        if c.is_alphanumeric() || joins {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if !c.is_whitespace() && !"“”‘’'\"".contains(c) {
            words.push(c.into());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Words as a text, punctuation where it belongs.
pub(super) fn text(words: &[String]) -> String {
    let mut text = String::new();
    for word in words {
        let before = text.chars().next_back();
        let apart = before.is_some_and(|c| !"¿¡(".contains(c)) && !is_closing(word);
        if apart {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

fn is_closing(word: &str) -> bool {
    matches!(word, "," | "." | ";" | ":" | "?" | "!" | ")")
}
