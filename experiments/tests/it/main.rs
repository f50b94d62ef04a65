//! Integration tests of the experiments' machinery.

mod command_line;
mod config;
mod copy_memory;
mod data_digits;
mod data_formats;
mod data_refused;
mod data_shipped;
mod data_source;
mod data_split;
mod figure;
mod gallery;
mod guide;
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
mod vega;
mod verdict;
