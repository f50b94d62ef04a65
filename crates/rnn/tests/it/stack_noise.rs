//! Dropout and zoneout: where masks lie, what they keep, and that a generator decides all of it.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::dropout::{Mode, Variational, Zoneout, dropout, variational_dropout};
use wengert_rnn::{Activation, Elman, Gru, Lengths, Stack};
use wengert_tape::Tape;

use crate::setup::random;
use crate::stack::{Sizes, sizes};

/// The output and final hidden states of a stack, in this mode.
fn outputs(p: &Sizes, stack: &Stack<Gru>, mode: Mode<'_>) -> [Vec<f64>; 2] {
    let params = stack.init::<f64>(&mut ChaCha8Rng::seed_from_u64(p.seed));
    let tape = Tape::new();
    let w = params.bind(&tape).take();
    let x = tape.constant([p.steps * p.batch(), p.inputs], &p.x());
    let run = stack.run(&w, x, &p.lengths(), None, mode);
    [run.output().to_vec(), run.last().to_vec()]
}

fn train(p: &Sizes, stack: &Stack<Gru>, seed: u64) -> [Vec<f64>; 2] {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    outputs(p, stack, Mode::Train(&mut rng))
}

fn variational(inputs: f64, layers: f64, state: f64) -> Variational {
    Variational {
        inputs,
        layers,
        state,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn the_generator_decides(p in sizes()) {
        let stack = p
            .both()
            .with_dropout(0.5)
            .with_variational_dropout(variational(0.3, 0.3, 0.3))
            .with_zoneout(Zoneout { hidden: 0.3, memory: 0.3 });
        prop_assert_eq!(train(&p, &stack, 1), train(&p, &stack, 1));
    }

    #[test]
    fn in_evaluation_dropout_does_nothing(p in sizes()) {
        let noisy = p.both().with_dropout(0.9).with_variational_dropout(variational(0.9, 0.9, 0.9));
        let plain = outputs(&p, &p.both(), Mode::Evaluate);
        prop_assert_eq!(outputs(&p, &noisy, Mode::Evaluate), plain);
    }

    #[test]
    fn a_rate_of_0_is_none(p in sizes()) {
        let plain = outputs(&p, &p.both(), Mode::Evaluate);
        prop_assert_eq!(train(&p, &p.both(), 1), plain);
    }

    #[test]
    fn dropout_is_between_layers_only(p in sizes()) {
        // With a rate of 1 the second layer sees zeros, and its output is not dropped.
        let single = Sizes { layers: 1, ..p.clone() };
        let plain = outputs(&single, &single.both(), Mode::Evaluate);
        prop_assert_eq!(train(&single, &single.both().with_dropout(1.0), 1), plain);

        let stacked = Sizes { layers: 2, ..p };
        let deaf = stacked.both().with_dropout(1.0);
        let other = Sizes { seed: stacked.seed ^ 2, ..stacked.clone() };
        let of = |inputs: &Sizes| {
            let params = deaf.init::<f64>(&mut ChaCha8Rng::seed_from_u64(0));
            let tape = Tape::new();
            let w = params.bind(&tape).take();
            let x = tape.constant([inputs.steps * inputs.batch(), inputs.inputs], &inputs.x());
            let mut rng = ChaCha8Rng::seed_from_u64(0);
            deaf.run(&w, x, &inputs.lengths(), None, Mode::Train(&mut rng)).output().to_vec()
        };
        prop_assert_eq!(of(&stacked), of(&other));
        prop_assert!(of(&stacked).iter().any(|&y| y != 0.0));
    }

    #[test]
    fn zoneout_of_everything_keeps_the_initial_state(p in sizes()) {
        let stack = p.both().with_zoneout(Zoneout { hidden: 1.0, memory: 1.0 });
        for [output, last] in [train(&p, &stack, 1), outputs(&p, &stack, Mode::Evaluate)] {
            prop_assert!(output.iter().chain(&last).all(|&y| y == 0.0));
        }
    }

    #[test]
    fn masks_lie_where_they_should(p in sizes()) {
        let lengths = p.lengths();
        let tape = Tape::<f64>::new();
        let ones = tape.constant([lengths.height(), 3], &vec![1.0; lengths.height() * 3]);
        let mut rng = ChaCha8Rng::seed_from_u64(p.seed);
        let mut mode = Mode::Train(&mut rng);
        let each = dropout(ones, &lengths, 0.75, &mut mode).to_vec();
        prop_assert!(each.iter().all(|&m| m == 0.0 || m == 4.0));
        let same = variational_dropout(ones, &lengths, 0.75, &mut mode).to_vec();
        for (b, &length) in p.lengths.iter().enumerate() {
            let row = |t: usize| &same[(t * p.batch() + b) * 3..][..3];
            for t in 0..length {
                prop_assert_eq!(row(t), row(0));
            }
        }
    }
}

/// Whether the mean of `count` independent numbers of standard deviation `deviation` is within five
/// standard errors of `expected`.
#[track_caller]
fn assert_mean(found: &[f64], expected: f64, deviation: f64) {
    let count = found.len() as f64;
    let mean = found.iter().sum::<f64>() / count;
    let bound = 5.0 * deviation / count.sqrt();
    assert!(
        (mean - expected).abs() <= bound,
        "mean {mean}, but {expected} within {bound} is expected"
    );
}

#[test]
fn dropout_keeps_the_mean() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    for rate in [0.1, 0.5, 0.9] {
        let tape = Tape::<f64>::new();
        let lengths = Lengths::equal(4, 500);
        let x = tape.constant([2000, 10], &vec![1.0; 20000]);
        let mut mode = Mode::Train(&mut rng);
        let each = dropout(x, &lengths, rate, &mut mode).to_vec();
        let same = variational_dropout(x, &lengths, rate, &mut mode).to_vec();
        let deviation = (rate / (1.0 - rate)).sqrt();
        assert_mean(&each, 1.0, deviation);
        assert_mean(&same[..5000], 1.0, deviation);
    }
}

#[test]
fn the_mean_of_zoneout_is_its_evaluation() {
    // One step of a linear cell from a given state: the state after it is linear in the mask.
    let (rate, samples) = (0.3, 20000);
    let stack = Stack::new(1, 1, |inputs| Elman::new(inputs, 1, Activation::Relu));
    let stack = stack.with_zoneout(Zoneout {
        hidden: rate,
        memory: 0.0,
    });
    let mut params = stack.init::<f64>(&mut ChaCha8Rng::seed_from_u64(0));
    params.values_mut().copy_from_slice(&[1.0, 1.0, 0.0, 0.0]);
    let tape = Tape::new();
    let w = params.bind(&tape).take();
    let x = tape.constant([samples, 1], &vec![1.0; samples]);
    let h = tape.constant([samples, 1], &vec![2.0; samples]);
    let last = |mode: Mode<'_>| {
        let run = stack.run(&w, x, &Lengths::equal(1, samples), Some(&[h]), mode);
        run.last().to_vec()
    };
    let expected = last(Mode::Evaluate)[0];
    assert!((expected - (rate * 2.0 + (1.0 - rate) * 3.0)).abs() < 1e-15);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let found = last(Mode::Train(&mut rng));
    assert!(found.iter().all(|&h| h == 2.0 || h == 3.0));
    assert_mean(&found, expected, (rate * (1.0 - rate)).sqrt());
}

#[test]
fn the_state_is_masked_only_on_its_way_to_the_next_step() {
    // h' = relu(x + h): without what was dropped, every step's output is its input. Outputs of
    // samples whose state is kept are doubled on the way.
    let stack = Stack::new(1, 1, |inputs| Elman::new(inputs, 1, Activation::Relu));
    let stack = stack.with_variational_dropout(variational(0.0, 0.0, 0.5));
    let mut params = stack.init::<f64>(&mut ChaCha8Rng::seed_from_u64(0));
    params.values_mut().copy_from_slice(&[1.0, 1.0, 0.0, 0.0]);
    let tape = Tape::new();
    let w = params.bind(&tape).take();
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let lengths = Lengths::ragged(3, 20, &[1, 3, 2, 3, 3].repeat(4));
    let x: Vec<f64> = random(60, &mut rng).iter().map(|x| x.abs()).collect();
    let run = stack.run(
        &w,
        tape.constant([60, 1], &x),
        &lengths,
        None,
        Mode::Train(&mut rng),
    );
    let (h, last) = (run.output().to_vec(), run.last().to_vec());
    let mut kept = 0;
    for (b, &length) in lengths.lengths().iter().enumerate() {
        let at = |t: usize| t * 20 + b;
        let gains: Vec<f64> = (1..length)
            .map(|t| ((h[at(t)] - x[at(t)]) / h[at(t - 1)]).round())
            .collect();
        assert!(
            gains
                .iter()
                .all(|&g| g == gains[0] && (g == 0.0 || g == 2.0))
        );
        assert_eq!(h[at(0)], x[at(0)]);
        assert_eq!(last[b], h[at(length - 1)]);
        kept += usize::from(gains.first() == Some(&2.0));
    }
    assert!(
        (1..16).contains(&kept),
        "{kept} of 16 samples of two steps or more are kept"
    );
}
