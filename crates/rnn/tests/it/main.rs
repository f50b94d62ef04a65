//! Integration tests of the recurrent crate: one module for each module of the library.

mod bptt;
mod checkpoint;
mod checks;
mod init;
mod instruments;
mod optim;
mod params;
mod reference;
mod refusals;
mod setup;
mod tensors;
mod train;
