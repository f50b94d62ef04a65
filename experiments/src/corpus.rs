//! A text as numbers, in three parts by position.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::alphabet::Alphabet;
use crate::data::split::{Periods, in_time};
use crate::data::text;

/// Of all characters, those of the validation, and as many for the test.
const HELD_OUT: f64 = 0.05;

/// A text, and which of it is learned from.
#[derive(Clone, PartialEq, Debug)]
pub struct Corpus {
    /// All characters that occur, in any part.
    pub alphabet: Alphabet,
    /// The characters of the text by their numbers.
    pub symbols: Vec<usize>,
    /// The first nine tenths, to learn from; half of what is left, to choose by; and the end, held
    /// out.
    pub parts: Periods,
}

impl Corpus {
    /// The text at `path`, or Shakespeare's; of it the first `characters`, or all.
    ///
    /// # Errors
    /// What [`text::load`] refuses, and as [`Corpus::new`].
    pub fn load(path: Option<&Path>, characters: Option<usize>, least: usize) -> Result<Self> {
        let text = text::load(path)?;
        let text: String = text
            .chars()
            .take(characters.unwrap_or(usize::MAX))
            .collect();
        let name = path.map_or("Shakespeare".into(), |path| path.display().to_string());
        Self::new(&text, least).context(name)
    }

    /// Of `text`, of which every part must have at least so many characters.
    ///
    /// # Errors
    /// When it is too short, or all its characters are one and the same.
    pub fn new(text: &str, least: usize) -> Result<Self> {
        let alphabet = Alphabet::of(text);
        let symbols = alphabet.encode(text)?;
        let parts = in_time(symbols.len(), HELD_OUT, HELD_OUT);
        let shortest = parts.test.len().min(parts.validation.len());
        ensure!(
            shortest >= least,
            "the text has {} characters, so that {shortest} are held out for the test: \
             at least {least} are needed",
            symbols.len()
        );
        ensure!(
            alphabet.len() > 1,
            "all {} characters of the text are {:?}: there is nothing to tell",
            symbols.len(),
            text.chars().next().unwrap_or_default()
        );
        Ok(Self {
            alphabet,
            symbols,
            parts,
        })
    }

    /// What is learned from.
    pub fn train(&self) -> &[usize] {
        &self.symbols[self.parts.train.clone()]
    }
}
