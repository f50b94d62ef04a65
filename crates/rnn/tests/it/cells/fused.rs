//! Gates in one pass against the same of plain operations, and the rules of those passes.

use proptest::prelude::*;
use wengert_rnn::{Cell, FromVars, Gates, Gru, Lstm, cells, unroll};
use wengert_tape::check::{Check, Verdict};
use wengert_tape::{Real, Tape, Var};

use super::{Batch, batches, rng};
use crate::setup::{assert_sums_close, random};

type Weights<'t, T> = Gates<'t, T>;
type Step = for<'t> fn(&Weights<'t, f64>, Var<'t, f64>, &[Var<'t, f64>]) -> Vec<Var<'t, f64>>;

/// [`Lstm`] of plain operations.
fn lstm<'t, T: Real>(
    w: &Weights<'t, T>,
    x: Var<'t, T>,
    [h, c]: [Var<'t, T>; 2],
) -> [Var<'t, T>; 2] {
    let [b_ih, b_hh] = w.bias.expect("biases");
    let z = x.matmul(w.ih.t()) + b_ih + (h.matmul(w.hh.t()) + b_hh);
    let [i, f, g, o] = z.split_cols();
    let c = f.sigmoid() * c + i.sigmoid() * g.tanh();
    [o.sigmoid() * c.tanh(), c]
}

/// [`Gru`] of plain operations.
fn gru<'t, T: Real>(w: &Weights<'t, T>, x: Var<'t, T>, h: Var<'t, T>) -> Var<'t, T> {
    let [b_ih, b_hh] = w.bias.expect("biases");
    let (x, u) = (x.matmul(w.ih.t()) + b_ih, h.matmul(w.hh.t()) + b_hh);
    let ([x_r, x_z, x_n], [u_r, u_z, u_n]) = (x.split_cols(), u.split_cols());
    let (r, z) = ((x_r + u_r).sigmoid(), (x_z + u_z).sigmoid());
    let n = (x_n + r * u_n).tanh();
    (1.0 - z) * n + z * h
}

/// Hidden states and gradients of a full batch, by `unroll` or by `plain`, which takes the state as
/// variables.
fn run<C: Cell<f64>>(cell: &C, batch: &Batch, plain: Option<Step>) -> Vec<Vec<f64>> {
    let lengths = batch.lengths();
    let params = cell.init(&mut rng(batch.seed));
    let tape = Tape::new();
    let mut leaves = params.bind(&tape);
    let [rows, width] = [lengths.height(), cell.inputs()];
    let x = tape.leaf(
        [rows, width],
        &random(rows * width, &mut rng(batch.seed + 1)),
    );
    let samples = lengths.batch();
    let hidden = match plain {
        None => unroll(cell, &leaves.take(), x, &lengths, None).output(),
        Some(step) => {
            let w = Gates::from_vars(leaves.vars()).expect("gates");
            let zero = cell.zero_state(&tape, samples);
            let mut state = wengert_rnn::Vars::as_slice(&zero).to_vec();
            let mut hidden = Vec::new();
            for t in 0..lengths.steps() {
                state = step(&w, x.rows(t * samples..(t + 1) * samples), &state);
                hidden.push(state[0]);
            }
            wengert_tape::concat(&hidden, 0)
        }
    };
    let seed: Vec<f64> = random(hidden.len(), &mut rng(batch.seed + 2));
    tape.backward(&[(hidden, &seed)]);
    let mut found = vec![hidden.to_vec(), x.grad().expect("an adjoint")];
    found.extend(leaves.gradients().iter().map(|p| p.values.to_vec()));
    found
}

fn assert_same(what: &str, fused: &[Vec<f64>], plain: &[Vec<f64>]) {
    for (fused, plain) in fused.iter().zip(plain) {
        assert_sums_close(what, fused, plain, 1.0);
    }
}

proptest! {
    #[test]
    fn gates_in_one_pass_are_the_plain_operations(batch in batches(20)) {
        let longest = *batch.lengths.iter().max().unwrap();
        let batch = Batch { lengths: vec![longest; batch.lengths.len()], ..batch };
        let cell = Lstm::new(batch.inputs, batch.hidden);
        let plain = run(&cell, &batch, Some(|w, x, s| lstm(w, x, [s[0], s[1]]).to_vec()));
        assert_same("lstm", &run(&cell, &batch, None), &plain);
        let cell = Gru::new(batch.inputs, batch.hidden);
        let plain = run(&cell, &batch, Some(|w, x, s| vec![gru(w, x, s[0])]));
        assert_same("gru", &run(&cell, &batch, None), &plain);
    }
}

#[test]
fn their_rules_agree_on_random_cases() {
    for op in cells::ops() {
        for repeats in [false, true] {
            let report = Check::new().cases(200).repeats(repeats).op(op);
            let differs = matches!(report.verdict, Verdict::Differs { .. });
            assert!(!differs, "{report}");
        }
        wengert_tape::check::op(op).assert_agrees();
    }
}
