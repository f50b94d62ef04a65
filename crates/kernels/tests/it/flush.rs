//! Flushing: what is small becomes 0 and is counted, the rest stays as it is.

use proptest::prelude::*;
use wengert_kernels::{Dual, flush};

proptest! {
    #[test]
    fn small_elements_become_zero_and_are_counted(
        mut x in prop::collection::vec(prop::num::f32::ANY, 0..70),
        threshold in prop_oneof![Just(0.0), Just(1e-30), 0.0..1e3],
    ) {
        let before = x.clone();
        let count = flush(&mut x, threshold);
        let is_small = |x: f32| f64::from(x.abs()) < f64::from(threshold as f32);
        let expected = before.iter().filter(|&&x| is_small(x) && x != 0.0);
        prop_assert_eq!(count, expected.count());
        for (after, before) in x.into_iter().zip(before) {
            let kept = if is_small(before) { 0.0 } else { before };
            prop_assert_eq!(after.to_bits(), kept.to_bits());
        }
    }
}

#[test]
fn a_dual_number_goes_only_with_its_tangent() {
    let mut x = [
        (1e-40, 1.0),
        (1.0, 1e-40),
        (1e-40, -1e-40),
        (0.0, 0.0),
        (0.0, f64::NAN),
    ]
    .map(|(v, d)| Dual::new(v, d));
    assert_eq!(flush(&mut x, 1e-30), 1);
    let kept = x.map(|x| [x.v, x.d]);
    assert_eq!(
        kept[..4],
        [[1e-40, 1.0], [1.0, 1e-40], [0.0, 0.0], [0.0, 0.0]]
    );
    assert!(kept[4][1].is_nan());
}
