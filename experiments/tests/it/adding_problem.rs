//! The adding problem: each of its definitions, and the error of who has no memory.

use proptest::prelude::*;
use wengert_experiments::random::{Purpose, stream};
use wengert_experiments::tasks::adding::{Adding, Sequence, Variant};

const VARIANTS: [Variant; 3] = [Variant::Signed, Variant::Mean, Variant::Sum];

fn drawn(variant: Variant, length: usize, seed: u64) -> Sequence {
    Adding::new(variant, length).draw(&mut stream(seed, Purpose::Examples))
}

/// The steps whose mark is this.
fn with_mark(sequence: &Sequence, mark: f64) -> Vec<usize> {
    let marks = sequence.pairs.iter().enumerate();
    marks
        .filter(|(_, [_, m])| *m == mark)
        .map(|(step, _)| step)
        .collect()
}

fn sorted(mut steps: [usize; 2]) -> [usize; 2] {
    steps.sort_unstable();
    steps
}

proptest! {
    #[test]
    fn signed_is_that_of_1997(length in 20usize..300, seed: u64) {
        let s = drawn(Variant::Signed, length, seed);
        let steps = s.pairs.len();
        prop_assert!((length..=length + length / 10).contains(&steps));
        prop_assert!(s.pairs.iter().all(|[value, _]| (-1.0..=1.0).contains(value)));
        let [first, second] = s.marked;
        prop_assert!(first < 10 && second < length / 2 && first != second);
        prop_assert_eq!(with_mark(&s, 1.0), sorted(s.marked));
        let borders: Vec<usize> = [0, steps - 1]
            .into_iter()
            .filter(|step| !s.marked.contains(step))
            .collect();
        prop_assert_eq!(with_mark(&s, -1.0), borders);
        if s.marked.contains(&0) {
            prop_assert_eq!(s.pairs[0][0], 0.0);
        }
        let target = 0.5 + (s.pairs[first][0] + s.pairs[second][0]) / 4.0;
        prop_assert_eq!(s.target, target);
    }

    #[test]
    fn mean_is_that_of_2013(length in 10usize..300, seed: u64) {
        let s = drawn(Variant::Mean, length, seed);
        let steps = s.pairs.len();
        prop_assert!((length..length + length / 10).contains(&steps));
        prop_assert!(s.pairs.iter().all(|[value, _]| (0.0..=1.0).contains(value)));
        let [first, second] = s.marked;
        prop_assert!(first < steps / 10 && (steps / 10..=steps / 2).contains(&second));
        prop_assert_eq!(with_mark(&s, 1.0), s.marked);
        prop_assert_eq!(with_mark(&s, 0.0).len(), steps - 2);
        prop_assert_eq!(2.0 * s.target, s.pairs[first][0] + s.pairs[second][0]);
    }

    #[test]
    fn sum_is_that_of_2016(length in 2usize..300, seed: u64) {
        let s = drawn(Variant::Sum, length, seed);
        prop_assert_eq!(s.pairs.len(), length);
        prop_assert!(s.pairs.iter().all(|[value, _]| (0.0..=1.0).contains(value)));
        let [first, second] = s.marked;
        prop_assert!(first < length / 2 && (length / 2..length).contains(&second));
        prop_assert_eq!(with_mark(&s, 1.0), s.marked);
        prop_assert_eq!(with_mark(&s, 0.0).len(), length - 2);
        prop_assert_eq!(s.target, s.pairs[first][0] + s.pairs[second][0]);
    }

    #[test]
    fn a_seed_has_one_sequence(length in 20usize..100, seed: u64) {
        for variant in VARIANTS {
            prop_assert_eq!(drawn(variant, length, seed), drawn(variant, length, seed));
        }
    }
}

/// Mean and variance of 40 000 targets are those of the closed form, within four standard errors.
#[test]
fn the_baseline_is_the_variance_of_the_targets() {
    const DRAWS: u32 = 40_000;
    for (variant, length) in [
        (Variant::Signed, 20),
        (Variant::Signed, 100),
        (Variant::Mean, 30),
        (Variant::Sum, 7),
    ] {
        let task = Adding::new(variant, length);
        let mut rng = stream(3, Purpose::Test);
        let errors = (0..DRAWS).map(|_| task.draw(&mut rng).target - task.mean());
        let errors: Vec<f64> = errors.collect();
        let mean = |power: i32| {
            let sum: f64 = errors.iter().map(|error| error.powi(power)).sum();
            sum / f64::from(DRAWS)
        };
        let (variance, draws) = (mean(2), f64::from(DRAWS));
        assert!(
            mean(1).abs() < 4.0 * (variance / draws).sqrt(),
            "{variant:?} {length}: mean off by {}",
            mean(1)
        );
        let standard_error = ((mean(4) - variance * variance) / draws).sqrt();
        assert!(
            (variance - task.baseline()).abs() < 4.0 * standard_error,
            "{variant:?} {length}: {variance}, not {}",
            task.baseline()
        );
    }
}

#[test]
fn baselines_are_those_of_print() {
    assert_eq!(Adding::new(Variant::Sum, 200).baseline(), 1.0 / 6.0);
    assert!((Adding::new(Variant::Mean, 50).baseline() - 1.0 / 24.0).abs() < 1e-15);
    // As if no mark fell on the first pair, and a little less, for some do.
    let signed = Adding::new(Variant::Signed, 100).baseline();
    assert!(0.94 / 24.0 < signed && signed < 0.95 / 24.0, "{signed}");
}

#[test]
fn answers_are_right_within_the_published_tolerance() {
    let right = |variant, error| Adding::new(variant, 100).is_right(0.5 + error, 0.5);
    assert_eq!(right(Variant::Signed, 0.039), Some(true));
    assert_eq!(right(Variant::Signed, -0.041), Some(false));
    assert_eq!(right(Variant::Mean, -0.199), Some(true));
    assert_eq!(right(Variant::Mean, 0.201), Some(false));
    assert_eq!(right(Variant::Sum, 0.0), None);
}

#[test]
#[should_panic(expected = "adding: length 19, but Signed needs 20")]
fn there_is_room_for_the_marks() {
    Adding::new(Variant::Signed, 19);
}
