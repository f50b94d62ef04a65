//! The cells of the library, one a file, the equations on top.

mod elman;
mod gates;
mod gru;
mod lstm;

pub use elman::{Activation, Elman};
pub use gates::Gates;
pub use gru::Gru;
pub use lstm::Lstm;
