//! How a name is chosen from what the network holds likely.
//!
//! Where nothing is likely, the most probable name is a poor answer: all its letters must be right
//! to be worth its probability. What is asked for are few edits, so the best answer under the model
//! is the name whose expected edit distance is least (minimum Bayes risk; Kumar & Byrne 2004).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use rayon::prelude::*;
use wengert_rnn::dropout::Mode;
use wengert_rnn::metrics::edit_distance;
use wengert_rnn::{Beam, Cell, Params, Sampler, Until};
use wengert_tape::Tape;

use super::model::{Captioner, Picture};
use crate::progress::Progress;
use crate::random::{Purpose, stream};

/// Pictures named at once.
const BLOCK: usize = 8;
/// Pictures between two steps of the progress.
const ROUND: usize = 4 * BLOCK;

/// How names are chosen.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Choice {
    /// Characters of a name, at most.
    pub longest: usize,
    /// Names that the search follows at once.
    pub beam: usize,
    /// Names drawn for each picture.
    pub samples: usize,
    /// Temperature at which they are drawn.
    pub temperature: f64,
    pub seed: u64,
}

/// A name for each picture, chosen in each way.
#[derive(Clone, Default, Debug)]
pub(super) struct Spelt {
    /// The most probable character at each step.
    pub greedy: Vec<Vec<usize>>,
    /// The most probable name that beam search finds.
    pub beam: Vec<Vec<usize>>,
    /// The name of the least expected edit distance.
    pub least: Vec<Vec<usize>>,
}

/// Names `pictures`.
pub(super) fn spell<C: Cell<f32> + Sync>(
    network: &Captioner<C>,
    params: &Params<f32>,
    pictures: &[Picture],
    choice: Choice,
    progress: &mut Progress,
) -> Result<Spelt> {
    let mut spelt = Spelt::default();
    // In rounds, between which a run can be stopped.
    for (round, pictures) in pictures.chunks(ROUND).enumerate() {
        progress.step("")?;
        let blocks: Vec<Spelt> = pictures
            .par_chunks(BLOCK)
            .enumerate()
            .map(|(block, pictures)| {
                let place = round * ROUND + block * BLOCK;
                spell_block(network, params, pictures, choice, place)
            })
            .collect();
        for block in blocks {
            spelt.greedy.extend(block.greedy);
            spelt.beam.extend(block.beam);
            spelt.least.extend(block.least);
        }
    }
    Ok(spelt)
}

/// Steps of the progress for so many pictures.
pub(super) fn rounds(pictures: usize) -> u64 {
    pictures.div_ceil(ROUND) as u64
}

/// Names a few pictures, the first of which is at `place` among all.
fn spell_block<C: Cell<f32> + Sync>(
    network: &Captioner<C>,
    params: &Params<f32>,
    pictures: &[Picture],
    choice: Choice,
    place: usize,
) -> Spelt {
    let mut rng = stream(choice.seed, Purpose::Generation);
    rng.set_word_pos((place as u128) << 40);
    let (start, stop) = (network.alphabet.start(), network.alphabet.stop());
    let until = Until::length(choice.longest).or_token(stop);
    let mut names = |copies: usize, sampler: &Sampler| {
        let tape = Tape::new();
        let mut leaves = params.bind(&tape);
        let copied = pictures.iter().flat_map(|p| std::iter::repeat_n(p, copies));
        let copied: Vec<&Picture> = copied.collect();
        let (state, w) = network.look(&tape, &mut leaves, &copied, &mut Mode::Evaluate);
        let prompts = vec![[start]; copied.len()];
        let decoder = &network.decoder;
        decoder.generate(&w, Some(&state), &prompts, sampler, until, &mut rng)
    };
    let greedy = names(1, &Sampler::greedy());
    let drawn = names(
        choice.samples,
        &Sampler::new().temperature(choice.temperature),
    );
    let beam = Beam::new(choice.beam, until);
    let searched = pictures.iter().map(|picture| {
        let tape = Tape::new();
        let mut leaves = params.bind(&tape);
        let (state, w) = network.look(&tape, &mut leaves, &[picture], &mut Mode::Evaluate);
        let found = network
            .decoder
            .beam_search(&w, Some(&state), &[start], &beam);
        found.into_iter().map(|found| found.tokens).collect()
    });
    let searched: Vec<Vec<Vec<usize>>> = searched.collect();
    let chosen = drawn
        .chunks(choice.samples)
        .zip(&searched)
        .zip(&greedy)
        .map(|((drawn, searched), greedy)| {
            let candidates = searched.iter().chain([greedy]).chain(drawn);
            least(&candidates.cloned().collect::<Vec<_>>(), drawn)
        });
    Spelt {
        least: chosen.collect(),
        beam: searched
            .into_iter()
            .map(|found| found.into_iter().next().unwrap_or_default())
            .collect(),
        greedy,
    }
}

/// That of `candidates` with the least sum of edit distances to `names`; of several the first in
/// alphabetical order. Empty without candidates.
pub(super) fn least(candidates: &[Vec<usize>], names: &[Vec<usize>]) -> Vec<usize> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_insert(0) += 1;
    }
    let cost = |candidate: &&Vec<usize>| -> usize {
        let names = counts.iter();
        names
            .map(|(name, count)| count * edit_distance(candidate, name))
            .sum()
    };
    let candidates: BTreeSet<&Vec<usize>> = candidates.iter().collect();
    let best = candidates.into_iter().min_by_key(cost);
    best.cloned().unwrap_or_default()
}
