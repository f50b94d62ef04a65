//! From the second step of a training loop on, a tape allocates nothing.
//!
//! Products of two large matrices are the exception: `matrixmultiply` packs both anew each time.

use allocation_counter::measure;
use wengert_tape::{Tape, Var, concat};

fn numbers(count: usize) -> Vec<f32> {
    (0..count)
        .map(|i| ((i * 7 + 3) % 11) as f32 / 11.0 - 0.4)
        .collect()
}

/// Runs a program until the tape knows it, then counts the allocations of further runs.
fn allocations(sizes: &[usize], program: impl Fn(&Tape<f32>, &[f32], usize)) -> u64 {
    let values = numbers(64 * 64);
    let mut tape = Tape::new();
    let mut step = || {
        for &size in sizes {
            program(&tape, &values, size);
            tape.reset();
        }
    };
    step();
    measure(|| (0..3).for_each(|_| step())).count_total
}

fn matrix<'t>(tape: &'t Tape<f32>, values: &[f32], n: usize) -> Var<'t, f32> {
    tape.leaf([n, n], &values[..n * n])
}

fn elementwise(tape: &Tape<f32>, values: &[f32], n: usize) {
    let x = matrix(tape, values, n);
    let y = (x * x + 1.0).sqrt() / (x.exp() + 2.0) - x.tanh().maximum(x.sigmoid());
    let mask = x.gt(tape.scalar(0.0));
    mask.select(y, x.pow(tape.scalar(2.0)).clamp(-1.0, 1.0))
        .sum()
        .backward();
}

fn views(tape: &Tape<f32>, values: &[f32], n: usize) {
    let x = matrix(tape, values, n);
    let [a, b] = x.split_cols();
    let y = a.flip(1) * b + x.t().slice(1, 0..n / 2);
    let z = y
        .reshape([n * n / 2])
        .slice_step(0, 0..n, 2)
        .unsqueeze(0)
        .retain();
    (z.broadcast_to([3, n / 2]).square().sum() + concat(&[a, b], 0).sum()).backward();
}

fn broadcasting(tape: &Tape<f32>, values: &[f32], n: usize) {
    let x = matrix(tape, values, n);
    let (row, column) = (
        tape.leaf([n], &values[..n]),
        tape.leaf([n, 1], &values[..n]),
    );
    ((x + row) * column - row * column + x * tape.leaf([], &[0.5]))
        .sum()
        .backward();
}

fn reductions(tape: &Tape<f32>, values: &[f32], n: usize) {
    let x = matrix(tape, values, n);
    let y = x.sum_axes(&[0]) + x.mean_axes(&[1]) * x.max_axes(&[0]) + x.min_axes(&[1]);
    (y.norm() + x.logsumexp() + x.std(1) + x.var_axes(&[0], 0).prod()).backward();
}

fn softmaxes(tape: &Tape<f32>, values: &[f32], n: usize) {
    let targets = [0; 64];
    let x = matrix(tape, values, n);
    let y = x.softmax(0) * x.log_softmax(1) + x.cumsum(0).softmax(1);
    (y.cross_entropy(&targets[..n]) + x.embedding(&targets[..n]).mean()).backward();
}

fn vectors(tape: &Tape<f32>, values: &[f32], n: usize) {
    let w = matrix(tape, values, n);
    let mut h = tape.zeros([1, n]);
    for t in 0..40 {
        let x = tape.constant([1, n], &values[t..t + n]);
        h = h.linear(w, x.matmul(w)).tanh();
    }
    h.square().sum().backward();
}

fn matrices(tape: &Tape<f32>, values: &[f32], n: usize) {
    let (x, w) = (matrix(tape, values, n), matrix(tape, values, n));
    let mut h = x;
    for _ in 0..5 {
        h = h.linear(w, x).tanh().matmul(w.t());
    }
    h.square().sum().backward();
}

/// A step: records on the tape, with leaves made of these numbers, of this size, and sweeps.
type Program = fn(&Tape<f32>, &[f32], usize);

const PROGRAMS: [Program; 7] = [
    elementwise,
    views,
    broadcasting,
    reductions,
    softmaxes,
    vectors,
    matrices,
];

#[test]
fn a_repeated_step_allocates_nothing() {
    for (i, program) in PROGRAMS.into_iter().enumerate() {
        assert_eq!(allocations(&[8], program), 0, "program {i}");
    }
}

#[test]
fn nor_do_steps_of_two_sizes_in_turn() {
    for (i, program) in PROGRAMS.into_iter().enumerate() {
        assert_eq!(allocations(&[8, 36], program), 0, "program {i}");
    }
}

#[test]
fn reading_a_gradient_without_a_copy_allocates_nothing() {
    let program = |tape: &Tape<f32>, values: &[f32], n: usize| {
        let x = matrix(tape, values, n);
        x.square().sum().backward();
        let total: f32 = x.with_grad(|g| g.unwrap().iter().sum());
        assert!(total.is_finite() && x.rows(0..1).with(|row| row.len() == n));
    };
    assert_eq!(allocations(&[8], program), 0);
}
