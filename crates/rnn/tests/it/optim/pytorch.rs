//! Steps and schedules against PyTorch 2.15 (`pytorch.csv`, written by `pytorch.py`).

use wengert_rnn::optim::schedule::{cosine_restarts, exponential, stepped};
use wengert_rnn::optim::{Adagrad, Adam, Optimizer, Plateau, RmsProp, Sgd};

/// The rows of one name.
fn rows(name: &str) -> Vec<Vec<f64>> {
    let mut rows = Vec::new();
    for line in include_str!("pytorch.csv").lines() {
        if let Some(numbers) = line.strip_prefix(name).and_then(|l| l.strip_prefix(',')) {
            let numbers: Vec<f64> = numbers.split(',').map(|x| x.parse().unwrap()).collect();
            rows.push(numbers[1..].to_vec());
        }
    }
    assert_eq!(rows.len(), 20, "{name}");
    rows
}

#[test]
fn twenty_steps_of_every_optimiser() {
    let optimisers: [(&str, Box<dyn Optimizer<f64>>); 14] = [
        ("sgd", Box::new(Sgd::new(0.1, 3))),
        (
            "sgd decay",
            Box::new(Sgd::new(0.1, 3).with_weight_decay(0.3)),
        ),
        (
            "sgd momentum",
            Box::new(Sgd::new(0.1, 3).with_momentum(0.9)),
        ),
        (
            "sgd dampened",
            Box::new(
                Sgd::new(0.1, 3)
                    .with_dampened_momentum(0.9, 0.25)
                    .with_weight_decay(0.3),
            ),
        ),
        (
            "sgd nesterov",
            Box::new(Sgd::new(0.1, 3).with_nesterov(0.9).with_weight_decay(0.3)),
        ),
        ("rmsprop", Box::new(RmsProp::new(0.1, 3))),
        (
            "rmsprop alpha",
            Box::new(
                RmsProp::new(0.1, 3)
                    .with_alpha(0.5)
                    .with_epsilon(0.01)
                    .with_weight_decay(0.3),
            ),
        ),
        (
            "rmsprop momentum",
            Box::new(RmsProp::new(0.1, 3).with_alpha(0.75).with_momentum(0.5)),
        ),
        (
            "rmsprop centered",
            Box::new(
                RmsProp::new(0.1, 3)
                    .with_alpha(0.75)
                    .with_epsilon(0.01)
                    .centered()
                    .with_momentum(0.5),
            ),
        ),
        ("adam", Box::new(Adam::new(0.1, 3))),
        (
            "adam betas",
            Box::new(
                Adam::new(0.1, 3)
                    .with_betas([0.5, 0.75])
                    .with_epsilon(0.01)
                    .with_weight_decay(0.3),
            ),
        ),
        (
            "adamw",
            Box::new(Adam::new(0.1, 3).with_decoupled_decay(0.3)),
        ),
        ("adagrad", Box::new(Adagrad::new(0.1, 3))),
        (
            "adagrad start",
            Box::new(
                Adagrad::new(0.1, 3)
                    .with_slowing(0.125)
                    .with_start(0.5)
                    .with_epsilon(0.01)
                    .with_weight_decay(0.3),
            ),
        ),
    ];
    for (name, mut optimiser) in optimisers {
        let mut w = [1.0, -2.0, 0.5];
        for (t, expected) in rows(name).into_iter().enumerate() {
            let gradient: Vec<f64> = (0..3)
                .map(|i| ((7 * i + 3 * t) % 11) as f64 / 4.0 - 1.25 + w[i] / 2.0)
                .collect();
            optimiser.step(&mut w, &gradient);
            for (w, expected) in w.iter().zip(expected) {
                let error = (w - expected).abs();
                assert!(
                    error <= 1e-13,
                    "{name}, step {t}: {w}, but PyTorch has {expected}"
                );
            }
        }
    }
}

#[test]
fn schedules() {
    type Schedule = Box<dyn Fn(u64) -> f64>;
    let schedules: [(&str, Schedule); 4] = [
        ("stepped", Box::new(stepped(3, 0.5))),
        ("exponential", Box::new(exponential(0.9))),
        ("cosine_restarts", Box::new(cosine_restarts(3, 2, 0.1))),
        (
            "cosine_restarts equal",
            Box::new(cosine_restarts(4, 1, 0.1)),
        ),
    ];
    for (name, factor) in schedules {
        for (t, expected) in rows(name).into_iter().enumerate() {
            let found = factor(t as u64);
            assert!(
                (found - expected[0]).abs() <= 1e-14,
                "{name}({t}): {found} {expected:?}"
            );
        }
    }
}

#[test]
fn the_rate_falls_on_the_same_plateaus() {
    let losses = [
        5.0, 4.0, 4.0, 4.0, 4.0, 3.9999, 3.9, 3.9, 3.9, 3.9, 3.9, 3.9, 3.9, 3.9, 4.0, 4.0, 4.0,
        3.8, 5.0, 6.0,
    ];
    let mut plateau = Plateau::new(0.5, 2)
        .with_threshold(1e-3)
        .with_cooldown(1)
        .with_floor(0.2);
    let factors = losses.map(|loss| plateau.observe(loss));
    let expected: Vec<f64> = rows("plateau").concat();
    assert_eq!(factors, expected[..]);
}
