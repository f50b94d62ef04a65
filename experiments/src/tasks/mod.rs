//! Tasks that draw their own examples: what a network should learn is known exactly.

pub mod adding;
pub mod automaton;
pub mod continual_reber;
pub mod copy;
pub mod counting;
pub mod language;
pub mod latching;
pub mod long_lag;
pub mod multiplication;
pub mod reber;
pub mod temporal_order;
pub mod tomita;
pub mod two_sequence;
