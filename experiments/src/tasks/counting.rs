//! Languages that must be counted: a^n b^n, and brackets.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

use super::language::Language;

/// a^n b^n, n from 1 on: no finite automaton accepts it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnBn {
    /// The largest n that is drawn.
    pub most: usize,
}

impl AnBn {
    /// The string of this n.
    pub fn string(n: usize) -> Vec<usize> {
        [vec![0; n], vec![1; n]].concat()
    }
}

impl Language for AnBn {
    fn letters(&self) -> &'static [char] {
        &['a', 'b']
    }

    /// After each a but the last possible one, another follows with the same probability: how many
    /// there have been says nothing about how many are to come.
    fn draw(&self, rng: &mut ChaCha8Rng) -> Vec<usize> {
        let end = (3.0 / self.most as f64).min(1.0);
        let mut n = 1;
        while n < self.most && !rng.random_bool(end) {
            n += 1;
        }
        Self::string(n)
    }

    fn continuations(&self, string: &[usize]) -> Option<Vec<Vec<bool>>> {
        let (mut a, mut b) = (0, 0);
        let mut rows = vec![vec![true, false, false]];
        for &symbol in string {
            let legal = if symbol == 0 {
                b == 0
            } else {
                symbol == 1 && b < a
            };
            if !legal {
                return None;
            }
            a += usize::from(symbol == 0);
            b += usize::from(symbol == 1);
            rows.push(vec![b == 0, b < a, b == a]);
        }
        Some(rows)
    }
}

/// Brackets of up to two kinds that close in the reverse order, nested at most `depth` deep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dyck {
    kinds: usize,
    depth: usize,
    /// A string that is drawn ends when all is closed after so many pairs: from, to.
    pairs: [usize; 2],
}

impl Dyck {
    /// Of so many kinds of brackets, 1 or 2, nested up to `depth`; what is drawn has `pairs[0]` to
    /// `pairs[1]` pairs.
    ///
    /// # Panics
    /// If kinds or depth are out of range, or there are no pairs to choose from.
    #[track_caller]
    pub fn new(kinds: usize, depth: usize, pairs: [usize; 2]) -> Self {
        assert!(
            (1..=2).contains(&kinds) && depth > 0 && 0 < pairs[0] && pairs[0] <= pairs[1],
            "dyck: {kinds} kinds, depth {depth}, {pairs:?} pairs"
        );
        Self {
            kinds,
            depth,
            pairs,
        }
    }

    /// What may come next inside these open brackets.
    fn row(&self, open: &[usize]) -> Vec<bool> {
        let mut row = vec![false; 2 * self.kinds + 1];
        for kind in 0..self.kinds {
            row[2 * kind] = open.len() < self.depth;
            row[2 * kind + 1] = open.last() == Some(&kind);
        }
        row[2 * self.kinds] = open.is_empty();
        row
    }
}

impl Language for Dyck {
    /// An opening bracket is an even symbol, the one that closes it the next.
    fn letters(&self) -> &'static [char] {
        &['(', ')', '[', ']'][..2 * self.kinds]
    }

    /// Where opening and closing are both possible, with equal probabilities for either. A string
    /// ends the first time that all is closed after a number of pairs, each number with the same
    /// probability: so it may get some pairs more than the most.
    fn draw(&self, rng: &mut ChaCha8Rng) -> Vec<usize> {
        let enough = rng.random_range(self.pairs[0]..=self.pairs[1]);
        let (mut string, mut open, mut pairs) = (Vec::new(), Vec::new(), 0);
        while pairs < enough || !open.is_empty() {
            let may_open = open.len() < self.depth;
            if open.is_empty() || may_open && rng.random_bool(0.5) {
                let kind = rng.random_range(0..self.kinds);
                open.push(kind);
                string.push(2 * kind);
                pairs += 1;
            } else if let Some(kind) = open.pop() {
                string.push(2 * kind + 1);
            }
        }
        string
    }

    fn continuations(&self, string: &[usize]) -> Option<Vec<Vec<bool>>> {
        let mut open = Vec::new();
        let mut rows = vec![self.row(&open)];
        for &symbol in string {
            let row = rows.last().expect("there is the first row");
            if symbol >= 2 * self.kinds || !row[symbol] {
                return None;
            }
            if symbol.is_multiple_of(2) {
                open.push(symbol / 2);
            } else {
                open.pop();
            }
            rows.push(self.row(&open));
        }
        Some(rows)
    }
}
