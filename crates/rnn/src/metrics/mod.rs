//! Metrics of predictions: plain code on slices, no tape.

mod bleu;
mod chrf;
mod classes;
mod confusion;
mod ctc;
mod edit;
mod ngrams;
mod rates;

pub use bleu::Bleu;
pub use chrf::Chrf;
pub use classes::{accuracy, largest, top_k_accuracy};
pub use confusion::Confusion;
pub use ctc::{ctc_collapse, ctc_greedy};
pub use edit::{edit_distance, error_rate};
pub use rates::{bits_per_symbol, perplexity};
