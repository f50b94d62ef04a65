//! Checkpointing over time: back-propagation that keeps few states and runs steps again.
//!
//! The tape holds the leaves and, above them, one piece of the recurrence at a time. A piece is
//! swept and forgotten; its gradients stay with the leaves, and the adjoint of the state before it
//! is the seed of the piece before. A [`Plan`] says which states are kept and which pieces run.
//!
//! The bits are those of [`Bptt::full`](crate::Bptt::full): every rule of the tape runs on the same
//! numbers, and every adjoint receives its contributions in the same order. For that the inputs of a
//! chunk of steps are projected together here too, and lie on the tape until all steps of the chunk
//! are reversed. It takes a cell each of whose state's variables is the value of an operation of the
//! step. Where it is a view of a larger value, or the state before passed on, contributions are
//! grouped in another way, and the gradient agrees to rounding.

mod plan;
mod run;

pub use plan::{Action, Plan};
pub use run::state_bytes;
