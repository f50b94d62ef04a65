//! Random weights, drawn anew until they solve the two-sequence problem (Hochreiter & Schmidhuber 1996):
//!
//! ```text
//! h' = tanh(a x + b y + c h + d)
//! y' = sigmoid(e x + f y + g h + k)
//! ```
//!
//! All weights are uniform in [-100, 100], and both units start at 0.

use anyhow::Result;
use wengert_rnn::init;
use wengert_tape::Real;

use crate::random::{Purpose, stream};
use crate::tasks::two_sequence::{Sequence, TwoSequence};
use crate::trials::{Outcome, Watch};

/// The largest weight.
const LARGEST: f64 = 100.0;
/// Sequences that must all be right.
const TESTS: usize = 256;
/// An output farther from its target is wrong.
const WITHIN: f64 = 0.2;

/// How many networks are drawn, up to the one that is right, and at most `most`: then infinitely many.
pub(super) fn guesses(task: TwoSequence, most: u64, seed: u64, watch: Watch) -> Result<Outcome> {
    let mut test = stream(seed, Purpose::Test);
    let tests: Vec<Sequence> = (0..TESTS).map(|_| task.draw(&mut test)).collect();
    let mut rng = stream(seed, Purpose::Weights);
    let mut weights = [0.0; 8];
    for count in 1..=most {
        watch.check()?;
        init::uniform(&mut weights, LARGEST, &mut rng);
        if tests.iter().all(|sequence| is_right(&weights, sequence)) {
            return Ok(vec![count as f64]);
        }
    }
    Ok(vec![f64::INFINITY])
}

fn is_right(&[a, b, c, d, e, f, g, k]: &[f64; 8], sequence: &Sequence) -> bool {
    let (mut h, mut y) = (0.0f64, 0.0f64);
    for &x in &sequence.inputs {
        (h, y) = (
            (a * x + b * y + c * h + d).tanh(),
            (e * x + f * y + g * h + k).sigmoid(),
        );
    }
    let target = f64::from(u8::from(sequence.positive));
    (y - target).abs() < WITHIN
}
