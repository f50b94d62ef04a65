//! Integration tests of the experiments' machinery.

mod chromium;
mod command_line;
mod config;
mod data;
mod data_shipped;
mod figure;
mod gallery;
mod kills;
mod line;
mod pages;
mod plans;
mod process;
mod registry;
mod report;
mod studies;
mod tensorboard;
mod tidy;
mod toy;
mod vega;
mod verdict;
