//! Integration tests of the tape.

mod allocation;
mod engine;
mod inspect;
mod messages;
mod networks;
mod controls;
mod functional;
mod ops;
