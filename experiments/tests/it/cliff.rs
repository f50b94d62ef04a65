//! The map of one unit: closed forms of its fixed points, and the error's gradient.

use proptest::prelude::*;
use wengert_experiments::studies::cliff::map::{
    START, TARGET, bifurcations, jump, repelling_from, sigma, sweep, wall,
};

proptest! {
    #[test]
    fn at_a_bifurcation_a_fixed_point_has_slope_one(w in 4.0_f64..20.0) {
        for (b, sign) in bifurcations(w).unwrap().into_iter().zip([1.0, -1.0]) {
            let s = 0.5 * (1.0 + sign * (1.0 - 4.0 / w).sqrt());
            let x = (s / (1.0 - s)).ln();
            prop_assert!((w * sigma(x) + b - x).abs() < 1e-12);
            prop_assert!((w * s * (1.0 - s) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn long_orbits_jump_at_the_wall(w in 4.05_f64..6.0) {
        let jump = jump(w, [-6.0, -1.0], 5000);
        prop_assert!((jump - wall(w).unwrap()).abs() < 1e-5, "{} {:?}", jump, wall(w));
    }

    #[test]
    fn gradients_are_those_of_differences(w in 3.0_f64..4.2, b in -2.4_f64..-1.2) {
        let error = |w: f64, b: f64| {
            let last = (0..50).fold(START, |x, _| w * sigma(x) + b);
            (sigma(last) - TARGET).powi(2)
        };
        let swept = sweep(&[w], &[b], 50);
        let h = 1e-6;
        let by_w = (error(w + h, b) - error(w - h, b)) / (2.0 * h);
        let by_b = (error(w, b + h) - error(w, b - h)) / (2.0 * h);
        let scale = 1.0 + swept.norms()[0];
        prop_assert!((swept.error[0] - error(w, b)).abs() < 1e-14);
        prop_assert!((swept.gradient[0][0] - by_w).abs() < 1e-5 * scale);
        prop_assert!((swept.gradient[1][0] - by_b).abs() < 1e-5 * scale);
    }
}

#[test]
fn there_is_no_wall_below_four() {
    assert_eq!(bifurcations(3.99), None);
    assert_eq!(wall(3.99), None);
    // Where the start begins to repel, both closed forms agree.
    let w = repelling_from();
    let edge = START - w * sigma(START);
    assert!((wall(w).unwrap() - edge).abs() < 1e-12);
}
