//! Parts held out: all examples once, no group in two parts, the same again.

use std::collections::BTreeSet;

use proptest::prelude::*;
use wengert_experiments::data::digits::{self, CLASSES, Digit};
use wengert_experiments::data::split::{
    Parts, Split, by_group, in_time, linked, normalised, parts_by_group, stratified,
    stratified_parts,
};
use wengert_experiments::random::{Purpose, stream};

fn split_digits(seed: u64) -> (Vec<Digit>, Split) {
    let digits = digits::load(None).unwrap();
    let content: Vec<_> = digits.iter().map(|digit| digit.pixels).collect();
    let classes: Vec<_> = digits
        .iter()
        .map(|digit| usize::from(digit.label))
        .collect();
    let split = stratified(&content, &classes, 0.2, &mut stream(seed, Purpose::Split));
    (digits, split)
}

#[test]
fn a_split_covers_all_examples_once_and_each_class_in_proportion() {
    let (digits, split) = split_digits(1);
    let all: BTreeSet<_> = split.train.iter().chain(&split.test).collect();
    assert_eq!(all.len(), digits.len());
    assert_eq!(split.train.len() + split.test.len(), digits.len());
    for class in 0..CLASSES as u8 {
        let of_class = |side: &[usize]| side.iter().filter(|i| digits[**i].label == class).count();
        let (train, test) = (of_class(&split.train), of_class(&split.test));
        let wanted = 0.2 * (train + test) as f64;
        assert!(
            (test as f64 - wanted).abs() <= 0.5,
            "class {class}: {test} of {}",
            train + test
        );
    }
}

#[test]
fn a_split_repeats_with_its_seed_and_changes_with_it() {
    assert_eq!(split_digits(1).1, split_digits(1).1);
    assert_ne!(split_digits(1).1, split_digits(2).1);
}

#[test]
fn equal_examples_stay_on_one_side() {
    // Every content three times; some of it with two classes.
    let content: Vec<usize> = (0..300).map(|i| i % 100).collect();
    let classes: Vec<usize> = (0..300)
        .map(|i| if i == 205 { 1 } else { i % 100 % 2 })
        .collect();
    for seed in 0..20 {
        let split = stratified(&content, &classes, 0.3, &mut stream(seed, Purpose::Split));
        let side = |indices: &[usize]| -> BTreeSet<usize> {
            indices.iter().map(|i| content[*i]).collect()
        };
        assert!(side(&split.train).is_disjoint(&side(&split.test)));
        assert_eq!(split.train.len() + split.test.len(), 300);
        assert_eq!(split.test.len(), 90);
    }
}

#[test]
fn a_stream_is_the_one_that_results_were_recorded_with() {
    use rand::Rng;
    let mut generator = stream(0, Purpose::Split);
    let first: [u64; 2] = [generator.next_u64(), generator.next_u64()];
    assert_eq!(first, [13937087304575520531, 13615851043850391654]);
}

/// Whether the parts are disjoint, together `0..count`, each ascending.
fn complete(parts: &[&[usize]], count: usize) -> bool {
    let all: BTreeSet<usize> = parts.iter().flat_map(|part| part.iter().copied()).collect();
    let total: usize = parts.iter().map(|part| part.len()).sum();
    let ascending = parts.iter().all(|part| part.is_sorted());
    ascending && total == count && all == (0..count).collect()
}

/// Whether no group has examples in two of the parts.
fn apart(parts: &[&[usize]], groups: &[usize]) -> bool {
    let present = parts.iter().map(|part| {
        let groups = part.iter().map(|index| groups[*index]);
        groups.collect::<BTreeSet<usize>>()
    });
    let present: Vec<_> = present.collect();
    let (total, all): (usize, BTreeSet<_>) = (
        present.iter().map(BTreeSet::len).sum(),
        present.into_iter().flatten().collect(),
    );
    total == all.len()
}

fn three(parts: &Parts) -> [&[usize]; 3] {
    [&parts.train, &parts.validation, &parts.test]
}

proptest! {
    #[test]
    fn groups_stay_together(
        groups in prop::collection::vec(0..40_usize, 0..200),
        validation in 0.0..0.5,
        test in 0.0..0.5,
        seed: u64,
    ) {
        let draw = || stream(seed, Purpose::Split);
        let two = by_group(&groups, test, &mut draw());
        let sides: [&[usize]; 2] = [&two.train, &two.test];
        prop_assert!(complete(&sides, groups.len()));
        prop_assert!(apart(&sides, &groups));
        prop_assert!(two.test.len() <= (test * groups.len() as f64).round() as usize);
        prop_assert_eq!(&two, &by_group(&groups, test, &mut draw()));

        let parts = parts_by_group(&groups, validation, test, &mut draw());
        prop_assert!(complete(&three(&parts), groups.len()));
        prop_assert!(apart(&three(&parts), &groups));
        prop_assert_eq!(&parts, &parts_by_group(&groups, validation, test, &mut draw()));
    }

    #[test]
    fn classes_are_held_out_in_proportion(
        classes in prop::collection::vec(0..4_usize, 0..200),
        validation in 0.0..0.5,
        test in 0.0..0.5,
        seed: u64,
    ) {
        let content: Vec<usize> = (0..classes.len()).collect();
        let mut generator = stream(seed, Purpose::Split);
        let parts = stratified_parts(&content, &classes, validation, test, &mut generator);
        prop_assert!(complete(&three(&parts), classes.len()));
        for class in 0..4 {
            let of = |part: &[usize]| part.iter().filter(|i| classes[**i] == class).count() as f64;
            let all = [&parts.train, &parts.validation, &parts.test].map(|part| of(part));
            let size: f64 = all.iter().sum();
            // Two halves of an odd class may both round up.
            prop_assert!((all[1] - validation * size).abs() <= 1.5, "{:?}", all);
            prop_assert!((all[2] - test * size).abs() <= 0.5, "{:?}", all);
        }
    }

    #[test]
    fn periods_follow_each_other(steps in 0..1000_usize, validation in 0.0..0.5, test in 0.0..0.5) {
        let periods = in_time(steps, validation, test);
        prop_assert_eq!(periods.train.start, 0);
        prop_assert_eq!(periods.train.end, periods.validation.start);
        prop_assert_eq!(periods.validation.end, periods.test.start);
        prop_assert_eq!(periods.test.end, steps);
        let of = |part: f64| part * steps as f64;
        prop_assert!((periods.validation.len() as f64 - of(validation)).abs() <= 1.0);
        prop_assert!((periods.test.len() as f64 - of(test)).abs() <= 0.5);
    }

    #[test]
    fn linked_groups_are_the_components_of_shared_keys(
        keys in prop::collection::vec(prop::collection::vec(0..60_u8, 0..3), 0..60),
    ) {
        let groups = linked(&keys);
        // The slow way: spread the smallest number over shared keys until nothing changes.
        let mut expected: Vec<usize> = (0..keys.len()).collect();
        for _ in 0..keys.len() {
            for i in 0..keys.len() {
                for j in 0..keys.len() {
                    if keys[i].iter().any(|key| keys[j].contains(key)) {
                        expected[i] = expected[i].min(expected[j]);
                    }
                }
            }
        }
        for i in 0..keys.len() {
            for j in 0..keys.len() {
                prop_assert_eq!(groups[i] == groups[j], expected[i] == expected[j]);
            }
        }
        let numbers: BTreeSet<usize> = groups.iter().copied().collect();
        prop_assert_eq!(numbers, (0..groups.iter().max().map_or(0, |last| last + 1)).collect());
    }
}

#[test]
fn links_reach_through_others() {
    let keys = [
        vec!["d"],
        vec!["a", "b"],
        vec!["c"],
        vec![],
        vec!["b", "c"],
        vec!["d", "e"],
    ];
    assert_eq!(linked(&keys), [0, 1, 1, 2, 1, 0]);
}

#[test]
fn a_group_too_large_to_hold_out_is_learnt_from() {
    let groups: Vec<usize> = (0..100).map(|index| index.max(20)).collect();
    for seed in 0..20 {
        let split = by_group(&groups, 0.2, &mut stream(seed, Purpose::Split));
        assert_eq!(split.test.len(), 20);
        assert!(split.train.contains(&0));
    }
}

#[test]
fn texts_that_read_alike_are_alike() {
    assert_eq!(normalised("  Don't buy -- THIS!"), "don t buy this");
    assert_eq!(normalised("¿Y fué   á mí?"), "y fué á mí");
    assert_eq!(normalised("10/10..."), "10 10");
    assert_eq!(normalised("?!"), "");
}

#[test]
#[should_panic(expected = "split: fractions [0.7, 0.5] are not in 0..=1 together")]
fn more_than_everything_cannot_be_held_out() {
    stratified_parts(&[1, 2], &[0, 0], 0.5, 0.7, &mut stream(0, Purpose::Split));
}
