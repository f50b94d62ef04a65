//! Decoders: from tokens to logits of the next tokens, by any cell.

mod decoder;
mod scheduled;
mod targets;

pub use decoder::{Decoded, Decoder, DecoderWeights};
pub use scheduled::{Decay, ScheduledSampling};
pub use targets::Targets;
