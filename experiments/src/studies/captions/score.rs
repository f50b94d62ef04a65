//! What the pictures are called, by the network and without it, and how far that is from the truth.

use wengert_rnn::metrics::error_rate;

use super::beside::{medoid, nearest_names};
use super::model::Picture;
use super::parts::Parts;
use super::spell::Spelt;
use crate::table;
use crate::verdict::{Accept, Check, Verdict};

/// What somebody calls the pictures.
pub(super) struct Captioned {
    pub who: &'static str,
    /// Its error rate on the validation pictures.
    pub validation: f64,
    /// Names of the test pictures.
    pub names: Vec<Vec<usize>>,
    /// Edits for each character of the true names.
    pub error: f64,
}

impl Captioned {
    fn new(
        who: &'static str,
        validated: &[Vec<usize>],
        names: Vec<Vec<usize>>,
        parts: &Parts,
    ) -> Self {
        Self {
            who,
            validation: error_rate(validated, &true_names(&parts.validation)),
            error: error_rate(&names, &true_names(&parts.test)),
            names,
        }
    }
}

/// The names that the network gives, chosen in three ways.
pub(super) fn ways(validated: Spelt, found: Spelt, parts: &Parts) -> [Captioned; 3] {
    let way = |who, validated: Vec<_>, found| Captioned::new(who, &validated, found, parts);
    [
        way("network, greedy", validated.greedy, found.greedy),
        way("network, beam search", validated.beam, found.beam),
        way(
            "network, fewest expected edits",
            validated.least,
            found.least,
        ),
    ]
}

/// The names that are given without a network: the nearest picture's, and one for all.
pub(super) fn without_network(parts: &Parts) -> [Captioned; 2] {
    let known = &parts.train;
    let (constant, near) = (medoid(known), nearest_names);
    [
        Captioned::new(
            "nearest picture's name",
            &near(known, &parts.validation),
            near(known, &parts.test),
            parts,
        ),
        Captioned::new(
            "best name for all",
            &vec![constant.clone(); parts.validation.len()],
            vec![constant; parts.test.len()],
            parts,
        ),
    ]
}

/// The error rate if each test picture were called what another of them is called: how much of
/// the score is owed to the picture.
pub(super) fn exchanged(captioned: &Captioned, test: &[Picture]) -> f64 {
    let mut names = captioned.names.clone();
    names.rotate_left(test.len() / 2);
    error_rate(&names, &true_names(test))
}

fn true_names(pictures: &[Picture]) -> Vec<&[usize]> {
    pictures.iter().map(|picture| &picture.name[..]).collect()
}

pub(super) fn table<'a>(
    all: impl Iterator<Item = &'a Captioned>,
    chosen: &Captioned,
    exchanged: f64,
    parts: &Parts,
) -> String {
    let truth = true_names(&parts.test);
    let share = |names: &[Vec<usize>], right: &dyn Fn(&[usize], &[usize]) -> bool| {
        let count = names
            .iter()
            .zip(&truth)
            .filter(|(name, truth)| right(name, truth));
        format!("{:.1} %", 100.0 * count.count() as f64 / truth.len() as f64)
    };
    let one_word = |name: &[usize], truth: &[usize]| {
        let [name, truth] = [name, truth].map(|name| parts.alphabet.decode(name));
        let words: Vec<&str> = truth.split(' ').collect();
        name.split(' ').any(|word| words.contains(&word))
    };
    let row = |captioned: &Captioned| {
        [
            captioned.who.to_owned(),
            format!("{:.3}", captioned.validation),
            format!("{:.3}", captioned.error),
            share(&captioned.names, &|name, truth| name == truth),
            share(&captioned.names, &one_word),
        ]
    };
    let last = [
        format!("{}, of another picture", chosen.who),
        String::new(),
        format!("{exchanged:.3}"),
        String::new(),
        String::new(),
    ];
    table::align(
        &[
            "edits per character",
            "validation",
            "test",
            "exact",
            "one word right",
        ],
        all.map(row).chain([last]),
    )
}

pub(super) fn verdict(
    chosen: &Captioned,
    [nearest, constant]: &[Captioned; 2],
    exchanged: f64,
) -> Verdict {
    Verdict::new(vec![
        Check::new(
            "edits per character saved beside the nearest picture's name",
            "the same split",
            Accept::AtLeast(0.0),
            nearest.error - chosen.error,
        ),
        Check::new(
            "edits per character saved beside the best name for all",
            "the same split",
            Accept::AtLeast(0.0),
            constant.error - chosen.error,
        ),
        Check::new(
            "edits per character saved by looking at the right picture",
            "the same names, each given to another picture",
            Accept::AtLeast(0.0),
            exchanged - chosen.error,
        ),
    ])
}
