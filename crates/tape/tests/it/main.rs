//! Integration tests of the tape.

mod controls;
mod functional;
mod ops;
