//! The network: an encoder in both directions, and a decoder that attends to what it read.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::attention::{Attending, General};
use wengert_rnn::dropout::{Mode, dropout};
use wengert_rnn::loss::CrossEntropy;
use wengert_rnn::train::{Loss, Model};
use wengert_rnn::{
    Cell, Decoder, DecoderWeights, Embedding, InitialState, Leaves, Params, Stack, Targets, pack,
    unroll,
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
    decoder: Decoder<Attentive<C>>,
}

/// The encoder has read: the decoder's weights and its state before the first step.
pub(super) struct Read<'t, C: Cell<f32>> {
    pub weights: DecoderWeights<'t, f32, Attentive<C>>,
    pub state: Vec<Var<'t, f32>>,
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
        let attentive = Attending::new(inner, General::new(hidden, source));
        Self {
            embedding: Embedding::new(languages.english.len(), embedding),
            encoder: Stack::bidirectional(embedding, 1, |inputs| cell(inputs, hidden / 2)),
            initial: InitialState::new(source),
            decoder: Decoder::new(languages.tokens(), attentive),
            languages,
            lexical,
            sizes,
        }
    }

    pub fn decoder(&self) -> &Decoder<Attentive<C>> {
        &self.decoder
    }

    pub fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        let inner = self.decoder.cell().cell();
        Params::new()
            .with_part("decoder.", self.decoder.init(rng))
            .with_part("embedding.", self.embedding.init(rng))
            .with_part("encoder.", self.encoder.init(rng))
            .with_part("initial.", self.initial.init(inner, rng))
    }

    /// Reads English pieces.
    pub fn read<'t>(
        &self,
        leaves: &mut Leaves<'t, f32>,
        english: &[Vec<usize>],
        mode: &mut Mode<'_>,
    ) -> Read<'t, C> {
        let weights = self.writing(leaves);
        let (table, u, initial) = (leaves.take(), leaves.take(), leaves.take());
        let (mut tokens, lengths) = pack(english, 1);
        self.hide(&mut tokens, mode);
        let x = self.embedding.apply(&table, &tokens);
        let x = dropout(x, &lengths, self.sizes.dropout, mode);
        let read = self.encoder.run(&u, x, &lengths, None, Mode::Evaluate);
        let source = dropout(read.output(), &lengths, self.sizes.dropout, mode);
        let inner = self.decoder.cell().cell();
        let first = self.initial.apply(inner, &initial, read.last());
        let state = self.decoder.start(&weights, &first, source, &lengths);
        Read { weights, state }
    }

    /// The decoder's weights, the first of the parameters.
    pub fn writing<'t>(
        &self,
        leaves: &mut Leaves<'t, f32>,
    ) -> DecoderWeights<'t, f32, Attentive<C>> {
        leaves.take()
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
        let english = &self.languages.english;
        let encode = |pair: &&Pair| self.languages.encode(english, &pair.english, None);
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
        let Languages {
            english, spanish, ..
        } = &self.languages;
        let (mut sources, mut targets) = (Vec::new(), Vec::new());
        for pair in shard {
            sources.push(self.languages.encode(english, &pair.english, Some(rng)));
            targets.push(self.languages.encode(spanish, &pair.spanish, Some(rng)));
        }
        let targets = Targets::delimited(self.languages.start(), &targets, self.languages.stop());
        let mode = &mut Mode::Train(rng);
        let Read { weights, state } = self.read(leaves, &sources, mode);
        let mut inputs = targets.inputs().to_vec();
        self.hide(&mut inputs, mode);
        let x = weights.embedding.embedding(&inputs);
        let x = dropout(x, targets.lengths(), self.sizes.dropout, mode);
        let cell = self.decoder.cell();
        let run = unroll(cell, &weights.cell, x, targets.lengths(), Some(&state));
        let read = dropout(run.output(), targets.lengths(), self.sizes.dropout, mode);
        let [weight, bias] = weights.readout;
        let mut logits = read.linear(weight.t(), bias);
        if let Some(lexical) = &self.lexical {
            let looked: Vec<_> = run.states.iter().map(|s| cell.alignment(s)).collect();
            logits = logits + lexical.proposals(tape, &sources, &looked, targets.lengths());
        }
        let losses = CrossEntropy::new().smoothing(self.sizes.smoothing);
        let losses = losses.of(logits, targets.outputs());
        Loss::of_sum(losses.sum(), targets.outputs().len())
    }
}
