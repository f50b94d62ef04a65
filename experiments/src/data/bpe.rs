//! Pieces of words by byte-pair encoding (Sennrich, Haddow & Birch 2016): frequent words are one
//! piece, rare ones several, and no word of known characters is unknown.
//!
//! A word starts as its characters, the first with a space before it. The pair of neighbours that is
//! most frequent in the text becomes one piece, and so on; a word is encoded by the same merges in
//! the same order.

use std::collections::{BTreeMap, BTreeSet};

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

/// The piece that stands for a character that was not learnt.
pub const UNKNOWN: usize = 0;

type Pair = (usize, usize);

/// Pieces, numbered from 0, and how words are made of them.
#[derive(Clone, Debug)]
pub struct Pieces {
    texts: Vec<String>,
    ids: BTreeMap<String, usize>,
    /// The rank of each merge and what it makes.
    merges: BTreeMap<Pair, (usize, usize)>,
}

/// The words to learn from, and where each pair of neighbours is in them.
struct Counts {
    words: Vec<(Vec<usize>, usize)>,
    pairs: BTreeMap<Pair, usize>,
    places: BTreeMap<Pair, BTreeSet<usize>>,
}

impl Pieces {
    /// Learns from `words` as often as they come, by at most so many merges, none of a pair that
    /// comes only once.
    pub fn learn<'a>(words: impl IntoIterator<Item = &'a str>, merges: usize) -> Self {
        let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
        for word in words {
            *counted.entry(word).or_default() += 1;
        }
        let mut pieces = Self {
            texts: vec!["?".into()],
            ids: BTreeMap::new(),
            merges: BTreeMap::new(),
        };
        let words = counted.into_iter().map(|(word, count)| {
            let characters = characters(word).into_iter();
            (characters.map(|text| pieces.id(text)).collect(), count)
        });
        let mut counts = Counts::new(words.collect());
        for rank in 0..merges {
            let Some(pair) = counts.most_frequent() else {
                break;
            };
            let text = [pair.0, pair.1]
                .map(|id| pieces.texts[id].as_str())
                .concat();
            let made = pieces.id(text);
            pieces.merges.insert(pair, (rank, made));
            counts.merge(pair, made);
        }
        pieces
    }

    /// The number of a piece, a new one if need be.
    fn id(&mut self, text: String) -> usize {
        let new = self.texts.len();
        let id = *self.ids.entry(text.clone()).or_insert(new);
        if id == new {
            self.texts.push(text);
        }
        id
    }

    /// Number of pieces, [`UNKNOWN`] included.
    #[expect(clippy::len_without_is_empty, reason = "UNKNOWN is always there")]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// A piece as text; one that starts a word has a space before it.
    ///
    /// # Panics
    /// If there is no such piece.
    pub fn text(&self, piece: usize) -> &str {
        &self.texts[piece]
    }

    /// The pieces of a word.
    pub fn encode(&self, word: &str) -> Vec<usize> {
        self.encode_if(word, || true)
    }

    /// The pieces of a word where each merge is left out with probability `rate`: a network that
    /// sees a word in many ways learns what its pieces mean (Provilkov, Emelianenko & Voita 2020).
    pub fn encode_randomly(&self, word: &str, rate: f64, rng: &mut ChaCha8Rng) -> Vec<usize> {
        self.encode_if(word, || rate == 0.0 || rng.random::<f64>() >= rate)
    }

    fn encode_if(&self, word: &str, mut take: impl FnMut() -> bool) -> Vec<usize> {
        let known = |text| self.ids.get(&text).copied().unwrap_or(UNKNOWN);
        let mut pieces: Vec<usize> = characters(word).into_iter().map(known).collect();
        loop {
            let merges = pieces.windows(2).enumerate().filter_map(|(at, pair)| {
                let (rank, made) = self.merges.get(&(pair[0], pair[1]))?;
                take().then_some((*rank, at, *made))
            });
            let Some((_, at, made)) = merges.min() else {
                return pieces;
            };
            pieces.splice(at..at + 2, [made]);
        }
    }

    /// The words that `pieces` spell, with a space between two.
    ///
    /// # Panics
    /// If there is no such piece.
    pub fn decode(&self, pieces: &[usize]) -> String {
        let text: String = pieces.iter().map(|&piece| self.text(piece)).collect();
        text.trim_start().to_owned()
    }
}

impl Counts {
    fn new(words: Vec<(Vec<usize>, usize)>) -> Self {
        let mut counts = Self {
            words,
            pairs: BTreeMap::new(),
            places: BTreeMap::new(),
        };
        for word in 0..counts.words.len() {
            counts.add(word);
        }
        counts
    }

    fn add(&mut self, word: usize) {
        let (pieces, count) = &self.words[word];
        for pair in pieces.windows(2).map(|pair| (pair[0], pair[1])) {
            *self.pairs.entry(pair).or_default() += count;
            self.places.entry(pair).or_default().insert(word);
        }
    }

    /// Takes the pairs of a word out of the count; where they are is only ever narrowed down by
    /// looking.
    fn remove(&mut self, word: usize) {
        let (pieces, count) = &self.words[word];
        for pair in pieces.windows(2).map(|pair| (pair[0], pair[1])) {
            *self.pairs.get_mut(&pair).expect("it was counted") -= count;
        }
    }

    /// The most frequent pair, of several the first; none that comes only once.
    fn most_frequent(&self) -> Option<Pair> {
        let best = self.pairs.iter().rev().max_by_key(|(_, count)| **count);
        best.filter(|(_, count)| **count > 1).map(|(pair, _)| *pair)
    }

    /// Makes one piece of a pair in all words.
    fn merge(&mut self, pair: Pair, made: usize) {
        for word in self.places.remove(&pair).unwrap_or_default() {
            self.remove(word);
            let pieces = &mut self.words[word].0;
            let mut at = 0;
            while at + 1 < pieces.len() {
                if (pieces[at], pieces[at + 1]) == pair {
                    pieces.splice(at..at + 2, [made]);
                }
                at += 1;
            }
            self.add(word);
        }
        self.pairs.retain(|_, count| *count > 0);
    }
}

/// The characters of a word, the first with a space before it.
fn characters(word: &str) -> Vec<String> {
    let marked = |(i, c): (usize, char)| if i == 0 { format!(" {c}") } else { c.into() };
    word.chars().enumerate().map(marked).collect()
}
