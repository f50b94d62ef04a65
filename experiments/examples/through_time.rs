//! Where a gradient comes from: the parts of dL/dW_hh by step and by lag, and their sum.

use std::env;
use std::fs;
use std::path::Path;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_experiments::figure::{Axis, Drawing, Figure, Panel};
use wengert_rnn::instruments::{Rollout, StepLoss, gradient_by_lag, gradient_by_step};
use wengert_rnn::{Activation, Cell, Elman, Params, norm};
use wengert_tape::{Real, Var};

const STEPS: usize = 30;
const HIDDEN: usize = 24;

/// At each step the sum of the state's squares.
struct Squares;

impl StepLoss for Squares {
    fn at<'t, T: Real>(&self, _: usize, h: Var<'t, T>) -> Option<Var<'t, T>> {
        Some(h.square().sum())
    }
}

fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let cell = Elman::new(1, HIDDEN, Activation::Tanh);
    let params: Params<f64> = cell.init(&mut rng);
    let x: Vec<f64> = (0..STEPS).map(|t| (0.7 * t as f64).sin()).collect();
    let rollout = Rollout::new(&cell, &params, &x, 1);

    let name = "weight_hh_l0";
    let by_step: Vec<_> = gradient_by_step(&rollout, &Squares).collect();
    let by_lag: Vec<_> = gradient_by_lag(&rollout, &Squares).collect();
    let norms = |parts: &[Params<f64>]| -> Vec<f64> {
        parts.iter().map(|part| norm(part.get(name))).collect()
    };
    println!("lag  |part of dL/dW_hh|");
    for (lag, norm) in norms(&by_lag).iter().enumerate().step_by(5) {
        println!("{lag:3}  {norm:.2e}");
    }

    let sum = |parts: &[Params<f64>]| -> Vec<f64> {
        let mut sum = vec![0.0; parts[0].get(name).len()];
        for part in parts {
            for (sum, part) in sum.iter_mut().zip(part.get(name)) {
                *sum += part;
            }
        }
        sum
    };
    let (steps, lags) = (sum(&by_step), sum(&by_lag));
    let apart = steps
        .iter()
        .zip(&lags)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    println!("the two sums differ by at most {apart:.1e}");
    assert!(apart < 1e-12);

    if let Some(folder) = env::args().nth(1).filter(|_| !cfg!(test)) {
        let places: Vec<f64> = (0..STEPS).map(|t| t as f64).collect();
        let panel = |label, norms: Vec<f64>| {
            let axes = Panel::new(
                Axis::linear(label),
                Axis::log("norm of the part of dL/dW_{hh}"),
            );
            axes.points("", &places, &norms)
        };
        let figure = Figure::new(
            "Where the gradient of the recurrent matrix comes from",
            "Its parts by the step in which the matrix was used, and by the lag between that use and the \
             loss, for an Elman network of 24 units: recent uses count most.",
        )
        .columns(2)
        .share_y()
        .panel(panel("step of the use", norms(&by_step)))
        .panel(panel("lag from the use to the loss", norms(&by_lag)));
        let path = Path::new(&folder).join("guide-through-time.svg");
        fs::write(path, figure.to_svg()).expect("a folder that can be written to");
    }
}

#[test]
fn the_parts_add_up() {
    main();
}
