//! Tapes as text, drawings and statistics; the first number that is none.

use std::time::Duration;

use wengert_tape::inspect::{
    Part, backward_checked, dot, first_non_finite, print, profile, statistics,
};
use wengert_tape::{Dual, Tape};

use crate::networks::{deep, elman};

#[test]
fn an_elman_network_as_text() {
    let tape = Tape::new();
    elman(&tape, 5);
    insta::assert_snapshot!(print(&tape, 22));
}

#[test]
fn text_tells_views_constants_and_flags() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let y = x.flip(1).slice(1, 1..2).retain();
    let _z = y.clamp(-1.0, 1.0).t();
    let _c = tape.scalar(0.5).exp();
    let _picked = x.embedding(&[0, 1, 0, 1, 0, 1, 0, 1]);
    let text = print(&tape, usize::MAX);
    let without_places: Vec<_> = text.lines().map(|l| l.split("  ").next()).collect();
    assert_eq!(
        without_places,
        [
            "%0 = leaf [2,3]",
            "%1 = flip of %0 at 2 [2,3]",
            "%2 = slice of %0 at 1 [2,1]",
            "%3 = copy(%2) [2,1] retained",
            "%4 = clamp(%3; -1, 1) [2,1]",
            "%5 = transpose of %4 [1,2]",
            "%6 = constant 0.5 []",
            "%7 = exp(%6) [] no grad",
            "%8 = embedding(%0; 0, 1, 0, 1, 0, 1, 2 more) [8,3]",
        ]
        .map(Some)
    );
    assert!(
        text.lines().all(|line| line.contains("  inspect.rs:")),
        "{text}"
    );
}

#[test]
fn an_elman_network_folds_into_one_cell() {
    let tape = Tape::new();
    elman(&tape, 5);
    insta::assert_snapshot!(dot(&tape));
}

#[test]
fn layers_fold_within_steps_and_inputs_into_one() {
    let tape = Tape::new();
    deep(&tape, 6);
    insta::assert_snapshot!(dot(&tape));
}

#[test]
fn the_drawing_does_not_grow_with_the_steps() {
    let lines = |steps| {
        let tape = Tape::new();
        elman(&tape, steps);
        dot(&tape).lines().count()
    };
    assert_eq!(lines(3), lines(300));
}

#[test]
fn a_tape_without_repeats_is_drawn_whole() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2], &[1.0, 2.0]);
    let y = x.exp() + x;
    let z = y.exp() * x; // other lines and inputs: no repeat
    let _ = z.sum();
    let drawing = dot(&tape);
    assert!(!drawing.contains("cluster"), "{drawing}");
    assert_eq!(drawing.matches("label=").count(), tape.len(), "{drawing}");
}

#[test]
fn alike_blocks_with_other_connections_do_not_fold() {
    // The first three rounds read the leaf, the leaf, and the round before; then there is no rule.
    let tape = Tape::<f64>::new();
    let mut values = vec![tape.leaf([1], &[1.0])];
    for pick in [0, 0, 2, 1, 0, 4] {
        values.push(values[pick].sin());
    }
    let drawing = dot(&tape);
    let drawn: usize = drawing.lines().filter(|line| line.contains("sin")).count();
    assert_eq!(drawn, 4, "{drawing}");
}

#[test]
fn a_long_chain_folds_quickly() {
    let tape = Tape::<f64>::new();
    let mut y = tape.leaf([], &[0.1]);
    for _ in 0..100_000 {
        y = (y * 0.5).sin();
    }
    let drawing = dot(&tape);
    assert!(drawing.contains("x 100000"), "{drawing}");
    assert!(
        drawing.contains("t-1") && drawing.lines().count() < 20,
        "{drawing}"
    );
}

#[test]
fn statistics_count_nodes_bytes_and_flops() {
    let tape = Tape::new();
    elman(&tape, 5);
    let s = statistics(&tape);
    assert_eq!(s.nodes(), tape.len());
    assert_eq!([s.leaves, s.constants, s.views], [3, 2, 11]);
    let op = |name| s.operations.iter().find(|op| op.name == name).unwrap();
    assert_eq!(
        [op("matmul").count, op("tanh").count, op("plus").count],
        [10, 5, 10]
    );
    assert_eq!(op("tanh").bytes, 5 * 2 * 4 * size_of::<f64>());
    // Of each step: 2 x 3 x 4 and 2 x 4 x 4 products, two additions and a tanh of 2 x 4.
    let tail = 8 + 8 + 1;
    assert_eq!(s.flops(), 5 * (2 * 24 + 2 * 32 + 3 * 8) + tail);
    assert_eq!(s.adjoint_bytes, 0);
}

#[test]
fn bookkeeping_is_at_most_64_bytes_a_node() {
    for network in [elman, deep] {
        let tape = Tape::new();
        network(&tape, 20).backward();
        let s = statistics(&tape);
        assert!(s.bookkeeping_bytes <= 64 * s.nodes(), "{s}");
    }
}

#[test]
fn adjoints_take_a_fraction_of_the_values() {
    let tape = Tape::new();
    elman(&tape, 200).backward();
    let s = statistics(&tape);
    assert!(
        s.adjoint_bytes > 0 && s.adjoint_bytes * 20 < s.value_bytes,
        "{s}"
    );
}

#[test]
fn a_profile_times_each_operation_and_sweeps() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let loss = x.matmul(x).tanh().sum();
    let s = profile(&tape, &[(loss, &[1.0])]);
    for op in &s.operations {
        assert!(
            op.forward > Duration::ZERO && op.backward > Duration::ZERO,
            "{s}"
        );
    }
    assert!(s.to_string().contains("between rules"), "{s}");
    let gradient = x.grad();
    tape.clear_grads();
    loss.backward();
    assert_eq!(x.grad(), gradient, "a profiled sweep is a sweep");
}

#[test]
fn statistics_print_as_an_aligned_table() {
    let tape = Tape::new();
    elman(&tape, 5).backward();
    insta::assert_snapshot!(statistics(&tape));
}

#[test]
fn the_first_non_finite_value_is_named() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([3], &[1.0, 2.0, 0.0]);
    assert_eq!(first_non_finite(&tape), None);
    let y = x.reshape([1, 3]).ln();
    let _later = y.exp() / y - y;
    let problem = first_non_finite(&tape).unwrap();
    assert_eq!((problem.node, problem.part), (y.id(), Part::Value));
    assert_eq!(problem.element, [0, 2]);
    let text = problem.to_string();
    assert!(
        text.starts_with("ln: element [0, 2] is -inf from finite inputs ("),
        "{text}"
    );
    assert!(text.contains("tests/it/inspect.rs:"), "{text}");
}

#[test]
fn a_non_finite_input_is_named_as_given() {
    let tape = Tape::<f64>::new();
    let _x = tape.leaf([2], &[1.0, f64::NAN]).exp();
    let text = first_non_finite(&tape).unwrap().to_string();
    assert!(
        text.starts_with("leaf: element [1] is NaN (crates"),
        "{text}"
    );
}

#[test]
fn a_non_finite_tangent_counts() {
    let tape = Tape::<Dual<f64>>::new();
    let x = tape.leaf([], &[Dual::new(0.0, 1.0)]);
    let root = x.sqrt();
    assert_eq!(first_non_finite(&tape).unwrap().node, root.id());
}

#[test]
fn a_clean_sweep_is_ok_and_leaves_the_gradients() {
    let tape = Tape::new();
    let loss = elman(&tape, 5);
    backward_checked(&tape, &[(loss, &[1.0])]).unwrap();
    assert!(statistics(&tape).adjoint_bytes > 0);
}

#[test]
fn the_first_non_finite_adjoint_is_named() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2, 2], &[1.0, 4.0, 9.0, 0.0]);
    let roots = x.t().sqrt();
    let loss = (roots * 2.0).sum();
    let problem = backward_checked(&tape, &[(loss, &[1.0])]).unwrap_err();
    assert_eq!(problem.node, roots.id());
    assert_eq!(problem.element, [1, 1]);
    let part = Part::AdjointOfInput {
        input: 0,
        finite_values: true,
    };
    assert_eq!(problem.part, part);
    let text = problem.to_string();
    let expected = "sqrt: adjoint of input 0: element [1, 1] is inf \
                    from a finite adjoint and finite values (crates";
    assert!(text.starts_with(expected), "{text}");
    assert_eq!(
        x.grad().unwrap()[3],
        f64::INFINITY,
        "the sweep was finished"
    );
}

#[test]
fn a_non_finite_value_below_an_adjoint_is_told() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1], &[0.0]);
    let loss = (x.ln() * x).sum();
    let problem = backward_checked(&tape, &[(loss, &[1.0])]).unwrap_err();
    assert_eq!(problem.operation, "times");
    let text = problem.to_string();
    assert!(
        text.contains("is -inf from a finite adjoint and non-finite values"),
        "{text}"
    );
}

#[test]
fn a_non_finite_seed_is_named() {
    let tape = Tape::<f64>::new();
    let y = tape.leaf([2], &[1.0, 2.0]).exp();
    let problem = backward_checked(&tape, &[(y, &[0.0, f64::INFINITY])]).unwrap_err();
    assert_eq!(problem.part, Part::Seed);
    assert!(
        problem
            .to_string()
            .starts_with("exp: seed element [1] is inf (")
    );
}

#[test]
fn a_weight_gradient_that_overflows_is_named() {
    let tape = Tape::<f32>::new();
    // Of a size whose gradient is gathered over steps, and so complete at the leaf only.
    let w = tape.leaf([8, 8], &[1.0; 64]);
    let x = tape.constant([2, 8], &[3e38; 16]);
    let loss = x.matmul(w).sum();
    let problem = backward_checked(&tape, &[(loss, &[1.0])]).unwrap_err();
    assert_eq!(problem.node, w.id());
    assert_eq!(problem.part, Part::AdjointOfLeaf);
}
