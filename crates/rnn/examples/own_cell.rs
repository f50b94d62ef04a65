//! A cell of your own: its equations, the check of its gradients, and a task that it learns.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::{Adam, Cell, Lengths, Linear, Optimizer, Params, init, unroll};
use wengert_tape::{Real, Tape, Tensor, Var, check, function};

/// h' = u h + (1 - u) tanh(a), with (u, a) = (sigmoid, identity)(W x + U h).
struct Gated {
    inputs: usize,
    hidden: usize,
}

impl<T: Real> Cell<T> for Gated {
    type Weights<'t> = [Var<'t, T>; 2];
    type State<'t> = Var<'t, T>;

    fn inputs(&self) -> usize {
        self.inputs
    }
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let (rows, bound) = (2 * self.hidden, 1.0 / (self.hidden as f64).sqrt());
        let mut draw = |w: &mut [T]| init::uniform(w, bound, rng);
        Params::new()
            .with("weight_ih_l0", [rows, self.inputs], &mut draw)
            .with("weight_hh_l0", [rows, self.hidden], &mut draw)
    }
    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Var<'t, T> {
        tape.zeros([batch, self.hidden])
    }
    fn project<'t>(&self, &[w, _]: &[Var<'t, T>; 2], x: Var<'t, T>) -> Var<'t, T> {
        x.matmul(w.t())
    }
    fn step<'t>(&self, &[_, u]: &[Var<'t, T>; 2], x: Var<'t, T>, h: &Var<'t, T>) -> Var<'t, T> {
        let [gate, a] = h.linear(u.t(), x).split_cols();
        let (gate, a) = (gate.sigmoid(), a.tanh());
        a + gate * (*h - a)
    }
}

const CELL: Gated = Gated {
    inputs: 1,
    hidden: 8,
};
const STEPS: usize = 12;
const BATCH: usize = 32;

/// First and second derivatives, against forward mode and differences, over sequences of 3 and 1
/// steps.
fn check_gradients(rng: &mut ChaCha8Rng) {
    let params: Params<f64> = CELL.init(rng);
    let tensors = params.iter().map(|p| Tensor::new(p.shape, p.values));
    let inputs: Vec<_> = tensors
        .chain([Tensor::new([6, 1], [0.3, -0.2, 0.9, 0.0, 0.5, 0.0])])
        .collect();
    let f = function!(|_, x| {
        let lengths = Lengths::ragged(3, 2, &[3, 1]);
        unroll(&CELL, &[x[0], x[1]], x[2], &lengths, None).last
    });
    let report = check::function(&f, &inputs);
    println!("{}\n{report}", check::Report::HEADER);
    report.assert_agrees();
}

/// Was the first of twelve noisy inputs positive? Returns the share of right answers.
fn train(rng: &mut ChaCha8Rng) -> f64 {
    let readout = Linear::new(CELL.hidden, 2);
    let mut params = CELL.init(rng).with_part("readout.", readout.init(rng));
    let mut adam = Adam::new(0.02, params.len());
    let mut tape = Tape::<f32>::new();
    let mut right = 0.0;
    for step in 0..=300 {
        let mut x: Vec<f32> = (0..STEPS * BATCH)
            .map(|_| rng.random_range(-0.3..0.3))
            .collect();
        let targets: Vec<usize> = (0..BATCH).map(|_| rng.random_range(0..2)).collect();
        for (x, &target) in x.iter_mut().zip(&targets) {
            *x += [-1.0, 1.0][target]; // rows are time-major: the first are the first step
        }

        let mut leaves = params.bind(&tape);
        let (w, v) = (leaves.take(), leaves.take());
        let x = tape.constant([STEPS * BATCH, 1], &x);
        let run = unroll(&CELL, &w, x, &Lengths::equal(STEPS, BATCH), None);
        let scores = readout.apply(&v, run.last);
        let loss = scores.cross_entropy(&targets);
        loss.backward();
        adam.step(params.values_mut(), &leaves.gradient());

        let answers = scores.to_vec();
        let is_right = |(row, &target): (&[f32], &usize)| row[target] > row[1 - target];
        right = answers
            .chunks(2)
            .zip(&targets)
            .filter(|&x| is_right(x))
            .count() as f64
            / BATCH as f64;
        if step % 100 == 0 {
            println!(
                "step {step:3}: loss {:.4}, {:3.0} % right",
                loss.item(),
                100.0 * right
            );
        }
        tape.reset();
    }
    right
}

/// Checks and trains the cell.
pub fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    check_gradients(&mut rng);
    let right = train(&mut rng);
    assert!(right > 0.95, "the cell did not learn: {right}");
}
