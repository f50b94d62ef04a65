//! Tasks that draw their own examples: what a network should learn is known exactly.

pub mod copy;
