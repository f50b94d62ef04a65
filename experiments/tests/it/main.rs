//! Integration tests of the experiments' machinery.

mod command_line;
mod config;
mod data;
mod figure;
mod gallery;
mod process;
mod registry;
mod studies;
mod tidy;
mod toy;
mod vega;
mod verdict;
