//! Back-propagation through time by the tape's sweep against the same written by hand, on the same
//! kernels: what recording costs. B = 32, T = 100, I = 64, H = 128, f32, the gradient of the sum of
//! the last hidden state by all parameters. Goal: a ratio of at most 1.1.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_benches::hand::{Hand, Style};
use wengert_benches::{alternately, is_measuring};
use wengert_rnn::{Activation, Cell, Elman, Lengths, Params, unroll};
use wengert_tape::Tape;

const BATCH: usize = 32;
const STEPS: usize = 100;
const INPUTS: usize = 64;
const HIDDEN: usize = 128;
const SIZES: [usize; 4] = [BATCH, STEPS, INPUTS, HIDDEN];

struct Problem {
    cell: Elman,
    params: Params<f32>,
    x: Vec<f32>,
    lengths: Lengths,
}

impl Problem {
    fn new() -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let cell = Elman::new(INPUTS, HIDDEN, Activation::Tanh);
        let params = cell.init(&mut rng);
        let x = (0..STEPS * BATCH * INPUTS).map(|_| rng.random_range(-1.0..1.0));
        Self {
            x: x.collect(),
            cell,
            params,
            lengths: Lengths::equal(STEPS, BATCH),
        }
    }

    fn graph(&self, tape: &mut Tape<f32>) -> Vec<f32> {
        let mut leaves = self.params.bind(tape);
        let x = tape.constant([STEPS * BATCH, INPUTS], &self.x);
        let run = unroll(&self.cell, &leaves.take(), x, &self.lengths, None);
        run.last.sum().backward();
        let gradient = leaves.gradient();
        tape.reset();
        gradient
    }
}

const STYLES: [(&str, Style); 2] = [("by steps", Style::BySteps), ("hoisted", Style::Hoisted)];

fn each(c: &mut Criterion) {
    let problem = Problem::new();
    let mut tape = Tape::new();
    let mut group = c.benchmark_group("bptt");
    group.sample_size(20);
    group.measurement_time(Duration::from_secs(2));
    group.bench_function("graph", |b| b.iter(|| problem.graph(&mut tape)));
    for (name, style) in STYLES {
        let mut hand = Hand::new(style, SIZES);
        group.bench_function(format!("by hand, {name}"), |b| {
            b.iter(|| hand.gradient(problem.params.values(), &problem.x));
        });
    }
    group.finish();
}

/// Prints the ratios, after a look that both compute the same.
fn ratios(_: &mut Criterion) {
    let problem = Problem::new();
    let mut tape = Tape::new();
    let expected = problem.graph(&mut tape);
    for (name, style) in STYLES {
        let mut hand = Hand::new(style, SIZES);
        let found = hand.gradient(problem.params.values(), &problem.x);
        let largest = expected.iter().fold(0.0, |m: f32, g| m.max(g.abs()));
        let apart = |(a, b): (&f32, &f32)| (a - b).abs() > 1e-4 * largest;
        assert!(
            !expected.iter().zip(&found).any(apart),
            "{name}: gradients differ"
        );
        if is_measuring() {
            let [graph, by_hand, ratio] = alternately(
                301,
                || drop(problem.graph(&mut tape)),
                || drop(hand.gradient(problem.params.values(), &problem.x)),
            );
            let (graph, by_hand) = (1e3 * graph, 1e3 * by_hand);
            println!("graph {graph:.3} ms, by hand, {name:8} {by_hand:.3} ms, ratio {ratio:.3}");
        }
    }
}

criterion_group!(benches, each, ratios);
criterion_main!(benches);
