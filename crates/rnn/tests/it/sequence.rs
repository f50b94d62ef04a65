//! Lengths: every real step once, in the order in which it can run.

use proptest::collection::vec;
use proptest::prelude::*;
use wengert_rnn::Lengths;

/// Lengths of a batch padded to `steps`, which may be more than the longest has.
fn batches() -> impl Strategy<Value = (usize, Vec<usize>)> {
    (1usize..8).prop_flat_map(|steps| (Just(steps), vec(1..=steps, 1..7)))
}

/// Step and sample of each row of a padded batch that is read, in the order in which it is.
fn steps(lengths: &Lengths) -> Vec<(usize, usize)> {
    let place = |&row: &usize| (row / lengths.batch(), row % lengths.batch());
    lengths.rows().iter().map(place).collect()
}

proptest! {
    #[test]
    fn each_real_step_runs_once_and_in_time((most, own) in batches(), backwards: bool) {
        let forwards = Lengths::ragged(most, own.len(), &own);
        let lengths = if backwards { forwards.backwards() } else { forwards };
        let steps = steps(&lengths);
        prop_assert_eq!(steps.len(), own.iter().sum::<usize>());
        for (b, &length) in own.iter().enumerate() {
            let of_sample = steps.iter().filter(|step| step.1 == b);
            let times: Vec<usize> = of_sample.map(|step| step.0).collect();
            let mut expected: Vec<usize> = (0..length).collect();
            if backwards {
                expected.reverse();
            }
            prop_assert_eq!(times, expected);
        }
    }

    /// The samples that run at a step are the first rows of the step before, in the same order.
    #[test]
    fn those_that_still_run_are_the_first_rows((most, own) in batches()) {
        let lengths = Lengths::ragged(most, own.len(), &own);
        prop_assert!(lengths.order().is_sorted_by_key(|&b| std::cmp::Reverse(own[b])));
        prop_assert_eq!(lengths.running().iter().sum::<usize>(), lengths.total());
        prop_assert!(lengths.running().is_sorted_by(|a, b| a >= b));
        for (t, &running) in lengths.running().iter().enumerate() {
            prop_assert_eq!(running, own.iter().filter(|&&length| length > t).count());
        }
        let steps = steps(&lengths);
        let mut rows = steps.iter();
        for (t, &running) in lengths.running().iter().enumerate() {
            for &b in &lengths.order()[..running] {
                prop_assert_eq!(rows.next(), Some(&(t, b)));
            }
        }
    }

    #[test]
    fn packing_takes_the_rows_that_run((most, own) in batches(), width in 0usize..4) {
        let lengths = Lengths::ragged(most, own.len(), &own);
        let padded: Vec<usize> = (0..most * own.len() * width).collect();
        let row = |&row: &usize| row * width..(row + 1) * width;
        let expected: Vec<usize> = lengths.rows().iter().flat_map(row).collect();
        for same in [lengths.clone(), lengths.packed(), lengths.backwards()] {
            prop_assert_eq!(same.pack(&padded, width), &expected[..]);
        }
        let packed = lengths.packed();
        prop_assert_eq!(packed.height(), lengths.total());
        prop_assert!(packed.is_in_order());
        prop_assert_eq!(packed.rows(), (0..lengths.total()).collect::<Vec<_>>());
        // Backwards, a packed batch is read in the places of its padded rows.
        let forwards = lengths.rows();
        let place = |row: &usize| forwards.iter().position(|f| f == row);
        let expected: Option<Vec<usize>> = lengths.backwards().rows().iter().map(place).collect();
        prop_assert_eq!(Some(packed.backwards().rows()), expected);
    }

    #[test]
    fn backwards_twice_is_forwards((most, own) in batches()) {
        let lengths = Lengths::ragged(most, own.len(), &own);
        prop_assert_eq!(lengths.backwards().backwards(), lengths.clone());
        prop_assert!(!lengths.backwards().is_in_order());
        let in_order = lengths.rows() == (0..lengths.height()).collect::<Vec<_>>();
        prop_assert_eq!(lengths.is_in_order(), in_order);
    }

    #[test]
    fn equal_lengths_are_ragged_ones(steps in 1usize..9, batch in 1usize..9) {
        let lengths = Lengths::equal(steps, batch);
        prop_assert_eq!(&lengths, &Lengths::ragged(steps, batch, &vec![steps; batch]));
        prop_assert!(lengths.is_in_order());
    }
}
