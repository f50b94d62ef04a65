//! The cells: one file each, equations first.

mod elman;

pub use elman::{Activation, Elman};
