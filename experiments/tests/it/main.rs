//! Integration tests of the experiments' machinery.

mod command_line;
mod config;
mod copy_memory;
mod data;
mod data_shipped;
mod figure;
mod gallery;
mod kills;
mod line;
mod midi;
mod music;
mod ngram;
mod plans;
mod process;
mod registry;
mod studies;
mod tidy;
mod toy;
mod verdict;
