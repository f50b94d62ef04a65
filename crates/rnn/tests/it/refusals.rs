//! What unrolling refuses, with the numbers.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::{Activation, Cell, Elman, Lengths, unroll};
use wengert_tape::Tape;

/// Unrolls 2 steps of 3 samples of a cell of 4 features and 5 units.
fn run(x: [usize; 2], h0: [usize; 2]) {
    let cell = Elman::new(4, 5, Activation::Tanh);
    let params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
    let tape = Tape::<f64>::new();
    let w = params.bind(&tape).take();
    let (x, h0) = (tape.zeros(x), tape.zeros(h0));
    unroll(&cell, &w, x, &Lengths::equal(2, 3), Some(&h0));
}

#[test]
fn what_fits_is_taken() {
    run([6, 4], [3, 5]);
}

#[test]
#[should_panic(
    expected = "unroll: inputs [6,3], but 2 steps of 3 samples of 4 features need [6,4]"
)]
fn another_number_of_features() {
    run([6, 3], [3, 5]);
}

#[test]
#[should_panic(
    expected = "unroll: inputs [5,4], but 2 steps of 3 samples of 4 features need [6,4]"
)]
fn another_number_of_rows() {
    run([5, 4], [3, 5]);
}

#[test]
#[should_panic(expected = "unroll: initial state [2,5], but the cell's for this batch is [3,5]")]
fn a_state_of_another_batch() {
    run([6, 4], [2, 5]);
}

#[test]
#[should_panic(expected = "unroll: initial state [3,6], but the cell's for this batch is [3,5]")]
fn a_state_of_another_width() {
    run([6, 4], [3, 6]);
}

#[test]
#[should_panic(expected = "lengths: sample 1 has length 0, but 1 to 4 steps are possible")]
fn a_length_of_zero() {
    Lengths::ragged(4, 3, &[4, 0, 2]);
}

#[test]
#[should_panic(expected = "lengths: sample 2 has length 5, but 1 to 4 steps are possible")]
fn a_length_beyond_the_steps() {
    Lengths::ragged(4, 3, &[4, 1, 5]);
}

#[test]
#[should_panic(expected = "lengths: 2 lengths came for 3 samples")]
fn too_few_lengths() {
    Lengths::ragged(4, 3, &[4, 1]);
}

#[test]
#[should_panic(expected = "lengths: 0 steps of 3 samples: neither may be 0")]
fn no_steps() {
    Lengths::equal(0, 3);
}

#[test]
#[should_panic(expected = "lengths: 4 steps of 0 samples: neither may be 0")]
fn no_samples() {
    Lengths::ragged(4, 0, &[]);
}

#[test]
#[should_panic(expected = "elman: 4 inputs and 0 hidden units: neither may be 0")]
fn no_units() {
    Elman::new(4, 0, Activation::Tanh);
}
