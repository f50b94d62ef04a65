//! Holding parts out: by class, by group or in time, reproducibly, and without leaks.

use std::collections::BTreeMap;
use std::ops::Range;

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

/// Indices of the examples in three parts; disjoint, together all of them, each ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Examples to learn from.
    pub train: Vec<usize>,
    /// Examples to choose settings by, and when to stop.
    pub validation: Vec<usize>,
    /// Examples held out from all choices.
    pub test: Vec<usize>,
}

/// Consecutive parts of a sequence in the order of time; together all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Periods {
    /// Steps to learn from.
    pub train: Range<usize>,
    /// The steps after them, to choose settings by.
    pub validation: Range<usize>,
    /// The last steps, held out from all choices.
    pub test: Range<usize>,
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
    let [test, train] = drawn(content, classes, [fraction], generator);
    Split { train, test }
}

/// [`stratified`] for a validation and a test part: the given fractions of each class.
///
/// # Panics
/// When the lengths differ, or the fractions or their sum are outside 0 to 1.
#[track_caller]
pub fn stratified_parts<K: Ord>(
    content: &[K],
    classes: &[usize],
    validation: f64,
    test: f64,
    generator: &mut impl Rng,
) -> Parts {
    let [test, validation, train] = drawn(content, classes, [test, validation], generator);
    Parts {
        train,
        validation,
        test,
    }
}

/// Holds out `fraction` of the examples, drawn with `generator`, so that all examples of a group
/// stay on one side: `groups[i]` is the group of example i. A group too large for what is left to
/// hold out goes to training.
///
/// # Panics
/// When `fraction` is outside 0 to 1.
#[track_caller]
pub fn by_group<K: Ord>(groups: &[K], fraction: f64, generator: &mut impl Rng) -> Split {
    stratified(groups, &vec![0; groups.len()], fraction, generator)
}

/// [`by_group`] for a validation and a test part: the given fractions of all examples.
///
/// # Panics
/// When the fractions or their sum are outside 0 to 1.
#[track_caller]
pub fn parts_by_group<K: Ord>(
    groups: &[K],
    validation: f64,
    test: f64,
    generator: &mut impl Rng,
) -> Parts {
    stratified_parts(groups, &vec![0; groups.len()], validation, test, generator)
}

/// The part, below `count`, of each example: every class is dealt out evenly over the parts, in an
/// order drawn with `generator`, and examples of equal content stay together, as in [`stratified`].
///
/// # Panics
/// When the lengths differ or `count` is 0.
#[track_caller]
pub fn dealt<K: Ord>(
    content: &[K],
    classes: &[usize],
    count: usize,
    generator: &mut impl Rng,
) -> Vec<usize> {
    assert!(count > 0, "split: 0 parts");
    let mut parts = vec![0; classes.len()];
    let groups = strata(content, classes)
        .into_values()
        .flat_map(|mut stratum| {
            stratum.shuffle(generator);
            stratum
        });
    for (next, group) in groups.enumerate() {
        for index in group {
            parts[index] = next % count;
        }
    }
    parts
}

/// Three parts of `steps` steps in the order of time: first `train`, then the given fraction for
/// `validation`, last that for `test`, both rounded to whole steps.
///
/// # Panics
/// When the fractions or their sum are outside 0 to 1.
#[track_caller]
pub fn in_time(steps: usize, validation: f64, test: f64) -> Periods {
    assert_fractions(&[validation, test]);
    let rounded = |fraction: f64| (fraction * steps as f64).round() as usize;
    let test = steps - rounded(test);
    let validation = test - rounded(validation).min(test);
    Periods {
        train: 0..validation,
        validation: validation..test,
        test: test..steps,
    }
}

/// The group of each example, where examples that share a key are in one group, directly or
/// through others: with keys `[[a, b], [b, c], [c], [d]]` the first three are. Groups are numbered
/// in the order of their first examples.
pub fn linked<K: Ord>(keys: &[Vec<K>]) -> Vec<usize> {
    let mut groups: Vec<usize> = Vec::with_capacity(keys.len());
    let mut members: Vec<Vec<usize>> = Vec::new();
    let mut known: BTreeMap<&K, usize> = BTreeMap::new();
    for (index, keys) in keys.iter().enumerate() {
        let group = members.len();
        groups.push(group);
        members.push(vec![index]);
        for key in keys {
            let other = groups[*known.entry(key).or_insert(index)];
            let [old, new] = [groups[index].max(other), groups[index].min(other)];
            if old != new {
                let moved = std::mem::take(&mut members[old]);
                for member in &moved {
                    groups[*member] = new;
                }
                members[new].extend(moved);
            }
        }
    }
    let mut numbers = BTreeMap::new();
    let numbered = groups.into_iter().map(|group| {
        let next = numbers.len();
        *numbers.entry(group).or_insert(next)
    });
    numbered.collect()
}

/// `text` in lower case without punctuation, words apart by one space: what texts that are equal
/// to a reader share.
pub fn normalised(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Draws each fraction of each class, in their order, by groups of equal content; the last part is
/// what is left.
#[track_caller]
fn drawn<K: Ord, const HELD_OUT: usize, const PARTS: usize>(
    content: &[K],
    classes: &[usize],
    fractions: [f64; HELD_OUT],
    generator: &mut impl Rng,
) -> [Vec<usize>; PARTS] {
    const { assert!(PARTS == HELD_OUT + 1) };
    assert_fractions(&fractions);
    let mut parts = [const { Vec::new() }; PARTS];
    for mut stratum in strata(content, classes).into_values() {
        let size: usize = stratum.iter().map(Vec::len).sum();
        let mut wanted = fractions.map(|fraction| (fraction * size as f64).round() as usize);
        stratum.shuffle(generator);
        for group in stratum {
            let fitting = wanted.iter().position(|left| group.len() <= *left);
            if let Some(part) = fitting {
                wanted[part] -= group.len();
            }
            parts[fitting.unwrap_or(HELD_OUT)].extend(group);
        }
    }
    for part in &mut parts {
        part.sort_unstable();
    }
    parts
}

/// By class, the groups of examples of equal content, in the order of the content.
#[track_caller]
fn strata<K: Ord>(content: &[K], classes: &[usize]) -> BTreeMap<usize, Vec<Vec<usize>>> {
    assert_eq!(
        content.len(),
        classes.len(),
        "split: one class for each example"
    );
    let mut groups: BTreeMap<&K, Vec<usize>> = BTreeMap::new();
    for (index, key) in content.iter().enumerate() {
        groups.entry(key).or_default().push(index);
    }
    let mut strata: BTreeMap<usize, Vec<Vec<usize>>> = BTreeMap::new();
    for group in groups.into_values() {
        strata.entry(classes[group[0]]).or_default().push(group);
    }
    strata
}

#[track_caller]
fn assert_fractions(fractions: &[f64]) {
    let total: f64 = fractions.iter().sum();
    let fit = fractions
        .iter()
        .all(|fraction| (0.0..=1.0).contains(fraction));
    // The sum of 0.1 and 0.9 may round to more than 1.
    assert!(
        fit && total <= 1.0 + 1e-9,
        "split: fractions {fractions:?} are not in 0..=1 together"
    );
}
