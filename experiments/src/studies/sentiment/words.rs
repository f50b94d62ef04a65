//! Sentences as words, and words as rows of a table: a row of their own where they are frequent, and
//! rows for their parts, which they share with words alike (Bojanowski et al. 2017).

use std::collections::BTreeMap;

/// Letters of the parts of a word.
const PARTS: std::ops::RangeInclusive<usize> = 3..=5;

/// The words of a text in lower case, digits too; every other mark is a word of its own.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    for (at, &c) in text.iter().enumerate() {
        let next = text.get(at + 1).is_some_and(|c| c.is_alphanumeric());
        let within = !word.is_empty() && "'’".contains(c) && next;
        if c.is_alphanumeric() {
            word.push(c);
        } else if within {
            word.push('\'');
        } else {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            words.extend((!c.is_whitespace() && !c.is_control()).then(|| c.to_string()));
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// Which rows of the table belong to a word.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    /// Words with a row of their own.
    own: BTreeMap<String, usize>,
    /// Rows for parts of words, behind those: what several parts have in common is left to chance.
    shared: usize,
}

impl Vocabulary {
    /// Of the words that occur at least `least` times in `texts`, and with so many rows to share.
    pub fn new<'a>(
        texts: impl Iterator<Item = &'a Vec<String>>,
        least: usize,
        shared: usize,
    ) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for word in texts.flatten() {
            *counts.entry(word).or_default() += 1;
        }
        let frequent = counts.into_iter().filter(|(_, count)| *count >= least);
        let own = frequent.map(|(word, _)| word.to_owned()).zip(1..).collect();
        Self { own, shared }
    }

    /// Rows of the table; row 0 is for words that have no other.
    pub fn rows(&self) -> usize {
        1 + self.own.len() + self.shared
    }

    /// The rows of a word, at least one.
    pub fn encode(&self, word: &str) -> Vec<usize> {
        let mut rows: Vec<usize> = self.own.get(word).copied().into_iter().collect();
        if self.shared > 0 {
            let first = 1 + self.own.len();
            let shared = |part: &[char]| first + (hash(part) % self.shared as u64) as usize;
            let marked: Vec<char> = format!("<{word}>").chars().collect();
            let parts = PARTS.flat_map(|length| marked.windows(length));
            rows.extend(parts.map(shared));
        }
        if rows.is_empty() {
            rows.push(0);
        }
        rows
    }
}

/// FNV-1a of the code points: the same on every machine.
fn hash(part: &[char]) -> u64 {
    part.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &c| {
        (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3)
    })
}
