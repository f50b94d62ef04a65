//! What can be had without a network: even guessing, repeating, and a Markov chain for each voice.

use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
use wengert_rnn::Sampler;

use super::keyboard::{Chord, Keyboard, transposed};
use super::score::{PLACES, Score};
use crate::baselines::ngram::Ngrams;
use crate::data::chorales::VOICES;

/// The longest context of a chain, in steps.
pub const LONGEST: usize = 10;

/// Every symbol of a voice alike.
pub fn even(sizes: [usize; VOICES], pieces: &[Vec<Chord>]) -> Score {
    let loss = sizes.map(|size| (size as f64).ln());
    let losses: Vec<_> = pieces.iter().map(|piece| vec![loss; piece.len()]).collect();
    Score::new(pieces, &losses)
}

/// The symbol before once more, with the probability that it has in `train`; else every other alike.
pub fn repeating(sizes: [usize; VOICES], train: &[Vec<Chord>], pieces: &[Vec<Chord>]) -> Score {
    let pairs = || train.iter().flat_map(|piece| piece.windows(2));
    let total = pairs().count() as f64;
    let repeated = |v: usize| pairs().filter(|pair| pair[0][v] == pair[1][v]).count() as f64;
    let p = [0, 1, 2, 3].map(|v| repeated(v) / total);
    let losses = pieces.iter().map(|piece| {
        let first = sizes.map(|size| (size as f64).ln());
        let next = |pair: &[Chord]| {
            [0, 1, 2, 3].map(|v| {
                if pair[0][v] == pair[1][v] {
                    -p[v].ln()
                } else {
                    -((1.0 - p[v]) / (sizes[v] - 1) as f64).ln()
                }
            })
        };
        let next = piece.windows(2).map(next);
        std::iter::once(first).chain(next).collect()
    });
    Score::new(pieces, &losses.collect::<Vec<_>>())
}

/// A Markov chain for each voice, which knows nothing of the other voices.
pub struct Chains([Chain; VOICES]);

/// The chain of one voice.
struct Chain {
    voice: usize,
    /// Symbols of the voice.
    size: usize,
    /// Places in the quarter that are told apart: 1 or [`PLACES`].
    places: usize,
    ngrams: Ngrams,
    order: usize,
    /// Whether it has learnt from transpositions.
    transposed: bool,
}

impl Chains {
    /// Chains learnt from `train`. For each voice the order, up to [`LONGEST`], and whether
    /// transpositions by up to `most` semitones are learnt from too, are those of the least loss in
    /// `validation`. With `metre`, a symbol at another place of the quarter is another symbol.
    pub fn choose(
        keyboard: &Keyboard,
        [train, validation]: [&[Vec<Chord>]; 2],
        most: i32,
        metre: bool,
    ) -> Self {
        let moved: Vec<Vec<Chord>> = train
            .iter()
            .flat_map(|piece| {
                let shifts = keyboard.transpositions(piece, most).into_iter();
                shifts.map(|shift| {
                    piece
                        .iter()
                        .map(|chord| transposed(*chord, shift))
                        .collect()
                })
            })
            .collect();
        let chosen = [0, 1, 2, 3].map(|voice| {
            let size = keyboard.sizes()[voice];
            let places = if metre { PLACES } else { 1 };
            let candidates = [(train, false), (&moved[..], true)].map(|(pieces, transposed)| {
                let lines: Vec<Vec<usize>> = pieces
                    .iter()
                    .map(|piece| coded(piece.iter().map(|chord| chord[voice]), places))
                    .collect();
                Chain {
                    voice,
                    size,
                    places,
                    ngrams: Ngrams::count(size * places, LONGEST, &lines),
                    order: 1,
                    transposed,
                }
            });
            let tried = candidates
                .into_iter()
                .map(|chain| chain.best_order(validation));
            let best = tried.min_by(|a, b| a.0.total_cmp(&b.0));
            best.expect("two were tried").1
        });
        Self(chosen)
    }

    /// What the chains are worth on `pieces`.
    pub fn score(&self, pieces: &[Vec<Chord>]) -> Score {
        let losses: Vec<Vec<[f64; VOICES]>> = pieces
            .par_iter()
            .map(|piece| {
                let voices = self
                    .0
                    .each_ref()
                    .map(|chain| chain.losses(piece, chain.order));
                (0..piece.len())
                    .map(|t| [0, 1, 2, 3].map(|v: usize| voices[v][t]))
                    .collect()
            })
            .collect();
        Score::new(pieces, &losses)
    }

    /// The order of each voice, with a `+` where transpositions were learnt from.
    pub fn orders(&self) -> String {
        let order = |chain: &Chain| {
            let sign = if chain.transposed { "+" } else { "" };
            format!("{}{sign}", chain.order)
        };
        self.0.each_ref().map(order).join(", ")
    }

    /// Goes on with `prompt`, each voice on its own, until there are `steps` chords.
    pub fn improvise(
        &self,
        prompt: &[Chord],
        steps: usize,
        sampler: &Sampler,
        rng: &mut ChaCha8Rng,
    ) -> Vec<Chord> {
        let mut chords = prompt.to_vec();
        for t in prompt.len()..steps {
            let next = self.0.each_ref().map(|chain| {
                let history = coded(chords.iter().map(|chord| chord[chain.voice]), chain.places);
                let p = chain.probabilities(&history, t, chain.order);
                let logs: Vec<f64> = p.into_iter().map(f64::ln).collect();
                sampler.choose(&logs, rng)
            });
            chords.push(next);
        }
        chords
    }
}

impl Chain {
    /// With the order of the least loss in `pieces`, and that loss.
    fn best_order(self, pieces: &[Vec<Chord>]) -> (f64, Self) {
        let loss = |order: usize| -> f64 {
            let losses: Vec<Vec<f64>> = pieces
                .par_iter()
                .map(|piece| self.losses(piece, order))
                .collect();
            losses.iter().flatten().sum()
        };
        let tried = (1..=LONGEST).map(|order| (loss(order), order));
        let best = tried.min_by(|a, b| a.0.total_cmp(&b.0));
        let (loss, order) = best.expect("orders were tried");
        (loss, Self { order, ..self })
    }

    /// -ln p of each step of the voice.
    fn losses(&self, piece: &[Chord], order: usize) -> Vec<f64> {
        let line = coded(piece.iter().map(|chord| chord[self.voice]), self.places);
        let loss = |t: usize| {
            let p = self.probabilities(&line[..t], t, order);
            -p[piece[t][self.voice]].ln()
        };
        (0..piece.len()).map(loss).collect()
    }

    /// The probability of each symbol at step t, whose place is known.
    fn probabilities(&self, history: &[usize], t: usize, order: usize) -> Vec<f64> {
        let all = self.ngrams.chain(order).probabilities(history);
        let here = all[t % self.places..].iter().step_by(self.places);
        let sum: f64 = here.clone().sum();
        let p: Vec<f64> = here.map(|p| p / sum).collect();
        debug_assert_eq!(p.len(), self.size);
        p
    }
}

/// Symbols of a line with their places in the quarter.
fn coded(line: impl Iterator<Item = usize>, places: usize) -> Vec<usize> {
    let coded = line
        .enumerate()
        .map(|(t, symbol)| symbol * places + t % places);
    coded.collect()
}
