//! Continual prediction of the embedded Reber grammar (Gers, Schmidhuber & Cummins 2000): strings one
//! behind the other, and nothing tells where one ends. After each symbol those that may come next are
//! to be predicted; after the last E of a string this is the first B of the next.
//!
//! Who has forgotten the second symbol of a string errs at the last but one with probability 1/2, as
//! [`without_memory`] says.

use rand::rngs::ChaCha8Rng;

use super::language::Language;
use super::reber::{FORGOTTEN, LETTERS, Reber};

/// Symbols.
pub const SYMBOLS: usize = LETTERS.len();

/// The symbols that may come next.
pub type Legal = [bool; SYMBOLS];

/// The endless stream.
pub struct ContinualReber {
    rng: ChaCha8Rng,
    /// What is left of the string, the next symbol last.
    left: Vec<(usize, Legal)>,
}

impl ContinualReber {
    /// A stream whose strings are drawn by `rng`.
    pub fn new(rng: ChaCha8Rng) -> Self {
        let left = Vec::new();
        Self { rng, left }
    }

    fn string(&mut self) -> Vec<(usize, Legal)> {
        let string = Reber::Embedded.draw(&mut self.rng);
        let rows = Reber::Embedded.continuations(&string);
        let rows = rows.expect("what the grammar draws is legal");
        // Where a string may end, the next one begins.
        let first: Legal = std::array::from_fn(|symbol| rows[0][symbol]);
        let legal = rows.iter().skip(1).map(|row| {
            let inside: Legal = std::array::from_fn(|symbol| row[symbol]);
            if row[SYMBOLS] { first } else { inside }
        });
        string.iter().copied().zip(legal).collect()
    }
}

/// A symbol, and those that may follow it.
impl Iterator for ContinualReber {
    type Item = (usize, Legal);

    fn next(&mut self) -> Option<(usize, Legal)> {
        if self.left.is_empty() {
            self.left = self.string();
            self.left.reverse();
        }
        self.left.pop()
    }
}

/// The symbols that are read, in the mean, before the first wrong prediction of who knows the grammar
/// but not the second symbol of a string: one string is passed in the mean, and all of the next but
/// its last two symbols.
pub fn without_memory() -> f64 {
    let length = Reber::Embedded.mean_length();
    let passed = (1.0 - FORGOTTEN) / FORGOTTEN;
    passed * length + length - 2.0
}
