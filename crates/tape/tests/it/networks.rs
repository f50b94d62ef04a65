//! Small recurrent networks of plain operations. Snapshots name the lines of this file.

use wengert_tape::{Tape, Var, stack};

const BATCH: usize = 2;
const INPUTS: usize = 3;
const HIDDEN: usize = 4;

fn numbers(count: usize) -> Vec<f64> {
    (0..count)
        .map(|i| ((i * 7 + 3) % 11) as f64 / 11.0 - 0.4)
        .collect()
}

/// An Elman network over `steps` steps of one sequence tensor; the loss is of the last state.
pub fn elman(tape: &Tape<f64>, steps: usize) -> Var<'_, f64> {
    let x = tape.constant([steps, BATCH, INPUTS], &numbers(steps * BATCH * INPUTS));
    let weight_ih = tape.leaf([INPUTS, HIDDEN], &numbers(INPUTS * HIDDEN));
    let weight_hh = tape.leaf([HIDDEN, HIDDEN], &numbers(HIDDEN * HIDDEN));
    let bias = tape.leaf([HIDDEN], &numbers(HIDDEN));
    let mut h = tape.zeros([BATCH, HIDDEN]);
    for t in 0..steps {
        let x = x.rows(t..t + 1).squeeze(0);
        h = (x.matmul(weight_ih) + h.matmul(weight_hh) + bias).tanh();
    }
    h.square().mean()
}

/// Two layers of tanh, step by step, over one leaf for each step's input, with a loss at each step.
pub fn deep(tape: &Tape<f64>, steps: usize) -> Var<'_, f64> {
    let mut inputs = Vec::new();
    for _ in 0..steps {
        inputs.push(tape.leaf([BATCH, HIDDEN], &numbers(BATCH * HIDDEN)));
    }
    let mut weights = Vec::new();
    for _ in 0..2 {
        weights.push(tape.leaf([HIDDEN, HIDDEN], &numbers(HIDDEN * HIDDEN)));
    }
    let mut states = Vec::new();
    for _ in 0..2 {
        states.push(tape.zeros([BATCH, HIDDEN]));
    }
    let mut losses = Vec::new();
    for x in inputs {
        let mut below = x;
        for (state, weight) in states.iter_mut().zip(&weights) {
            below = (below + state.matmul(*weight)).tanh();
            *state = below;
        }
        losses.push(below.square().mean());
    }
    stack(&losses, 0).sum()
}
