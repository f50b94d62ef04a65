//! The network: a vector for each word from the rows of its parts, cells in both directions over the
//! words, and a readout of their mean output.

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

/// A sentence as rows of the table, word by word, and what it says.
#[derive(Clone, Debug)]
pub(super) struct Encoded {
    /// The rows of each word, at least one.
    pub words: Vec<Vec<usize>>,
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

    /// The vectors of words, the mean of the rows of each; in training some are 0.
    fn vectors<'t>(
        &self,
        table: Var<'t, f32>,
        words: &[&[usize]],
        mode: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let rows: Vec<usize> = words.iter().flat_map(|rows| rows.iter().copied()).collect();
        let owners = words.iter().enumerate();
        let owners = owners.flat_map(|(word, rows)| std::iter::repeat_n(word, rows.len()));
        let owners: Vec<usize> = owners.collect();
        let tape = table.tape();
        let sums = tape
            .zeros([words.len(), self.size])
            .index_add(&owners, table.embedding(&rows));
        let mut hidden = || match mode {
            Mode::Train(rng) => rng.random::<f64>() < self.word_dropout,
            Mode::Evaluate => false,
        };
        let share = |rows: &&[usize]| {
            if hidden() {
                0.0
            } else {
                1.0 / rows.len() as f32
            }
        };
        let shares: Vec<f32> = words.iter().map(share).collect();
        sums * tape.constant([words.len(), 1], &shares)
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
        let words: Vec<Vec<&[usize]>> = sentences
            .iter()
            .map(|sentence| sentence.words.iter().map(|rows| &rows[..]).collect())
            .collect();
        let (words, lengths) = pack(&words, 1);
        let x = self.vectors(table, &words, mode);
        let x = dropout(x, &lengths, self.dropout, mode);
        let output = self.encoder.read(leaves, x, &lengths, mode);
        let mean = mean_over_steps(output, &lengths);
        let each = Lengths::equal(1, sentences.len());
        let mean = dropout(mean, &each, self.dropout, mode);
        self.readout.apply(&leaves.take(), mean)
    }
}
