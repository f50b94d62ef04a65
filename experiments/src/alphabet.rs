//! The characters of a text as numbers 0, 1, ...

use anyhow::{Result, anyhow};

/// The different characters of a text, in the order of their code points.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alphabet {
    characters: Vec<char>,
}

impl Alphabet {
    /// Of `text`.
    pub fn of(text: &str) -> Self {
        let mut characters: Vec<char> = text.chars().collect();
        characters.sort_unstable();
        characters.dedup();
        Self { characters }
    }

    /// The number of characters.
    pub fn len(&self) -> usize {
        self.characters.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.characters.is_empty()
    }

    /// The number of a character, if it has one.
    pub fn number(&self, character: char) -> Option<usize> {
        self.characters.binary_search(&character).ok()
    }

    /// The numbers of the characters of `text`.
    ///
    /// # Errors
    /// Names the first character that has none.
    pub fn encode(&self, text: &str) -> Result<Vec<usize>> {
        let number = |c| {
            let number = self.number(c);
            number.ok_or_else(|| anyhow!("{c:?} is none of the {} characters", self.len()))
        };
        text.chars().map(number).collect()
    }

    /// The text of these numbers.
    ///
    /// # Panics
    /// If one is not below [`Alphabet::len`].
    #[track_caller]
    pub fn decode(&self, numbers: &[usize]) -> String {
        numbers.iter().map(|&i| self.characters[i]).collect()
    }
}
