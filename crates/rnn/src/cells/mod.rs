//! The cells of the library, one a file, the equations on top.
//!
//! | cell | what it is | state |
//! | --- | --- | --- |
//! | [`Elman`] | the simple recurrent network, tanh or relu | h |
//! | [`Irnn`] | relu units that start as an accumulator | h |
//! | [`IndRnn`] | relu units that see their own past only | h |
//! | [`Lstm`] | long short-term memory; projection, forget bias, chrono biases | h, c |
//! | [`PeepholeLstm`] | its gates see the cell | h, c |
//! | [`MemoryBlocks`] | that of 1997: cells that share gates, a forget gate on request | h, c, gates |
//! | [`LayerNormLstm`] | its gates and cell are normalised | h, c |
//! | [`Janet`] | the forget gate only | h |
//! | [`Gru`] | gated recurrent unit, the reset gate behind the product | h |
//! | [`GruResetBefore`] | the reset gate before the product | h |
//! | [`MinGru`], [`MinLstm`] | gates that do not see the state; parallel over time by [`scan()`](crate::scan()) | h |
//! | [`Lru`] | complex diagonal linear recurrence | y, Re s, Im s |
//! | [`ExpRnn`], [`CayleyRnn`] | orthogonal recurrent matrix, modReLU | h |

use wengert_tape::AnyOp;

mod cayley;
mod elman;
mod exponential;
mod gates;
mod gru;
mod gru_gates;
mod gru_reset_before;
mod ind_rnn;
mod irnn;
mod janet;
mod keep;
mod layer_norm_lstm;
mod linear_cell;
mod lru;
mod lstm;
mod lstm_gates;
mod memory_blocks;
mod min_gru;
mod min_lstm;
mod orthogonal;
mod peephole;

pub use cayley::{Cayley, CayleyRnn};
pub use elman::{Activation, Elman};
pub use exponential::{ExpRnn, Exponential, matrix_exp};
pub use gates::{Affine, Gates};
pub use gru::{Gru, GruWeights};
pub use gru_reset_before::GruResetBefore;
pub use ind_rnn::IndRnn;
pub use irnn::Irnn;
pub use janet::Janet;
pub use layer_norm_lstm::LayerNormLstm;
pub use linear_cell::LinearCell;
pub use lru::{Lru, LruWeights};
pub use lstm::Lstm;
pub use memory_blocks::{BlockWeights, MemoryBlocks};
pub use min_gru::MinGru;
pub use min_lstm::MinLstm;
pub use orthogonal::{Orthogonal, OrthogonalMap, Rotation};
pub use peephole::{PeepholeLstm, Peepholes};

/// The operations of this crate, each a pass over the gates of a cell, beside those of
/// [`wengert_tape::ops`].
///
/// ```
/// for op in wengert_rnn::cells::ops() {
///     wengert_tape::check::op(op).assert_agrees();
/// }
/// ```
pub fn ops() -> [&'static dyn AnyOp; 3] {
    [
        &lstm_gates::LstmCell,
        &lstm_gates::LstmHidden,
        &gru_gates::GruGates,
    ]
}
