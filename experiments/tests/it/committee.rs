//! Parts dealt out for members of a committee, and what an encoder makes of ragged batches.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_experiments::committee::{cross_entropy, right};
use wengert_experiments::data::split::dealt;
use wengert_experiments::encoder::{Encoder, Kind, mean_over_steps};
use wengert_rnn::dropout::Mode;
use wengert_rnn::{Lengths, Params};
use wengert_tape::Tape;

#[test]
fn parts_are_even_and_keep_equal_content_together() {
    let content: Vec<usize> = (0..60).map(|i| if i < 6 { 0 } else { i }).collect();
    let classes: Vec<usize> = (0..60).map(|i| usize::from(i >= 6) * (1 + i % 2)).collect();
    let parts = dealt(&content, &classes, 5, &mut ChaCha8Rng::seed_from_u64(1));
    assert!(parts[..6].iter().all(|part| *part == parts[0]));
    for class in [1, 2] {
        for part in 0..5 {
            let own = (0..60).filter(|&i| parts[i] == part && classes[i] == class);
            let count = own.count();
            assert!(
                (5..=6).contains(&count),
                "{count} of class {class} in part {part}"
            );
        }
    }
    let again = dealt(&content, &classes, 5, &mut ChaCha8Rng::seed_from_u64(2));
    assert_ne!(parts, again);
}

#[test]
fn means_are_over_each_samples_own_steps() {
    let tape = Tape::<f64>::new();
    // Two samples of 1 and 3 steps; the padding must not be read.
    let x = tape.leaf([6, 1], &[1.0, 2.0, f64::NAN, 4.0, f64::NAN, 9.0]);
    let padded = Lengths::ragged(3, 2, &[1, 3]);
    let mean = mean_over_steps(x, &padded);
    assert_eq!(mean.to_vec(), [1.0, 5.0]);
    mean.sum().backward();
    let third = 1.0 / 3.0;
    assert_eq!(x.grad().unwrap(), [1.0, third, 0.0, third, 0.0, third]);
    let packed = tape.constant([4, 1], &[2.0, 1.0, 4.0, 9.0]);
    assert_eq!(
        mean_over_steps(packed, &padded.packed()).to_vec(),
        [1.0, 5.0]
    );
}

#[test]
fn a_sample_is_read_alike_alone_and_in_a_batch() {
    for kind in [Kind::Elman, Kind::Gru, Kind::Lstm] {
        let encoder = Encoder::bidirectional(kind, 2, 1, 3);
        let params: Params<f64> = encoder.init(&mut ChaCha8Rng::seed_from_u64(3));
        let read = |x: &[f64], lengths: &Lengths| {
            let tape = Tape::new();
            let x = tape.constant([lengths.height(), 2], x);
            let mut leaves = params.bind(&tape);
            let output = encoder.read(&mut leaves, x, lengths, &mut Mode::Evaluate);
            mean_over_steps(output, lengths).to_vec()
        };
        let alone = read(&[0.3, -0.2, 0.5, 0.1], &Lengths::equal(2, 1));
        let x = [0.9, 0.8, 0.3, -0.2, 0.7, 0.6, 0.5, 0.1, 0.5, 0.4, 9.0, 9.0];
        let both = read(&x, &Lengths::ragged(3, 2, &[3, 2]));
        assert_eq!(both[6..], alone, "{kind:?}");
    }
}

#[test]
fn scores_of_probabilities_by_hand() {
    let rows = [0.5, 0.5, 0.9, 0.1, 0.25, 0.75];
    assert_eq!(right(&rows, &[0, 0, 1]), 1.0);
    assert_eq!(right(&rows, &[1, 0, 0]), 1.0 / 3.0);
    let expected = -(0.5f64.ln() + 0.9f64.ln() + 0.75f64.ln()) / 3.0;
    assert!((cross_entropy(&rows, &[0, 0, 1]) - expected).abs() < 1e-15);
}
