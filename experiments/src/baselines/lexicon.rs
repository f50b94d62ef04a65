//! A table of word translations: IBM model 1 (Brown et al. 1993), learnt by expectation
//! maximisation.
//!
//! ```text
//! p(f | e) = product over j of  sum over i of  t(f_j | e_i) / (I + 1)         i = 0: no word
//! t(f | e) = expected number of times that f comes from e, over that of all words from e
//! ```

use std::collections::{BTreeMap, BTreeSet};

/// For each source word the target words seen beside it, and their probabilities.
#[derive(Clone, Debug)]
pub struct Lexicon {
    sources: BTreeMap<String, usize>,
    targets: Vec<String>,
    /// t(f | e): row e, ascending by f. The last row is that of no word.
    table: Vec<Vec<(usize, f64)>>,
}

impl Lexicon {
    /// Learns from pairs of sentences, as words, in so many iterations from equal probabilities.
    pub fn learn(pairs: &[(Vec<String>, Vec<String>)], iterations: usize) -> Self {
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

    /// The most probable translation of a word, if it was seen.
    pub fn best(&self, word: &str) -> Option<&str> {
        let row = &self.table[*self.sources.get(word)?];
        let best = row.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1));
        best.map(|(f, _)| self.targets[*f].as_str())
    }

    /// The probability t(target | source), 0 for a pair not seen.
    pub fn probability(&self, source: &str, target: &str) -> f64 {
        let row = self.sources.get(source).map(|e| &self.table[*e]);
        let f = self.targets.binary_search_by(|known| known.as_str().cmp(target));
        let (Some(row), Ok(f)) = (row, f) else {
            return 0.0;
        };
        row.binary_search_by_key(&f, |cell| cell.0)
            .map_or(0.0, |at| row[at].1)
    }

    /// Each word by its best translation, in the order of the source; words never seen, such as
    /// names, stay as they are.
    pub fn word_by_word(&self, words: &[String]) -> Vec<String> {
        let translated = words.iter().map(|word| self.best(word).unwrap_or(word));
        translated.map(String::from).collect()
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
        row.iter_mut().for_each(|cell| cell.1 /= total);
    }
    counts
}

/// Different words, numbered in alphabetical order.
fn numbered<'a>(words: impl Iterator<Item = &'a String>) -> BTreeMap<String, usize> {
    let words: BTreeSet<&String> = words.collect();
    let numbers = words.into_iter().enumerate();
    numbers.map(|(i, word)| (word.clone(), i)).collect()
}
