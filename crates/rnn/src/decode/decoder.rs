//! A decoder: an embedding, any cell, and a readout.
//!
//! ```text
//! s' = cell(table[token], s),   logits = W h' + b      h' is the first variable of s'
//! ```
//!
//! Without a source it is a language model; over an [`Attending`] cell
//! it is the decoder of an encoder-decoder.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use super::targets::Targets;
use crate::attention::{Attending, Score};
use crate::cell::Cell;
use crate::embedding::Embedding;
use crate::linear::Linear;
use crate::params::Params;
use crate::sequence::Lengths;
use crate::unroll::unroll;
use crate::vars::{FromVars, Vars};

/// A decoder of tokens by a cell: what is fed in is a token's embedding, of as many features as the
/// cell takes; what comes out are the logits of the next token.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::{Adam, Decoder, Gru, Optimizer, Sampler, Targets, Until};
/// use wengert_tape::Tape;
///
/// // A language of three tokens in which 2 follows 1 follows 0.
/// let targets = Targets::next(&[vec![0, 1, 2, 0, 1], vec![2, 0, 1]]);
/// let mut rng = ChaCha8Rng::seed_from_u64(0);
/// let decoder = Decoder::new(3, Gru::new(4, 8));
/// let mut params = decoder.init(&mut rng);
/// let mut adam = Adam::new(0.05, params.len());
/// let mut tape = Tape::<f64>::new();
/// for _ in 0..50 {
///     let mut leaves = params.bind(&tape);
///     let w = leaves.take();
///     let logits = decoder.teach(&w, None, &targets).logits;
///     logits.cross_entropy(targets.outputs()).backward();
///     adam.step(params.values_mut(), &leaves.gradient());
///     tape.reset();
/// }
///
/// let w = params.bind(&tape).take();
/// let next = decoder.generate(&w, None, &[vec![1, 2]], &Sampler::greedy(), Until::length(4), &mut rng);
/// assert_eq!(next, [[0, 1, 2, 0]]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Decoder<C> {
    tokens: usize,
    cell: C,
}

/// The weights of a [`Decoder`] on a tape.
pub struct DecoderWeights<'t, T: Real, C: Cell<T>> {
    /// `embedding.weight`, [tokens, features].
    pub embedding: Var<'t, T>,
    /// Of the cell.
    pub cell: C::Weights<'t>,
    /// `readout.weight` and `readout.bias`.
    pub readout: [Var<'t, T>; 2],
    /// All of them, in order.
    pub(crate) vars: Vec<Var<'t, T>>,
}

impl<'t, T: Real, C: Cell<T>> FromVars<'t, T> for DecoderWeights<'t, T, C> {
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        let [embedding, cell @ .., weight, bias] = vars else {
            return None;
        };
        Some(Self {
            embedding: *embedding,
            cell: C::Weights::from_vars(cell)?,
            readout: [*weight, *bias],
            vars: vars.to_vec(),
        })
    }
}

/// What a decoder makes of sequences it is taught.
pub struct Decoded<'t, T: Real, C: Cell<T>> {
    /// The logits of the next token after each step, packed as [`Targets`] are: [N, tokens].
    pub logits: Var<'t, T>,
    /// The state after each step, of the sequences that have such a step, as in
    /// [`Unrolled`](crate::Unrolled).
    pub states: Vec<C::State<'t>>,
}

impl<C> Decoder<C> {
    /// A decoder of `tokens` different tokens, counted from 0, by `cell`.
    ///
    /// # Panics
    /// If there are no tokens.
    #[track_caller]
    pub fn new(tokens: usize, cell: C) -> Self {
        assert!(tokens > 0, "decoder: of 0 tokens");
        Self { tokens, cell }
    }

    /// The cell.
    pub fn cell(&self) -> &C {
        &self.cell
    }

    /// Fresh parameters, one part: the embedding, the cell, the readout.
    pub fn init<T: Real>(&self, rng: &mut ChaCha8Rng) -> Params<T>
    where
        C: Cell<T>,
    {
        let tape = Tape::new();
        let hidden = self.cell.zero_state(&tape, 1).as_slice()[0].len();
        Params::new()
            .with_tensors("embedding.", &self.embedding::<T>().init(rng))
            .with_tensors("cell.", &self.cell.init(rng))
            .with_tensors("readout.", &Linear::new(hidden, self.tokens).init(rng))
    }

    /// One step: the logits of the next token after each of these, [n, tokens], and the state.
    ///
    /// # Panics
    /// If a token is out of range, or there are not as many as the state has rows.
    #[track_caller]
    pub fn step<'t, T: Real>(
        &self,
        w: &DecoderWeights<'t, T, C>,
        tokens: &[usize],
        state: &C::State<'t>,
    ) -> (Var<'t, T>, C::State<'t>)
    where
        C: Cell<T>,
    {
        let x = self.embedding::<T>().apply(&w.embedding, tokens);
        let after = self
            .cell
            .step(&w.cell, self.cell.project(&w.cell, x), state);
        let [weight, bias] = w.readout;
        (after.as_slice()[0].linear(weight.t(), bias), after)
    }

    /// Teacher forcing: each step is fed the true token (Williams & Zipser 1989). From zeros where
    /// no initial state is given (rows in the sequences' own order).
    ///
    /// # Panics
    /// If a token is out of range, or `initial` does not fit.
    #[track_caller]
    pub fn teach<'t, T: Real>(
        &self,
        w: &DecoderWeights<'t, T, C>,
        initial: Option<&C::State<'t>>,
        targets: &Targets,
    ) -> Decoded<'t, T, C>
    where
        C: Cell<T>,
    {
        let x = self.embedding::<T>().apply(&w.embedding, targets.inputs());
        let run = unroll(&self.cell, &w.cell, x, targets.lengths(), initial);
        let [weight, bias] = w.readout;
        Decoded {
            logits: run.output().linear(weight.t(), bias),
            states: run.states,
        }
    }

    pub(super) fn embedding<T: Real>(&self) -> Embedding
    where
        C: Cell<T>,
    {
        Embedding::new(self.tokens, self.cell.inputs())
    }
}

impl<C, S> Decoder<Attending<C, S>> {
    /// The state before the first step, attending to a source: see [`Attending::start`].
    ///
    /// # Panics
    /// As there.
    #[track_caller]
    pub fn start<'t, T: Real>(
        &self,
        w: &DecoderWeights<'t, T, Attending<C, S>>,
        initial: &C::State<'t>,
        source: Var<'t, T>,
        lengths: &Lengths,
    ) -> Vec<Var<'t, T>>
    where
        C: Cell<T>,
        S: Score<T>,
    {
        self.cell.start(&w.cell, initial, source, lengths)
    }
}
