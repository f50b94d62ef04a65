//! Feed-forward layers, encoders in one direction, and what is said of classifiers.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_experiments::classify::answers::{Answers, table};
use wengert_experiments::classify::plot::{Shown, mistakes};
use wengert_experiments::dense::Dense;
use wengert_experiments::encoder::{Encoder, Kind};
use wengert_experiments::figure::{Drawing, Pictures};
use wengert_rnn::Lengths;
use wengert_rnn::dropout::Mode;
use wengert_tape::Tape;

#[test]
fn layers_have_rectifiers_between_them() {
    let dense = Dense::new(&[2, 2, 1]);
    let mut params = dense.init(&mut ChaCha8Rng::seed_from_u64(0));
    assert_eq!(params.len(), 2 * 2 + 2 + 2 + 1);
    params
        .get_mut("0.weight")
        .copy_from_slice(&[1.0, 2.0, -1.0, 1.0]);
    params.get_mut("0.bias").copy_from_slice(&[0.5, 0.0]);
    params.get_mut("1.weight").copy_from_slice(&[-3.0, 10.0]);
    params.get_mut("1.bias").copy_from_slice(&[1.0]);
    let tape = Tape::new();
    let x = tape.constant([2, 2], &[1.0, 1.0, 2.0, -2.0]);
    let y = dense.apply(&mut params.bind(&tape), x, &mut Mode::Evaluate);
    // 1 - 3 (1 + 2 + 0.5) + 10 * 0, and both units below 0.
    assert_eq!(y.to_vec(), [-9.5, 1.0]);
}

#[test]
fn dropout_acts_between_layers_in_training_only() {
    let dense = Dense::new(&[1, 64, 1]).with_dropout(0.5);
    let params = dense.init(&mut ChaCha8Rng::seed_from_u64(0));
    let tape = Tape::new();
    let x = tape.constant([1, 1], &[1.0]);
    let answer = |mode: &mut Mode<'_>| dense.apply(&mut params.bind(&tape), x, mode).item();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    assert_ne!(
        answer(&mut Mode::Train(&mut rng)),
        answer(&mut Mode::Evaluate)
    );
    assert_eq!(answer(&mut Mode::Evaluate), answer(&mut Mode::Evaluate));
}

#[test]
fn an_encoder_in_one_direction_does_not_know_what_comes() {
    for kind in [Kind::Elman, Kind::Gru, Kind::Lstm] {
        let encoder = Encoder::forwards(kind, 1, 2, 3);
        let params = encoder.init::<f64>(&mut ChaCha8Rng::seed_from_u64(0));
        let tape = Tape::new();
        let read = |x: &[f64]| {
            let (x, lengths) = (tape.constant([3, 1], x), Lengths::equal(3, 1));
            let mut leaves = params.bind(&tape);
            encoder
                .read(&mut leaves, x, &lengths, &mut Mode::Evaluate)
                .to_vec()
        };
        let (one, other) = (read(&[0.1, 0.2, 0.3]), read(&[0.1, 0.2, -9.0]));
        assert_eq!(one.len(), 3 * 3);
        assert_eq!(one[..6], other[..6], "{kind:?}");
        assert_ne!(one[6..], other[6..], "{kind:?}");
    }
}

#[test]
fn answers_are_counted() {
    let labels = [0, 1, 2, 2];
    let answers = Answers::new("half", 7, vec![0, 1, 1, 0], &labels);
    assert_eq!(answers.accuracy, 0.5);
    let text = table(&[answers]);
    assert!(text.contains("half        50.00 %   2 of 4  7"), "{text}");
}

#[test]
fn mistakes_are_shown_with_class_and_answer() {
    let shown = |i: usize| Shown {
        columns: 1,
        ink: vec![i as f64 / 4.0],
    };
    assert!(mistakes(&[1, 2], &[1, 2], shown).is_none());
    let sheet = mistakes(&[1, 0, 2], &[1, 2, 2], shown).unwrap();
    assert_eq!(
        sheet.to_csv(),
        "caption,row,column,value\n2 read as 0,0,0,0.25\n"
    );
    // Of many mistakes some are shown, from all classes.
    let labels: Vec<usize> = (0..100).map(|i| i / 10).collect();
    let sheet = mistakes(&[10; 100], &labels, |_| shown(0)).unwrap();
    let text = sheet.to_csv();
    assert_eq!(text.lines().count(), 1 + 24);
    assert!((0..10).all(|class| text.contains(&format!("{class} read as 10"))));
}

#[test]
fn pictures_in_colour_keep_their_colours() {
    let sheet = Pictures::new("t", "d").across(2).coloured(
        "a long caption of many words\nand a second line",
        2,
        &[[255, 0, 0], [0, 16, 255]],
    );
    assert_eq!(
        sheet.to_csv().lines().last().unwrap().rsplit(',').next(),
        Some("#0010ff")
    );
    let svg = sheet.to_svg();
    assert!(svg.contains(r##"fill="#ff0000""##) && svg.contains("and a second line"));
    assert!(sheet.to_vega_lite().contains("#0010ff"));
}
