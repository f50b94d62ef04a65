//! Robustness of the engine: size, reuse, refusals, views, empty tensors.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use wengert_tape::{Dual, Real, Shape, Tape, Var, concat, inspect};

use crate::networks::{deep, elman};

/// What a function panics with.
pub fn panic_message<R>(f: impl FnOnce() -> R) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).err();
    let payload = payload.expect("it should panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a message")).to_owned(),
    }
}

#[test]
fn a_million_nodes_sweep_and_drop_in_a_small_stack() {
    let chain = || {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([], &[0.5]);
        let mut y = x;
        for _ in 0..1_000_000 {
            y = y.scale(1.0);
        }
        y.backward();
        assert_eq!(tape.len(), 1_000_001);
        assert_eq!(x.grad(), Some(vec![1.0]));
    };
    let thread = thread::Builder::new().stack_size(2 << 20).spawn(chain);
    thread.unwrap().join().unwrap();
}

#[test]
fn a_million_uses_of_one_node_add_up() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([], &[0.5]);
    let mut sum = tape.scalar(0.0);
    for _ in 0..500_000 {
        sum = sum + x;
    }
    sum.backward();
    assert_eq!(x.grad(), Some(vec![500_000.0]));
}

#[test]
fn a_tape_can_be_sent_to_another_thread() {
    fn assert_send<T: Send>(_: &T) {}
    let mut tape = Tape::<f32>::new();
    assert_send(&tape);
    let gradient = thread::spawn(move || {
        tape.reset();
        let x = tape.leaf([1], &[3.0]);
        x.square().sum().backward();
        x.grad()
    });
    assert_eq!(gradient.join().unwrap(), Some(vec![6.0]));
}

/// Bits of the loss and of all gradients.
fn bits(loss: Var<'_, f64>, leaves: &[Var<'_, f64>]) -> Vec<u64> {
    let mut bits = vec![loss.item().to_bits()];
    for leaf in leaves {
        bits.extend(leaf.grad().unwrap().iter().map(|g| g.to_bits()));
    }
    bits
}

/// A program of views, broadcasts, reductions and products.
fn program(tape: &Tape<f64>) -> (Var<'_, f64>, [Var<'_, f64>; 2]) {
    let x = tape.leaf([3, 2], &[0.3, -0.8, 1.7, 0.2, -0.4, 0.9]);
    let w = tape.leaf([2, 4], &[0.1, 0.5, -0.7, 0.3, 0.2, -0.9, 0.6, 0.4]);
    let [a, b] = x.linear(w, w.rows(1..2)).split_cols();
    let y = (a.sigmoid() * b.tanh()).softmax(1) + x.t().matmul(x).sum();
    ((y * y).mean() + y.max() + w.norm(), [x, w])
}

#[test]
fn the_same_program_after_a_reset_gives_the_same_bits() {
    let mut tape = Tape::new();
    let run = |tape: &Tape<f64>| {
        let (loss, leaves) = program(tape);
        loss.backward();
        bits(loss, &leaves)
    };
    let first = run(&tape);
    for other in [elman, deep] {
        tape.reset();
        other(&tape, 3).backward();
        tape.reset();
        assert!(tape.is_empty());
        assert_eq!(run(&tape), first);
    }
    assert_eq!(run(&Tape::new()), first);
}

#[test]
fn a_second_sweep_is_refused_until_the_first_is_cleared() {
    let tape = Tape::new();
    let (loss, leaves) = program(&tape);
    loss.backward();
    let first = bits(loss, &leaves);
    let message = panic_message(|| loss.backward());
    assert!(message.contains("clear_grads()"), "{message}");
    assert_eq!(bits(loss, &leaves), first, "a refusal changes nothing");
    tape.clear_grads();
    assert_eq!(leaves[0].grad(), None);
    loss.backward();
    assert_eq!(bits(loss, &leaves), first);
}

#[test]
fn a_refused_sweep_leaves_the_tape_unswept() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2], &[1.0, 2.0]);
    let y = x.square();
    panic_message(|| tape.backward(&[(y, &[1.0])]));
    panic_message(|| tape.backward(&[(y, &[1.0, 1.0]), (tape.scalar(1.0), &[1.0])]));
    tape.backward(&[(y, &[1.0, 10.0])]);
    assert_eq!(x.grad(), Some(vec![2.0, 40.0]));
}

#[test]
fn a_variable_of_another_tape_is_refused() {
    let (one, other) = (Tape::<f64>::new(), Tape::new());
    let (x, y) = (one.leaf([2], &[1.0, 2.0]), other.leaf([2], &[3.0, 4.0]));
    for message in [
        panic_message(|| x.plus(y)),
        panic_message(|| x.matmul(y)),
        panic_message(|| concat(&[x, y], 0)),
        panic_message(|| one.backward(&[(y, &[1.0, 1.0])])),
    ] {
        assert!(message.contains("another tape"), "{message}");
    }
    assert_eq!((one.len(), other.len()), (1, 1), "nothing was recorded");
}

#[test]
fn recording_while_a_value_is_read_is_refused() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1], &[2.0]);
    let y = x.square();
    y.backward();
    for message in [
        panic_message(|| x.with(|_| x.exp())),
        panic_message(|| x.with(|_| x.reshape([1, 1]))),
        panic_message(|| x.with(|_| tape.scalar(1.0))),
        panic_message(|| x.with_grad(|_| tape.zeros([2]))),
        panic_message(|| x.with_grad(|_| tape.clear_grads())),
        panic_message(|| x.with(|_| y.retain())),
        panic_message(|| x.with(|_| y.detach())),
        panic_message(|| x.with(|_| y.backward())),
    ] {
        assert!(
            message.contains("Var::with") && message.contains("engine.rs:"),
            "{message}"
        );
    }
    x.with(|values| assert_eq!(values, y.with(|_| [x.item()])));
    assert_eq!(y.exp().len(), 1, "the tape is usable");
}

#[test]
fn several_outputs_are_swept_at_once() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2], &[3.0, 5.0]);
    let (y, z) = (x.square(), x.scale(10.0));
    let later = y.exp();
    tape.backward(&[(z, &[1.0, 2.0]), (y, &[1.0, 0.0]), (z, &[1.0, 0.0])]);
    assert_eq!(x.grad(), Some(vec![26.0, 20.0]));
    assert_eq!(later.grad(), None);
}

#[test]
fn a_view_can_be_an_output() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let column = x.square().t().rows(1..2);
    tape.backward(&[(column, &[1.0, 10.0])]);
    assert_eq!(x.grad(), Some(vec![0.0, 4.0, 0.0, 80.0]));
    tape.clear_grads();
    let twice = x.rows(0..1).broadcast_to([2, 2]);
    tape.backward(&[(twice, &[1.0, 2.0, 3.0, 4.0])]);
    assert_eq!(x.grad(), Some(vec![4.0, 6.0, 0.0, 0.0]));
}

#[test]
fn nodes_after_the_loss_take_no_part() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1], &[2.0]);
    let loss = x.square();
    let later = (loss * x).exp().retain();
    let unused = tape.leaf([1], &[1.0]);
    loss.backward();
    assert_eq!(x.grad(), Some(vec![4.0]));
    assert_eq!(
        (later.grad(), unused.grad(), loss.grad()),
        (None, None, None)
    );
}

#[test]
fn retained_values_keep_their_adjoints() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2], &[1.0, 2.0]);
    let y = x.square().retain();
    let window = y.slice(0, 1..2).retain();
    let loss = y.sum() + window.scale(3.0).sum();
    loss.backward();
    assert_eq!(y.grad(), Some(vec![1.0, 4.0]));
    assert_eq!(
        y.slice(0, 1..2).grad(),
        Some(vec![4.0]),
        "a view shows its owner's"
    );
    assert_eq!(
        window.grad(),
        Some(vec![3.0]),
        "a retained view has its own"
    );
    assert_eq!(x.grad(), Some(vec![2.0, 16.0]));
}

#[test]
fn a_detached_value_passes_no_adjoint() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let y = x.t().detach();
    assert_eq!(y.to_vec(), [1.0, 3.0, 2.0, 4.0]);
    assert!(!y.needs_grad());
    (x * y).sum().backward();
    assert_eq!(x.grad(), Some(vec![1.0, 3.0, 2.0, 4.0]));
}

#[test]
fn overlapping_views_add_in_their_owner() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([4], &[1.0, 2.0, 3.0, 4.0]);
    let (a, b) = (x.slice(0, 0..3), x.slice(0, 1..4));
    (a * b).sum().backward();
    assert_eq!(x.grad(), Some(vec![2.0, 4.0, 6.0, 3.0]));
}

#[test]
fn a_view_of_a_view_of_a_view_reaches_its_owner() {
    let tape = Tape::<f64>::new();
    let values: Vec<f64> = (0..24).map(f64::from).collect();
    let x = tape.leaf([2, 3, 4], &values);
    let y = x
        .permute(&[2, 0, 1])
        .slice_step(0, 1..4, 2)
        .flip(2)
        .slice(1, 1..2);
    assert_eq!(y.shape(), Shape::new(&[2, 1, 3]));
    assert_eq!(y.to_vec(), [21.0, 17.0, 13.0, 23.0, 19.0, 15.0]);
    let z = y.squeeze(1).t().unsqueeze(0).broadcast_to([2, 3, 2]);
    (z * z).sum().backward();
    let mut expected = vec![0.0; 24];
    for at in [13, 15, 17, 19, 21, 23] {
        expected[at] = 4.0 * values[at];
    }
    assert_eq!(x.grad(), Some(expected));
}

#[test]
fn a_broadcast_leaf_gets_the_sum_over_its_copies() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1, 2], &[3.0, 5.0]);
    let many = x.broadcast_to([3, 2]);
    assert_eq!(many.to_vec(), [3.0, 5.0, 3.0, 5.0, 3.0, 5.0]);
    let y = many * many + many.exp().detach();
    y.sum().backward();
    assert_eq!(x.grad(), Some(vec![18.0, 30.0]));
}

#[test]
fn a_broadcast_view_serves_as_a_matrix() {
    for rows in [2, 40] {
        let tape = Tape::<f64>::new();
        // A weight of three equal rows, once from a leaf of one, once from a row of three: the view
        // then has as many elements as its owner without covering it.
        let leaf = tape.leaf([1, 2], &[3.0, 5.0]);
        let owner = tape.leaf([3, 2], &[3.0, 5.0, 0.0, 0.0, 0.0, 0.0]);
        let x = tape.constant([rows, 3], &vec![1.0; rows * 3]);
        let n = rows as f64;
        for (w, expected) in [
            (leaf, vec![3.0 * n, 3.0 * n]),
            (owner.rows(0..1), vec![3.0 * n, 3.0 * n]),
        ] {
            let y = x.matmul(w.broadcast_to([3, 2]));
            assert_eq!(y.to_vec()[..2], [9.0, 15.0]);
            tape.clear_grads();
            y.sum().backward();
            assert_eq!(w.grad(), Some(expected.clone()));
        }
        assert_eq!(owner.grad().unwrap()[2..], [0.0; 4]);
    }
}

#[test]
fn a_weight_used_in_both_orders_gets_both_gradients() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let x = tape.constant([1, 2], &[1.0, 10.0]);
    let y = x.matmul(w).sum() + x.matmul(w.t()).sum() + w.rows(0..1).matmul(x.t()).sum();
    y.backward();
    let first = [1.0, 1.0, 10.0, 10.0]; // x w: row i gets x_i
    let second = [1.0, 10.0, 1.0, 10.0]; // x w^T: column j gets x_j
    let third = [1.0, 10.0, 0.0, 0.0];
    let sum: Vec<f64> = (0..4).map(|i| first[i] + second[i] + third[i]).collect();
    assert_eq!(w.grad(), Some(sum));
}

#[test]
fn stacked_products_give_the_gradient_of_tall_ones() {
    // 100 steps of 3 rows overflow the stack of rows several times; integers add exactly.
    let tape = Tape::<f64>::new();
    let values: Vec<f64> = (0..600).map(|i| f64::from(i % 7 - 3)).collect();
    let x = tape.constant([300, 2], &values);
    let (w, v) = (tape.leaf([2, 2], &[1.0; 4]), tape.leaf([2, 2], &[1.0; 4]));
    let whole = x.matmul(w).square().sum();
    let mut parts = tape.scalar(0.0);
    for t in 0..100 {
        parts = parts + x.rows(3 * t..3 * t + 3).matmul(v).square().sum();
    }
    (whole + parts).backward();
    assert_eq!(w.grad(), v.grad());
}

#[test]
fn tensors_without_elements_go_through_everything() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([0, 5], &[]);
    let y = tape.leaf([5, 0], &[]);
    let at_the_end = x.slice(1, 3..5).flip(1).slice(0, 0..0);
    assert_eq!(at_the_end.shape(), Shape::new(&[0, 2]));
    assert_eq!(at_the_end.to_vec(), []);
    let last_rows = y.rows(3..5).exp();
    assert_eq!(last_rows.to_vec(), []);
    let views = x
        .t()
        .reshape([0, 3])
        .unsqueeze(1)
        .squeeze(1)
        .permute(&[1, 0]);
    let product = y.matmul(x); // inner size 0: zeros
    assert_eq!(product.to_vec(), [0.0; 25]);
    let none = x.matmul(y).exp() * 2.0 + x.matmul(y);
    let sums = [
        views.sum(),
        at_the_end.sum(),
        last_rows.sum(),
        none.sum(),
        product.sum(),
        x.softmax(1).sum(),
        x.log_softmax(0).sum(),
        x.cumsum(1).sum(),
        concat(&[x, x], 0).sum(),
        x.sum_axes(&[0]).sum(),
        x.prod_axes(&[0]).sum(),
        x.norm() + x.max_axes(&[1]).sum(),
        x.cross_entropy_each(&[]).sum(),
        tape.leaf([3, 2], &[1.0; 6]).embedding(&[]).sum(),
        x.broadcast_to([4, 0, 5]).sum(),
    ];
    let mut loss = tape.scalar(0.0);
    for sum in sums {
        loss = loss + sum;
    }
    assert_eq!(loss.item(), 5.0, "five empty products");
    loss.backward();
    assert_eq!((x.grad(), y.grad()), (Some(vec![]), Some(vec![])));
}

#[test]
fn duals_and_floats_record_the_same_tape() {
    fn lines<T: Real>() -> String {
        let tape = Tape::<T>::new();
        let x = tape.leaf([2], &[T::ONE, T::ZERO]);
        let _ = (x.exp() * x).sum();
        inspect::print(&tape, 100)
    }
    assert_eq!(lines::<f64>(), lines::<Dual<f32>>());
}
