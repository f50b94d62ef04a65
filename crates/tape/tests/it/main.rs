//! Integration tests of the tape.

mod ops;
