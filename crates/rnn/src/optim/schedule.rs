//! Schedules: factors of the learning rate as functions of the steps taken before, from 0.
//!
//! A schedule is any `Fn(u64) -> f64`, so it has no state to lose. These are the usual ones:
//!
//! ```
//! use wengert_rnn::optim::schedule::{cosine, warm_up};
//!
//! let factor = warm_up(10, cosine(90, 0.0));
//! assert_eq!(factor(0), 0.1);
//! assert_eq!(factor(10), 1.0);
//! assert_eq!(factor(55), 0.5);
//! assert_eq!(factor(100), 0.0);
//! ```

use std::f64::consts::PI;

/// Always 1.
pub fn constant() -> impl Fn(u64) -> f64 + Clone {
    |_| 1.0
}

/// `factor^floor(t / every)`.
///
/// # Panics
/// If `every` is 0, or `factor` is not in (0, 1].
#[track_caller]
pub fn stepped(every: u64, factor: f64) -> impl Fn(u64) -> f64 + Clone {
    check_period("stepped", every);
    check_factor("stepped", factor);
    move |t| factor.powf((t / every) as f64)
}

/// `factor^t`.
///
/// # Panics
/// If `factor` is not in (0, 1].
#[track_caller]
pub fn exponential(factor: f64) -> impl Fn(u64) -> f64 + Clone {
    check_factor("exponential", factor);
    move |t| factor.powf(t as f64)
}

/// From 1 to `floor` in `steps` along half a cosine, and `floor` from then on (Loshchilov & Hutter
/// 2017, eq. 5, without restarts).
///
/// # Panics
/// If `steps` is 0, or `floor` is not in [0, 1].
#[track_caller]
pub fn cosine(steps: u64, floor: f64) -> impl Fn(u64) -> f64 + Clone {
    check_period("cosine", steps);
    check_floor("cosine", floor);
    move |t| half_cosine(t.min(steps) as f64 / steps as f64, floor)
}

/// [`cosine`] again and again, each time `growth` times as long (Loshchilov & Hutter 2017, eq. 5).
///
/// # Panics
/// If `steps` or `growth` is 0, or `floor` is not in [0, 1].
#[track_caller]
pub fn cosine_restarts(steps: u64, growth: u64, floor: f64) -> impl Fn(u64) -> f64 + Clone {
    check_period("cosine_restarts", steps);
    check_period("cosine_restarts", growth);
    check_floor("cosine_restarts", floor);
    move |t| {
        let (mut t, mut steps) = (t, steps);
        if growth == 1 {
            t %= steps;
        }
        while t >= steps {
            t -= steps;
            steps = steps.saturating_mul(growth);
        }
        half_cosine(t as f64 / steps as f64, floor)
    }
}

/// `(t + 1) / steps` for the first `steps` steps (Goyal et al. 2017), then another schedule from
/// its start.
pub fn warm_up(steps: u64, then: impl Fn(u64) -> f64 + Clone) -> impl Fn(u64) -> f64 + Clone {
    move |t| match t.checked_sub(steps) {
        None => (t + 1) as f64 / steps as f64,
        Some(t) => then(t),
    }
}

fn half_cosine(progress: f64, floor: f64) -> f64 {
    floor + (1.0 - floor) * 0.5 * (1.0 + (PI * progress).cos())
}

#[track_caller]
fn check_period(what: &str, steps: u64) {
    assert!(
        steps > 0,
        "{what}: a period or growth of 0, but it must be positive"
    );
}

#[track_caller]
fn check_factor(what: &str, factor: f64) {
    assert!(
        factor > 0.0 && factor <= 1.0,
        "{what}: factor {factor}, but it must be in (0, 1]"
    );
}

#[track_caller]
fn check_floor(what: &str, floor: f64) {
    assert!(
        (0.0..=1.0).contains(&floor),
        "{what}: floor {floor}, but it must be in [0, 1]"
    );
}
