//! Optimisers against PyTorch and computations by hand, schedules, clipping, and what is refused.

mod pytorch;

use wengert_rnn::optim::{
    Adagrad, Adam, Average, Clip, EarlyStopping, Grouped, Optimizer, Plateau, RmsProp, Sgd,
    clip_norm, clip_value, schedule,
};
use wengert_rnn::{Params, norm};

use crate::setup::assert_refused;

#[test]
fn sgd_goes_down_the_gradient() {
    let mut w = [1.0, -2.0];
    Sgd::new(0.5, 2).step(&mut w, &[2.0, -0.5]);
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

/// A factor is a learning rate of its own.
#[test]
fn groups_of_parameters_have_rates_of_their_own() {
    let params = Params::<f64>::new()
        .with("a", [2], |w| w.fill(0.7))
        .with("b", [1], |w| w.fill(-0.3));
    let (mut grouped_w, mut fast_w, mut slow_w) = (params.clone(), params.clone(), params.clone());
    let factor = |name: &str| if name == "b" { 0.25 } else { 1.0 };
    let mut grouped = Grouped::new(Adam::new(0.1, 3), &params, factor);
    let (mut fast, mut slow) = (Adam::new(0.1, 3), Adam::new(0.025, 3));
    for g in [[1.0, -2.0, 3.0], [0.5, 0.1, -1.0], [0.0, 3.0, 2.0]] {
        grouped.step(grouped_w.values_mut(), &g);
        fast.step(fast_w.values_mut(), &g);
        slow.step(slow_w.values_mut(), &g);
        assert_eq!(grouped_w.get("a"), fast_w.get("a"));
        assert!((grouped_w.get("b")[0] - slow_w.get("b")[0]).abs() < 1e-15);
    }
    assert_refused! {
        Grouped::new(Adam::<f64>::new(0.1, 3), &params, |_| -1.0) => "grouped: factor -1 of a";
    }
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
fn clipping_by_value_bounds_each_element() {
    let mut g = [3.0, -4.0, 0.5, f64::NEG_INFINITY];
    assert_eq!(clip_value(&mut g, 2.0), f64::INFINITY);
    assert_eq!(g, [2.0, -2.0, 0.5, -2.0]);
    let mut g = [f64::NAN];
    clip_value(&mut g, 2.0);
    assert!(g[0].is_nan());
}

#[test]
fn clips_are_counted() {
    let mut clip = Clip::by_value(1.0);
    let norms = [2.0, 0.5, 1.0].map(|g| clip.apply(&mut [g, 0.0]).norm);
    assert_eq!(norms, [2.0, 0.5, 1.0]);
    assert_eq!((clip.clipped(), clip.seen()), (1, 3));
}

/// A variance of equal gradients is 0, and rounding may leave it below.
#[test]
fn centred_rmsprop_survives_equal_gradients() {
    let mut rmsprop = RmsProp::new(0.1, 1).with_alpha(0.5).centered();
    let mut w = [1.0f32];
    for _ in 0..100 {
        rmsprop.step(&mut w, &[0.3]);
        assert!(w[0].is_finite());
    }
}

#[test]
fn a_cosine_starts_at_1_and_stays_at_its_floor() {
    let cosine = schedule::cosine(10, 0.25);
    let factors = [0, 5, 10, 11, u64::MAX].map(cosine);
    assert_eq!(factors, [1.0, 0.625, 0.25, 0.25, 0.25]);
}

#[test]
fn warming_up_ends_where_the_next_schedule_starts() {
    let factor = schedule::warm_up(4, schedule::stepped(2, 0.5));
    let factors: Vec<f64> = (0..8).map(&factor).collect();
    assert_eq!(factors, [0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 0.5, 0.5]);
    assert_eq!(schedule::warm_up(0, schedule::constant())(0), 1.0);
}

#[test]
fn stopping_wants_improvements_of_a_size() {
    let mut stopping = EarlyStopping::new(2).with_min_delta(0.5);
    let losses = [3.0, 2.9, 2.4, f64::NAN, 2.0];
    assert_eq!(
        losses.map(|loss| stopping.observe(loss)),
        [false, false, false, false, true]
    );
    assert_eq!(stopping.best(), Some((2, 2.4)));
    assert!(!stopping.improved());
    let mut hopeless = EarlyStopping::new(2);
    assert_eq!(
        [f64::NAN; 2].map(|loss| hopeless.observe(loss)),
        [false, true]
    );
    assert_eq!(hopeless.best(), None);
}

#[test]
fn lengths_and_rates_are_checked() {
    let rate = "learning rate 0, but it must be positive and finite";
    assert_refused! {
        Adam::new(0.1, 2).step(&mut [0.0; 2], &[0.0; 3]) => "adam: 3 elements came for 2 parameters";
        Sgd::new(0.1, 2).step(&mut [0.0; 3], &[0.0; 2]) => "sgd: 3 elements came for 2 parameters";
        Average::new(0.5, &[0.0]).update(&[0.0; 2]) => "average: 2 elements came for 1 parameters";
        Sgd::<f64>::new(0.0, 1) => rate;
        RmsProp::<f64>::new(0.0, 1) => rate;
        Adam::<f64>::new(0.0, 1) => rate;
        Adagrad::<f64>::new(0.0, 1) => rate;
        Sgd::<f64>::new(f64::NAN, 1) => "sgd: learning rate NaN";
        Adam::<f64>::new(f64::INFINITY, 1) => "adam: learning rate inf";
        Adam::<f64>::new(0.1, 1).set_rate(-0.1) => "adam: learning rate -0.1";
    }
}

#[test]
fn settings_of_optimisers_are_checked() {
    let decay = "weight decay -1, but it must be finite and not negative";
    assert_refused! {
        Adam::<f64>::new(0.1, 1).with_betas([0.9, 1.0]) => "adam: betas [0.9, 1.0]: each must be in [0, 1)";
        Adam::<f64>::new(0.1, 1).with_epsilon(-1.0) => "adam: epsilon -1, but it must be finite and not negative";
        Adam::<f64>::new(0.1, 1).with_weight_decay(-1.0) => decay;
        Adam::<f64>::new(0.1, 1).with_decoupled_decay(-1.0) => decay;
        Sgd::<f64>::new(0.1, 1).with_weight_decay(-1.0) => decay;
        RmsProp::<f64>::new(0.1, 1).with_weight_decay(-1.0) => decay;
        Adagrad::<f64>::new(0.1, 1).with_weight_decay(-1.0) => decay;
        Sgd::<f64>::new(0.1, 1).with_momentum(1.0) => "sgd: momentum 1, but it must be in [0, 1)";
        Sgd::<f64>::new(0.1, 1).with_nesterov(f64::NAN) => "sgd: momentum NaN";
        Sgd::<f64>::new(0.1, 1).with_dampened_momentum(0.5, -0.5) => "sgd: dampening -0.5";
        RmsProp::<f64>::new(0.1, 1).with_alpha(1.0) => "rmsprop: alpha 1, but it must be in [0, 1)";
        RmsProp::<f64>::new(0.1, 1).with_epsilon(f64::NAN) => "rmsprop: epsilon NaN";
        RmsProp::<f64>::new(0.1, 1).with_momentum(2.0) => "rmsprop: momentum 2";
        Adagrad::<f64>::new(0.1, 1).with_epsilon(-1.0) => "adagrad: epsilon -1";
        Adagrad::<f64>::new(0.1, 1).with_start(-1.0) => "adagrad: start -1";
        Adagrad::<f64>::new(0.1, 1).with_slowing(f64::INFINITY) => "adagrad: slowing inf";
    }
}

#[test]
fn settings_of_schedules_and_limits_are_checked() {
    assert_refused! {
        Clip::by_norm(0.0) => "clip: the largest norm is 0, not positive";
        clip_norm(&mut [1.0], f64::NAN) => "clip: the largest norm is NaN, not positive";
        Clip::by_value(-1.0) => "clip: the largest element is -1, not positive";
        clip_value(&mut [1.0], 0.0) => "clip: the largest element is 0, not positive";
        Plateau::new(1.0, 1) => "plateau: factor 1, but it must be in (0, 1)";
        Plateau::new(0.5, 1).with_threshold(-1.0) => "plateau: threshold -1";
        Plateau::new(0.5, 1).with_floor(-1.0) => "plateau: floor -1";
        EarlyStopping::new(0) => "early stopping: patience 0 would stop at once";
        EarlyStopping::new(1).with_min_delta(-1.0) => "early stopping: least improvement -1";
        Average::new(1.0, &[0.0]) => "average: decay 1, but it must be in [0, 1)";
        schedule::stepped(0, 0.5) => "stepped: a period or growth of 0";
        schedule::stepped(1, 0.0) => "stepped: factor 0, but it must be in (0, 1]";
        schedule::exponential(1.5) => "exponential: factor 1.5";
        schedule::cosine(0, 0.0) => "cosine: a period or growth of 0";
        schedule::cosine(1, f64::NAN) => "cosine: floor NaN, but it must be in [0, 1]";
        schedule::cosine_restarts(1, 0, 0.0) => "cosine_restarts: a period or growth of 0";
    }
}
