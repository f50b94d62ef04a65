//! Tasks that draw their own examples: what a network should learn is known exactly.

pub mod adding;
pub mod automaton;
pub mod copy;
pub mod counting;
pub mod language;
pub mod reber;
pub mod tomita;
