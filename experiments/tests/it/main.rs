//! Integration tests of the experiments' machinery.

mod authorship;
mod command_line;
mod config;
mod data;
mod data_shipped;
mod figure;
mod gallery;
mod guide;
mod kills;
mod line;
mod ngram;
mod plans;
mod process;
mod registry;
mod studies;
mod tidy;
mod toy;
mod translation;
mod verdict;
