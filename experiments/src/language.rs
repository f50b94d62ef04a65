//! Language models: the probabilities of the next symbol after those before it, by layers of cells.
//!
//! ```text
//! x_t = E[s_t],   h_t = layers(x_t, h_{t-1}),   p(s_{t+1} | s_1 .. s_t) = softmax(W h_t + b)
//! ```
//!
//! In training, dropout acts on what enters each layer and on what leaves the last (Zaremba et al.
//! 2014).

mod learn;
mod score;

use rand::rngs::ChaCha8Rng;
use wengert_rnn::dropout::{Mode, dropout};
use wengert_rnn::loss::CrossEntropy;
use wengert_rnn::metrics::bits_per_symbol;
use wengert_rnn::stack::Layers;
use wengert_rnn::train::{Loss, Model};
use wengert_rnn::{
    Cell, Decoder, DecoderWeights, Embedding, Leaves, Lengths, Params, Sampler, Stack, Targets,
    Until,
};
use wengert_tape::{Real, Tape, Var};

use crate::fit::mean;

pub use learn::Fit;

/// A cell that can be a layer of a language model: any that is not tied to a thread.
pub trait Layer: Cell<f64> + Cell<f32> + Clone + Sync {}

impl<C: Cell<f64> + Cell<f32> + Clone + Sync> Layer for C {}

/// A language model of symbols 0, 1, ... by layers of cells `C`.
#[derive(Clone, Debug)]
pub struct Language<C> {
    symbols: usize,
    layers: Stack<C>,
    decoder: Decoder<Stack<C>>,
    dropout: f64,
}

/// Its weights on a tape.
pub type Weights<'t, T, C> = DecoderWeights<'t, T, Stack<C>>;

impl<C: Layer> Language<C> {
    /// Of `symbols` symbols, each a vector of `features` numbers; `cell` makes each of `layers`
    /// layers from the number of its inputs.
    ///
    /// # Panics
    /// If a number is 0, or `dropout` is not in \[0, 1\].
    #[track_caller]
    pub fn new(
        symbols: usize,
        features: usize,
        layers: usize,
        dropout: f64,
        cell: impl FnMut(usize) -> C,
    ) -> Self {
        let layers = Stack::new(features, layers, cell).with_dropout(dropout);
        Self {
            symbols,
            decoder: Decoder::new(symbols, layers.clone()),
            layers,
            dropout,
        }
    }

    /// Fresh parameters: `embedding.`, `cell.` and `readout.`.
    pub fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        self.decoder.init(rng)
    }

    /// The layers of cells.
    pub fn layers(&self) -> &Stack<C> {
        &self.layers
    }

    /// What enters the first layer: the vector of each symbol, [N, features].
    ///
    /// # Panics
    /// If a symbol is out of range.
    #[track_caller]
    pub fn embed<'t, T: Real>(&self, table: &Var<'t, T>, symbols: &[usize]) -> Var<'t, T> {
        let features = table.shape().dims()[1];
        Embedding::new(self.symbols, features).apply(table, symbols)
    }

    /// Goes on with each prompt, of at least one symbol, from a state of zeros.
    ///
    /// # Panics
    /// If a prompt is empty, a symbol is out of range, or a logit is NaN or inf.
    #[track_caller]
    pub fn generate(
        &self,
        params: &Params<f32>,
        prompts: &[impl AsRef<[usize]>],
        sampler: &Sampler,
        until: Until,
        rng: &mut ChaCha8Rng,
    ) -> Vec<Vec<usize>> {
        let tape = Tape::new();
        let w = params.bind(&tape).take();
        let decoder = &self.decoder;
        decoder.generate(&w, None, prompts, sampler, until, rng)
    }

    fn run<'t>(
        &self,
        w: &Weights<'t, f32, C>,
        symbols: &[usize],
        lengths: &Lengths,
        initial: Option<&[<C as Cell<f32>>::State<'t>]>,
        mode: &mut Mode<'_>,
    ) -> Layers<'t, f32, C> {
        let x = self.embed(&w.embedding, symbols);
        let x = dropout(x, lengths, self.dropout, mode);
        let mode = match mode {
            Mode::Evaluate => Mode::Evaluate,
            Mode::Train(rng) => Mode::Train(rng),
        };
        self.layers.run(&w.cell, x, lengths, initial, mode)
    }
}

/// Bits per symbol: the mean of -log_2 p, from natural logarithms of p. NaN of none.
pub fn bits(log_probabilities: &[f64]) -> f64 {
    bits_per_symbol(-mean(log_probabilities))
}

/// The logits of the next symbol, [N, symbols], after outputs of the last layer.
fn readout<'t, T: Real, C: Cell<T>>(w: &Weights<'t, T, C>, h: Var<'t, T>) -> Var<'t, T> {
    let [weight, bias] = w.readout;
    h.linear(weight.t(), bias)
}

impl<C: Layer> Model<f32> for Language<C> {
    /// At least two symbols: each predicts the next, the first from a state of zeros.
    type Example = Vec<usize>;

    fn loss<'t>(
        &self,
        _: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&Vec<usize>],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        let w = leaves.take();
        let targets = Targets::next(shard);
        let (lengths, mode) = (targets.lengths(), &mut Mode::Train(rng));
        let run = self.run(&w, targets.inputs(), lengths, None, mode);
        let h = dropout(run.output(), lengths, self.dropout, mode);
        let losses = CrossEntropy::new().of(readout(&w, h), targets.outputs());
        Loss::of_sum(losses.sum(), targets.outputs().len())
    }
}
