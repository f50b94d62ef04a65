//! The sweep of an unrolled cell is back-propagation through time.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::{Lengths, instruments, norm, unroll, unroll_with};
use wengert_tape::Tape;

use crate::reference::{Gradients, Sample};
use crate::setup::{Problem, assert_close, assert_sums_close, problems, random, rows};

/// Which outputs the loss depends on.
#[derive(Clone, Copy, Debug)]
enum Seeds {
    Last,
    AllSteps,
    Both,
}

/// Inputs, initial state and cotangents of a problem, as flat slices in the library's layouts.
struct Data {
    x: Vec<f64>,
    h0: Vec<f64>,
    /// Of the padded output [T B, H]; what falls on padding must not matter.
    g: Vec<f64>,
    g_last: Vec<f64>,
}

impl Data {
    fn new(p: &Problem, seeds: Seeds) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(p.seed ^ 1);
        let rows = p.steps * p.batch;
        let x = random(rows * p.inputs, &mut rng);
        let mut h0 = random(p.batch * p.hidden, &mut rng);
        let mut g = random(rows * p.hidden, &mut rng);
        let mut g_last = random(p.batch * p.hidden, &mut rng);
        match seeds {
            Seeds::Last => g.fill(0.0),
            Seeds::AllSteps => g_last.fill(0.0),
            Seeds::Both => {}
        }
        if !p.initial {
            h0.fill(0.0);
        }
        Self { x, h0, g, g_last }
    }

    /// Sample b, as the oracle sees it.
    fn sample(&self, p: &Problem, b: usize) -> Sample {
        let step = |all: &[f64], t: usize, width: usize| {
            let row = t * p.batch + b;
            all[row * width..(row + 1) * width].to_vec()
        };
        let steps = 0..p.lengths[b];
        Sample {
            x: steps.clone().map(|t| step(&self.x, t, p.inputs)).collect(),
            h0: rows(&self.h0, p.hidden)[b].clone(),
            g: steps.map(|t| step(&self.g, t, p.hidden)).collect(),
            g_last: rows(&self.g_last, p.hidden)[b].clone(),
        }
    }
}

fn lengths(p: &Problem) -> Lengths {
    if p.lengths.iter().all(|&length| length == p.steps) {
        Lengths::equal(p.steps, p.batch)
    } else {
        Lengths::ragged(p.steps, p.batch, &p.lengths)
    }
}

fn agrees_with_the_oracle(p: &Problem, seeds: Seeds) {
    let data = Data::new(p, seeds);
    let tape = Tape::<f64>::new();
    let mut leaves = p.params().bind(&tape);
    let x = tape.leaf([p.steps * p.batch, p.inputs], &data.x);
    let h0 = tape.leaf([p.batch, p.hidden], &data.h0);
    let (cell, w) = (p.cell(), leaves.take());
    let initial = p.initial.then_some(&h0);
    let retain = instruments::retain;
    let run = unroll_with(&cell, &w, x, &lengths(p), initial, retain);
    let output = run.output();
    let last = (run.last, &data.g_last[..]);
    match seeds {
        Seeds::Last => tape.backward(&[last]),
        Seeds::AllSteps => tape.backward(&[(output, &data.g)]),
        Seeds::Both => tape.backward(&[last, (output, &data.g)]),
    }

    let network = p.network();
    let mut gradients = Gradients::zeros(p.inputs, p.hidden);
    let traces: Vec<_> = (0..p.batch)
        .map(|b| network.bptt(&data.sample(p, b), &mut gradients))
        .collect();

    // Padded outputs and input gradients are 0.
    let padded = |width: usize, real: &dyn Fn(usize, usize) -> Vec<f64>| -> Vec<f64> {
        let row = |t: usize, b: usize| {
            if t < p.lengths[b] {
                real(t, b)
            } else {
                vec![0.0; width]
            }
        };
        (0..p.steps * p.batch)
            .flat_map(|i| row(i / p.batch, i % p.batch))
            .collect()
    };
    let finals: Vec<f64> = traces
        .iter()
        .flat_map(|s| s.h.last().unwrap())
        .copied()
        .collect();
    let h = padded(p.hidden, &|t, b| traces[b].h[t].clone());
    let gx = padded(p.inputs, &|t, b| traces[b].gx[t].clone());
    assert_close("output", &output.to_vec(), &h);
    assert_close("last", &run.last.to_vec(), &finals);
    let flat = [
        gradients.w_ih.concat(),
        gradients.w_hh.concat(),
        gradients.b.clone(),
        gradients.b.clone(),
    ];
    for ((leaf, expected), name) in leaves
        .vars()
        .iter()
        .zip(&flat)
        .zip(["w_ih", "w_hh", "b_ih", "b_hh"])
    {
        let found = leaf.grad().unwrap();
        assert_sums_close(name, &found, expected, gradients.largest_term);
    }
    assert_close("x", &x.grad().unwrap(), &gx);
    if p.initial {
        let gh0: Vec<f64> = traces.iter().flat_map(|s| s.gh0.clone()).collect();
        assert_close("h0", &h0.grad().unwrap(), &gh0);
    }
    let norms: Vec<f64> = (0..run.states.len())
        .map(|t| {
            let running = traces.iter().filter_map(|s| s.d.get(t));
            norm(&running.flatten().copied().collect::<Vec<_>>())
        })
        .collect();
    assert_close("norms", &instruments::adjoint_norms(&run.hidden()), &norms);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn of_the_last_step(p in problems()) {
        agrees_with_the_oracle(&p, Seeds::Last);
    }

    #[test]
    fn of_all_steps(p in problems()) {
        agrees_with_the_oracle(&p, Seeds::AllSteps);
    }

    #[test]
    fn of_several_outputs_at_once(p in problems()) {
        agrees_with_the_oracle(&p, Seeds::Both);
    }

    #[test]
    fn padding_is_never_read(p in problems()) {
        let run = |fill: f64| {
            let mut data = Data::new(&p, Seeds::Both);
            for (row, x) in data.x.chunks_mut(p.inputs).enumerate() {
                if row / p.batch >= p.lengths[row % p.batch] {
                    x.fill(fill);
                }
            }
            let tape = Tape::<f64>::new();
            let mut leaves = p.params().bind(&tape);
            let x = tape.leaf([p.steps * p.batch, p.inputs], &data.x);
            let run = unroll(&p.cell(), &leaves.take(), x, &lengths(&p), None);
            tape.backward(&[(run.output(), &data.g)]);
            (run.output().to_vec(), leaves.gradient())
        };
        prop_assert_eq!(run(f64::NAN), run(0.0));
    }
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let p = Problem {
        batch: 5,
        steps: 20,
        inputs: 3,
        hidden: 17,
        activation: wengert_rnn::Activation::Tanh,
        initial: true,
        lengths: vec![20, 3, 11, 1, 11],
        seed: 5,
    };
    let data = Data::new(&p, Seeds::Both);
    let mut tape = Tape::<f64>::new();
    let mut run = || {
        let mut leaves = p.params().bind(&tape);
        let x = tape.constant([p.steps * p.batch, p.inputs], &data.x);
        let h0 = tape.leaf([p.batch, p.hidden], &data.h0);
        let run = unroll(&p.cell(), &leaves.take(), x, &lengths(&p), Some(&h0));
        tape.backward(&[(run.last, &data.g_last), (run.output(), &data.g)]);
        let bits: Vec<u64> = leaves.gradient().iter().map(|g| g.to_bits()).collect();
        tape.reset();
        bits
    };
    let (first, second) = (run(), run());
    assert_eq!(first, second);
}
