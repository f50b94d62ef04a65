//! Sequences out of a model: drawn token by token, or searched for.
//!
//! A model is a step function: from the tokens of several sequences and their state to the logits
//! of the next tokens and the new state. What it carries from step to step are plain values, so that
//! memory does not grow with the length of a sequence.

mod beam;
mod decoder;
mod rows;
mod sample;
mod sampler;

pub use beam::{Beam, Hypothesis, beam_search};
pub use rows::{Held, Rows};
pub use sample::{Until, generate};
pub use sampler::Sampler;
