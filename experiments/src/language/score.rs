//! How probable a language model finds a text: with all that came before, or with a part of it.

use std::ops::Range;

use rayon::prelude::*;
use wengert_rnn::dropout::Mode;
use wengert_rnn::{Held, Lengths, Params, Rows, Targets, pack};
use wengert_tape::{Tape, Var};

use super::{Language, Layer, Weights, readout};

/// Symbols that are scored in one go.
const LANE: usize = 512;
/// Symbols before them that are read first: what is further back is forgotten.
const WARM: usize = 256;
/// Goes side by side: they are the rows of a matrix.
const LANES: usize = 32;
/// Steps on a tape.
const STEPS: usize = 64;
/// Contexts side by side.
const BLOCK: usize = 256;

/// A stretch of a text that one state reads.
#[derive(Clone, Copy)]
struct Lane {
    /// The next symbol to read.
    at: usize,
    /// The first symbol to score, and the end.
    scored: usize,
    end: usize,
}

impl<C: Layer> Language<C> {
    /// The natural logarithm of the probability of each symbol of `text[range]` after those before
    /// it: the state is carried on from at least 256 symbols before, where the text has them.
    ///
    /// # Panics
    /// If the range is outside the text, holds the first symbol, which nothing comes before, or a
    /// symbol is out of range.
    #[track_caller]
    pub fn log_probabilities(
        &self,
        params: &Params<f32>,
        text: &[usize],
        range: Range<usize>,
    ) -> Vec<f64> {
        assert!(
            range.start > 0 && range.end <= text.len(),
            "language: symbols {range:?} of {}, but nothing comes before the first",
            text.len()
        );
        let lane = |scored: usize| Lane {
            at: scored.saturating_sub(1 + WARM),
            scored,
            end: range.end.min(scored + LANE),
        };
        let lanes: Vec<Lane> = range.clone().step_by(LANE).map(lane).collect();
        let scored: Vec<Vec<f64>> = lanes
            .par_chunks(LANES)
            .flat_map_iter(|lanes| self.read(params, text, lanes))
            .collect();
        scored.concat()
    }

    /// The natural logarithm of the probability of each symbol `text[position]` after no more than
    /// the `length` symbols before it, read from a state of zeros.
    ///
    /// # Panics
    /// If a position is below `length` or not in the text, `length` is 0, or a symbol is out of
    /// range.
    #[track_caller]
    pub fn log_probabilities_after(
        &self,
        params: &Params<f32>,
        text: &[usize],
        positions: &[usize],
        length: usize,
    ) -> Vec<f64> {
        let blocks: Vec<Vec<f64>> = positions
            .par_chunks(BLOCK)
            .map(|positions| {
                let tape = Tape::new();
                let w: Weights<'_, f32, C> = params.bind(&tape).take();
                let contexts: Vec<&[usize]> =
                    positions.iter().map(|&p| &text[p - length..p]).collect();
                let (symbols, lengths) = pack(&contexts, 1);
                let run = self.run(&w, &symbols, &lengths, None, &mut Mode::Evaluate);
                let next: Vec<usize> = positions.iter().map(|&p| text[p]).collect();
                log_likelihoods(readout(&w, run.last()), &next)
            })
            .collect();
        blocks.concat()
    }

    /// Scores lanes side by side.
    fn read(&self, params: &Params<f32>, text: &[usize], lanes: &[Lane]) -> Vec<Vec<f64>> {
        let mut scores: Vec<Vec<f64>> = vec![Vec::new(); lanes.len()];
        let mut lanes: Vec<(usize, Lane)> = lanes.iter().copied().enumerate().collect();
        let mut held: Vec<Held<f32>> = Vec::new();
        let mut tape = Tape::new();
        while !lanes.is_empty() {
            tape.reset();
            let w: Weights<'_, f32, C> = params.bind(&tape).take();
            let parts = lanes
                .iter()
                .map(|(_, lane)| &text[lane.at..lane.end.min(lane.at + STEPS + 1)]);
            let targets = Targets::next(&parts.collect::<Vec<_>>());
            let lengths = targets.lengths();
            let states: Vec<_> = held.iter().map(|held| held.on(&tape)).collect();
            let initial = (!states.is_empty()).then_some(&states[..]);
            let mode = &mut Mode::Evaluate;
            let run = self.run(&w, targets.inputs(), lengths, initial, mode);
            let found = log_likelihoods(readout(&w, run.output()), targets.outputs());
            for ((t, b), score) in places(lengths).zip(found) {
                let (number, lane) = lanes[b];
                if lane.at + 1 + t >= lane.scored {
                    scores[number].push(score);
                }
            }
            for ((_, lane), steps) in lanes.iter_mut().zip(lengths.lengths()) {
                lane.at += steps;
            }
            let goes_on = |&b: &usize| lanes[b].1.at + 1 < lanes[b].1.end;
            let going: Vec<usize> = (0..lanes.len()).filter(goes_on).collect();
            held = run
                .finals()
                .iter()
                .map(|state| Held::of(state).pick(&going))
                .collect();
            lanes = going.iter().map(|&b| lanes[b]).collect();
        }
        scores
    }
}

/// Step and sample of each row of a packed batch.
fn places(lengths: &Lengths) -> impl Iterator<Item = (usize, usize)> {
    let steps = lengths.running().iter().enumerate();
    steps.flat_map(|(t, &running)| lengths.order()[..running].iter().map(move |&b| (t, b)))
}

fn log_likelihoods(logits: Var<'_, f32>, symbols: &[usize]) -> Vec<f64> {
    let losses = logits.cross_entropy_each(symbols).to_vec();
    losses.iter().map(|&loss| -f64::from(loss)).collect()
}
