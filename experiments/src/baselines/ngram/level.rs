//! What follows the contexts of one length, how often, and what smoothing makes of it.

use std::ops::Range;

use rayon::prelude::*;

/// Where the counts of counts say nothing: few symbols, or little text. KenLM's.
const FALLBACK: [f64; 3] = [0.5, 1.0, 1.5];

/// What is counted of a context and a symbol after it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    /// How often they occur.
    Occurrences,
    /// How many different symbols come before them.
    Continuations,
}

/// The contexts of one length.
pub(super) struct Level {
    /// Packed, ascending.
    contexts: Vec<u128>,
    /// Context i was followed by the symbols at `starts[i]..starts[i + 1]`.
    starts: Vec<usize>,
    /// Ascending within a context.
    symbols: Vec<u32>,
    occurrences: Smoothed,
    continuations: Smoothed,
    /// Each context with each of its symbols, packed.
    keys: Vec<u128>,
}

/// Counts, and what is taken from them.
#[derive(Default)]
struct Smoothed {
    counts: Vec<u32>,
    /// By context.
    totals: Vec<f64>,
    /// By context: the share of the shorter context.
    rests: Vec<f64>,
    /// D(1), D(2), D(3 or more).
    discounts: [f64; 3],
}

/// The lowest `bits` of a number.
pub(super) fn mask(bits: u32) -> u128 {
    1u128.checked_shl(bits).map_or(u128::MAX, |bit| bit - 1)
}

impl Level {
    /// Counts contexts of `length` symbols of `bits` bits in `windows`, each a symbol and those
    /// before it; `longer` are the contexts that are longer by one, none if this is the longest.
    pub fn count(windows: &[u128], longer: Option<&Self>, length: usize, bits: u32) -> Self {
        let mask = mask((length as u32 + 1) * bits);
        let (keys, occurrences) = tally(windows, mask);
        let continuations = longer.map(|longer| tally(&longer.keys, mask).1);
        let (mut contexts, mut starts, mut symbols) = (Vec::new(), Vec::new(), Vec::new());
        for (i, key) in keys.iter().enumerate() {
            let context = key >> bits;
            if contexts.last() != Some(&context) {
                contexts.push(context);
                starts.push(i);
            }
            symbols.push((key & self::mask(bits)) as u32);
        }
        starts.push(keys.len());
        Self {
            occurrences: Smoothed::new(occurrences, &starts),
            continuations: continuations
                .map(|counts| Smoothed::new(counts, &starts))
                .unwrap_or_default(),
            contexts,
            starts,
            symbols,
            keys,
        }
    }

    /// Number of different symbols after different contexts.
    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    /// The place of a packed context.
    pub fn find(&self, context: u128) -> Option<usize> {
        self.contexts.binary_search(&context).ok()
    }

    /// The share of the shorter context in the probabilities after a context.
    pub fn rest(&self, context: usize, count: Count) -> f64 {
        self.smoothed(count).rests[context]
    }

    /// The other share: that of a symbol's own count.
    pub fn share(&self, context: usize, count: Count, symbol: usize) -> f64 {
        let range = self.range(context);
        let found = self.symbols[range.clone()].binary_search(&(symbol as u32));
        found.map_or(0.0, |i| {
            self.smoothed(count).share(context, range.start + i)
        })
    }

    /// [`Level::share`] of all symbols that have one.
    pub fn shares(&self, context: usize, count: Count) -> impl Iterator<Item = (usize, f64)> {
        let smoothed = self.smoothed(count);
        self.range(context)
            .map(move |i| (self.symbols[i] as usize, smoothed.share(context, i)))
    }

    fn range(&self, context: usize) -> Range<usize> {
        self.starts[context]..self.starts[context + 1]
    }

    fn smoothed(&self, count: Count) -> &Smoothed {
        match count {
            Count::Occurrences => &self.occurrences,
            Count::Continuations => &self.continuations,
        }
    }
}

impl Smoothed {
    fn new(counts: Vec<u32>, starts: &[usize]) -> Self {
        let mut smoothed = Self {
            discounts: discounts(&counts),
            counts,
            totals: Vec::new(),
            rests: Vec::new(),
        };
        for range in starts.windows(2) {
            let counts = &smoothed.counts[range[0]..range[1]];
            let total: f64 = counts.iter().map(|&count| f64::from(count)).sum();
            let taken: f64 = counts.iter().map(|&count| smoothed.discount(count)).sum();
            smoothed.totals.push(total);
            smoothed.rests.push(taken / total);
        }
        smoothed
    }

    fn discount(&self, count: u32) -> f64 {
        self.discounts[count.min(3) as usize - 1]
    }

    fn share(&self, context: usize, i: usize) -> f64 {
        let count = self.counts[i];
        (f64::from(count) - self.discount(count)) / self.totals[context]
    }
}

/// The different numbers under a mask, ascending, and how often there is each.
fn tally(numbers: &[u128], mask: u128) -> (Vec<u128>, Vec<u32>) {
    let mut sorted: Vec<u128> = numbers.par_iter().map(|number| number & mask).collect();
    sorted.par_sort_unstable();
    let (mut different, mut counts) = (Vec::new(), Vec::new());
    for equal in sorted.chunk_by(|a, b| a == b) {
        different.push(equal[0]);
        counts.push(equal.len() as u32);
    }
    (different, counts)
}

/// What to take from counts of 1, 2, and 3 or more.
fn discounts(counts: &[u32]) -> [f64; 3] {
    let mut n = [0.0; 4];
    for &count in counts {
        if let Some(n) = n.get_mut(count as usize - 1) {
            *n += 1.0;
        }
    }
    let y = n[0] / (n[0] + 2.0 * n[1]);
    let found = [0, 1, 2].map(|i| {
        let count = (i + 1) as f64;
        count - (count + 1.0) * y * n[i + 1] / n[i]
    });
    // Nothing may be taken that was not there, nor given.
    let usable = |(i, d): (usize, &f64)| (0.0..=(i + 1) as f64).contains(d);
    if n.iter().all(|&n| n > 0.0) && found.iter().enumerate().all(usable) {
        found
    } else {
        FALLBACK
    }
}
