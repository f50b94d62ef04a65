//! The cells under one type: each is the cell that it holds.

use proptest::prelude::*;
use wengert_experiments::cells::{Kind, rate_factor};
use wengert_experiments::random::{Purpose, stream};
use wengert_rnn::cells::{ExpRnn, Irnn};
use wengert_rnn::{Activation, Cell, Elman, Gru, Lengths, Lstm, Params, Vars, unroll};
use wengert_tape::Tape;

const KINDS: [Kind; 6] = [
    Kind::Elman,
    Kind::Irnn,
    Kind::Gru,
    Kind::Lstm,
    Kind::Chrono,
    Kind::ExpRnn,
];

/// The last hidden states of three sequences of five steps, and the gradient of their sum.
fn run<C: Cell<f64>>(cell: &C, params: &Params<f64>) -> (Vec<f64>, Vec<f64>) {
    let tape = Tape::new();
    let mut leaves = params.bind(&tape);
    let x: Vec<f64> = (0..30).map(|i| f64::from(i).sin()).collect();
    let x = tape.constant([15, 2], &x);
    let run = unroll(cell, &leaves.take(), x, &Lengths::equal(5, 3), None);
    let hidden = run.last.as_slice()[0];
    hidden.sum().backward();
    (hidden.to_vec(), leaves.gradient())
}

proptest! {
    #[test]
    fn a_kind_is_the_cell_it_names(hidden in 1usize..9, seed: u64) {
        for kind in KINDS {
            let any = kind.cell(2, hidden, 50);
            let params: Params<f64> = any.init(&mut stream(seed, Purpose::Weights));
            let mut rng = stream(seed, Purpose::Weights);
            let lstm = Lstm::new(2, hidden);
            let (own, expected) = match kind {
                Kind::Elman => {
                    let cell = Elman::new(2, hidden, Activation::Tanh);
                    (cell.init(&mut rng), run(&cell, &params))
                }
                Kind::Irnn => {
                    let cell = Irnn::new(2, hidden);
                    (cell.init(&mut rng), run(&cell, &params))
                }
                Kind::Gru => {
                    let cell = Gru::new(2, hidden);
                    (cell.init(&mut rng), run(&cell, &params))
                }
                Kind::Lstm => {
                    let cell = lstm.with_forget_bias(1.0);
                    (cell.init(&mut rng), run(&cell, &params))
                }
                Kind::Chrono => {
                    let cell = lstm.with_chrono(50);
                    (cell.init(&mut rng), run(&cell, &params))
                }
                Kind::ExpRnn => {
                    let cell = ExpRnn::new(2, hidden);
                    (cell.init(&mut rng), run(&cell, &params))
                }
            };
            prop_assert_eq!(&params, &own, "{}", kind.name());
            prop_assert_eq!(run(&any, &params), expected, "{}", kind.name());
        }
    }
}

/// Two operations a weight, three times; the weights of matrices counted in the parameters themselves.
#[test]
fn operations_are_six_a_weight() {
    for kind in KINDS {
        let params: Params<f64> = kind.cell(3, 7, 50).init(&mut stream(0, Purpose::Weights));
        let matrices = params.iter().filter(|p| p.shape.dims().len() == 2);
        let weights: usize = matrices.map(|p| p.values.len()).sum();
        assert_eq!(
            kind.operations(3, 7),
            6.0 * weights as f64,
            "{}",
            kind.name()
        );
    }
}

#[test]
fn only_the_skew_symmetric_matrix_learns_slower() {
    for kind in KINDS {
        let params: Params<f64> = kind.cell(3, 7, 50).init(&mut stream(0, Purpose::Weights));
        let slow: Vec<&str> = params
            .iter()
            .map(|p| p.name)
            .filter(|name| rate_factor(name) < 1.0)
            .collect();
        let expected: &[&str] = if kind == Kind::ExpRnn {
            &["generator_hh_l0"]
        } else {
            &[]
        };
        assert_eq!(slow, expected, "{}", kind.name());
    }
}
