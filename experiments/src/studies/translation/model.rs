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
use crate::data::bpe::UNKNOWN;

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

/// The weights with which the decoder writes.
pub(super) struct Writing<'t, C: Cell<f32>> {
    /// A row for each Spanish piece, read from and compared with: [tokens, D].
    embedding: Var<'t, f32>,
    /// How probable each is anywhere: [tokens].
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
            embedding: Embedding::new(languages.tokens(), embedding),
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
        let (tokens, features) = (self.languages.tokens(), self.sizes.embedding);
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
    pub fn writing<'t>(&self, leaves: &mut Leaves<'t, f32>) -> Writing<'t, C> {
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
        let w = self.writing(leaves);
        let (table, encoder, initial) = (leaves.take(), leaves.take(), leaves.take());
        let (mut tokens, lengths) = pack(english, 1);
        self.hide(&mut tokens, mode);
        let x = self.embedding.apply(&table, &tokens);
        let x = dropout(x, &lengths, self.sizes.dropout, mode);
        let read = self
            .encoder
            .run(&encoder, x, &lengths, None, Mode::Evaluate);
        let source = dropout(read.output(), &lengths, self.sizes.dropout, mode);
        let first = self.initial.apply(self.cell.cell(), &initial, read.last());
        let state = self.cell.start(&w.cell, &first, source, &lengths);
        (w, state)
    }

    /// What goes into the decoder's cell: [N, D].
    pub fn input<'t>(&self, w: &Writing<'t, C>, tokens: &[usize]) -> Var<'t, f32> {
        w.embedding.embedding(tokens) * (self.sizes.embedding as f64).sqrt()
    }

    /// The logits [N, tokens] of what comes out of it, without those of the table.
    pub fn logits<'t>(&self, w: &Writing<'t, C>, output: Var<'t, f32>) -> Var<'t, f32> {
        let summary = self.summary.apply(&w.summary, output).tanh();
        summary.linear(w.embedding.t(), w.bias)
    }

    /// The decoder taught `targets`, with dropout in training: the logits of each step, packed, and
    /// the states.
    pub fn teach<'t>(
        &self,
        (w, first): &(Writing<'t, C>, Vec<Var<'t, f32>>),
        targets: &Targets,
        mode: &mut Mode<'_>,
    ) -> (Var<'t, f32>, Vec<Vec<Var<'t, f32>>>) {
        let (lengths, rate) = (targets.lengths(), self.sizes.dropout);
        let mut inputs = targets.inputs().to_vec();
        self.hide(&mut inputs, mode);
        let x = dropout(self.input(w, &inputs), lengths, rate, mode);
        let run = unroll(&self.cell, &w.cell, x, lengths, Some(first));
        let output = dropout(run.output(), lengths, rate, mode);
        (self.logits(w, output), run.states)
    }

    /// Replaces pieces by the unknown one, in training.
    fn hide(&self, tokens: &mut [usize], mode: &mut Mode<'_>) {
        let Mode::Train(rng) = mode else { return };
        for token in tokens {
            if rng.random::<f64>() < self.sizes.hide {
                *token = UNKNOWN;
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
    type Example = Pair;

    fn loss<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&Pair],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        let languages = &self.languages;
        let (mut sources, mut targets) = (Vec::new(), Vec::new());
        for pair in shard {
            sources.push(languages.encode_randomly(&pair.english, rng));
            targets.push(languages.encode_randomly(&pair.spanish, rng));
        }
        let targets = Targets::delimited(languages.start(), &targets, languages.stop());
        let mode = &mut Mode::Train(rng);
        let read = self.read(leaves, &sources, mode);
        let (mut logits, states) = self.teach(&read, &targets, mode);
        if let Some(lexical) = &self.lexical {
            let looked: Vec<_> = states.iter().map(|s| self.cell.alignment(s)).collect();
            logits = logits + lexical.proposals(tape, &sources, &looked, targets.lengths());
        }
        let losses = CrossEntropy::new().smoothing(self.sizes.smoothing);
        let losses = losses.of(logits, targets.outputs());
        Loss::of_sum(losses.sum(), targets.outputs().len())
    }
}
