//! Integration tests of the recurrent crate: one module for each module of the library.

mod bptt;
mod cells;
mod checks;
mod init;
mod instruments;
mod optim;
mod params;
mod reference;
mod refusals;
mod setup;
