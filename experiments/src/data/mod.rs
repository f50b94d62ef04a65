//! Data sets: the ones that come with the binary, and files of the same format.
//!
//! The shipped files are compiled in (`include_bytes!`): the binary then answers from any
//! directory, and all of them together are smaller than the program.

//!
//! [`source`] reads any file, [`lines`], [`tsv`] and their kin any file of a format; the other
//! modules are data sets, each with what is odd in it, and [`split`] holds parts of them out.

pub mod bpe;
pub mod chorales;
pub mod csv;
pub mod digits;
pub mod emoji;
pub mod federalist;
pub mod idx;
pub mod jsonl;
pub mod lines;
pub mod mnist;
pub mod sentiment;
pub mod series;
pub mod source;
pub mod split;
pub mod stocks;
pub mod text;
pub mod ts;
pub mod tsv;
pub mod verses;
pub mod vowels;
