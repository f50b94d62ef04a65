//! The network: an encoder in both directions, and a decoder that attends to what it read.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::attention::{Attending, AttendingWeights, General};
use wengert_rnn::dropout::{Mode, dropout};
use wengert_rnn::loss::CrossEntropy;
use wengert_rnn::train::{Loss, Model};
use wengert_rnn::{
    Cell, Embedding, InitialState, Leaves, Linear, Params, Stack, Targets, init, pack, unroll,
};
use wengert_tape::{Tape, Var};

use super::corpus::{Languages, Pair};
use super::lexical::Lexical;

/// The decoder's cell: attends to the encoder's outputs.
pub(super) type Attentive<C> = Attending<C, General>;

/// Sizes and noise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Features of a piece.
    pub embedding: usize,
    /// Units of the decoder, and of both directions of the encoder together.
    pub hidden: usize,
    /// Rate of dropout, of embeddings and of what is read out.
    pub dropout: f64,
    /// Rate at which pieces are hidden from the network in training.
    pub hide: f64,
    /// Probability that the target of the loss takes from the right piece and gives to all.
    pub smoothing: f64,
}

/// The encoder, the decoder, and what is between them.
#[derive(Clone)]
pub(super) struct Translator<C> {
    pub languages: Languages,
    /// What a table of pieces proposes, if one does.
    pub lexical: Option<Lexical>,
    sizes: Sizes,
    embedding: Embedding,
    encoder: Stack<C>,
    initial: InitialState,
    cell: Attentive<C>,
    summary: Linear,
}

/// What is recorded of sequences that the decoder was taught.
pub(super) struct Taught<'t> {
    /// The output of each step, packed: [N, hidden + source].
    pub output: Var<'t, f32>,
    /// The state after each step.
    pub states: Vec<Vec<Var<'t, f32>>>,
}

/// The weights with which the decoder writes.
pub(super) struct Writing<'t, C: Cell<f32>> {
    /// A row for each Spanish piece, read from and compared with: [V, D].
    embedding: Var<'t, f32>,
    /// How probable each is anywhere: [V].
    bias: Var<'t, f32>,
    pub cell: AttendingWeights<'t, f32, C, General>,
    summary: [Var<'t, f32>; 2],
}

impl<C: Cell<f32> + Cell<f64>> Translator<C> {
    /// `cell` makes a cell from the number of its inputs and of its units.
    pub fn new(
        languages: Languages,
        lexical: Option<Lexical>,
        sizes: Sizes,
        cell: fn(usize, usize) -> C,
    ) -> Self {
        let Sizes {
            embedding, hidden, ..
        } = sizes;
        let source = hidden / 2 * 2;
        let inner = cell(embedding + source, hidden);
        Self {
            embedding: Embedding::new(languages.read.len(), embedding),
            encoder: Stack::bidirectional(embedding, 1, |inputs| cell(inputs, hidden / 2)),
            initial: InitialState::new(source),
            cell: Attending::new(inner, General::new(hidden, source)),
            summary: Linear::new(hidden + source, embedding),
            languages,
            lexical,
            sizes,
        }
    }

    /// The decoder's cell.
    pub fn cell(&self) -> &Attentive<C> {
        &self.cell
    }

    pub fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        let (tokens, features) = (self.languages.written.len(), self.sizes.embedding);
        let written = Params::new()
            .with("weight", [tokens, features], |w| {
                init::gaussian(w, 1.0, features, rng);
            })
            .with("bias", [tokens], |_| {});
        Params::new()
            .with_part("written.", written)
            .with_part("decoder.", self.cell.init(rng))
            .with_part("summary.", self.summary.init(rng))
            .with_part("read.", self.embedding.init(rng))
            .with_part("encoder.", self.encoder.init(rng))
            .with_part("initial.", self.initial.init(self.cell.cell(), rng))
    }

    /// The decoder's weights, the first of the parameters.
    pub fn writing<'t>(leaves: &mut Leaves<'t, f32>) -> Writing<'t, C> {
        let [embedding, bias] = leaves.take();
        Writing {
            embedding,
            bias,
            cell: leaves.take(),
            summary: leaves.take(),
        }
    }

    /// Reads English pieces: the weights of the decoder, and its state before the first step.
    pub fn read<'t>(
        &self,
        leaves: &mut Leaves<'t, f32>,
        english: &[Vec<usize>],
        mode: &mut Mode<'_>,
    ) -> (Writing<'t, C>, Vec<Var<'t, f32>>) {
        let w = Self::writing(leaves);
        let (table, encoder, initial) = (leaves.take(), leaves.take(), leaves.take());
        let (pieces, lengths) = pack(english, 1);
        let mut numbers = self.languages.read.numbers(&pieces);
        self.hide(&mut numbers, mode);
        let x = self.embedding.apply(&table, &numbers);
        let x = dropout(x, &lengths, self.sizes.dropout, mode);
        let read = self
            .encoder
            .run(&encoder, x, &lengths, None, Mode::Evaluate);
        let source = dropout(read.output(), &lengths, self.sizes.dropout, mode);
        let first = self.initial.apply(self.cell.cell(), &initial, read.last());
        let state = self.cell.start(&w.cell, &first, source, &lengths);
        (w, state)
    }

    /// What goes into the decoder's cell for these numbers of pieces: [N, D].
    pub fn input<'t>(&self, w: &Writing<'t, C>, numbers: &[usize]) -> Var<'t, f32> {
        w.embedding.embedding(numbers) * (self.sizes.embedding as f64).sqrt()
    }

    /// From what comes out of it, the logits [N, V] of the numbers of pieces.
    pub fn logits<'t>(&self, w: &Writing<'t, C>, output: Var<'t, f32>) -> Var<'t, f32> {
        let summary = self.summary.apply(&w.summary, output).tanh();
        summary.linear(w.embedding.t(), w.bias)
    }

    /// The decoder taught numbers of pieces, with dropout in training.
    pub fn teach<'t>(
        &self,
        (w, first): &(Writing<'t, C>, Vec<Var<'t, f32>>),
        targets: &Targets,
        mode: &mut Mode<'_>,
    ) -> Taught<'t> {
        let (lengths, rate) = (targets.lengths(), self.sizes.dropout);
        let mut inputs = targets.inputs().to_vec();
        self.hide(&mut inputs, mode);
        let x = dropout(self.input(w, &inputs), lengths, rate, mode);
        let run = unroll(&self.cell, &w.cell, x, lengths, Some(first));
        Taught {
            output: dropout(run.output(), lengths, rate, mode),
            states: run.states,
        }
    }

    /// Makes pieces unknown, in training.
    fn hide(&self, numbers: &mut [usize], mode: &mut Mode<'_>) {
        let Mode::Train(rng) = mode else { return };
        for number in numbers {
            if rng.random::<f64>() < self.sizes.hide {
                *number = 0;
            }
        }
    }

    /// English pieces of each pair.
    pub fn sources(&self, pairs: &[&Pair]) -> Vec<Vec<usize>> {
        let encode = |pair: &&Pair| self.languages.encode(&pair.english);
        pairs.iter().map(encode).collect()
    }
}

impl<C: Cell<f32> + Cell<f64> + Sync> Model<f32> for Translator<C> {
    /// English and Spanish pieces.
    type Example = (Vec<usize>, Vec<usize>);

    fn loss<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&Self::Example],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        let written = &self.languages.written;
        let (sources, pieces): (Vec<_>, Vec<_>) = shard.iter().copied().cloned().unzip();
        let numbers: Vec<_> = pieces
            .iter()
            .map(|pieces| written.numbers(pieces))
            .collect();
        let targets = self.languages.targets(&numbers);
        let mode = &mut Mode::Train(rng);
        let read = self.read(leaves, &sources, mode);
        let taught = self.teach(&read, &targets, mode);
        let mut logits = self.logits(&read.0, taught.output);
        if let Some(lexical) = &self.lexical {
            let looked = taught.states.iter().map(|s| self.cell.alignment(s));
            let looked: Vec<_> = looked.collect();
            let verses = [&sources[..], &numbers];
            logits = logits + lexical.proposals(tape, verses, &looked, targets.lengths());
        }
        let losses = CrossEntropy::new()
            .ignore(0)
            .smoothing(self.sizes.smoothing);
        let losses = losses.of(logits, targets.outputs());
        Loss::of_sum(losses.sum(), targets.outputs().len())
    }
}
