//! Studies of how gradients travel through time, and the machinery that runs and records them.
//!
//! A study (a module of [`studies`]) asks one question and answers it with a computed
//! [`verdict::Verdict`]. [`cli`] finds it by name, [`config`] resolves its settings, and
//! [`run`] writes what it did: a run directory is the product.

#![forbid(unsafe_code)]

pub mod alphabet;
pub mod baselines;
pub mod cells;
pub mod classify;
pub mod cli;
pub mod committee;
pub mod config;
pub mod corpus;
pub mod curves;
pub mod data;
pub mod dense;
pub mod encoder;
pub mod figure;
pub mod fit;
pub mod forecast;
pub mod interrupt;
pub mod language;
pub mod midi;
pub mod plan;
pub mod progress;
pub mod random;
pub mod recall;
pub mod report;
pub mod run;
pub mod sketch;
pub mod statistics;
pub mod studies;
pub mod study;
pub mod table;
pub mod tasks;
pub mod tensorboard;
pub mod training;
pub mod trials;
pub mod verdict;
