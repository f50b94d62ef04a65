//! Integration tests of the recurrent crate: one module for each module of the library.

mod attention;
mod bptt;
mod checks;
mod decode;
mod examples;
mod generate;
mod init;
mod instruments;
mod optim;
mod params;
mod reference;
mod refusals;
mod setup;
