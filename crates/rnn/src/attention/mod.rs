//! Attention: reading from a source of vectors by how well each answers a query.

mod attending;
mod score;

pub use attending::{Attending, AttendingWeights};
pub use score::{Additive, Dot, General, Score};
