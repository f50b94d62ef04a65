//! What stacks refuse, with the numbers.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::dropout::{Mode, Variational, Zoneout, dropout};
use wengert_rnn::{Activation, Elman, FromVars, Lengths, Stack, unroll};
use wengert_tape::Tape;

use crate::setup::refusal;

fn elman(inputs: usize) -> Elman {
    Elman::new(inputs, 5, Activation::Tanh)
}

/// Runs 2 layers of 5 units over 2 steps of 3 samples of 4 features.
fn run(x: [usize; 2], states: usize, state: [usize; 2], weights: usize) {
    let stack = Stack::new(4, 2, elman);
    let params = stack.init::<f64>(&mut ChaCha8Rng::seed_from_u64(0));
    let tape = Tape::new();
    let leaves = params.bind(&tape);
    let w = FromVars::from_vars(&leaves.vars()[..weights]).unwrap();
    let initial = vec![tape.zeros(state); states];
    let lengths = Lengths::equal(2, 3);
    stack.run(&w, tape.zeros(x), &lengths, Some(&initial), Mode::Evaluate);
}

fn both() -> Stack<Elman> {
    Stack::bidirectional(4, 1, elman)
}

/// Asserts that each message starts as expected.
#[track_caller]
fn assert_refusals<const N: usize>(refusals: [(String, &str); N]) {
    for (found, expected) in refusals {
        assert!(found.starts_with(expected), "{found:?}, not {expected:?}");
    }
}

#[test]
fn stacks_that_do_not_fit_together() {
    assert_refusals([
        (
            refusal(|| Stack::new(4, 0, elman)),
            "stack: 0 layers, but it needs at least one",
        ),
        (
            refusal(|| Stack::new(4, 2, |_| elman(4))),
            "stack: the cell of layer 1 takes 4 features, but 5 come",
        ),
        (
            refusal(|| Stack::bidirectional(4, 2, |_| elman(5))),
            "stack: the cell of layer 0 takes 5 features, but 4 come",
        ),
        (
            refusal(|| {
                Stack::new(4, 2, |i| Elman::new(i, i + 1, Activation::Tanh)).with_residual()
            }),
            "stack: layer 1 makes 6 features of 5: a residual connection needs as many",
        ),
        (
            refusal(|| {
                let mut biased = false;
                let stack = Stack::new(4, 2, |inputs| {
                    biased = !biased;
                    if biased {
                        elman(inputs)
                    } else {
                        elman(inputs).without_bias()
                    }
                });
                stack.init::<f64>(&mut ChaCha8Rng::seed_from_u64(0))
            }),
            "stack: the cells have [4, 2] tensors: all must have as many",
        ),
        (
            refusal(|| both().with_dropout(-0.1)),
            "dropout: rate -0.1, but it must be between 0 and 1",
        ),
        (
            refusal(|| both().with_dropout(f64::NAN)),
            "dropout: rate NaN, but it must be between 0 and 1",
        ),
        (
            refusal(|| {
                both().with_variational_dropout(Variational {
                    state: 1.5,
                    ..Variational::default()
                })
            }),
            "variational dropout of the state: rate 1.5, but it must be between 0 and 1",
        ),
        (
            refusal(|| {
                both().with_zoneout(Zoneout {
                    hidden: 0.0,
                    memory: 2.0,
                })
            }),
            "zoneout of the memory: rate 2, but it must be between 0 and 1",
        ),
    ]);
}

#[test]
fn runs_that_do_not_fit() {
    run([6, 4], 2, [3, 5], 8);
    let tape = Tape::<f64>::new();
    assert_refusals([
        (
            refusal(|| run([6, 3], 2, [3, 5], 8)),
            "unroll: inputs [6,3], but 2 steps of 3 samples of 4 features need [6,4]",
        ),
        (
            refusal(|| run([6, 4], 3, [3, 5], 8)),
            "stack: 3 initial states, but 2 layers in 1 directions need 2",
        ),
        (
            refusal(|| run([6, 4], 2, [2, 5], 8)),
            "unroll: initial state [2,5], but the cell's for this batch is [3,5]",
        ),
        (
            refusal(|| run([6, 4], 2, [3, 4], 8)),
            "unroll: initial state [3,4], but the cell's for this batch is [3,5]",
        ),
        (
            refusal(|| run([6, 4], 2, [3, 5], 7)),
            "stack: 7 variables came as the weights of 2 cells, which is not what these have",
        ),
        (
            refusal(|| run([6, 4], 2, [3, 5], 0)),
            "stack: 0 variables came as the weights of 2 cells, which is not what these have",
        ),
        (
            refusal(|| both().repeat_state(&[tape.zeros([1, 5])], 3)),
            "stack: 1 variables came as the states of 2 cells, which is not what these have",
        ),
        (
            refusal(|| {
                let w = both()
                    .init(&mut ChaCha8Rng::seed_from_u64(0))
                    .bind(&tape)
                    .take();
                unroll(&both(), &w, tape.zeros([6, 4]), &Lengths::equal(2, 3), None)
            }),
            "stack: one of both directions is not a cell, for its first output needs the last input; use Stack::run",
        ),
        (
            refusal(|| {
                let mut rng = ChaCha8Rng::seed_from_u64(0);
                let mut mode = Mode::Train(&mut rng);
                dropout(tape.zeros([5, 4]), &Lengths::equal(2, 3), 0.5, &mut mode)
            }),
            "dropout: [5,4] is not a batch of 6 rows",
        ),
    ]);
}
