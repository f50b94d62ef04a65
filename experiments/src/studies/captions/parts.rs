//! The pictures in three parts, with their names as tokens and the frequent words of these.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Result, ensure};

use super::Config;
use super::model::{Alphabet, Picture};
use crate::data::emoji::{self, Emoji, groups, on_white};
use crate::data::split;
use crate::random::{Purpose, stream};

/// Names that a word must be in to be frequent.
const FREQUENT: usize = 4;

/// Pictures with their names.
pub(super) struct Parts {
    pub alphabet: Alphabet,
    pub train: Vec<Picture>,
    pub validation: Vec<Picture>,
    pub test: Vec<Picture>,
    /// Categories of the test pictures.
    pub categories: Vec<String>,
}

/// Of each category the same fraction for each part, by groups of variants.
pub(super) fn parted(config: &Config) -> Result<Parts> {
    let path = |path: &Option<String>| path.clone().map(PathBuf::from);
    let [pictures, names] = [&config.pictures, &config.names].map(path);
    let mut all = emoji::load(pictures.as_deref(), names.as_deref())?;
    all.retain(|emoji| emoji.category != "Flags");
    let count = config.count.unwrap_or(usize::MAX).min(all.len());
    let used: Vec<Emoji> = (0..count)
        .map(|i| all[i * all.len() / count].clone())
        .collect();

    let mut known: Vec<&str> = used.iter().map(|emoji| &emoji.category[..]).collect();
    known.sort_unstable();
    known.dedup();
    let place = |emoji: &Emoji| known.iter().position(|name| *name == emoji.category);
    let categories: Vec<usize> = used.iter().filter_map(place).collect();
    let mut random = stream(config.seed, Purpose::Split);
    let fractions = (config.validation, config.held_out);
    let parts = split::stratified_parts(
        &groups(&used),
        &categories,
        fractions.0,
        fractions.1,
        &mut random,
    );
    let alphabet = Alphabet::of(used.iter().map(|emoji| &emoji.name[..]));
    let words = frequent(parts.train.iter().map(|i| &used[*i].name[..]));
    let chosen = |part: &[usize]| -> Vec<Picture> {
        let pictures = part.iter().map(|i| picture(&used[*i], &alphabet, &words));
        pictures.collect()
    };
    let chosen = Parts {
        train: chosen(&parts.train),
        validation: chosen(&parts.validation),
        test: chosen(&parts.test),
        categories: parts
            .test
            .iter()
            .map(|i| used[*i].category.clone())
            .collect(),
        alphabet,
    };
    ensure!(
        ![&chosen.train, &chosen.validation, &chosen.test]
            .iter()
            .any(|part| part.is_empty()),
        "{count} pictures are too few for validation={} and held_out={} of them",
        config.validation,
        config.held_out
    );
    Ok(chosen)
}

/// The words that are in at least [`FREQUENT`] of `names`, or all if none is.
fn frequent<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut counts = BTreeMap::new();
    for name in names {
        let words: BTreeSet<&str> = name.split(' ').collect();
        for word in words {
            *counts.entry(word).or_insert(0) += 1;
        }
    }
    let most = counts.values().copied().max().unwrap_or(0);
    let enough = counts
        .into_iter()
        .filter(|(_, count)| *count >= FREQUENT.min(most));
    enough.map(|(word, _)| word).collect()
}

fn picture(emoji: &Emoji, alphabet: &Alphabet, words: &[&str]) -> Picture {
    let pixels = on_white(emoji);
    let own: BTreeSet<&str> = emoji.name.split(' ').collect();
    let own = words
        .iter()
        .map(|word| f32::from(u8::from(own.contains(word))));
    Picture {
        pixels: pixels.iter().map(|value| value.round() as u8).collect(),
        name: alphabet.encode(&emoji.name),
        words: own.collect(),
    }
}
