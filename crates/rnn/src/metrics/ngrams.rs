//! Counts of n-grams.

use std::collections::BTreeMap;

/// How often each run of `n` symbols occurs.
pub(super) fn ngrams<S: Ord>(symbols: &[S], n: usize) -> BTreeMap<&[S], usize> {
    let mut counts = BTreeMap::new();
    for ngram in symbols.windows(n) {
        *counts.entry(ngram).or_insert(0) += 1;
    }
    counts
}

/// The size of the intersection, with repetitions: each n-gram counts as often as in both.
pub(super) fn common<S: Ord>(a: &BTreeMap<&[S], usize>, b: &BTreeMap<&[S], usize>) -> usize {
    let shared = |(ngram, &count): (&&[S], &usize)| count.min(b.get(ngram).copied().unwrap_or(0));
    a.iter().map(shared).sum()
}
