//! A learned vector for each token: `y_i = table[token_i]`.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Var};

use crate::init;
use crate::params::Params;

/// A table of one learned row for each token, `weight [tokens, size]`.
#[derive(Clone, Copy, Debug)]
pub struct Embedding {
    tokens: usize,
    size: usize,
}

impl Embedding {
    /// For `tokens` different tokens, counted from 0, of `size` features each.
    ///
    /// # Panics
    /// If either is 0.
    #[track_caller]
    pub fn new(tokens: usize, size: usize) -> Self {
        assert!(
            tokens > 0 && size > 0,
            "embedding: {tokens} tokens of {size} features: neither may be 0"
        );
        Self { tokens, size }
    }

    /// Fresh parameters: standard normal numbers, PyTorch's default.
    pub fn init<T: Real>(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        Params::new().with("weight", [self.tokens, self.size], |w| {
            init::gaussian(w, 1.0, 1, rng);
        })
    }

    /// The rows of these tokens: [N, size].
    ///
    /// # Panics
    /// If a token is not below the number of tokens.
    #[track_caller]
    pub fn apply<'t, T: Real>(&self, table: &Var<'t, T>, tokens: &[usize]) -> Var<'t, T> {
        if let Some(at) = tokens.iter().position(|&token| token >= self.tokens) {
            panic!(
                "embedding: token {} at place {at}, but there are {}, counted from 0",
                tokens[at], self.tokens
            );
        }
        table.embedding(tokens)
    }
}
