//! The order in which the rows of a batch run: against the definition, sample by sample.

use proptest::prelude::*;
use wengert_rnn::Lengths;

fn batches() -> impl Strategy<Value = (usize, Vec<usize>)> {
    let lengths = |steps| prop::collection::vec(1..=steps, 1..8);
    (1_usize..12).prop_flat_map(move |steps| (Just(steps), lengths(steps)))
}

proptest! {
    #[test]
    fn rows_run_as_defined((steps, own) in batches()) {
        let batch = own.len();
        let lengths = Lengths::ragged(steps, batch, &own);
        // Longest first, those of equal length in their own order.
        let mut order: Vec<usize> = (0..batch).collect();
        order.sort_by_key(|&b| (steps - own[b], b));
        let (mut forwards, mut backwards) = (Vec::new(), Vec::new());
        for t in 0..steps {
            for &b in order.iter().filter(|&&b| t < own[b]) {
                forwards.push(t * batch + b);
                backwards.push((own[b] - 1 - t) * batch + b);
            }
        }
        prop_assert_eq!(lengths.order(), &order);
        prop_assert_eq!(lengths.total(), own.iter().sum::<usize>());
        prop_assert_eq!(&lengths.rows(), &forwards);
        prop_assert_eq!(&lengths.backwards().rows(), &backwards);
        prop_assert_eq!(&lengths.backwards().backwards(), &lengths);

        // In a packed batch, each row is where its padded row was put.
        let ids: Vec<usize> = (0..steps * batch).collect();
        let ids = lengths.pack(&ids, 1);
        let at = |rows: Vec<usize>| -> Vec<usize> { rows.iter().map(|&row| ids[row]).collect() };
        let packed = lengths.packed();
        prop_assert_eq!(packed.height(), ids.len());
        prop_assert_eq!(at(packed.rows()), forwards);
        prop_assert_eq!(at(packed.backwards().rows()), backwards);
    }

    #[test]
    fn rows_in_order_are_those_that_run_as_they_lie((steps, own) in batches(), flags in 0..4) {
        let mut lengths = Lengths::ragged(steps, own.len(), &own);
        if flags & 1 == 1 {
            lengths = lengths.packed();
        }
        if flags & 2 == 2 {
            lengths = lengths.backwards();
        }
        let rows = lengths.rows();
        let lie = rows.len() == lengths.height() && rows.is_sorted();
        // Backwards is never taken as it lies, though single steps could be.
        prop_assert!(!lengths.is_in_order() || lie);
        prop_assert_eq!(lengths.is_in_order(), flags & 2 == 0 && lie);
    }

    #[test]
    fn equal_lengths_are_ragged_ones(steps in 1_usize..6, batch in 1_usize..6) {
        let ragged = Lengths::ragged(steps, batch, &vec![steps; batch]);
        prop_assert_eq!(Lengths::equal(steps, batch), ragged);
    }

    #[test]
    fn rows_are_packed_whole((steps, own) in batches(), width in 1_usize..4) {
        let lengths = Lengths::ragged(steps, own.len(), &own);
        let padded: Vec<usize> = (0..steps * own.len() * width).collect();
        let rows = lengths.rows().into_iter();
        let expected: Vec<usize> = rows.flat_map(|row| row * width..(row + 1) * width).collect();
        prop_assert_eq!(lengths.pack(&padded, width), expected);
    }
}

#[test]
#[should_panic(expected = "pack: 5 elements came, but 2 steps of 3 samples of 1 are 6")]
fn too_few_elements_to_pack() {
    Lengths::equal(2, 3).pack(&[0; 5], 1);
}
