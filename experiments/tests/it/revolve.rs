//! The counts of checkpointing over time: plans, closed form, dynamic programming.

use proptest::prelude::*;
use wengert_experiments::studies::revolve::counts::{advances, beta, least};
use wengert_rnn::Plan;

#[test]
fn the_closed_form_is_the_least_there_is() {
    let least = least(120, 8);
    for (s, least) in least.iter().enumerate().skip(1) {
        for (l, least) in least.iter().enumerate().skip(1) {
            assert_eq!(*least, Some(advances(l, s)), "{l} steps, {s} states");
        }
    }
    assert_eq!(least[0][1..3], [Some(0), None]);
}

/// Of published sizes: rows are numbers of steps, columns 3, 5, 8, 10, 20, 50 states.
#[test]
fn plans_take_as_many_advances_as_tabled() {
    let table = [
        (100, [490, 316, 245, 222, 178, 148]),
        (784, [8700, 4564, 3205, 2772, 2099, 1516]),
        (1000, [12155, 6284, 4285, 3636, 2747, 1948]),
        (10000, [278730, 112868, 68560, 57624, 37976, 28622]),
    ];
    for (l, counts) in table {
        for (s, count) in [3, 5, 8, 10, 20, 50].into_iter().zip(counts) {
            assert_eq!(advances(l, s), count, "{l} steps, {s} states");
            assert_eq!(
                Plan::revolve(l, s).advances(),
                count,
                "{l} steps, {s} states"
            );
        }
    }
    for (s, count) in [(3, 15), (5, 13), (8, 10)] {
        assert_eq!(advances(10, s), count);
    }
}

proptest! {
    #[test]
    fn coefficients_are_pascals(s in 1_usize..30, r in 1_usize..30) {
        prop_assert_eq!(beta(s, r), beta(s - 1, r) + beta(s, r - 1));
        prop_assert_eq!(beta(s, r), beta(r, s));
    }

    #[test]
    fn plans_keep_to_the_closed_form(l in 1_usize..3000, s in 1_usize..40) {
        let plan = Plan::revolve(l, s);
        prop_assert_eq!(plan.advances(), advances(l, s));
        prop_assert!(plan.peak_states() <= s);
    }
}
