//! Tasks that draw their sequences: each against its definition, and its baseline against draws.

use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use wengert_experiments::random::{Purpose, stream};
use wengert_experiments::tasks::continual_reber::{ContinualReber, SYMBOLS, without_memory};
use wengert_experiments::tasks::language::Language;
use wengert_experiments::tasks::latching::Latching;
use wengert_experiments::tasks::long_lag::LongLag;
use wengert_experiments::tasks::multiplication::Multiplication;
use wengert_experiments::tasks::reber::Reber;
use wengert_experiments::tasks::temporal_order::{self, END, OTHERS, START, TemporalOrder};
use wengert_experiments::tasks::two_sequence::TwoSequence;

fn examples(seed: u64) -> ChaCha8Rng {
    stream(seed, Purpose::Examples)
}

/// Mean and variance of what is drawn.
fn moments(count: usize, draw: impl FnMut(usize) -> f64) -> [f64; 2] {
    let values: Vec<f64> = (0..count).map(draw).collect();
    let mean = values.iter().sum::<f64>() / count as f64;
    let squares = values.iter().map(|value| (value - mean) * (value - mean));
    [mean, squares.sum::<f64>() / count as f64]
}

#[track_caller]
fn assert_near(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{found}, but {expected} is expected"
    );
}

const ORDERS: [temporal_order::Variant; 3] = [
    temporal_order::Variant::Two,
    temporal_order::Variant::Three,
    temporal_order::Variant::Short,
];

/// The ranges of positions that the papers give for T = 100.
#[test]
fn temporal_order_at_its_published_length() {
    let places = |variant| TemporalOrder::new(variant, 100).places();
    assert_eq!(places(ORDERS[0]), [10..21, 50..61]);
    assert_eq!(places(ORDERS[1]), [10..21, 33..44, 66..77]);
    assert_eq!(places(ORDERS[2]), [10..20, 50..60]);
    let task = TemporalOrder::new(ORDERS[0], 100);
    assert_eq!(
        (task.symbols(), task.classes(), task.lengths()),
        (8, 4, 100..111)
    );
    assert_eq!(TemporalOrder::new(ORDERS[1], 100).classes(), 8);
    assert_near(task.plateau(), 1.3863, 1e-4);
}

#[test]
fn two_sequences_are_told_apart_by_their_start_alone() {
    let task = TwoSequence::new(100, 3);
    let noise = |class: bool| {
        let mut rng = examples(5);
        let sequences = std::iter::repeat_with(|| task.draw(&mut rng));
        let own = sequences.filter(|sequence| sequence.positive == class);
        let inputs: Vec<f64> = own.take(200).flat_map(|s| s.inputs[3..].to_vec()).collect();
        moments(inputs.len(), |i| inputs[i])
    };
    for [mean, variance] in [true, false].map(noise) {
        assert_near(mean, 0.0, 0.015);
        assert_near(variance, 0.2, 0.01);
    }
}

/// The fraction in which the mean of the informative inputs has the right sign.
#[test]
fn latching_is_as_hard_as_it_says() {
    for (informative, deviation) in [(1, 1.0), (3, 2.0), (10, 1.5)] {
        let task = Latching::new(30, informative, deviation);
        let mut rng = examples(2);
        let [right, _] = moments(20_000, |_| {
            let sequence = task.draw(&mut rng);
            let mean: f64 = sequence.inputs[..informative].iter().sum();
            f64::from(u8::from(mean * sequence.sign > 0.0))
        });
        assert_near(right, task.best(), 0.01);
    }
    assert_near(Latching::new(30, 1, 1.0).best(), 0.841_345, 1e-6);
}

#[test]
fn multiplication_has_the_moments_it_says() {
    for length in [20, 40, 100] {
        let task = Multiplication::new(length);
        let mut rng = examples(3);
        let [mean, variance] = moments(40_000, |_| task.draw(&mut rng).target);
        assert_near(mean, task.mean(), 0.005);
        assert_near(variance, task.baseline(), 0.002);
    }
}

#[test]
fn long_lags_have_the_mean_length_they_say() {
    let distracted = LongLag::Distracted {
        different: 20,
        least: 30,
    };
    for task in [LongLag::Regular(10), LongLag::Random(10), distracted] {
        let mut rng = examples(4);
        let [mean, _] = moments(20_000, |_| task.draw(&mut rng).len() as f64);
        assert_near(mean, task.mean_length(), 0.3);
    }
    assert_near(distracted.mean_length(), 43.0, 1e-9);
}

#[test]
fn reber_strings_have_the_mean_length_they_say() {
    for (grammar, expected) in [(Reber::Plain, 8.0), (Reber::Embedded, 12.0)] {
        assert_near(grammar.mean_length(), expected, 1e-9);
        let mut rng = examples(6);
        let [mean, _] = moments(20_000, |_| grammar.draw(&mut rng).len() as f64);
        assert_near(mean, expected, 0.1);
    }
}

/// A predictor that knows the grammar, and takes every string for one after T.
#[test]
fn forgetting_the_continual_grammar_costs_what_it_says() {
    let [mean, _] = moments(4000, |seed| {
        let mut string = Vec::new();
        let right = |(symbol, legal): &(usize, [bool; SYMBOLS])| {
            string.push(*symbol);
            let after_t: Vec<usize> = match string.len() {
                1 => string.clone(),
                _ => [&[0, 1], &string[2..]].concat(),
            };
            let row = Reber::Embedded
                .continuations(&after_t)
                .unwrap()
                .pop()
                .unwrap();
            if row[SYMBOLS] {
                string.clear();
            }
            row[SYMBOLS] || row[..SYMBOLS] == legal[..]
        };
        let stream = ContinualReber::new(examples(seed as u64));
        stream.take_while(right).count() as f64
    });
    // Of one right prediction fewer: the wrong one follows a symbol too.
    assert_near(mean + 1.0, without_memory(), 0.8);
}

proptest! {
    #[test]
    fn temporal_order_is_as_defined(seed: u64, length in 10..300usize) {
        for variant in ORDERS {
            let task = TemporalOrder::new(variant, length);
            let sequence = task.draw(&mut examples(seed));
            let steps = sequence.symbols.len();
            prop_assert!(task.lengths().contains(&steps));
            let mut class = 0;
            for (place, allowed) in sequence.relevant.iter().zip(task.places()) {
                prop_assert!(allowed.contains(place));
            }
            for (place, symbol) in sequence.symbols.iter().enumerate() {
                let bracket = variant != ORDERS[2] && [0, steps - 1].contains(&place);
                if bracket {
                    prop_assert_eq!(*symbol, if place == 0 { START } else { END });
                } else if sequence.relevant.contains(&place) {
                    class = 2 * class + symbol.checked_sub(OTHERS).unwrap();
                } else {
                    prop_assert!(*symbol < OTHERS);
                }
            }
            prop_assert_eq!(class, sequence.class);
            prop_assert!(class < task.classes());
        }
    }

    #[test]
    fn two_sequences_are_as_defined(seed: u64, informative in 1..10usize, more in 1..100usize) {
        let task = TwoSequence::new(informative + more, informative);
        let sequence = task.draw(&mut examples(seed));
        prop_assert!(task.lengths().contains(&sequence.inputs.len()));
        let sign = if sequence.positive { 1.0 } else { -1.0 };
        prop_assert!(sequence.inputs[..informative].iter().all(|x| *x == sign));
        let noisy = task.with_noisy_start().draw(&mut examples(seed));
        prop_assert_eq!(noisy.positive, sequence.positive);
        prop_assert_eq!(&noisy.inputs[informative..], &sequence.inputs[informative..]);
        prop_assert!(noisy.inputs[..informative].iter().all(|x| *x != sign));
    }

    #[test]
    fn multiplication_is_as_defined(seed: u64, length in 20..200usize) {
        let task = Multiplication::new(length);
        let sequence = task.draw(&mut examples(seed));
        let [first, second] = sequence.marked;
        prop_assert!(first != second && first < 10 && second < length / 2);
        let product = sequence.pairs[first][0] * sequence.pairs[second][0];
        prop_assert_eq!(sequence.target, product);
        prop_assert!(task.is_right(product + 0.039, sequence.target));
        prop_assert!(!task.is_right(product + 0.041, sequence.target));
        prop_assert!(sequence.pairs.iter().all(|pair| (0.0..=1.0).contains(&pair[0])));
        if sequence.marked.contains(&0) {
            prop_assert_eq!(sequence.pairs[0], [1.0, 1.0]);
        }
        let marks = sequence.pairs.iter().filter(|pair| pair[1] == 1.0).count();
        prop_assert_eq!(marks, 2);
    }

    #[test]
    fn long_lags_are_as_defined(seed: u64, p in 2..60usize, q in 1..60usize) {
        let distracted = LongLag::Distracted { different: p, least: q };
        for task in [LongLag::Regular(p), LongLag::Random(p), distracted] {
            let symbols = task.draw(&mut examples(seed));
            let last = symbols.len() - 1;
            let inside = match task {
                LongLag::Distracted { .. } => {
                    let [b, e] = task.brackets();
                    prop_assert_eq!([symbols[0], symbols[last - 1]], [b, e]);
                    prop_assert_eq!(symbols[1], symbols[last]);
                    prop_assert_eq!(e + 1, task.symbols());
                    prop_assert!(last > task.lag());
                    2..last - 1
                }
                LongLag::Regular(p) | LongLag::Random(p) => {
                    prop_assert_eq!(symbols[0], symbols[last]);
                    prop_assert_eq!([last, task.lag(), task.symbols()], [p, p, p + 1]);
                    1..last
                }
            };
            prop_assert!(task.remembered().contains(&symbols[last]));
            prop_assert!(symbols[inside.clone()].iter().all(|s| *s < task.distractors()));
            if task == LongLag::Regular(p) {
                prop_assert!(symbols[inside].iter().copied().eq(0..p - 1));
            }
        }
    }

    /// Strings one behind the other, each legal, and the legal next symbols those of the grammar.
    #[test]
    fn the_continual_grammar_is_made_of_whole_strings(seed: u64) {
        let mut string = Vec::new();
        for (symbol, legal) in ContinualReber::new(examples(seed)).take(100) {
            string.push(symbol);
            let rows = Reber::Embedded.continuations(&string);
            let row = rows.unwrap().pop().unwrap();
            if row[SYMBOLS] {
                // Over: the next begins with B.
                string.clear();
                prop_assert_eq!(legal, std::array::from_fn(|symbol| symbol == 0));
            } else {
                prop_assert_eq!(&row[..SYMBOLS], &legal[..]);
            }
        }
    }
}
