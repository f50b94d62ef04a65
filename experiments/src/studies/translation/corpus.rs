//! The verses as words and as pieces of words, in three parts without leaks.

use wengert_rnn::Targets;

use crate::data::bpe::{Pieces, UNKNOWN};
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

/// The pieces of both languages: learnt together, so that a name is the same pieces in both; and
/// those of them that the network has features for.
#[derive(Clone)]
pub(super) struct Languages {
    pub pieces: Pieces,
    /// Those of English.
    pub read: Vocabulary,
    /// Those of Spanish, start and stop among them.
    pub written: Vocabulary,
}

/// The more frequent of the pieces, numbered from 1; 0 stands for all others.
#[derive(Clone)]
pub(super) struct Vocabulary {
    numbers: Vec<usize>,
    pieces: Vec<usize>,
}

impl Vocabulary {
    /// The pieces of `text` that come at least `least` times, of so many in all.
    fn new(text: impl Iterator<Item = usize>, pieces: usize, least: usize) -> Self {
        let mut counts = vec![0; pieces];
        text.for_each(|piece| counts[piece] += 1);
        let mut vocabulary = Self {
            numbers: vec![0; pieces],
            pieces: vec![UNKNOWN],
        };
        for (piece, &count) in counts.iter().enumerate() {
            if piece != UNKNOWN && count >= least {
                vocabulary.numbers[piece] = vocabulary.pieces.len();
                vocabulary.pieces.push(piece);
            }
        }
        vocabulary
    }

    /// How many pieces there are, start and stop.
    pub fn known(&self) -> usize {
        self.numbers.len()
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// The number of a piece.
    pub fn number(&self, piece: usize) -> usize {
        self.numbers[piece]
    }

    /// The numbers of pieces.
    pub fn numbers(&self, pieces: &[usize]) -> Vec<usize> {
        pieces.iter().map(|&piece| self.number(piece)).collect()
    }

    /// The pieces in the order of their numbers.
    pub fn pieces(&self) -> &[usize] {
        &self.pieces
    }
}

impl Languages {
    /// Learns the pieces by so many merges; the network is to know those that come at least `least`
    /// times in a language.
    pub fn learn(pairs: &[Pair], merges: usize, least: usize) -> Self {
        let words = pairs
            .iter()
            .flat_map(|pair| pair.english.iter().chain(&pair.spanish));
        let pieces = Pieces::learn(words.map(String::as_str), merges);
        let all = pieces.len() + 2;
        let encode = |words: &[String]| -> Vec<usize> {
            let encoded = words.iter().flat_map(|word| pieces.encode(word));
            encoded.collect()
        };
        let read = pairs.iter().flat_map(|pair| encode(&pair.english));
        let written = pairs.iter().flat_map(|pair| encode(&pair.spanish));
        let ends = [pieces.len(), pieces.len() + 1];
        let ends = ends.into_iter().cycle().take(2 * least.max(1));
        Self {
            read: Vocabulary::new(read, all, least),
            written: Vocabulary::new(written.chain(ends), all, least),
            pieces,
        }
    }

    /// The number before the first Spanish piece.
    pub fn start(&self) -> usize {
        self.written.number(self.pieces.len())
    }

    /// The number after the last Spanish piece.
    pub fn stop(&self) -> usize {
        self.written.number(self.pieces.len() + 1)
    }

    /// Sequences of numbers of Spanish pieces, to be taught.
    pub fn targets(&self, numbers: &[Vec<usize>]) -> Targets {
        Targets::delimited(self.start(), numbers, self.stop())
    }

    /// The pieces of words.
    pub fn encode(&self, words: &[String]) -> Vec<usize> {
        let encoded = words.iter().flat_map(|word| self.pieces.encode(word));
        encoded.collect()
    }

    /// Both sides of a pair as pieces.
    pub fn encoded(&self, pair: &Pair) -> (Vec<usize>, Vec<usize>) {
        (self.encode(&pair.english), self.encode(&pair.spanish))
    }

    /// The words that numbers of Spanish pieces spell.
    pub fn decode(&self, numbers: &[usize]) -> Vec<String> {
        let pieces = numbers.iter().map(|&number| self.written.pieces()[number]);
        let known: Vec<usize> = pieces.filter(|&piece| piece < self.pieces.len()).collect();
        let text = self.pieces.decode(&known);
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
