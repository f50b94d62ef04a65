//! A batch of sequences of unequal lengths against a full one: does the time follow the real steps?
//! T = 100, I = 64, H = 128, f32, lengths drawn evenly from 1 to T, in no order, the inputs padded
//! or packed; the gradient of the sum of the last hidden states. Goal: a ratio of times within 10 %
//! of the ratio of steps.
//!
//! Each is timed over several gradients in a row, as in training. Alternated one by one, each finds
//! the cache full of the other's data, which costs the shorter one more: 1.13 in place of 1.06
//! (measured 2026-11-22).

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_benches::{alternately, is_measuring};
use wengert_rnn::{Activation, Cell, Elman, Lengths, Params, unroll};
use wengert_tape::Tape;

const STEPS: usize = 100;
const INPUTS: usize = 64;
const HIDDEN: usize = 128;
/// Gradients in a row.
const ROUNDS: usize = 10;

fn gradients(tape: &mut Tape<f32>, params: &Params<f32>, x: &[f32], lengths: &Lengths) {
    let cell = Elman::new(INPUTS, HIDDEN, Activation::Tanh);
    for _ in 0..ROUNDS {
        tape.reset();
        let mut leaves = params.bind(tape);
        let x = tape.constant([lengths.height(), INPUTS], x);
        let run = unroll(&cell, &leaves.take(), x, lengths, None);
        run.last.sum().backward();
    }
}

fn main() {
    for batch in [32, 64] {
        compare(batch);
    }
}

fn compare(batch: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let params = Elman::new(INPUTS, HIDDEN, Activation::Tanh).init(&mut rng);
    let x: Vec<f32> = (0..STEPS * batch * INPUTS)
        .map(|_| rng.random_range(-1.0..1.0))
        .collect();
    let lengths: Vec<usize> = (0..batch).map(|_| rng.random_range(1..=STEPS)).collect();
    let full = Lengths::equal(STEPS, batch);
    let padded = Lengths::ragged(STEPS, batch, &lengths);
    let steps = padded.total() as f64 / (STEPS * batch) as f64;
    let (packed, packed_x) = (padded.packed(), padded.pack(&x, INPUTS));
    let (mut one, mut other) = (Tape::new(), Tape::new());
    let runs = if is_measuring() { 61 } else { 1 };
    for (name, lengths, inputs) in [("padded", padded, &x), ("packed", packed, &packed_x)] {
        let [_, _, times] = alternately(
            runs,
            || gradients(&mut one, &params, inputs, &lengths),
            || gradients(&mut other, &params, &x, &full),
        );
        let apart = times / steps;
        println!(
            "{batch} samples, {name}: steps {steps:.3}, time {times:.3}, over steps {apart:.3}"
        );
    }
}
