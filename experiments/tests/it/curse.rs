//! The moments of a linear unit: closed forms against the tape, and against printed digits.

use proptest::prelude::*;
use wengert_experiments::studies::curse::measure::exact;
use wengert_experiments::studies::curse::unit::Unit;

#[test]
fn the_plain_unit_has_the_published_moments() {
    for (lambda, state, sensitivity) in [
        (0.9, 5.263, 263.9),
        (0.99, 50.25, 2.513e5),
        (0.999, 500.25, 2.501e8),
    ] {
        let closed = Unit::Plain.closed(lambda);
        assert!((closed.state / state - 1.0).abs() < 2e-4, "{lambda}");
        assert!(
            (closed.sensitivity / sensitivity - 1.0).abs() < 2e-4,
            "{lambda}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn closed_forms_are_what_the_tape_finds(lambda in 0.1_f64..0.97) {
        for unit in Unit::ALL {
            let steps = (30.0 / (1.0 - lambda)) as usize;
            let (found, closed) = (exact(unit, lambda, steps), unit.closed(lambda));
            prop_assert!((found.state / closed.state - 1.0).abs() < 1e-9);
            prop_assert!((found.sensitivity / closed.sensitivity - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn both_remedies_bound_the_sensitivity(lambda in 0.001_f64..0.999_999) {
        prop_assert!(Unit::Both.closed(lambda).sensitivity <= 0.25);
    }
}
