//! Integration tests of the tape.

mod allocation;
mod engine;
mod faults;
mod inspect;
mod messages;
mod networks;
