//! Integration tests of the experiments' machinery.

mod bad_input;
mod command_line;
mod config;
mod data_digits;
mod data_formats;
mod data_refused;
mod data_shipped;
mod data_source;
mod data_split;
mod figure;
mod forecast;
mod gallery;
mod grammars;
mod guide;
mod kills;
mod line;
mod ngram;
mod plans;
mod process;
mod registry;
mod series;
mod studies;
mod tidy;
mod toy;
mod vega;
mod verdict;
