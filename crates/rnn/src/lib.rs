//! Recurrent networks whose back-propagation through time is the tape's own sweep.
//!
//! A [`Cell`] is its equations; [`unroll()`] records its steps on a [`Tape`](wengert_tape::Tape), and
//! the sweep of that tape is back-propagation through time: this crate holds no backward code.
//! Parameters ([`Params`]) live outside the tape, in one flat slice, and are put on it as leaves at
//! each step of training.
//!
//! ```
//! use rand::SeedableRng;
//! use rand::rngs::ChaCha8Rng;
//! use wengert_rnn::{
//!     Activation, Adam, Cell, Elman, Lengths, Linear, Optimizer, clip_norm, unroll,
//! };
//! use wengert_tape::Tape;
//!
//! // Three steps of two samples of one feature; the class of a sample is its first input.
//! let x = [0.0, 1.0, 0.5, 0.5, 0.5, 0.5];
//! let targets = [0, 1];
//!
//! let mut rng = ChaCha8Rng::seed_from_u64(0);
//! let cell = Elman::new(1, 8, Activation::Tanh);
//! let readout = Linear::new(8, 2);
//! let mut params = cell.init(&mut rng).with_part("readout.", readout.init(&mut rng));
//! let mut adam = Adam::new(0.05, params.len());
//! let mut tape = Tape::<f64>::new();
//! let mut losses = Vec::new();
//! for _ in 0..50 {
//!     let mut leaves = params.bind(&tape);
//!     let (w, v) = (leaves.take(), leaves.take());
//!     let x = tape.constant([6, 1], &x);
//!     let run = unroll(&cell, &w, x, &Lengths::equal(3, 2), None);
//!     let loss = readout.apply(&v, run.last).cross_entropy(&targets);
//!     losses.push(loss.item());
//!     loss.backward();
//!     let mut gradient = leaves.gradient();
//!     clip_norm(&mut gradient, 1.0);
//!     adam.step(params.values_mut(), &gradient);
//!     tape.reset();
//! }
//! assert!(losses[49] < 0.1 * losses[0]);
//! ```

#![forbid(unsafe_code)]

pub mod attention;
pub mod bptt;
pub mod cell;
pub mod cells;
pub mod checkpoint;
pub mod decode;
pub mod disk;
pub mod dropout;
pub mod embedding;
pub mod generate;
pub mod init;
pub mod initial;
pub mod instruments;
pub mod linear;
pub mod loss;
pub mod metrics;
mod norm;
pub mod omega;
pub mod optim;
mod pack;
pub mod params;
pub mod recompute;
pub mod scan;
pub mod sequence;
pub mod stack;
pub mod tensors;
pub mod torch;
pub mod train;
pub mod truncated;
pub mod unroll;
pub mod vars;

pub use attention::Attending;
pub use bptt::{Bptt, Gradient, Objective};
pub use cell::Cell;
pub use cells::{
    Activation, Affine, CayleyRnn, Elman, ExpRnn, Gates, Gru, GruResetBefore, IndRnn, Irnn, Janet,
    LayerNormLstm, LinearCell, Lru, Lstm, MinGru, MinLstm, PeepholeLstm,
};
pub use decode::{Decay, Decoded, Decoder, DecoderWeights, ScheduledSampling, Targets};
pub use embedding::Embedding;
pub use generate::{Beam, Held, Hypothesis, Rows, Sampler, Until, beam_search, generate};
pub use initial::{InitialState, repeat};
pub use linear::Linear;
pub use loss::{BinaryCrossEntropy, CrossEntropy, Ctc, Losses};
pub use norm::norm;
pub use optim::{Adam, Optimizer, Sgd, clip_norm};
pub use pack::pack;
pub use params::{Leaves, Parameter, Params};
pub use recompute::{Action, Plan, state_bytes};
pub use scan::{Scanned, scan};
pub use sequence::Lengths;
pub use stack::Stack;
pub use truncated::{Truncated, Window, windows};
pub use unroll::{Step, Unrolled, unroll, unroll_with};
pub use vars::{FromVars, Vars};
