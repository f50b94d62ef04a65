//! The sweep: linear in its seeds, several outputs at once, and what may be kept or cut.

use wengert_tape::{Draw, Shape, Tape, Var};

fn random<const N: usize>(seed: u64, shape: [usize; N]) -> Vec<f64> {
    Draw::new(seed, 8)
        .tensor(Shape::new(&shape), &[-1.0..1.0])
        .values
}

fn assert_close(what: &str, a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len(), "{what}: lengths");
    let size = b.iter().fold(1e-300, |m: f64, x| m.max(x.abs()));
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!(
            (a - b).abs() <= tolerance * size,
            "{what} [{i}]: {a} but {b}"
        );
    }
}

fn grad(x: Var<'_, f64>) -> Vec<f64> {
    x.grad().expect("an adjoint")
}

#[test]
fn several_outputs_add_linearly() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([3, 2], &random(1, [3, 2]));
    let hidden = x.tanh();
    let (y, z) = (hidden.matmul(hidden.t()), hidden.sum_axes(&[0]).exp());
    let (u, v) = (random(2, [9]), random(3, [2]));
    let sweep = |seeds: &[(Var<'_, f64>, &[f64])]| {
        tape.clear_grads();
        tape.backward(seeds);
        grad(x)
    };
    let (by_y, by_z) = (sweep(&[(y, &u)]), sweep(&[(z, &v)]));
    let both: Vec<f64> = by_y.iter().zip(&by_z).map(|(a, b)| a + b).collect();
    assert_close("sum", &sweep(&[(y, &u), (z, &v)]), &both, 1e-15);
    assert_close("order", &sweep(&[(z, &v), (y, &u)]), &both, 1e-15);
    let twice: Vec<f64> = by_y.iter().map(|g| 2.0 * g).collect();
    assert_eq!(sweep(&[(y, &u), (y, &u)]), twice);
    let scaled: Vec<f64> = u.iter().map(|u| 4.0 * u).collect();
    let exact: Vec<f64> = by_y.iter().map(|g| 4.0 * g).collect();
    assert_eq!(sweep(&[(y, &scaled)]), exact);
    tape.clear_grads();
    tape.backward(&[]);
    assert_eq!(x.grad(), None);
}

#[test]
fn adjoints_below_the_threshold_become_zero_unless_kept() {
    let power = |n: i32| 2.0_f32.powi(n);
    let sweep = |threshold: f64, retain: bool| {
        let tape = Tape::<f32>::new();
        tape.flush_below(threshold);
        let x = tape.leaf([3], &[1.0; 3]);
        let y = x * 2.0;
        let y = if retain { y.retain() } else { y };
        let z = y * f64::from(power(-60));
        tape.backward(&[(z, &[power(-20), power(-50), 0.0])]);
        (x.grad().unwrap(), tape.flushed())
    };
    let exact = [power(-79), power(-109), 0.0];
    // 1e-30 is 2^-99.7, 1e-36 is 2^-119.6.
    assert_eq!(sweep(1e-30, false), (vec![exact[0], 0.0, 0.0], 1));
    assert_eq!(sweep(1e-30, true), (exact.to_vec(), 0));
    assert_eq!(sweep(0.0, false), (exact.to_vec(), 0));
    assert_eq!(sweep(1e-36, false), (exact.to_vec(), 0));
}

#[test]
fn the_threshold_stays_and_the_count_goes_with_the_adjoints() {
    let mut tape = Tape::<f32>::new();
    tape.flush_below(1e-3);
    for _ in 0..2 {
        let x = tape.leaf([1], &[1.0]);
        (x * 2.0 * 1e-4).sum().backward();
        assert_eq!((x.grad(), tape.flushed()), (Some(vec![0.0]), 1));
        tape.clear_grads();
        assert_eq!(tape.flushed(), 0);
        tape.reset();
    }
    tape.flush_below(0.0);
    let x = tape.leaf([1], &[f32::NAN]);
    (x * x).sum().backward();
    assert!(x.grad().unwrap()[0].is_nan(), "NaN is not small");
}

#[test]
fn a_gradient_that_vanishes_ends_in_zeros_and_not_among_subnormals() {
    let tape = Tape::<f32>::new();
    let x = tape.leaf([1], &[0.1]);
    let mut h = x;
    for _ in 0..400 {
        h = (h * 0.6).retain();
    }
    h.sum().backward();
    // All are kept, so none is flushed, and the adjoint sticks at the smallest subnormal.
    assert_eq!(
        (x.grad(), tape.flushed()),
        (Some(vec![f32::from_bits(1)]), 0)
    );
    let h = (0..400).fold(x, |h, _| h * 0.6);
    tape.clear_grads();
    h.sum().backward();
    assert_eq!((x.grad(), tape.flushed()), (Some(vec![0.0]), 1));
}

#[test]
fn a_seed_on_an_intermediate_value_adds_to_its_adjoint() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2], &[0.5, 2.0]);
    let squares = x.square();
    let total = squares.sum();
    tape.backward(&[(total, &[1.0]), (squares, &[10.0, 100.0])]);
    assert_eq!(grad(x), [11.0, 404.0]);
}

/// A seed on a view goes to the window; seeds on overlapping views add.
#[test]
fn seeds_on_views() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([4], &[1.0, 2.0, 3.0, 4.0]);
    let (a, b) = (x.slice(0, 0..3), x.slice(0, 1..4).flip(0));
    tape.backward(&[(a, &[1.0, 2.0, 3.0]), (b, &[10.0, 20.0, 30.0])]);
    assert_eq!(grad(x), [1.0, 32.0, 23.0, 10.0]);
    tape.clear_grads();
    let wide = x.unsqueeze(0).broadcast_to([2, 4]);
    tape.backward(&[(wide, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])]);
    assert_eq!(grad(x), [6.0, 8.0, 10.0, 12.0]);
}

#[test]
fn retained_adjoints() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([4], &[1.0, 2.0, 3.0, 4.0]);
    let squares = x.square().retain();
    let (low, high) = (
        squares.slice(0, 0..3).retain(),
        squares.slice(0, 1..4).retain(),
    );
    (low.sum() * 2.0 + (high * high).sum()).backward();
    assert_eq!(grad(low), [2.0; 3]);
    assert_eq!(grad(high), [8.0, 18.0, 32.0]);
    assert_eq!(grad(squares), [2.0, 10.0, 20.0, 32.0]);
    assert_eq!(grad(x), [4.0, 40.0, 120.0, 256.0]);
    // A view of a retained value shows its window.
    assert_eq!(grad(squares.slice(0, 2..4)), [20.0, 32.0]);
}

#[test]
fn adjoints_that_are_not_retained_are_gone() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1], &[3.0]);
    let y = x.square();
    y.sum().backward();
    assert_eq!(y.grad(), None);
}

#[test]
fn nothing_passes_a_detached_value() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([2], &[2.0, 3.0]);
    let y = x * x.detach();
    y.sum().backward();
    assert_eq!(grad(x), [2.0, 3.0]);
    assert!(!x.square().detach().needs_grad());
}

/// The gradient of a weight that `steps` products of `rows` rows use, and the same by one product.
fn weight_gradients(steps: usize, rows: usize, transposed: bool) -> [Vec<f64>; 2] {
    let (inner, outer) = (5, 3);
    let (x, u) = (
        random(4, [steps * rows, inner]),
        random(5, [steps * rows * outer]),
    );
    let shape = if transposed {
        [outer, inner]
    } else {
        [inner, outer]
    };
    let weight = random(6, shape);
    let run = |apart: bool| {
        let tape = Tape::<f64>::new();
        let w = tape.leaf(shape, &weight);
        let w_used = || if transposed { w.t() } else { w };
        let x = tape.constant([steps * rows, inner], &x);
        if !apart {
            let y = x.matmul(w_used());
            tape.backward(&[(y, &u)]);
            return grad(w);
        }
        let step = |t: usize| x.rows(t * rows..(t + 1) * rows).matmul(w_used());
        let outputs: Vec<_> = (0..steps).map(step).collect();
        let seeds: Vec<_> = outputs.into_iter().zip(u.chunks(rows * outer)).collect();
        tape.backward(&seeds);
        grad(w)
    };
    [run(true), run(false)]
}

/// Gathered products are one big product, to rounding, whatever their rows: 32 are no longer few,
/// and 128 fill a stack.
#[test]
fn weight_gradients_gathered_over_steps() {
    for transposed in [false, true] {
        for (steps, rows) in [
            (1, 1),
            (200, 1),
            (7, 16),
            (8, 16),
            (9, 16),
            (20, 31),
            (5, 32),
            (5, 33),
            (129, 1),
        ] {
            let [apart, together] = weight_gradients(steps, rows, transposed);
            assert_close(&format!("{steps} x {rows}"), &apart, &together, 1e-13);
        }
    }
}

fn shared<'t>(w: Var<'t, f64>, x: Var<'t, f64>) -> Var<'t, f64> {
    let uses = [w, w.t(), w.slice(1, 1..3), w.t().slice(1, 0..2)];
    let products = uses.map(|w| x.matmul(w).tanh().sum());
    products
        .into_iter()
        .fold((w * w).sum(), |sum, product| sum + product)
}

/// One weight in products of different kinds: itself, transposed, a column slice, and elementwise.
#[test]
fn a_weight_shared_between_products() {
    let tape = Tape::<f64>::new();
    let (weight, input) = (random(7, [4, 4]), random(8, [2, 4]));
    let w = tape.leaf([4, 4], &weight);
    let x = tape.leaf([2, 4], &input);
    let y = shared(w, x);
    y.backward();

    let gradient = grad(w);
    for at in 0..16 {
        let moved = |t: f64| {
            let tape = Tape::<f64>::new();
            let mut weight = weight.clone();
            weight[at] += t;
            let (w, x) = (tape.leaf([4, 4], &weight), tape.constant([2, 4], &input));
            shared(w, x).item()
        };
        let slope = |h: f64| (moved(h) - moved(-h)) / (2.0 * h);
        let richardson = (4.0 * slope(1e-3) - slope(2e-3)) / 3.0;
        assert!(
            (gradient[at] - richardson).abs() < 1e-9,
            "[{at}]: {} {richardson}",
            gradient[at]
        );
    }
}

/// The same program on a tape that was used before gives the same bits.
#[test]
fn a_reset_tape_is_a_new_tape() {
    let program = |tape: &Tape<f64>| {
        let w = tape.leaf([3, 3], &random(9, [3, 3]));
        let mut h = tape.leaf([2, 3], &random(10, [2, 3]));
        for _ in 0..40 {
            h = h.matmul(w).tanh() + h.slice(1, 0..1);
        }
        h.square().mean().backward();
        grad(w)
    };
    let first = program(&Tape::new());
    let mut tape = Tape::new();
    for size in [1, 100, 7] {
        tape.leaf([size], &vec![f64::NAN; size])
            .exp()
            .sum()
            .backward();
        tape.reset();
        assert_eq!(program(&tape), first);
        tape.reset();
    }
}
