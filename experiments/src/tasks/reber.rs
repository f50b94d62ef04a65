//! The grammar of Reber (1967), and the embedded one (Cleeremans et al. 1989): two copies of it, one
//! after T and one after P, whose symbol must come again at the end. The only difference is many
//! steps back.
//!
//! ```text
//! embedded   B T [Reber] T E   or   B P [Reber] P E
//! Reber      B, a way through the graph below from 1 to 6, E
//!
//!            1 -T-> 2   2 -S-> 2   2 -X-> 4   4 -X-> 3   4 -S-> 6
//!            1 -P-> 3   3 -T-> 3   3 -V-> 5   5 -P-> 4   5 -V-> 6
//! ```

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

use super::language::Language;

/// The fraction of embedded strings in which who has forgotten the second symbol errs.
pub const FORGOTTEN: f64 = 0.5;
/// The symbols.
pub const LETTERS: [char; 7] = ['B', 'T', 'P', 'S', 'X', 'V', 'E'];
const B: usize = 0;
const T: usize = 1;
const P: usize = 2;
const S: usize = 3;
const X: usize = 4;
const V: usize = 5;
const E: usize = 6;

/// Ways through the graph, by state: symbols, and where they lead.
const GRAPH: [&[(usize, usize)]; 8] = [
    &[(B, 1)],
    &[(T, 2), (P, 3)],
    &[(S, 2), (X, 4)],
    &[(T, 3), (V, 5)],
    &[(X, 3), (S, 6)],
    &[(P, 4), (V, 6)],
    &[(E, 7)],
    &[],
];
/// The end of the graph.
const END: usize = 7;

/// The grammar, whose strings are drawn with equal probabilities at each fork.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reber {
    /// Reber's own.
    Plain,
    /// The embedded one.
    Embedded,
}

/// How far a string has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the graph; in the embedded grammar after this symbol, T or P, which must come again.
    Inside(usize, Option<usize>),
    /// Before the first B of the embedded grammar, and after it.
    Before,
    Fork,
    /// Before the last E, and after it.
    Last,
    Over,
}

impl Reber {
    fn start(self) -> Place {
        match self {
            Self::Plain => Place::Inside(0, None),
            Self::Embedded => Place::Before,
        }
    }
}

impl Reber {
    /// The mean length of a string: 8, and embedded 12.
    pub fn mean_length(self) -> f64 {
        let mut left = [0.0; GRAPH.len()];
        // Of what is left from state q, e(q) = 1 + mean e(q') over the ways, each sweep halves the error.
        for _ in 0..f64::MANTISSA_DIGITS {
            for (state, ways) in GRAPH
                .iter()
                .enumerate()
                .filter(|(_, ways)| !ways.is_empty())
            {
                let after: f64 = ways.iter().map(|&(_, to)| left[to]).sum();
                left[state] = 1.0 + after / ways.len() as f64;
            }
        }
        let around = match self {
            Self::Plain => 0.0,
            Self::Embedded => 4.0,
        };
        left[0] + around
    }
}

impl Place {
    /// The symbols that may come next, and where they lead.
    fn ways(self) -> Vec<(usize, Self)> {
        match self {
            Self::Inside(END, None) | Self::Over => Vec::new(),
            Self::Inside(END, Some(branch)) => vec![(branch, Self::Last)],
            Self::Inside(state, branch) => {
                let ways = GRAPH[state].iter();
                ways.map(|&(symbol, to)| (symbol, Self::Inside(to, branch)))
                    .collect()
            }
            Self::Before => vec![(B, Self::Fork)],
            Self::Fork => [T, P].map(|s| (s, Self::Inside(0, Some(s)))).to_vec(),
            Self::Last => vec![(E, Self::Over)],
        }
    }

    fn is_end(self) -> bool {
        matches!(self, Self::Over | Self::Inside(END, None))
    }
}

impl Language for Reber {
    fn letters(&self) -> &'static [char] {
        &LETTERS
    }

    fn draw(&self, rng: &mut ChaCha8Rng) -> Vec<usize> {
        let (mut place, mut string) = (self.start(), Vec::new());
        while !place.is_end() {
            let ways = place.ways();
            let (symbol, to) = ways[rng.random_range(0..ways.len())];
            string.push(symbol);
            place = to;
        }
        string
    }

    fn continuations(&self, string: &[usize]) -> Option<Vec<Vec<bool>>> {
        let mut place = self.start();
        let mut rows = vec![row(place)];
        for &symbol in string {
            let ways = place.ways();
            place = ways.iter().find(|(legal, _)| *legal == symbol)?.1;
            rows.push(row(place));
        }
        Some(rows)
    }
}

fn row(place: Place) -> Vec<bool> {
    let mut row = vec![false; LETTERS.len() + 1];
    for (symbol, _) in place.ways() {
        row[symbol] = true;
    }
    row[LETTERS.len()] = place.is_end();
    row
}
