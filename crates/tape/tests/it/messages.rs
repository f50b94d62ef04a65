//! Every refusal, as its one line: the operation, the shapes, the problem, and the user's line.

use std::fmt::Write;

use wengert_tape::{Shape, Tape, Var, concat, stack};

use crate::engine::panic_message;

/// What expressions, one a line, panic with.
macro_rules! refusals {
    ($($what:expr;)*) => {
        snapshot(line!() + 1, &[$((stringify!($what), panic_message(|| $what))),*])
    };
}

/// The messages, without this file's lines, which they must tell right.
fn snapshot(first_line: u32, refusals: &[(&str, String)]) -> String {
    let mut text = String::new();
    for (line, (what, message)) in (first_line..).zip(refusals) {
        let place = format!(" ({}:{line}:", file!());
        let Some((problem, _)) = message.split_once(&place) else {
            panic!("{what}: no {place} in {message}");
        };
        assert!(!message.contains('\n'), "{what}: {message}");
        writeln!(text, "{what}\n    {problem}").expect("writing to a string");
    }
    text
}

fn zeros<const N: usize>(tape: &Tape<f64>, shape: [usize; N]) -> Var<'_, f64> {
    let shape = Shape::new(&shape);
    tape.leaf(shape, &vec![0.0; shape.len()])
}

#[test]
fn of_inputs_outputs_and_sweeps() {
    let tape = Tape::<f64>::new();
    let other = Tape::<f64>::new();
    let (x, foreign) = (zeros(&tape, [2, 3]), zeros(&other, [2, 3]));
    let constant = tape.scalar(1.0);
    let loss = x.sum();
    let mut text = refusals! {
        tape.leaf([2, 3], &[1.0]);
        tape.constant([], &[1.0, 2.0]);
        x.item();
        x.backward();
        constant.backward();
        tape.backward(&[(x, &[1.0])]);
        tape.backward(&[(foreign, &[1.0])]);
        x + foreign;
        x.with(|_| x.exp());
    };
    loss.backward();
    text += &refusals! {
        loss.backward();
    };
    insta::assert_snapshot!(text);
}

#[test]
fn of_elementwise_operations() {
    let tape = Tape::<f64>::new();
    let (x, y, z) = (
        zeros(&tape, [2, 3]),
        zeros(&tape, [4]),
        zeros(&tape, [2, 1, 2]),
    );
    let text = refusals! {
        x + y;
        x - y;
        x * y;
        x / y;
        x.plus(z);
        x.minus(y);
        x.times(y);
        x.over(y);
        x.pow(y);
        x.maximum(y);
        x.minimum(y);
        x.xlogy(y);
        x.logaddexp(y);
        x.atan2(y);
        x.hypot(y);
        x.gt(y);
        x.ge(y);
        x.equal(y);
        x.bce_with_logits(y);
        x.select(y, y);
        y.select(x, x);
        x.select(x, y);
    };
    insta::assert_snapshot!(text);
}

#[test]
fn of_views() {
    let tape = Tape::<f64>::new();
    let (x, scalar) = (zeros(&tape, [2, 3]), zeros(&tape, []));
    let text = refusals! {
        x.reshape([4, 2]);
        x.slice(2, 0..1);
        x.slice(1, 2..4);
        x.slice_step(1, 0..3, 0);
        x.rows(1..3);
        scalar.rows(0..1);
        x.split_cols::<2>();
        scalar.split_cols::<1>();
        x.split(1, &[1, 1]);
        x.split(2, &[1, 1]);
        x.transpose(0, 2);
        x.transpose(2, 0);
        scalar.t();
        x.permute(&[0]);
        x.permute(&[0, 0]);
        x.flip(2);
        x.broadcast_to([2, 4]);
        x.broadcast_to([3]);
        x.squeeze(1);
        x.squeeze(2);
        x.unsqueeze(3);
        zeros(&tape, [1, 1, 1, 1]).unsqueeze(0);
    };
    insta::assert_snapshot!(text);
}

#[test]
fn of_reductions() {
    let tape = Tape::<f64>::new();
    let (x, empty) = (zeros(&tape, [2, 3]), zeros(&tape, [0, 3]));
    let text = refusals! {
        x.sum_axes(&[2]);
        x.sum_axes(&[0, 0]);
        x.mean_axes(&[2]);
        empty.mean();
        empty.mean_axes(&[0]);
        x.max_axes(&[2]);
        empty.max();
        x.min_axes(&[2]);
        empty.min_axes(&[0]);
        x.norm_axes(&[2]);
        x.logsumexp_axes(&[1, 1]);
        x.prod_axes(&[2]);
        x.var(6);
        x.var_axes(&[2], 0);
        empty.std(0);
        x.std_axes(&[0], 2);
        x.softmax(2);
        x.log_softmax(2);
        x.cumsum(2);
    };
    insta::assert_snapshot!(text);
}

#[test]
fn of_products_and_linear_algebra() {
    let tape = Tape::<f64>::new();
    let (x, y) = (zeros(&tape, [2, 3]), zeros(&tape, [4, 5]));
    let (vector, batch) = (zeros(&tape, [3]), zeros(&tape, [4, 3, 2]));
    let square = zeros(&tape, [3, 3]);
    let text = refusals! {
        x.matmul(y);
        x.matmul(vector);
        zeros(&tape, [1, 1, 2, 3]).matmul(x);
        batch.matmul(zeros(&tape, [5, 2, 3]));
        x.linear(y, vector);
        batch.linear(x, vector);
        x.linear(square, zeros(&tape, [2]));
        x.linear(square, zeros(&tape, [1, 2, 3]));
        x.solve(x);
        square.solve(x);
        square.solve(vector);
        x.det();
        x.inverse();
        vector.inverse();
    };
    insta::assert_snapshot!(text);
}

#[test]
fn of_joins_and_indices() {
    let tape = Tape::<f64>::new();
    let (x, y, scalar) = (zeros(&tape, [2, 3]), zeros(&tape, [2, 2]), zeros(&tape, []));
    let none: [Var<'_, f64>; 0] = [];
    let text = refusals! {
        concat(&none, 0);
        concat(&[x, y], 0);
        concat(&[x, x], 2);
        concat(&[x, scalar], 0);
        stack(&none, 0);
        stack(&[x, y], 0);
        stack(&[x, x], 3);
        stack(&[zeros(&tape, [1, 1, 1, 1])], 0);
        x.embedding(&[0, 2]);
        scalar.embedding(&[0]);
        x.gather(2, &[0]);
        x.gather(1, &[0, 3]);
        x.gather(0, &[0, 1]);
        zeros(&tape, [0, 3]).gather(1, &[0]);
        x.index_add(&[0, 2], x);
        x.index_add(&[0], x);
        scalar.index_add(&[0], x);
        x.cross_entropy_each(&[0]);
        x.cross_entropy_each(&[0, 3]);
        scalar.cross_entropy_each(&[0]);
        zeros(&tape, [0, 3]).cross_entropy(&[]);
        x.mse(y);
        x.huber(y, 1.0);
    };
    insta::assert_snapshot!(text);
}
