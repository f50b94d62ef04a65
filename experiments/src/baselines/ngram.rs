//! Markov chains of order 0 to n over symbols, with interpolated modified Kneser-Ney smoothing
//! (Chen & Goodman 1999).
//!
//! ```text
//! p_k(s | h) = (c(h s) - D(c(h s))) / c(h) + r(h) p_{k-1}(s | h')     h' is h without its oldest symbol
//! p_{-1}(s)  = 1 / symbols                                            c(h) = sum_s c(h s)
//! r(h)       = sum_s D(c(h s)) / c(h)                                 so that p_k adds up to 1
//! D(0) = 0,  D(1) = 1 - 2 Y n_2 / n_1,  D(2) = 2 - 3 Y n_3 / n_2,  D(3 or more) = 3 - 4 Y n_4 / n_3
//! Y = n_1 / (n_1 + 2 n_2)                                             n_i: how many h s have c(h s) = i
//! ```
//!
//! A chain of order n takes for c(h s) in its longest contexts how often s followed h; in shorter
//! ones the number of different symbols before h s, which is what a shorter context is asked about
//! when the longer one is new. Each sequence begins after start symbols, which are never predicted.

mod level;

use rand::rngs::ChaCha8Rng;
use wengert_rnn::metrics::bits_per_symbol;
use wengert_rnn::{Sampler, Until};

use self::level::{Count, Level};

/// The counts of sequences of symbols 0, 1, ... that chains of order 0 to n are made of.
pub struct Ngrams {
    symbols: usize,
    /// Of contexts of 0 symbols, of 1, and so on.
    levels: Vec<Level>,
    packing: Packing,
}

/// A Markov chain: the next symbol depends on so many symbols before it.
#[derive(Clone, Copy)]
pub struct Chain<'a> {
    ngrams: &'a Ngrams,
    order: usize,
}

impl Ngrams {
    /// Counts what follows contexts of up to `order` symbols in `sequences`, of numbers below
    /// `symbols`.
    ///
    /// # Panics
    /// If there is no symbol to count, one is not below `symbols`, or `order + 1` symbols have more
    /// than 128 bits together.
    #[track_caller]
    pub fn count(symbols: usize, order: usize, sequences: &[impl AsRef<[usize]>]) -> Self {
        let packing = Packing::new(symbols, order);
        let total = sequences.iter().map(|s| s.as_ref().len()).sum();
        assert!(total > 0, "ngrams: no symbols to count");
        let mut windows = Vec::with_capacity(total);
        for sequence in sequences {
            let mut window = packing.start();
            for &symbol in sequence.as_ref() {
                window = packing.push(window, symbol);
                windows.push(window);
            }
        }
        let mut levels: Vec<Level> = Vec::with_capacity(order + 1);
        for length in (0..=order).rev() {
            let longer = levels.last();
            levels.push(Level::count(&windows, longer, length, packing.bits));
        }
        levels.reverse();
        Self {
            symbols,
            levels,
            packing,
        }
    }

    /// The number of different symbols.
    pub fn symbols(&self) -> usize {
        self.symbols
    }

    /// The longest context that was counted, in symbols.
    pub fn order(&self) -> usize {
        self.levels.len() - 1
    }

    /// The chain of an order; of order 0, the frequencies of the symbols.
    ///
    /// # Panics
    /// If contexts so long were not counted.
    #[track_caller]
    pub fn chain(&self, order: usize) -> Chain<'_> {
        assert!(
            order <= self.order(),
            "ngrams: a chain of order {order}, but contexts of up to {} symbols were counted",
            self.order()
        );
        Chain {
            ngrams: self,
            order,
        }
    }
}

impl Chain<'_> {
    /// The number of symbols that the next one depends on.
    pub fn order(&self) -> usize {
        self.order
    }

    /// The number of counts: of different symbols after different contexts, of all lengths up to
    /// the order.
    pub fn size(&self) -> usize {
        self.ngrams.levels[..=self.order]
            .iter()
            .map(Level::len)
            .sum()
    }

    /// The probability of each symbol after `history`, the beginning of a sequence: they add up
    /// to 1.
    ///
    /// # Panics
    /// If a symbol is out of range.
    #[track_caller]
    pub fn probabilities(&self, history: &[usize]) -> Vec<f64> {
        let packing = self.ngrams.packing;
        let known = history
            .iter()
            .skip(history.len().saturating_sub(self.order));
        let window = known.fold(packing.start(), |window, &s| packing.push(window, s));
        let mut p = vec![1.0 / self.ngrams.symbols as f64; self.ngrams.symbols];
        for (level, context, count) in self.contexts(window) {
            let rest = level.rest(context, count);
            for p in &mut p {
                *p *= rest;
            }
            for (symbol, share) in level.shares(context, count) {
                p[symbol] += share;
            }
        }
        p
    }

    /// The natural logarithm of the probability of each symbol of a sequence, after those before
    /// it.
    ///
    /// # Panics
    /// If a symbol is out of range.
    #[track_caller]
    pub fn log_probabilities(&self, sequence: &[usize]) -> Vec<f64> {
        let packing = self.ngrams.packing;
        let mut window = packing.start();
        let log_probability = |&symbol: &usize| {
            let mut p = 1.0 / self.ngrams.symbols as f64;
            for (level, context, count) in self.contexts(window) {
                p = level.rest(context, count) * p + level.share(context, count, symbol);
            }
            window = packing.push(window, symbol);
            p.ln()
        };
        sequence.iter().map(log_probability).collect()
    }

    /// The mean over all symbols of `sequences` of -log_2 p. NaN of none.
    ///
    /// # Panics
    /// If a symbol is out of range.
    #[track_caller]
    pub fn bits(&self, sequences: &[impl AsRef<[usize]>]) -> f64 {
        let (mut sum, mut count) = (0.0, 0usize);
        for sequence in sequences {
            sum -= self
                .log_probabilities(sequence.as_ref())
                .iter()
                .sum::<f64>();
            count += sequence.as_ref().len();
        }
        bits_per_symbol(sum / count as f64)
    }

    /// Goes on with `prompt`, the beginning of a sequence, which may be empty. What comes back is
    /// without prompt and stop symbol.
    ///
    /// # Panics
    /// If a symbol is out of range.
    #[track_caller]
    pub fn generate(
        &self,
        prompt: &[usize],
        sampler: &Sampler,
        until: Until,
        rng: &mut ChaCha8Rng,
    ) -> Vec<usize> {
        let mut history = prompt.to_vec();
        while history.len() - prompt.len() < until.max_length() {
            let logs: Vec<f64> = self
                .probabilities(&history)
                .into_iter()
                .map(f64::ln)
                .collect();
            let symbol = sampler.choose(&logs, rng);
            if until.stops(symbol) {
                break;
            }
            history.push(symbol);
        }
        history.split_off(prompt.len())
    }

    /// The ends of a window that are known contexts, shortest first: where to look them up.
    fn contexts(&self, window: u128) -> impl Iterator<Item = (&Level, usize, Count)> {
        let levels = self.ngrams.levels[..=self.order].iter().enumerate();
        levels.map_while(move |(length, level)| {
            let context = level.find(self.ngrams.packing.end(window, length))?;
            let count = if length == self.order {
                Count::Occurrences
            } else {
                Count::Continuations
            };
            Some((level, context, count))
        })
    }
}

/// The last symbols of a sequence in one number, the newest lowest.
#[derive(Clone, Copy)]
struct Packing {
    symbols: usize,
    bits: u32,
    length: usize,
}

impl Packing {
    /// Of `order + 1` symbols. One more than there are is the start symbol.
    #[track_caller]
    fn new(symbols: usize, order: usize) -> Self {
        assert!(symbols > 0, "ngrams: of 0 symbols");
        let bits = usize::BITS - symbols.leading_zeros();
        let length = order + 1;
        assert!(
            length.saturating_mul(bits as usize) <= 128,
            "ngrams: {length} of {symbols} symbols take {bits} bits each, more than 128 together"
        );
        Self {
            symbols,
            bits,
            length,
        }
    }

    /// Start symbols only.
    fn start(self) -> u128 {
        (0..self.length).fold(0, |window, _| window << self.bits | self.symbols as u128)
    }

    #[track_caller]
    fn push(self, window: u128, symbol: usize) -> u128 {
        assert!(
            symbol < self.symbols,
            "ngrams: symbol {symbol}, but there are {}, counted from 0",
            self.symbols
        );
        self.end(window << self.bits | symbol as u128, self.length)
    }

    /// The last `length` symbols of a window.
    fn end(self, window: u128, length: usize) -> u128 {
        window & level::mask(length as u32 * self.bits)
    }
}
