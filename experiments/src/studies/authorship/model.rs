//! The network: reads a chunk in both directions, and tells its author by the mean of all states.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
use wengert_rnn::dropout::{Mode, dropout};
use wengert_rnn::loss::CrossEntropy;
use wengert_rnn::train::{Loss, Model};
use wengert_rnn::{Embedding, Leaves, Lengths, Linear, Params, pack};
use wengert_tape::{Tape, Var};

use super::tokens::{OTHER, TOKENS};
use crate::encoder::{Encoder, Kind, mean_over_steps};

/// Chunks judged at once.
const BLOCK: usize = 64;
/// Features of a token.
const FEATURES: usize = 16;

/// A chunk and its author, 0 or 1.
pub(super) struct Chunk {
    pub tokens: Vec<usize>,
    pub author: usize,
}

/// Embedding, layers in both directions, readout.
#[derive(Clone)]
pub(super) struct Reader {
    embedding: Embedding,
    encoder: Encoder,
    readout: Linear,
    dropout: f64,
    /// Rate at which tokens are made unknown in training.
    hide: f64,
}

impl Reader {
    /// Of `hidden` units in each direction.
    pub fn new(kind: Kind, hidden: usize, dropout: f64, hide: f64) -> Self {
        Self {
            embedding: Embedding::new(TOKENS, FEATURES),
            encoder: Encoder::bidirectional(kind, FEATURES, 1, hidden),
            readout: Linear::new(2 * hidden, 2),
            dropout,
            hide,
        }
    }

    pub fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        Params::new()
            .with_part("embedding.", self.embedding.init(rng))
            .with_part("encoder.", self.encoder.init(rng))
            .with_part("readout.", self.readout.init(rng))
    }

    /// The embedded tokens of chunks, and the logits [B, 2] of the authors.
    fn logits<'t>(
        &self,
        leaves: &mut Leaves<'t, f32>,
        (tokens, lengths): &(Vec<usize>, Lengths),
        mode: &mut Mode<'_>,
    ) -> (Var<'t, f32>, Var<'t, f32>) {
        let embedded = self.embedding.apply(&leaves.take(), tokens);
        let x = dropout(embedded, lengths, self.dropout, mode);
        let states = self.encoder.read(leaves, x, lengths, mode);
        let mean = mean_over_steps(states, lengths);
        let mean = dropout(
            mean,
            &Lengths::equal(1, lengths.batch()),
            self.dropout,
            mode,
        );
        (embedded, self.readout.apply(&leaves.take(), mean))
    }

    /// For each chunk ln p(author 1) - ln p(author 0), the authors being equally probable before.
    pub fn log_odds(&self, params: &Params<f32>, chunks: &[&[usize]]) -> Vec<f64> {
        let blocks: Vec<Vec<f64>> = chunks
            .par_chunks(BLOCK)
            .map(|block| {
                let tape = Tape::new();
                let leaves = &mut params.bind(&tape);
                let (_, logits) = self.logits(leaves, &pack(block, 1), &mut Mode::Evaluate);
                let logits = logits.to_vec();
                logits
                    .chunks(2)
                    .map(|pair| f64::from(pair[1]) - f64::from(pair[0]))
                    .collect()
            })
            .collect();
        blocks.concat()
    }

    /// What each kind of token adds to the log odds of `chunks`, about: of each token the change of
    /// its features from those of an unknown word, times the gradient of the log odds.
    pub fn contributions(&self, params: &Params<f32>, chunks: &[&[usize]]) -> Vec<f64> {
        let table = params.get("embedding.weight");
        let row = |token: usize| &table[token * FEATURES..(token + 1) * FEATURES];
        let blocks: Vec<Vec<f64>> = chunks
            .par_chunks(BLOCK)
            .map(|block| {
                let tape = Tape::new();
                let leaves = &mut params.bind(&tape);
                let packed = pack(block, 1);
                let (embedded, logits) = self.logits(leaves, &packed, &mut Mode::Evaluate);
                let embedded = embedded.retain();
                let odds = logits.slice(1, 1..2) - logits.slice(1, 0..1);
                odds.sum().backward();
                let gradient = embedded.grad().unwrap_or_default();
                let mut sums = vec![0.0; TOKENS];
                for (&token, gradient) in packed.0.iter().zip(gradient.chunks(FEATURES)) {
                    let features = row(token).iter().zip(row(OTHER)).zip(gradient);
                    sums[token] += features
                        .map(|((own, other), slope)| f64::from(own - other) * f64::from(*slope))
                        .sum::<f64>();
                }
                sums
            })
            .collect();
        let sum = |token| blocks.iter().map(|block| block[token]).sum();
        (0..TOKENS).map(sum).collect()
    }
}

impl Model<f32> for Reader {
    type Example = Chunk;

    fn loss<'t>(
        &self,
        _: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&Chunk],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        let mut tokens: Vec<Vec<usize>> = shard.iter().map(|chunk| chunk.tokens.clone()).collect();
        for token in tokens.iter_mut().flatten() {
            if rng.random::<f64>() < self.hide {
                *token = OTHER;
            }
        }
        let packed = pack(&tokens, 1);
        let (_, logits) = self.logits(leaves, &packed, &mut Mode::Train(rng));
        let authors: Vec<usize> = shard.iter().map(|chunk| chunk.author).collect();
        Loss::of_sum(CrossEntropy::new().of(logits, &authors).sum(), shard.len())
    }
}
