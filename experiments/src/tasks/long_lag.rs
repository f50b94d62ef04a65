//! Long time lags (Hochreiter & Schmidhuber 1997, experiment 2): the last symbol is the first, or the
//! second, again.
//!
//! ```text
//! Regular     2a    x a_1 ... a_{p-1} x          or    y a_1 ... a_{p-1} y
//! Random      2b    x, p - 1 drawn symbols, x    or    y, p - 1 drawn symbols, y
//! Distracted  2c    b x, q + k drawn symbols, e x    or    b y, q + k drawn symbols, e y
//! ```
//!
//! Symbols are drawn from a_1 ... a_{p-1} in 2b, from a_1 ... a_p in 2c, where after q of them each one
//! more comes with probability 9/10: k is 9 in the mean. Who has forgotten the first x or y is right about the
//! last symbol half of the time: [`GUESSING`].

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

/// The fraction of last symbols that is right by guessing.
pub const GUESSING: f64 = 0.5;
/// The probability of one more distractor in 2c.
const MORE: f64 = 0.9;

/// Which of the three.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LongLag {
    /// 2a, of a lag of p steps.
    Regular(usize),
    /// 2b, of a lag of p steps.
    Random(usize),
    /// 2c, of p different distractors, q of them at least.
    Distracted {
        /// p.
        different: usize,
        /// q.
        least: usize,
    },
}

impl LongLag {
    /// Different distractors: symbols from 0 on.
    pub fn distractors(self) -> usize {
        match self {
            Self::Regular(p) | Self::Random(p) => p - 1,
            Self::Distracted { different, .. } => different,
        }
    }

    /// The two symbols to be remembered, x and y.
    pub fn remembered(self) -> [usize; 2] {
        let x = self.distractors();
        [x, x + 1]
    }

    /// The symbols b and e of 2c.
    pub fn brackets(self) -> [usize; 2] {
        let b = self.distractors() + 2;
        [b, b + 1]
    }

    /// Different symbols, counted from 0: p + 1, or p + 4 in 2c.
    pub fn symbols(self) -> usize {
        let brackets = matches!(self, Self::Distracted { .. });
        self.distractors() + if brackets { 4 } else { 2 }
    }

    /// Steps from the symbol to be remembered to its return, at least: p, or q + 2 in 2c.
    pub fn lag(self) -> usize {
        match self {
            Self::Regular(p) | Self::Random(p) => p,
            Self::Distracted { least, .. } => least + 2,
        }
    }

    /// The mean length of a sequence: p + 1, or q + 13 in 2c.
    pub fn mean_length(self) -> f64 {
        let more = match self {
            Self::Regular(_) | Self::Random(_) => 0.0,
            // b, and the mean of a geometric distribution.
            Self::Distracted { .. } => 1.0 + MORE / (1.0 - MORE),
        };
        (self.lag() + 1) as f64 + more
    }

    /// A sequence; the last symbol is what is to be predicted.
    pub fn draw(self, rng: &mut ChaCha8Rng) -> Vec<usize> {
        let which = self.remembered()[rng.random_range(0..2)];
        let distractors = self.distractors();
        let mut drawn = || rng.random_range(0..distractors);
        match self {
            Self::Regular(_) => {
                let between = 0..distractors;
                [which].into_iter().chain(between).chain([which]).collect()
            }
            Self::Random(_) => {
                let between: Vec<usize> = (0..distractors).map(|_| drawn()).collect();
                [vec![which], between, vec![which]].concat()
            }
            Self::Distracted { least, .. } => {
                let [b, e] = self.brackets();
                let mut symbols = vec![b, which];
                symbols.extend((0..least).map(|_| drawn()));
                while rng.random_bool(MORE) {
                    symbols.push(rng.random_range(0..distractors));
                }
                symbols.extend([e, which]);
                symbols
            }
        }
    }
}
