//! What a formal language is to a network that predicts the next symbol.

use rand::rngs::ChaCha8Rng;

/// A language known by the symbols that may come next.
pub trait Language: Sync {
    /// How its symbols 0, 1, ... are written.
    fn letters(&self) -> &'static [char];

    /// A string of the language.
    fn draw(&self, rng: &mut ChaCha8Rng) -> Vec<usize>;

    /// For each beginning of `string`, from the empty one to all of it: which symbols may come next;
    /// the last of the row is whether the string may end there. `None` if the string, or a
    /// beginning of it, begins no string of the language.
    fn continuations(&self, string: &[usize]) -> Option<Vec<Vec<bool>>>;

    /// Whether `string` is in the language.
    fn accepts(&self, string: &[usize]) -> bool {
        let rows = self.continuations(string);
        rows.and_then(|rows| rows.last()?.last().copied())
            .unwrap_or(false)
    }

    /// The string as it is written.
    fn written(&self, string: &[usize]) -> String {
        string
            .iter()
            .map(|&symbol| self.letters()[symbol])
            .collect()
    }
}
