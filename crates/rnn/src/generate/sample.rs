//! Drawing sequences token by token.

use rand::rngs::ChaCha8Rng;

use super::rows::Rows;
use super::sampler::{Sampler, rows};

/// When a sequence ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Until {
    max_length: usize,
    stop: Option<usize>,
}

impl Until {
    /// After so many tokens, not counting the prompt.
    ///
    /// # Panics
    /// If 0.
    #[track_caller]
    pub fn length(max_length: usize) -> Self {
        assert!(
            max_length > 0,
            "until: a length of 0, but one token is the least"
        );
        Self {
            max_length,
            stop: None,
        }
    }

    /// Or with this token, the stop token, which is no part of the sequence but counts in its
    /// length.
    pub fn or_token(self, token: usize) -> Self {
        Self {
            stop: Some(token),
            ..self
        }
    }

    /// The most tokens of a sequence.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// Whether this is the stop token.
    pub fn stops(&self, token: usize) -> bool {
        self.stop == Some(token)
    }
}

/// Goes on with each prompt token by token, each sequence until its own end; sequences that have
/// ended cost nothing. The results are without prompt and stop token: a sequence shorter than
/// `until` allows was stopped by the model.
///
/// `step` takes one token for each sequence and their state, and returns the logits of the next
/// tokens, a row for each sequence, row-major, and the new state.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::{Sampler, Until, generate};
///
/// // A model of four tokens that counts, and has no state.
/// let step = |tokens: &[usize], none: &Vec<()>| {
///     let logits = |&token: &usize| (0..4).map(move |i| f64::from(u8::from(i == token + 1)));
///     (tokens.iter().flat_map(logits).collect(), none.clone())
/// };
/// let mut rng = ChaCha8Rng::seed_from_u64(0);
/// let (prompts, until) = ([[0], [1]], Until::length(9).or_token(3));
/// let sequences = generate(step, vec![(); 2], &prompts, &Sampler::greedy(), until, &mut rng);
/// assert_eq!(sequences, [vec![1, 2], vec![2]]);
/// ```
///
/// # Panics
/// If a prompt is empty, there is not one for each row of the state, or a logit is NaN or inf.
#[track_caller]
pub fn generate<S: Rows>(
    mut step: impl FnMut(&[usize], &S) -> (Vec<f64>, S),
    mut state: S,
    prompts: &[impl AsRef<[usize]>],
    sampler: &Sampler,
    until: Until,
    rng: &mut ChaCha8Rng,
) -> Vec<Vec<usize>> {
    assert!(
        prompts.len() == state.count(),
        "generate: {} prompts, but a state of {} rows",
        prompts.len(),
        state.count(),
    );
    let mut sequences = vec![Vec::new(); prompts.len()];
    let mut running: Vec<usize> = (0..prompts.len()).collect();
    let mut tokens = Vec::with_capacity(prompts.len());
    for (b, prompt) in prompts.iter().enumerate() {
        let first = prompt.as_ref().first();
        tokens.push(*first.unwrap_or_else(|| panic!("generate: prompt {b} is empty")));
    }
    let mut t = 0;
    while !running.is_empty() {
        t += 1;
        let (logits, after) = step(&tokens, &state);
        let mut kept = Vec::with_capacity(running.len());
        let mut next = Vec::with_capacity(running.len());
        let rows = rows(&logits, running.len()).zip(&running);
        for (row, (logits, &b)) in rows.enumerate() {
            let token = if let Some(&token) = prompts[b].as_ref().get(t) {
                token
            } else {
                let token = sampler.choose(logits, rng);
                if until.stops(token) {
                    continue;
                }
                sequences[b].push(token);
                if sequences[b].len() == until.max_length() {
                    continue;
                }
                token
            };
            kept.push(row);
            next.push(token);
        }
        state = if kept.len() == running.len() {
            after
        } else {
            after.pick(&kept)
        };
        running = kept.iter().map(|&row| running[row]).collect();
        tokens = next;
    }
    sequences
}
