//! What a mean negative log-likelihood says about a language model.

/// Bits per symbol, from a mean cross entropy in nats: per character or per word, as the mean was.
///
/// ```
/// use wengert_rnn::metrics::{bits_per_symbol, perplexity};
///
/// let nats = 8f64.ln(); // as uncertain as among 8 symbols
/// assert!((bits_per_symbol(nats) - 3.0).abs() < 1e-15);
/// assert!((perplexity(nats) - 8.0).abs() < 1e-14);
/// ```
pub fn bits_per_symbol(nats: f64) -> f64 {
    nats * std::f64::consts::LOG2_E
}

/// Perplexity, from a mean cross entropy in nats: among how many equally likely symbols the model
/// is as uncertain.
pub fn perplexity(nats: f64) -> f64 {
    nats.exp()
}
