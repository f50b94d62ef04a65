//! Optimisers against computations by hand.

use wengert_rnn::{Adam, Sgd, clip_norm, norm};

#[test]
fn sgd_goes_down_the_gradient() {
    let mut w = [1.0, -2.0];
    Sgd::new(0.5).step(&mut w, &[2.0, -0.5]);
    assert_eq!(w, [0.0, -1.75]);
}

/// Three steps for one parameter, worked out in rational numbers: b1 = 1/2, b2 = 3/4, rate 1/10,
/// gradients 4, -2, 6.
///
/// t = 1: m = 2, v = 4; unbiased 4 and 16: the step is 1/10.
/// t = 2: m = 0, v = 4: no step.
/// t = 3: m = 3, v = 12; unbiased 24/7 and 768/37: the step is (24/70) / sqrt(768/37).
#[test]
fn adam_takes_the_steps_computed_by_hand() {
    let mut adam = Adam::new(0.1, 1).with_betas([0.5, 0.75]);
    let mut w = [1.0f64];
    let third = 24.0 / 70.0 / (768.0f64 / 37.0).sqrt();
    for (g, expected) in [(4.0, 0.9), (-2.0, 0.9), (6.0, 0.9 - third)] {
        adam.step(&mut w, &[g]);
        // epsilon = 1e-8 shortens the first step by 2.5e-10.
        assert!((w[0] - expected).abs() < 1e-9, "{} {expected}", w[0]);
    }
}

#[test]
fn adam_leaves_parameters_without_gradient_alone() {
    let mut adam = Adam::new(0.1, 2);
    let mut w = [1.0f32, 2.0];
    adam.step(&mut w, &[0.0, 1e-20]);
    assert_eq!(w[0], 1.0);
    assert!(w[1] <= 2.0);
}

#[test]
fn clipping_keeps_the_direction_and_returns_the_norm() {
    let mut g = [3.0, 4.0];
    assert_eq!(clip_norm(&mut g, 5.0), 5.0);
    assert_eq!(g, [3.0, 4.0]);
    assert_eq!(clip_norm(&mut g, 1.0), 5.0);
    assert!((g[0] - 0.6f64).abs() < 1e-15 && (g[1] - 0.8).abs() < 1e-15);

    let mut g = [f64::INFINITY, 1.0];
    assert_eq!(clip_norm(&mut g, 1.0), f64::INFINITY);
    assert_eq!(g, [f64::INFINITY, 1.0]);
    assert!(clip_norm(&mut [f64::NAN, 1.0], 1.0).is_nan());
}

#[test]
fn norms_neither_overflow_nor_underflow() {
    assert_eq!(norm(&[3e300, 4e300]), 5e300);
    assert_eq!(norm(&[3e-320, 4e-320]), 5e-320);
    assert_eq!(norm(&[3e38f32, 3e38]), 2f64.sqrt() * f64::from(3e38f32));
    assert_eq!(norm::<f64>(&[]), 0.0);
    assert_eq!(norm(&[0.0, -0.0]), 0.0);
    assert_eq!(norm(&[f64::INFINITY, 1.0]), f64::INFINITY);
    assert!(norm(&[1.0, f64::NAN]).is_nan());
}

#[test]
#[should_panic(expected = "adam: 3 elements came for 2 parameters")]
fn adam_refuses_another_number_of_parameters() {
    Adam::new(0.1, 2).step(&mut [0.0; 2], &[0.0; 3]);
}

#[test]
#[should_panic(expected = "sgd: learning rate NaN, but it must be positive and finite")]
fn a_rate_that_is_no_number_is_refused() {
    Sgd::new(f64::NAN);
}

#[test]
#[should_panic(expected = "adam: betas [0.9, 1.0]: each must be in [0, 1)")]
fn a_beta_of_one_is_refused() {
    let _ = Adam::<f64>::new(0.1, 1).with_betas([0.9, 1.0]);
}
