//! The network: a learned vector for each word, cells in both directions over the words, and a readout
//! of their mean output.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::dropout::{Mode, dropout};
use wengert_rnn::{Leaves, Lengths, Linear, Params, init, pack};
use wengert_tape::{Tape, Var};

use super::Config;
use crate::classify::Classifier;
use crate::committee::Learner;
use crate::encoder::{Encoder, mean_over_steps};

/// Standard deviation of the rows at first: small, so that a row that training never saw says
/// little.
const SPREAD: f64 = 0.1;

/// A sentence as rows of the table of words, and what it says.
#[derive(Clone, Debug)]
pub(super) struct Encoded {
    /// At least one.
    pub words: Vec<usize>,
    pub positive: bool,
}

/// Reads a sentence and tells whether it is good news: class 1.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    rows: usize,
    size: usize,
    encoder: Encoder,
    readout: Linear,
    /// Fractions of the words and of the features that are dropped in training.
    word_dropout: f64,
    dropout: f64,
}

impl Reader {
    /// Over a table of so many rows.
    pub fn new(rows: usize, config: &Config) -> Self {
        Self {
            rows,
            size: config.embedding,
            encoder: Encoder::bidirectional(config.cell, config.embedding, 1, config.hidden),
            readout: Linear::new(2 * config.hidden, 2),
            word_dropout: config.word_dropout,
            dropout: config.dropout,
        }
    }
}

impl Learner for Reader {
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        let table = Params::new().with("table", [self.rows, self.size], |table| {
            init::gaussian(table, SPREAD, 1, rng);
        });
        table
            .with_part("encoder.", self.encoder.init(rng))
            .with_part("readout.", self.readout.init(rng))
    }
}

impl Classifier for Reader {
    type Example = Encoded;

    fn classes(&self) -> usize {
        2
    }

    fn class(sentence: &Encoded) -> usize {
        usize::from(sentence.positive)
    }

    fn logits<'t>(
        &self,
        _: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        sentences: &[&Encoded],
        mode: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let table: Var<f32> = leaves.take();
        let words: Vec<&[usize]> = sentences.iter().map(|s| &s.words[..]).collect();
        let (mut words, lengths) = pack(&words, 1);
        if let Mode::Train(rng) = mode {
            for word in &mut words {
                // What is not shown is a word like any that is not known.
                if rng.random::<f64>() < self.word_dropout {
                    *word = 0;
                }
            }
        }
        let x = table.embedding(&words);
        let x = dropout(x, &lengths, self.dropout, mode);
        let output = self.encoder.read(leaves, x, &lengths, mode);
        let mean = mean_over_steps(output, &lengths);
        let each = Lengths::equal(1, sentences.len());
        let mean = dropout(mean, &each, self.dropout, mode);
        self.readout.apply(&leaves.take(), mean)
    }
}
