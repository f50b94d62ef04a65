//! Sentences as words, and words as rows of a table.

use std::collections::BTreeMap;

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

/// Which row of the table belongs to a word.
#[derive(Clone, Debug)]
pub struct Vocabulary(BTreeMap<String, usize>);

impl Vocabulary {
    /// Of the words that occur at least `least` times in `texts`.
    pub fn new<'a>(texts: impl Iterator<Item = &'a Vec<String>>, least: usize) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for word in texts.flatten() {
            *counts.entry(word).or_default() += 1;
        }
        let frequent = counts.into_iter().filter(|(_, count)| *count >= least);
        Self(frequent.map(|(word, _)| word.to_owned()).zip(1..).collect())
    }

    /// Rows of the table.
    pub fn rows(&self) -> usize {
        1 + self.0.len()
    }

    /// The row of a word: 0 is for all that are not frequent.
    pub fn encode(&self, word: &str) -> usize {
        self.0.get(word).copied().unwrap_or(0)
    }
}
