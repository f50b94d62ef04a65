//! Stacks of layers whose cell is a setting, and what a sequence comes to in them.

use rand::rngs::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::dropout::Mode;
use wengert_rnn::loss::real_steps;
use wengert_rnn::{Activation, Elman, Gru, Leaves, Lengths, Lstm, Params, Stack};
use wengert_tape::{Real, Var};

/// A cell, by its name in settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// [`Elman`] with tanh.
    Elman,
    /// [`Gru`].
    Gru,
    /// [`Lstm`] with a forget bias of 1.
    Lstm,
}

/// Layers of one kind of cell that read sequences.
#[derive(Clone, Debug)]
pub enum Encoder {
    /// See [`Kind::Elman`].
    Elman(Stack<Elman>),
    /// See [`Kind::Gru`].
    Gru(Stack<Gru>),
    /// See [`Kind::Lstm`].
    Lstm(Stack<Lstm>),
}

impl Encoder {
    /// So many layers over `inputs` features, of `hidden` units in each direction.
    ///
    /// # Panics
    /// If a number is 0.
    #[track_caller]
    pub fn bidirectional(kind: Kind, inputs: usize, layers: usize, hidden: usize) -> Self {
        match kind {
            Kind::Elman => Self::Elman(Stack::bidirectional(inputs, layers, |inputs| {
                Elman::new(inputs, hidden, Activation::Tanh)
            })),
            Kind::Gru => Self::Gru(Stack::bidirectional(inputs, layers, |inputs| {
                Gru::new(inputs, hidden)
            })),
            Kind::Lstm => Self::Lstm(Stack::bidirectional(inputs, layers, |inputs| {
                Lstm::new(inputs, hidden).with_forget_bias(1.0)
            })),
        }
    }

    /// [`Encoder::bidirectional`], but forwards only: of what comes later nothing is known.
    ///
    /// # Panics
    /// If a number is 0.
    #[track_caller]
    pub fn forwards(kind: Kind, inputs: usize, layers: usize, hidden: usize) -> Self {
        match kind {
            Kind::Elman => Self::Elman(Stack::new(inputs, layers, |inputs| {
                Elman::new(inputs, hidden, Activation::Tanh)
            })),
            Kind::Gru => Self::Gru(Stack::new(inputs, layers, |inputs| {
                Gru::new(inputs, hidden)
            })),
            Kind::Lstm => Self::Lstm(Stack::new(inputs, layers, |inputs| {
                Lstm::new(inputs, hidden).with_forget_bias(1.0)
            })),
        }
    }

    /// Fresh parameters, as one part.
    pub fn init<T: Real>(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        match self {
            Self::Elman(stack) => stack.init(rng),
            Self::Gru(stack) => stack.init(rng),
            Self::Lstm(stack) => stack.init(rng),
        }
    }

    /// Takes its part of the parameters, reads the batch `x`, whose rows lie as `lengths` says, and
    /// gives the output of the last layer, [rows of x, H], or 2 H of both directions.
    ///
    /// # Panics
    /// If `x` does not fit.
    #[track_caller]
    pub fn read<'t, T: Real>(
        &self,
        leaves: &mut Leaves<'t, T>,
        x: Var<'t, T>,
        lengths: &Lengths,
        mode: &mut Mode<'_>,
    ) -> Var<'t, T> {
        let mode = match mode {
            Mode::Evaluate => Mode::Evaluate,
            Mode::Train(rng) => Mode::Train(rng),
        };
        match self {
            Self::Elman(stack) => stack.run(&leaves.take(), x, lengths, None, mode).output(),
            Self::Gru(stack) => stack.run(&leaves.take(), x, lengths, None, mode).output(),
            Self::Lstm(stack) => stack.run(&leaves.take(), x, lengths, None, mode).output(),
        }
    }
}

/// The mean over each sample's own steps, [B, H], of the rows of a batch, [N, H].
///
/// # Panics
/// If there are not as many rows as `lengths` says.
#[track_caller]
pub fn mean_over_steps<'t, T: Real>(steps: Var<'t, T>, lengths: &Lengths) -> Var<'t, T> {
    let (tape, width) = (steps.tape(), steps.shape().dims()[1]);
    let samples = lengths.running().iter();
    let samples: Vec<usize> = samples
        .flat_map(|&running| &lengths.order()[..running])
        .copied()
        .collect();
    let zeros = tape.zeros([lengths.batch(), width]);
    let sums = zeros.index_add(&samples, real_steps(steps, lengths));
    let own = lengths.lengths().iter();
    let shares: Vec<T> = own.map(|&own| T::from_f64(1.0 / own as f64)).collect();
    sums * tape.constant([lengths.batch(), 1], &shares)
}
