//! A table of word translations: IBM model 1 (Brown et al. 1993), learnt by expectation
//! maximisation.
//!
//! ```text
//! p(f | e) = product over j of  sum over i of  t(f_j | e_i) / (I + 1)         i = 0: no word
//! t(f | e) = expected number of times that f comes from e, over that of all words from e
//! ```

use std::collections::{BTreeMap, BTreeSet};

/// For each source word the target words seen beside it, and their probabilities. Words are anything
/// that can be compared: texts, or numbers.
#[derive(Clone, Debug)]
pub struct Lexicon<W> {
    sources: BTreeMap<W, usize>,
    targets: Vec<W>,
    /// t(f | e): row e, ascending by f. The last row is that of no word.
    table: Vec<Vec<(usize, f64)>>,
}

impl<W: Ord + Clone> Lexicon<W> {
    /// Learns from pairs of sentences, as words, in so many iterations from equal probabilities.
    pub fn learn(pairs: &[(Vec<W>, Vec<W>)], iterations: usize) -> Self {
        let sources = numbered(pairs.iter().flat_map(|(source, _)| source));
        let target_ids = numbered(pairs.iter().flat_map(|(_, target)| target));
        let none = sources.len();
        let encoded: Vec<(Vec<usize>, Vec<usize>)> = pairs
            .iter()
            .map(|(source, target)| {
                let source = source.iter().map(|word| sources[word]);
                let target = target.iter().map(|word| target_ids[word]);
                (source.chain([none]).collect(), target.collect())
            })
            .collect();
        let mut beside = vec![BTreeSet::new(); none + 1];
        for (source, target) in &encoded {
            for &e in source {
                beside[e].extend(target);
            }
        }
        let equal = |words: BTreeSet<usize>| {
            let share = 1.0 / words.len() as f64;
            words.into_iter().map(|f| (f, share)).collect()
        };
        let mut table: Vec<Vec<(usize, f64)>> = beside.into_iter().map(equal).collect();
        for _ in 0..iterations {
            table = maximised(&table, &encoded);
        }
        let targets = target_ids.into_keys().collect();
        Self {
            sources,
            targets,
            table,
        }
    }

    /// The translations t(f | word) of a word, none if it was never seen.
    pub fn translations(&self, word: &W) -> impl Iterator<Item = (&W, f64)> {
        let row = self.sources.get(word).map(|&e| &self.table[e]);
        let cells = row.into_iter().flatten();
        cells.map(|&(f, probability)| (&self.targets[f], probability))
    }

    /// The most probable translation of a word, of several the first; none if it was never seen.
    pub fn best(&self, word: &W) -> Option<&W> {
        let best = self
            .translations(word)
            .reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map(|(word, _)| word)
    }

    /// Each word by its best translation, in the order of the source; words never seen, such as
    /// names, stay as they are.
    pub fn word_by_word(&self, words: &[W]) -> Vec<W> {
        let translated = words.iter().map(|word| self.best(word).unwrap_or(word));
        translated.cloned().collect()
    }
}

/// One iteration: expected counts, divided by their sum over each row.
fn maximised(
    table: &[Vec<(usize, f64)>],
    pairs: &[(Vec<usize>, Vec<usize>)],
) -> Vec<Vec<(usize, f64)>> {
    let zeros = |row: &Vec<(usize, f64)>| row.iter().map(|(f, _)| (*f, 0.0)).collect();
    let mut counts: Vec<Vec<(usize, f64)>> = table.iter().map(zeros).collect();
    let mut cells = Vec::new();
    for (source, target) in pairs {
        for f in target {
            cells.clear();
            cells.extend(source.iter().map(|&e| {
                let at = table[e].binary_search_by_key(f, |cell| cell.0);
                (e, at.expect("they were seen together"))
            }));
            let total: f64 = cells.iter().map(|&(e, at)| table[e][at].1).sum();
            for &(e, at) in &cells {
                counts[e][at].1 += table[e][at].1 / total;
            }
        }
    }
    for row in &mut counts {
        let total: f64 = row.iter().map(|cell| cell.1).sum();
        for cell in row.iter_mut() {
            cell.1 /= total;
        }
    }
    counts
}

/// Different words, numbered in ascending order.
fn numbered<'a, W: Ord + Clone + 'a>(words: impl Iterator<Item = &'a W>) -> BTreeMap<W, usize> {
    let words: BTreeSet<&W> = words.collect();
    let numbers = words.into_iter().enumerate();
    numbers.map(|(i, word)| (word.clone(), i)).collect()
}
