//! Finite automata, and strings of a length drawn from all that they accept.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

/// A finite automaton: in state q, symbol s leads to `next[q][s]`. It starts in state 0.
#[derive(Clone, Copy, Debug)]
pub struct Automaton {
    /// One row for each state, one state for each symbol.
    pub next: &'static [&'static [usize]],
    /// Whether a string may end in each state.
    pub accepting: &'static [bool],
}

impl Automaton {
    /// Number of symbols.
    pub fn symbols(&self) -> usize {
        self.next[0].len()
    }

    /// The state after `string`.
    ///
    /// # Panics
    /// If a symbol is out of range.
    #[track_caller]
    pub fn state(&self, string: &[usize]) -> usize {
        string
            .iter()
            .fold(0, |state, &symbol| self.next[state][symbol])
    }

    /// Whether `string` is accepted.
    ///
    /// # Panics
    /// If a symbol is out of range.
    #[track_caller]
    pub fn accepts(&self, string: &[usize]) -> bool {
        self.accepting[self.state(string)]
    }

    /// From each state, how many strings of each length up to `longest` end in an accepting state,
    /// or, not `accepted`, in another: one row for each length.
    ///
    /// # Panics
    /// If a number does not fit.
    #[track_caller]
    fn counts(&self, longest: usize, accepted: bool) -> Vec<Vec<u64>> {
        let ends = self
            .accepting
            .iter()
            .map(|&accepting| u64::from(accepting == accepted));
        let mut counts = vec![ends.collect::<Vec<u64>>()];
        for length in 1..=longest {
            let before = &counts[length - 1];
            let sum = |row: &&[usize]| {
                let sums = row
                    .iter()
                    .try_fold(0u64, |sum, &q| sum.checked_add(before[q]));
                sums.expect("automaton: more strings than can be counted")
            };
            counts.push(self.next.iter().map(sum).collect());
        }
        counts
    }

    /// A string of this length, each that is accepted (or each that is not) with the same
    /// probability. `None` if there is none.
    ///
    /// # Panics
    /// If there are 2^64 such strings or more.
    #[track_caller]
    pub fn draw(&self, length: usize, accepted: bool, rng: &mut ChaCha8Rng) -> Option<Vec<usize>> {
        let counts = self.counts(length, accepted);
        let mut state = 0;
        if counts[length][state] == 0 {
            return None;
        }
        let mut string = Vec::with_capacity(length);
        for left in (0..length).rev() {
            let mut drawn = rng.random_range(0..counts[left + 1][state]);
            let row = self.next[state];
            let symbol = row.iter().position(|&q| {
                let ways = counts[left][q];
                let here = drawn < ways;
                drawn = drawn.wrapping_sub(if here { 0 } else { ways });
                here
            });
            let symbol = symbol.expect("the ways through the symbols add up");
            string.push(symbol);
            state = row[symbol];
        }
        Some(string)
    }
}

/// All strings of a length over so many symbols, in lexicographic order.
pub fn all_strings(symbols: usize, length: usize) -> impl Iterator<Item = Vec<usize>> {
    let count = symbols.pow(length as u32);
    (0..count).map(move |number| {
        let digit = |place: usize| number / symbols.pow((length - 1 - place) as u32) % symbols;
        (0..length).map(digit).collect()
    })
}
