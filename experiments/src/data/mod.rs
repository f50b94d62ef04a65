//! Data sets: the ones that come with the binary, and files of the same format.
//!
//! The shipped files are compiled in (`include_bytes!`): the binary then answers from any
//! directory, and all of them together are smaller than the program.

pub mod digits;
pub mod lines;
pub mod source;
pub mod split;
