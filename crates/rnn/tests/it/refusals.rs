//! What unrolling and its neighbours refuse, with the numbers that came and those allowed.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::checkpoint::{Reader, Writer};
use wengert_rnn::instruments::adjoint_norms;
use wengert_rnn::{Activation, Cell, Elman, Lengths, Linear, Lstm, MinGru, Params, scan, unroll};
use wengert_tape::{Shape, Tape};

use crate::setup::{assert_refused, refusal};

/// Unrolls 2 steps of 3 samples of a cell of 4 features and 5 units.
fn run(x: &[usize], h0: &[usize]) {
    let cell = Elman::new(4, 5, Activation::Tanh);
    let params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
    let tape = Tape::<f64>::new();
    let w = params.bind(&tape).take();
    let (x, h0) = (tape.zeros(Shape::new(x)), tape.zeros(Shape::new(h0)));
    unroll(&cell, &w, x, &Lengths::equal(2, 3), Some(&h0));
}

#[test]
fn shapes() {
    run(&[6, 4], &[3, 5]);
    assert_refused! {
        run(&[6, 3], &[3, 5]) =>
            "unroll: inputs [6,3], but 2 steps of 3 samples of 4 features need [6,4]";
        run(&[5, 4], &[3, 5]) =>
            "unroll: inputs [5,4], but 2 steps of 3 samples of 4 features need [6,4]";
        run(&[2, 3, 4], &[3, 5]) =>
            "unroll: inputs [2,3,4], but 2 steps of 3 samples of 4 features need [6,4]";
        run(&[], &[3, 5]) =>
            "unroll: inputs [], but 2 steps of 3 samples of 4 features need [6,4]";
        run(&[6, 4], &[2, 5]) =>
            "unroll: initial state [2,5], but the cell's for this batch is [3,5]";
        run(&[6, 4], &[3, 6]) =>
            "unroll: initial state [3,6], but the cell's for this batch is [3,5]";
        run(&[6, 4], &[1, 3, 5]) =>
            "unroll: initial state [1,3,5], but the cell's for this batch is [3,5]";
    }
}

#[test]
fn lengths() {
    assert_refused! {
        Lengths::ragged(4, 3, &[4, 0, 2]) =>
            "lengths: sample 1 has length 0, but 1 to 4 steps are possible";
        Lengths::ragged(4, 3, &[4, 1, 5]) =>
            "lengths: sample 2 has length 5, but 1 to 4 steps are possible";
        Lengths::ragged(4, 3, &[4, 1]) => "lengths: 2 lengths came for 3 samples";
        Lengths::ragged(4, 0, &[]) => "lengths: 4 steps of 0 samples: neither may be 0";
        Lengths::equal(0, 3) => "lengths: 0 steps of 3 samples: neither may be 0";
        Lengths::equal(usize::MAX, 2) =>
            "lengths: 18446744073709551615 steps of 2 samples: more rows than a matrix can have";
        Lengths::ragged(2, 2, &[1, 2]).pack(&[0; 7], 2) =>
            "pack: 7 elements came, but 2 steps of 2 samples of 2 are 8";
    }
}

#[test]
fn parameters() {
    let params = Linear::new(2, 3).init::<f64>(&mut ChaCha8Rng::seed_from_u64(0));
    let (tape, other) = (Tape::new(), Tape::<f64>::new());
    let [weight, bias] = params.bind(&tape).take();
    let (foreign, x) = (other.zeros([1, 2]), tape.zeros([1, 2]));
    assert_refused! {
        Linear::new(0, 3) => "linear: 0 inputs and 3 outputs: neither may be 0";
        Linear::new(2, 0) => "linear: 2 inputs and 0 outputs: neither may be 0";
        Linear::new(2, 3).apply(&[weight, bias], tape.zeros([4, 1])) => "linear: [4,1] x [2,3]";
        Linear::new(2, 3).apply(&[weight, bias], foreign) => "belongs to another tape";
        params.bind(&tape).take::<[_; 3]>() =>
            "leaves: the next part has 2 tensors, weight, bias: not what is wanted here";
        params.leaves(&tape, &[bias.id(), weight.id()]) =>
            "params: the 2 nodes are not leaves of these 2 tensors";
        params.leaves(&tape, &[weight.id()]) =>
            "params: the 1 nodes are not leaves of these 2 tensors";
        Params::<f64>::new().with("w", [usize::MAX, 2], |_| ()) =>
            "parameter: shape [18446744073709551615, 2]: the number of elements overflows";
        adjoint_norms(&[x]) => "adjoint_norms: no adjoint was kept";
    }
}

#[test]
fn variables_of_another_tape() {
    let cell = Lstm::new(1, 2);
    let params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
    let (tape, other) = (Tape::<f64>::new(), Tape::new());
    let w = params.bind(&tape).take();
    let lengths = Lengths::equal(1, 1);
    let (x, foreign_x) = (tape.zeros([1, 1]), other.zeros([1, 1]));
    let foreign = cell.zero_state(&other, 1);
    assert_refused! {
        unroll(&cell, &w, x, &lengths, Some(&foreign)) => "belongs to another tape";
        unroll(&cell, &w, foreign_x, &lengths, None) => "belongs to another tape";
    }
}

#[test]
fn a_checkpoint_read_into_another_number_of_elements() {
    let mut writer = Writer::new("test");
    writer.values("w", &[2], &[1.0, 2.0]);
    let path = Path::new("run.ckpt");
    let mut reader = Reader::from_bytes(path, writer.to_bytes(), "test").unwrap();
    let message = refusal(|| reader.values("w", &[2], &mut [0.0f64; 3]));
    assert_eq!(message, "checkpoint: 3 elements for w [2]");
}

/// Sizes of up to three axes, none of them large.
fn sizes() -> impl Strategy<Value = Vec<usize>> {
    vec(0usize..8, 0..4)
}

proptest! {
    #[test]
    fn no_wrong_lengths_make_a_batch(
        steps in 0usize..6,
        batch in 0usize..6,
        lengths in vec(0usize..8, 0..6),
    ) {
        let wrong = lengths.iter().position(|&length| length == 0 || length > steps);
        let expected = if steps == 0 || batch == 0 {
            format!("{steps} steps of {batch} samples")
        } else if lengths.len() != batch {
            format!("{} lengths came for {batch} samples", lengths.len())
        } else if let Some(b) = wrong {
            format!("sample {b} has length {}, but 1 to {steps} steps", lengths[b])
        } else {
            let batch = Lengths::ragged(steps, batch, &lengths);
            prop_assert_eq!(batch.lengths(), lengths);
            return Ok(());
        };
        let message = refusal(|| Lengths::ragged(steps, batch, &lengths));
        prop_assert!(message.contains(&expected), "{} not in {}", expected, message);
    }

    #[test]
    fn no_wrong_inputs_run(x in sizes()) {
        prop_assume!(x != [6, 4]);
        let message = refusal(|| run(&x, &[3, 5]));
        let expected = format!("inputs {}, but", Shape::new(&x));
        prop_assert!(message.contains(&expected) && message.contains("[6,4]"), "{}", message);
    }

    #[test]
    fn no_wrong_initial_state_runs(h0 in sizes()) {
        prop_assume!(h0 != [3, 5]);
        let message = refusal(|| run(&[6, 4], &h0));
        let expected = format!("initial state {}, but", Shape::new(&h0));
        prop_assert!(message.contains(&expected) && message.contains("[3,5]"), "{}", message);
    }

    #[test]
    fn no_wrong_inputs_scan(x in sizes()) {
        prop_assume!(x != [6, 4]);
        let cell = MinGru::new(4, 5);
        let params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
        let tape = Tape::<f64>::new();
        let w = params.bind(&tape).take();
        let message = refusal(|| {
            scan(&cell, &w, tape.zeros(Shape::new(&x)), &Lengths::equal(2, 3), None)
        });
        let expected = format!("scan: inputs {}, but", Shape::new(&x));
        prop_assert!(message.contains(&expected) && message.contains("[6,4]"), "{}", message);
    }

    /// Cotangents of all states or of the last: as many numbers as there are, or none run.
    #[test]
    fn no_wrong_cotangent_is_swept(
        batch in 1usize..4,
        steps in 1usize..4,
        count in 0usize..80,
        last: bool,
    ) {
        let cell = Lstm::new(2, 3);
        let params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
        let tape = Tape::<f64>::new();
        let w = params.bind(&tape).take();
        let x = tape.zeros([steps * batch, 2]);
        let run = unroll(&cell, &w, x, &Lengths::equal(steps, batch), None);
        let output = if last { run.last.as_slice()[1] } else { run.output() };
        prop_assume!(count != output.len());
        let message = refusal(|| tape.backward(&[(output, &vec![1.0; count])]));
        let expected = format!(
            "output {} has {} elements, but its seed has {count}",
            output.shape(),
            output.len()
        );
        prop_assert!(message.contains(&expected), "{} not in {}", expected, message);
        tape.backward(&[(output, &vec![1.0; output.len()])]);
    }
}
