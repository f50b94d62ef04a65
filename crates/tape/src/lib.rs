//! A tape-based reverse-mode autodiff engine: it records operations as they run, and sweeps back.
//!
//! This crate does not know what a recurrent network is. Read `backward.rs` first: the sweep is
//! one loop. The rest is the list it walks (`graph`), the values and adjoints it reads and writes
//! (`arena`, `adjoints`, `grads`), and the rules ([`ops`]).

#![forbid(unsafe_code)]

mod adjoints;
mod arena;
mod backward;
pub mod check;
mod deferred;
mod draw;
pub mod functional;
mod grads;
mod graph;
pub mod inspect;
mod layouts;
mod op;
pub mod ops;
mod pieces;
mod state;
mod tape;
mod var;
mod weights;

pub use draw::{Draw, Example, Tensor};
pub use grads::Grads;
pub use graph::{Kind, NodeId, View};
pub use op::{Access, Attributes, Inputs, Op};
pub use ops::{AnyOp, concat, stack};
pub use pieces::Mark;
pub use tape::Tape;
pub use var::Var;
pub use weights::Factor;
pub use wengert_kernels::simd;
pub use wengert_kernels::{
    Dual, IntoShape, Layout, Mat, MatMut, Real, Shape, Strided, StridedMut, Write,
};
