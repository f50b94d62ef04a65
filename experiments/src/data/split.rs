//! Holding out a test set: by class, reproducibly, and without leaks.

use std::collections::BTreeMap;

use rand::Rng;
use rand::seq::SliceRandom;

/// Indices of the examples on either side; disjoint, together all of them, each ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Examples to learn from.
    pub train: Vec<usize>,
    /// Examples held out.
    pub test: Vec<usize>,
}

/// Holds out `fraction` of each class, drawn with `generator`.
///
/// `content[i]` is what example i consists of and `classes[i]` its class. Examples of equal
/// content are a group that stays on one side (counted under the class of its first member), so
/// that no test example was seen in training; a class can then miss `fraction` by up to one group.
///
/// # Panics
/// When the lengths differ or `fraction` is outside 0 to 1.
#[track_caller]
pub fn stratified<K: Ord>(
    content: &[K],
    classes: &[usize],
    fraction: f64,
    generator: &mut impl Rng,
) -> Split {
    assert_eq!(
        content.len(),
        classes.len(),
        "stratified: one class for each example"
    );
    assert!(
        (0.0..=1.0).contains(&fraction),
        "stratified: fraction {fraction} is not in 0..=1"
    );
    let mut groups: BTreeMap<&K, Vec<usize>> = BTreeMap::new();
    for (index, key) in content.iter().enumerate() {
        groups.entry(key).or_default().push(index);
    }
    let mut strata: BTreeMap<usize, Vec<Vec<usize>>> = BTreeMap::new();
    for group in groups.into_values() {
        strata.entry(classes[group[0]]).or_default().push(group);
    }
    let mut split = Split {
        train: Vec::new(),
        test: Vec::new(),
    };
    for mut stratum in strata.into_values() {
        let size: usize = stratum.iter().map(Vec::len).sum();
        let wanted = (fraction * size as f64).round();
        stratum.shuffle(generator);
        let mut held_out = 0;
        for group in stratum {
            let side = if (held_out + group.len()) as f64 <= wanted {
                held_out += group.len();
                &mut split.test
            } else {
                &mut split.train
            };
            side.extend(group);
        }
    }
    split.train.sort_unstable();
    split.test.sort_unstable();
    split
}
