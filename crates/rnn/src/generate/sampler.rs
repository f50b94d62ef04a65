//! How the next token is chosen from its logits.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_tape::Real;

/// How the next token is chosen from logits: the most probable, or a sample.
///
/// A sample is drawn from softmax(x / temperature), cut to the `top_k` most probable tokens, then to
/// the fewest of these whose share of the probability reaches `top_p`.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::Sampler;
///
/// let mut rng = ChaCha8Rng::seed_from_u64(0);
/// let logits = [0.1, 2.0, 1.9, -1.0];
/// assert_eq!(Sampler::greedy().choose(&logits, &mut rng), 1);
/// let token = Sampler::new().temperature(0.8).top_k(2).choose(&logits, &mut rng);
/// assert!([1, 2].contains(&token));
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sampler {
    /// `None`: the most probable token.
    temperature: Option<f64>,
    top_k: usize,
    top_p: f64,
}

impl Default for Sampler {
    fn default() -> Self {
        Self::new()
    }
}

impl Sampler {
    /// Samples from the model's own distribution.
    pub fn new() -> Self {
        Self {
            temperature: Some(1.0),
            top_k: usize::MAX,
            top_p: 1.0,
        }
    }

    /// Always the most probable token; of several, the first.
    pub fn greedy() -> Self {
        Self {
            temperature: None,
            ..Self::new()
        }
    }

    /// Samples at this temperature: towards 0 the most probable tokens only, towards infinity all
    /// evenly (Ackley, Hinton & Sejnowski 1985).
    ///
    /// # Panics
    /// If it is not positive and finite.
    #[track_caller]
    pub fn temperature(self, temperature: f64) -> Self {
        assert!(
            temperature > 0.0 && temperature.is_finite(),
            "sampler: temperature {temperature}, but it must be positive and finite; \
             Sampler::greedy() is the limit 0"
        );
        Self {
            temperature: Some(temperature),
            ..self
        }
    }

    /// Only the k most probable tokens (Fan, Lewis & Dauphin 2018); of equal ones, the first.
    ///
    /// # Panics
    /// If k is 0.
    #[track_caller]
    pub fn top_k(self, k: usize) -> Self {
        assert!(k > 0, "sampler: top-k 0, but one token must remain");
        Self { top_k: k, ..self }
    }

    /// Only the nucleus: the fewest most probable tokens of at least this probability together
    /// (Holtzman et al. 2020).
    ///
    /// # Panics
    /// If p is not in (0, 1].
    #[track_caller]
    pub fn top_p(self, p: f64) -> Self {
        assert!(
            p > 0.0 && p <= 1.0,
            "sampler: top-p {p}, but it must be in (0, 1]"
        );
        Self { top_p: p, ..self }
    }

    /// The token chosen from the logits of all tokens. A greedy choice draws nothing from `rng`, a
    /// sample one number.
    ///
    /// # Panics
    /// If a logit is NaN or inf, or none is finite.
    #[track_caller]
    pub fn choose<T: Real>(&self, logits: &[T], rng: &mut ChaCha8Rng) -> usize {
        let x: Vec<f64> = logits.iter().map(|x| x.to_f64()).collect();
        let highest = highest(&x);
        let Some(temperature) = self.temperature else {
            return x.iter().position(|&x| x == highest).expect("it is one");
        };
        let mut order: Vec<usize> = (0..x.len()).collect();
        order.sort_by(|&i, &j| x[j].total_cmp(&x[i]));
        order.truncate(self.top_k);
        // Up to a factor, which is their sum.
        let probability = |&i: &usize| ((x[i] - highest) / temperature).exp();
        let mut total: f64 = order.iter().map(probability).sum();
        if self.top_p < 1.0 {
            let nucleus = cut(order.iter().map(probability), self.top_p * total);
            order.truncate(nucleus + 1);
            total = order.iter().map(probability).sum();
        }
        let drawn = rng.random::<f64>() * total;
        order[cut(order.iter().map(probability), drawn)]
    }

    /// The token chosen from each of `count` rows of logits.
    #[track_caller]
    pub(crate) fn choose_rows<T: Real>(
        &self,
        logits: &[T],
        count: usize,
        rng: &mut ChaCha8Rng,
    ) -> Vec<usize> {
        let rows = rows(logits, count);
        rows.map(|row| self.choose(row, rng)).collect()
    }
}

/// The first place at which the sum of the weights up to it reaches `share`, a part of their sum.
fn cut(weights: impl Iterator<Item = f64>, share: f64) -> usize {
    let mut sum = 0.0;
    let mut reaches = weights.map(|weight| {
        sum += weight;
        sum >= share
    });
    reaches
        .position(|reached| reached)
        .expect("the sum of all does")
}

/// The highest of the logits of a token.
///
/// # Panics
/// If one is NaN or inf, or none is finite.
#[track_caller]
pub(super) fn highest(logits: &[f64]) -> f64 {
    if let Some(token) = logits
        .iter()
        .position(|x| x.is_nan() || *x == f64::INFINITY)
    {
        panic!(
            "generate: the logit of token {token} is {}, but all must be below infinity",
            logits[token]
        );
    }
    let highest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    assert!(
        highest.is_finite(),
        "generate: of the logits of {} tokens none is finite",
        logits.len()
    );
    highest
}

/// The logits of each of `count` sequences.
///
/// # Panics
/// If they are none, or do not divide evenly.
#[track_caller]
pub(super) fn rows<T>(logits: &[T], count: usize) -> std::slice::Chunks<'_, T> {
    assert!(
        !logits.is_empty() && logits.len().is_multiple_of(count),
        "generate: {} logits for {count} sequences: all need as many, and at least one",
        logits.len()
    );
    logits.chunks(logits.len() / count)
}
