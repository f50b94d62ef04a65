//! Why gates: what is left of a gradient after k steps back, for four cells before any training.

use std::env;
use std::fs;
use std::path::Path;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_experiments::figure::{Axis, Drawing, Figure, Panel};
use wengert_experiments::fit::slope;
use wengert_rnn::instruments::retain;
use wengert_rnn::{Activation, Cell, Elman, Gru, Lengths, Lstm, Vars, norm, unroll_with};
use wengert_tape::Tape;

const STEPS: usize = 200;
const HIDDEN: usize = 64;

/// |dL/ds_t| of the whole state, for t = T, T-1, ..., 1, where L = <v, h_T>.
fn norms<C: Cell<f64>>(cell: &C) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let params = cell.init(&mut rng);
    let mut draw =
        |count| -> Vec<f64> { (0..count).map(|_| rng.random_range(-1.0..1.0)).collect() };
    let tape = Tape::new();
    let x = tape.constant([STEPS, 1], &draw(STEPS));
    let v = tape.constant([1, HIDDEN], &draw(HIDDEN));
    let weights = params.bind(&tape).take();
    let run = unroll_with(cell, &weights, x, &Lengths::equal(STEPS, 1), None, retain);
    (run.hidden()[STEPS - 1] * v).sum().backward();
    let mut norms = Vec::new();
    for state in run.states.iter().rev() {
        let parts = state.as_slice().iter();
        let adjoint: Vec<f64> = parts.flat_map(|s| s.grad().unwrap_or_default()).collect();
        norms.push(norm(&adjoint));
    }
    norms
}

fn main() {
    let forget = |bias: f64| Lstm::new(1, HIDDEN).with_forget_bias(bias);
    let curves = [
        (
            "Elman",
            norms(&Elman::new(1, HIDDEN, Activation::Tanh)),
            None,
        ),
        ("GRU", norms(&Gru::new(1, HIDDEN)), None),
        ("LSTM, forget bias 0", norms(&forget(0.0)), Some(0.0)),
        ("LSTM, forget bias 2", norms(&forget(2.0)), Some(2.0)),
        ("LSTM, forget bias 5", norms(&forget(5.0)), Some(5.0)),
    ];

    println!("cell                 ln of the factor a step   ln of the forget gate at its bias");
    let lags: Vec<f64> = (0..STEPS).map(|k| k as f64).collect();
    for (name, norms, bias) in &curves {
        let points = lags.iter().zip(norms).skip(20).map(|(k, n)| (*k, n.ln()));
        let rate = slope(&points.collect::<Vec<_>>());
        let gate = bias.map(|bias: f64| -(-bias).exp().ln_1p());
        let gate = gate.map_or(String::new(), |gate| format!("{gate:.4}"));
        println!("{name:20} {rate:24.4}   {gate:>33}");
    }
    let left = |curve: usize| curves[curve].1[STEPS - 1] / curves[curve].1[0];
    assert!(left(0) < left(2) && 1e20 * left(2) < left(3) && left(3) < left(4));

    if let Some(folder) = env::args().nth(1).filter(|_| !cfg!(test)) {
        let axes = Panel::new(
            Axis::linear("lag k"),
            Axis::log("|dL/ds_{T-k}|").range(1e-50, 1e3),
        );
        let panel = curves.iter().fold(axes, |panel, (name, norms, _)| {
            panel.line(name, &lags, norms)
        });
        let figure = Figure::new(
            "An open forget gate carries the gradient",
            "The norm of the gradient by the whole state k steps before the loss, for untrained cells of 64 \
             units: a straight line on a logarithmic axis, steep for Elman, flat for an LSTM whose forget gate is open.",
        );
        let path = Path::new(&folder).join("guide-gates.svg");
        fs::write(path, figure.panel(panel).to_svg()).expect("a folder that can be written to");
    }
}

#[test]
fn open_gates_carry_further() {
    main();
}
