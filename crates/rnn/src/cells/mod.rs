//! The cells of the library, one a file, the equations on top.

mod cayley;
mod elman;
mod exponential;
mod gates;
mod gru;
mod gru_reset_before;
mod ind_rnn;
mod irnn;
mod janet;
mod keep;
mod layer_norm_lstm;
mod linear_cell;
mod lru;
mod lstm;
mod min_gru;
mod min_lstm;
mod orthogonal;
mod peephole;

pub use cayley::{Cayley, CayleyRnn};
pub use elman::{Activation, Elman};
pub use exponential::{ExpRnn, Exponential, matrix_exp};
pub use gates::Gates;
pub use gru::Gru;
pub use gru_reset_before::GruResetBefore;
pub use ind_rnn::IndRnn;
pub use irnn::Irnn;
pub use janet::Janet;
pub use layer_norm_lstm::LayerNormLstm;
pub use linear_cell::LinearCell;
pub use lru::{Lru, LruWeights};
pub use lstm::Lstm;
pub use min_gru::MinGru;
pub use min_lstm::MinLstm;
pub use orthogonal::{Orthogonal, OrthogonalMap, Rotation};
pub use peephole::{PeepholeLstm, Peepholes};
