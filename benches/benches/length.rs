//! Time and memory of a gradient against the number of steps T, to 100,000: both should grow as T.
//! Elman tanh, B = 4, I = 4, H = 32, f32, the mean of the squares of all hidden states.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_benches::{is_measuring, seconds};
use wengert_rnn::{Activation, Cell, Elman, Lengths, Params, unroll};
use wengert_tape::Tape;
use wengert_tape::inspect::statistics;

const BATCH: usize = 4;
const INPUTS: usize = 4;
const HIDDEN: usize = 32;

fn gradient(tape: &mut Tape<f32>, params: &Params<f32>, steps: usize) {
    tape.reset();
    let cell = Elman::new(INPUTS, HIDDEN, Activation::Tanh);
    let x = tape.constant([steps * BATCH, INPUTS], &vec![0.5; steps * BATCH * INPUTS]);
    let lengths = Lengths::equal(steps, BATCH);
    let run = unroll(&cell, &params.bind(tape).take(), x, &lengths, None);
    run.output().square().mean().backward();
}

fn main() {
    let lengths: &[usize] = if is_measuring() {
        &[100, 1_000, 10_000, 100_000]
    } else {
        &[100]
    };
    let cell = Elman::new(INPUTS, HIDDEN, Activation::Tanh);
    let params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
    for &steps in lengths {
        let mut tape = Tape::new();
        let seconds = seconds(5, || gradient(&mut tape, &params, steps));
        let found = statistics(&tape);
        let [values, bookkeeping, adjoints] = [
            found.value_bytes,
            found.bookkeeping_bytes,
            found.adjoint_bytes,
        ]
        .map(|bytes| bytes as f64 / steps as f64);
        println!(
            "{steps} steps: {:.2} us a step, {values:.0} B of values, {bookkeeping:.0} B of \
             bookkeeping, {adjoints:.0} B of adjoints",
            1e6 * seconds / steps as f64
        );
    }
}
