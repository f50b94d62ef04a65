//! Random problems, as the library and as the oracle see them, and how close is equal.

use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::{Activation, Cell, Elman, Params};

use crate::reference::Network;

/// Sizes and options of a random problem.
#[derive(Clone, Debug)]
pub struct Problem {
    pub batch: usize,
    pub steps: usize,
    pub inputs: usize,
    pub hidden: usize,
    pub activation: Activation,
    pub initial: bool,
    pub lengths: Vec<usize>,
    pub seed: u64,
}

/// Problems with sequences of equal or unequal lengths, in any order; 1 is a frequent size. Some
/// sequences are longer than a chunk of projected steps.
pub fn problems() -> impl Strategy<Value = Problem> {
    let size = |most: usize| prop_oneof![1 => Just(1), 3 => 1..=most];
    let sizes = (size(6), size(40), size(5), size(20));
    let options = (any::<bool>(), any::<bool>(), 0..3, any::<u64>());
    (sizes, options).prop_map(
        |((batch, steps, inputs, hidden), (relu, initial, kind, seed))| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let lengths = match kind {
                0 => vec![steps; batch],
                1 => vec![1; batch],
                _ => (0..batch).map(|_| rng.random_range(1..=steps)).collect(),
            };
            let activation = if relu {
                Activation::Relu
            } else {
                Activation::Tanh
            };
            Problem {
                batch,
                steps,
                inputs,
                hidden,
                activation,
                initial,
                lengths,
                seed,
            }
        },
    )
}

impl Problem {
    pub fn cell(&self) -> Elman {
        Elman::new(self.inputs, self.hidden, self.activation)
    }

    pub fn params(&self) -> Params<f64> {
        self.cell().init(&mut ChaCha8Rng::seed_from_u64(self.seed))
    }

    pub fn network(&self) -> Network {
        let params = self.params();
        Network {
            activation: self.activation,
            w_ih: rows(params.get("weight_ih_l0"), self.inputs),
            w_hh: rows(params.get("weight_hh_l0"), self.hidden),
            b_ih: params.get("bias_ih_l0").to_vec(),
            b_hh: params.get("bias_hh_l0").to_vec(),
        }
    }
}

/// A row-major matrix as rows.
pub fn rows(matrix: &[f64], cols: usize) -> Vec<Vec<f64>> {
    matrix.chunks(cols).map(<[f64]>::to_vec).collect()
}

/// Numbers in (-1, 1).
pub fn random(count: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Asserts that `found` differs from `expected` by at most 1e-13 of its largest element.
#[track_caller]
pub fn assert_close(what: &str, found: &[f64], expected: &[f64]) {
    assert_sums_close(what, found, expected, 0.0);
}

/// Asserts that `found` differs from `expected` by at most 1e-13 of its largest element, or of the
/// largest term of the sums it is made of: where terms cancel, rounding is as large as they are.
#[track_caller]
pub fn assert_sums_close(what: &str, found: &[f64], expected: &[f64], largest_term: f64) {
    assert_eq!(found.len(), expected.len(), "{what}: lengths");
    let largest = expected
        .iter()
        .fold(largest_term, |m: f64, x| m.max(x.abs()));
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= 1e-13 * largest,
            "{what}[{i}]: {found:e}, but {expected:e} is expected (largest {largest:e})"
        );
    }
}

/// Asserts that each expression panics with a message that contains the text.
macro_rules! assert_refused {
    ($($attempt:expr => $expected:expr;)*) => {
        $({
            let message = crate::setup::refusal(|| {
                let _ = $attempt;
            });
            assert!(message.contains($expected), "{message}\nwhere expected: {}", $expected);
        })*
    };
}
pub(crate) use assert_refused;

/// The message of the panic that `attempt` ends in.
#[track_caller]
pub fn refusal<R>(attempt: impl FnOnce() -> R) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(attempt)) else {
        panic!("it was not refused")
    };
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => (*panic.downcast::<&str>().expect("a message")).to_owned(),
    }
}
