//! Integration tests of the tape.

mod allocation;
mod controls;
mod engine;
mod faults;
mod functional;
mod inspect;
mod messages;
mod networks;
mod ops;
mod pieces;
mod programs;
mod special;
mod sweep;
mod values;
