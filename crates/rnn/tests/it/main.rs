//! Integration tests of the recurrent crate: one module for each module of the library.

mod attention;
mod bptt;
mod checks;
mod decode;
mod examples;
mod generate;
mod init;
mod instruments;
mod loss;
mod loss_refusals;
mod metrics;
mod optim;
mod params;
mod reference;
mod refusals;
mod setup;
mod stack;
mod stack_noise;
mod stack_order;
mod stack_refusals;
mod tensors;
