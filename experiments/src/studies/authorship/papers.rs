//! The papers by who wrote them, in folds, and in chunks.

use anyhow::{Result, ensure};
use rand::seq::SliceRandom;

use super::tokens::tokens;
use crate::data::federalist::Paper;
use crate::random::{Purpose, stream};

/// What is known of who wrote a paper.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Origin {
    /// One of the two authors, and the fold that the paper is held out in.
    Known { author: usize, fold: usize },
    /// Disputed; held to be by this author.
    Disputed { author: usize },
    /// Both authors, or one of them and another.
    Joint,
}

/// A paper as the studies see it.
pub(super) struct Sample {
    pub number: u32,
    pub origin: Origin,
    /// Function words and the like.
    pub tokens: Vec<usize>,
    /// All characters, in lower case.
    pub characters: Vec<char>,
}

/// The papers of two authors.
pub(super) struct Papers {
    /// Author 0, of the most known papers, and author 1, of the next.
    pub authors: [String; 2],
    pub samples: Vec<Sample>,
}

impl Papers {
    /// The papers of the two authors of most known papers; those of each are dealt to so many
    /// folds at random. Papers by others alone are left out.
    pub fn new(papers: &[Paper], folds: usize, seed: u64) -> Result<Self> {
        let authors = two(papers)?;
        let mut samples = Vec::new();
        for paper in papers {
            let author = authors.iter().position(|author| *author == paper.author);
            let origin = match author {
                Some(author) if paper.disputed => Origin::Disputed { author },
                Some(author) => Origin::Known { author, fold: 0 },
                None if authors.iter().any(|author| paper.author.contains(author)) => Origin::Joint,
                None => continue,
            };
            samples.push(Sample {
                number: paper.number,
                origin,
                tokens: tokens(&paper.text),
                characters: paper.text.to_lowercase().chars().collect(),
            });
        }
        deal(&mut samples, folds, seed)?;
        Ok(Self { authors, samples })
    }

    /// The known papers with their authors, those of a fold or all others.
    pub fn known(&self, held_out: impl Fn(usize) -> bool) -> Vec<(&Sample, usize)> {
        let known = self
            .samples
            .iter()
            .filter_map(|sample| match sample.origin {
                Origin::Known { author, fold } if held_out(fold) => Some((sample, author)),
                _ => None,
            });
        known.collect()
    }
}

/// The two authors of most known papers, of several the first by name.
fn two(papers: &[Paper]) -> Result<[String; 2]> {
    let known = || papers.iter().filter(|paper| !paper.disputed);
    let mut names: Vec<&str> = known().map(|paper| paper.author.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let count = |name: &str| known().filter(|paper| paper.author == name).count();
    names.sort_by_key(|name| std::cmp::Reverse(count(name)));
    ensure!(
        names.len() >= 2,
        "known papers of {} authors; two are needed",
        names.len()
    );
    Ok([names[0], names[1]].map(String::from))
}

/// Deals the known papers of each author to the folds.
fn deal(samples: &mut [Sample], folds: usize, seed: u64) -> Result<()> {
    let mut random = stream(seed, Purpose::Split);
    for wanted in 0..2 {
        let mut own: Vec<&mut Sample> = samples
            .iter_mut()
            .filter(|s| matches!(s.origin, Origin::Known { author, .. } if author == wanted))
            .collect();
        ensure!(
            own.len() >= folds,
            "{} known papers of an author cannot be in {folds} folds",
            own.len()
        );
        own.shuffle(&mut random);
        for (place, sample) in own.iter_mut().enumerate() {
            let fold = place % folds;
            sample.origin = Origin::Known {
                author: wanted,
                fold,
            };
        }
    }
    Ok(())
}

/// Chunks of about so many tokens, all of a text, about equally long.
pub(super) fn chunks(tokens: &[usize], length: usize) -> Vec<&[usize]> {
    let count = ((tokens.len() as f64 / length as f64).round() as usize).max(1);
    let ends = (0..=count).map(|i| i * tokens.len() / count);
    let ends: Vec<usize> = ends.collect();
    ends.windows(2)
        .map(|ends| &tokens[ends[0]..ends[1]])
        .collect()
}
