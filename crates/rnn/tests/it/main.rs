//! Integration tests of the recurrent crate: one module for each module of the library.

mod bptt;
mod checks;
mod init;
mod instruments;
mod optim;
mod params;
mod recompute;
mod reference;
mod refusals;
mod setup;
mod tensors;
