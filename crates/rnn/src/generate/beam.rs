//! Beam search: the most probable sequences, of those that stay among the best at every step.
//!
//! ```text
//! score(Y) = log P(Y) / ((5 + |Y|) / 6)^a          (Wu et al. 2016, eq. 14)
//! ```

use std::cmp::Ordering;

use super::rows::Rows;
use super::sample::Until;
use super::sampler::{highest, rows};

/// How to search.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Beam {
    width: usize,
    until: Until,
    penalty: f64,
}

impl Beam {
    /// Keeps the `width` best sequences at each step. A width of 1 is the greedy choice; one of
    /// K^T, for K tokens and at most T steps, misses nothing.
    ///
    /// # Panics
    /// If the width is 0.
    #[track_caller]
    pub fn new(width: usize, until: Until) -> Self {
        assert!(width > 0, "beam: width 0, but one sequence is the least");
        Self {
            width,
            until,
            penalty: 0.0,
        }
    }

    /// With the exponent `a` of the length penalty. With 0, the default, the score is the log
    /// probability, which favours short sequences.
    ///
    /// # Panics
    /// If `a` is negative or not finite.
    #[track_caller]
    pub fn length_penalty(self, a: f64) -> Self {
        assert!(
            a >= 0.0 && a.is_finite(),
            "beam: length penalty {a}, but it must be finite and not negative"
        );
        Self { penalty: a, ..self }
    }

    fn score(&self, log_probability: f64, length: usize) -> f64 {
        log_probability / ((5.0 + length as f64) / 6.0).powf(self.penalty)
    }
}

/// A sequence that a search found.
#[derive(Clone, PartialEq, Debug)]
pub struct Hypothesis {
    /// Its tokens, without prompt and stop token.
    pub tokens: Vec<usize>,
    /// Whether it ended with the stop token, not by its length.
    pub stopped: bool,
    /// The log probability of its tokens, the stop token among them, in nats.
    pub log_probability: f64,
    /// The log probability over the length penalty.
    pub score: f64,
}

/// One token more for a running hypothesis.
#[derive(Clone, Copy)]
struct Extension {
    row: usize,
    token: usize,
    log_probability: f64,
}

/// Searches for the sequences of the highest score that go on from `prompt`; returns up to
/// `width` of them, best first, of those that end with the stop token or reach the longest length.
/// The search ends when no running sequence can become better than these.
///
/// `step` is that of [`generate`](super::generate()); logits are normalised here. All
/// running hypotheses are rows of one call. `state` has one row.
///
/// ```
/// use wengert_rnn::{Beam, Until, beam_search};
///
/// // A model without memory: 0 with probability 0.6, and the stop token 1 with 0.4.
/// let step = |tokens: &[usize], none: &Vec<()>| {
///     (vec![[0.6_f64.ln(), 0.4_f64.ln()]; tokens.len()].concat(), none.clone())
/// };
/// let beam = Beam::new(4, Until::length(2).or_token(1));
/// let best = beam_search(step, vec![()], &[0], &beam);
/// assert!(best[0].tokens.is_empty()); // the stop token at once: 0.4
/// assert_eq!(best[1].tokens, [0, 0]); // 0.6 * 0.6
/// assert_eq!(best[2].tokens, [0]); // 0.6 * 0.4
/// ```
///
/// # Panics
/// If the prompt is empty, the state has not one row, or a logit is NaN or inf.
#[track_caller]
pub fn beam_search<S: Rows>(
    mut step: impl FnMut(&[usize], &S) -> (Vec<f64>, S),
    mut state: S,
    prompt: &[usize],
    beam: &Beam,
) -> Vec<Hypothesis> {
    assert!(
        state.count() == 1,
        "beam: a state of {} rows, but a search starts from one",
        state.count()
    );
    let Some((&last, before)) = prompt.split_last() else {
        panic!("beam: the prompt is empty")
    };
    for &token in before {
        state = step(&[token], &state).1;
    }
    let mut tokens = vec![last];
    let mut running = vec![(Vec::new(), 0.0)];
    let mut found = Vec::new();
    for length in 1..=beam.until.max_length() {
        let (logits, after) = step(&tokens, &state);
        let best = extensions(&logits, &running, beam.width);
        tokens.clear();
        let (mut next, mut kept) = (Vec::new(), Vec::new());
        for e in best {
            let mut sequence = running[e.row].0.clone();
            let stopped = beam.until.stops(e.token);
            if !stopped {
                sequence.push(e.token);
            }
            if stopped || length == beam.until.max_length() {
                found.push(Hypothesis {
                    tokens: sequence,
                    stopped,
                    log_probability: e.log_probability,
                    score: beam.score(e.log_probability, length),
                });
            } else {
                next.push((sequence, e.log_probability));
                tokens.push(e.token);
                kept.push(e.row);
            }
        }
        // Stable: of equal scores the shorter, and then the more probable at that length.
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found.truncate(beam.width);
        let Some((_, highest)) = next.first() else {
            break;
        };
        // A log probability only falls, and the longest length divides it by most.
        let bound = beam.score(*highest, beam.until.max_length());
        if found.len() == beam.width && found.last().is_some_and(|worst| worst.score >= bound) {
            break;
        }
        state = after.pick(&kept);
        running = next;
    }
    found
}

/// The most probable extensions of the running hypotheses, best first, at most `width`; of equal
/// ones, those of the better hypothesis and then of the smaller token. None of probability 0.
fn extensions(logits: &[f64], running: &[(Vec<usize>, f64)], width: usize) -> Vec<Extension> {
    let mut all = Vec::with_capacity(logits.len());
    let rows = rows(logits, running.len()).zip(running);
    for (row, (logits, (_, before))) in rows.enumerate() {
        let highest = highest(logits);
        let total: f64 = logits.iter().map(|x| (x - highest).exp()).sum();
        let normaliser = highest + total.ln();
        let possible = logits.iter().enumerate().filter(|(_, x)| x.is_finite());
        all.extend(possible.map(|(token, x)| Extension {
            row,
            token,
            log_probability: before + (x - normaliser),
        }));
    }
    let order = |a: &Extension, b: &Extension| -> Ordering {
        let by_probability = b.log_probability.total_cmp(&a.log_probability);
        by_probability.then((a.row, a.token).cmp(&(b.row, b.token)))
    };
    if all.len() > width {
        all.select_nth_unstable_by(width - 1, order);
        all.truncate(width);
    }
    all.sort_unstable_by(order);
    all
}
