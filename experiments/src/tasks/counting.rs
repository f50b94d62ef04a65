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

    /// With equal probabilities for each n.
    fn draw(&self, rng: &mut ChaCha8Rng) -> Vec<usize> {
        Self::string(rng.random_range(1..=self.most))
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
    /// Pairs of a string that is drawn: from, to.
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

    /// With equal probabilities for each number of pairs; then where opening and closing are both
    /// possible, with equal probabilities for either.
    fn draw(&self, rng: &mut ChaCha8Rng) -> Vec<usize> {
        let pairs = rng.random_range(self.pairs[0]..=self.pairs[1]);
        let (mut string, mut open) = (Vec::with_capacity(2 * pairs), Vec::new());
        let mut left = pairs;
        while left > 0 || !open.is_empty() {
            let may_open = left > 0 && open.len() < self.depth;
            if may_open && (open.is_empty() || rng.random_bool(0.5)) {
                let kind = rng.random_range(0..self.kinds);
                open.push(kind);
                string.push(2 * kind);
                left -= 1;
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
