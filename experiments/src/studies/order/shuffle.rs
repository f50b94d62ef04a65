//! A text in order, and shuffled.

use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

use crate::corpus::Corpus;

/// What is shuffled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shuffle {
    /// Nothing.
    Nothing,
    /// The words of each line.
    Words,
    /// All characters.
    Characters,
}

impl Shuffle {
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Words, Self::Characters];

    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "in order",
            Self::Words => "words of a line shuffled",
            Self::Characters => "characters shuffled",
        }
    }

    /// The text with each of its parts shuffled on its own.
    pub fn of(self, corpus: &Corpus, rng: &mut ChaCha8Rng) -> Corpus {
        let mut shuffled = corpus.clone();
        let parts = &corpus.parts;
        for part in [&parts.train, &parts.validation, &parts.test] {
            let symbols = &mut shuffled.symbols[part.clone()];
            match self {
                Self::Nothing => {}
                Self::Words => {
                    let number = |c| corpus.alphabet.number(c);
                    shuffle_words(symbols, number('\n'), number(' '), rng);
                }
                Self::Characters => symbols.shuffle(rng),
            }
        }
        shuffled
    }
}

/// Shuffles what is between the spaces of each line; a symbol that the text has not separates
/// nothing.
fn shuffle_words(
    symbols: &mut [usize],
    newline: Option<usize>,
    space: Option<usize>,
    rng: &mut ChaCha8Rng,
) {
    for line in symbols.split_mut(|&symbol| Some(symbol) == newline) {
        let Some(space) = space else { continue };
        let old = line.to_vec();
        let mut words: Vec<&[usize]> = old.split(|&symbol| symbol == space).collect();
        words.shuffle(rng);
        line.copy_from_slice(&words.join(&space));
    }
}
