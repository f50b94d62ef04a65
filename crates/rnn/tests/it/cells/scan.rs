//! A scan is the steps of the cell, in values and gradients, on few nodes.

use proptest::prelude::*;
use wengert_rnn::cells::LinearCell;
use wengert_rnn::{Lengths, MinGru, MinLstm, Vars, scan, unroll};
use wengert_tape::Tape;

use super::{Batch, Data, batches};

/// Output, last state and all gradients of a run.
fn results(
    cell: &impl LinearCell<f64>,
    batch: &Batch,
    lengths: &Lengths,
    parallel: bool,
) -> [Vec<f64>; 5] {
    let data = Data::new(cell, batch);
    let tape = Tape::new();
    let mut leaves = data.params.bind(&tape);
    let x = tape.leaf(
        [lengths.height(), batch.inputs],
        &data.x[..lengths.height() * batch.inputs],
    );
    let h0 = tape.leaf(data.initial[0].shape, &data.initial[0].values);
    let w = leaves.take();
    let (output, last) = if parallel {
        let run = scan(cell, &w, x, lengths, Some(h0));
        (run.output, run.last)
    } else {
        let initial = wengert_rnn::FromVars::from_vars(&[h0]).unwrap();
        let run = unroll(cell, &w, x, lengths, Some(&initial));
        (run.output(), run.last.as_slice()[0])
    };
    let seed = |len: usize| -> Vec<f64> { (0..len).map(|i| (i as f64).sin()).collect() };
    tape.backward(&[(output, &seed(output.len())), (last, &seed(last.len()))]);
    [
        output.to_vec(),
        last.to_vec(),
        leaves.gradient(),
        x.grad().unwrap(),
        h0.grad().unwrap(),
    ]
}

fn agree(cell: &impl LinearCell<f64>, batch: &Batch) {
    let ragged = batch.lengths();
    for lengths in [
        ragged.clone(),
        ragged.packed(),
        ragged.backwards(),
        ragged.packed().backwards(),
    ] {
        let steps = results(cell, batch, &lengths, false);
        let scanned = results(cell, batch, &lengths, true);
        for (what, (found, expected)) in scanned.iter().zip(&steps).enumerate() {
            let largest = expected.iter().fold(1.0, |m: f64, x| m.max(x.abs()));
            for (found, expected) in found.iter().zip(expected) {
                assert!(
                    (found - expected).abs() <= 1e-12 * largest,
                    "result {what}: {found} by a scan, {expected} by steps"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn of_min_gru(batch in batches(9)) {
        agree(&MinGru::new(batch.inputs, batch.hidden), &batch);
    }

    #[test]
    fn of_min_lstm(batch in batches(9)) {
        agree(&MinLstm::new(batch.inputs, batch.hidden), &batch);
    }
}

#[test]
fn nodes_grow_with_the_logarithm_of_the_steps() {
    let nodes = |steps: usize| {
        let cell = MinGru::new(2, 3);
        let batch = Batch {
            inputs: 2,
            hidden: 3,
            lengths: vec![steps; 2],
            seed: 0,
        };
        let data = Data::new(&cell, &batch);
        let tape = Tape::new();
        let w = data.params.bind(&tape).take();
        let x = tape.constant([2 * steps, 2], &data.x);
        scan(&cell, &w, x, &batch.lengths(), None);
        tape.len()
    };
    let (at_64, at_128, at_4096) = (nodes(64), nodes(128), nodes(4096));
    assert_eq!(at_4096 - at_64, 6 * (at_128 - at_64));
}
