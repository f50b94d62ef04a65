//! Integration tests of the tape.

mod allocation;
mod engine;
mod inspect;
mod messages;
mod networks;
