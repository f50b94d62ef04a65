//! Derivatives of closures against closed forms.

use wengert_tape::functional::{
    grad, grad_of_grad, hessian, hvp, jacobian, jacobian_forward, jvp, value_and_grad, vjp,
};
use wengert_tape::{Draw, Dual, IntoShape, Real, Shape, Tape, Tensor, Var};

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

fn random(seed: u64, shape: impl IntoShape) -> Tensor {
    Draw::new(seed, 8).tensor(Shape::of(shape, "random"), &[-1.0..1.0])
}

/// x^T A x / 2 + b^T x
fn quadratic<'t, T: Real>(_: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
    let [x, a, b] = x else { panic!("three inputs") };
    let row = x.unsqueeze(0);
    row.matmul(*a).matmul(row.t()).sum() * 0.5 + (*b * *x).sum()
}

#[test]
fn quadratic_forms() {
    let n = 5;
    let (x, a, b) = (random(1, [n]), random(2, [n, n]), random(3, [n]));
    let at = |i: usize, j: usize| 0.5 * (a.values[i * n + j] + a.values[j * n + i]);
    let by_x: Vec<f64> = (0..n)
        .map(|i| b.values[i] + (0..n).map(|j| at(i, j) * x.values[j]).sum::<f64>())
        .collect();
    let by_a: Vec<f64> = (0..n * n)
        .map(|k| 0.5 * x.values[k / n] * x.values[k % n])
        .collect();
    let inputs = [x.clone(), a.clone(), b];
    let gradient = grad(quadratic, &inputs);
    assert_close("by x", &gradient[0], &by_x, 1e-14);
    assert_close("by A", &gradient[1], &by_a, 1e-14);
    assert_close("by b", &gradient[2], &x.values, 0.0);

    let rows = hessian(quadratic, &inputs);
    assert_eq!(rows.len(), n + n * n + n);
    for (i, row) in rows.iter().take(n).enumerate() {
        let exact: Vec<f64> = (0..n).map(|j| at(i, j)).collect();
        assert_close("H", &row[..n], &exact, 1e-14);
        let by_b: Vec<f64> = (0..n).map(|j| f64::from(u8::from(i == j))).collect();
        assert_close("d2/dx db", &row[n + n * n..], &by_b, 0.0);
    }
}

/// The Hessian of log-sum-exp is diag(p) - p p^T with p its softmax.
#[test]
fn log_sum_exp() {
    fn lse<'t, T: Real>(_: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
        x[0].logsumexp()
    }
    let x = [random(4, [6])];
    let p = &grad(lse, &x)[0];
    let total: f64 = x[0].values.iter().map(|x| x.exp()).sum();
    let exact: Vec<f64> = x[0].values.iter().map(|x| x.exp() / total).collect();
    assert_close("softmax", p, &exact, 1e-15);
    for (i, row) in hessian(lse, &x).iter().enumerate() {
        let exact: Vec<f64> = (0..6)
            .map(|j| {
                if i == j {
                    p[i] - p[i] * p[j]
                } else {
                    -p[i] * p[j]
                }
            })
            .collect();
        assert_close("H", row, &exact, 1e-15);
    }
}

/// sum of 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2
fn rosenbrock<'t, T: Real>(_: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
    let n = x[0].len();
    let (a, b) = (x[0].slice(0, 0..n - 1), x[0].slice(0, 1..n));
    ((b - a.square()).square() * 100.0 + (1.0 - a).square()).sum()
}

#[test]
fn rosenbrock_valley() {
    let x = [Tensor::new([3], [-1.2, 1.0, 0.7])];
    let [a, b, c] = [-1.2, 1.0, 0.7f64];
    let (value, gradient) = value_and_grad(rosenbrock, &x);
    let exact = 100.0 * (b - a * a).powi(2)
        + (1.0 - a).powi(2)
        + 100.0 * (c - b * b).powi(2)
        + (1.0 - b).powi(2);
    assert_close("f", &[value], &[exact], 1e-15);
    let exact = [
        -400.0 * a * (b - a * a) - 2.0 * (1.0 - a),
        200.0 * (b - a * a) - 400.0 * b * (c - b * b) - 2.0 * (1.0 - b),
        200.0 * (c - b * b),
    ];
    assert_close("g", &gradient[0], &exact, 1e-15);
    let exact = [
        [1200.0 * a * a - 400.0 * b + 2.0, -400.0 * a, 0.0],
        [-400.0 * a, 202.0 + 1200.0 * b * b - 400.0 * c, -400.0 * b],
        [0.0, -400.0 * b, 200.0],
    ];
    for (row, exact) in hessian(rosenbrock, &x).iter().zip(exact) {
        assert_close("H", row, &exact, 1e-15);
    }
    assert_eq!(grad(rosenbrock, &[Tensor::new([4], [1.0; 4])]), [[0.0; 4]]);
}

/// y = tanh(W x)
fn layer<'t, T: Real>(_: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
    x[0].matmul(x[1]).tanh()
}

#[test]
fn products_with_a_jacobian() {
    let x = [random(5, [3, 4]), random(6, [4, 2])];
    let v = [random(7, [3, 4]).values, random(8, [4, 2]).values];
    let u = random(9, [3, 2]).values;
    let rows = jacobian(layer, &x);
    let columns = jacobian_forward(layer, &x);
    let (value, forward) = jvp(layer, &x, &v);
    let (same, reverse) = vjp(layer, &x, &u);
    assert_eq!(value, same);
    let mut product = vec![0.0; 6];
    for i in 0..2 {
        let n = v[i].len();
        assert_eq!(rows[i].len(), 6 * n);
        assert_close("columns", &columns[i], &rows[i], 1e-14);
        for (row, p) in rows[i].chunks(n).zip(&mut product) {
            *p += row.iter().zip(&v[i]).map(|(j, v)| j * v).sum::<f64>();
        }
        let pulled: Vec<f64> = (0..n)
            .map(|j| (0..6).map(|row| u[row] * rows[i][row * n + j]).sum())
            .collect();
        assert_close("u^T J", &reverse[i], &pulled, 1e-14);
    }
    assert_close("J v", &forward, &product, 1e-14);
}

#[test]
fn derivatives_to_the_third_order() {
    // d^k/dx^k exp(2x) = 2^k exp(2x), and of x^5: 5 x^4, 20 x^3, 60 x^2.
    fn f<'t, T: Real>(_: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
        (x[0].scale(2.0).exp() + x[0].powi(5)).sum()
    }
    let x = 0.7f64;
    let exp = (2.0 * x).exp();
    let inner = Tensor::new([1], [Dual::new(x, 1.0)]);
    let (first, second) = hvp(f, &[inner], &[vec![Dual::new(1.0, 0.0)]]);
    let (first, second) = (first[0][0], second[0][0]);
    assert_close("1", &[first.v], &[2.0 * exp + 5.0 * x.powi(4)], 1e-15);
    assert_close("2", &[second.v], &[4.0 * exp + 20.0 * x.powi(3)], 1e-15);
    assert_close("2 again", &[first.d], &[second.v], 1e-15);
    assert_close("3", &[second.d], &[8.0 * exp + 60.0 * x * x], 1e-15);
}

/// The mixed third derivative of a b c is 1, whichever way it is nested.
#[test]
fn mixed_third_derivatives() {
    fn f<'t, T: Real>(_: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
        x[0].prod()
    }
    let still = |x: f64| Dual::new(x, 0.0);
    let x = Tensor::new([3], [still(2.0), Dual::new(3.0, 1.0), still(5.0)]);
    let (_, product) = hvp(f, &[x], &[vec![still(1.0), still(0.0), still(0.0)]]);
    assert_eq!(
        [product[0][0].v, product[0][1].v, product[0][2].v],
        [0.0, 5.0, 3.0]
    );
    assert_eq!(
        [product[0][0].d, product[0][1].d, product[0][2].d],
        [0.0, 0.0, 1.0]
    );
}

/// |grad f|^2 / 2 has the gradient H grad f.
#[test]
fn the_gradient_of_a_gradient() {
    let x = [Tensor::new([3], [-1.2, 1.0, 0.7])];
    let result = grad_of_grad(rosenbrock, |_, g| g[0].square().sum() * 0.5, &x);
    let gradient = grad(rosenbrock, &x);
    let (_, product) = hvp(rosenbrock, &x, &gradient);
    assert_eq!(result, product);
    let step = |h: f64| {
        let moved = |t: f64| {
            let x = x[0]
                .values
                .iter()
                .enumerate()
                .map(|(i, x)| x + if i == 1 { t } else { 0.0 });
            let x = Tensor::new([3], x.collect::<Vec<_>>());
            0.5 * grad(rosenbrock, &[x])[0].iter().map(|g| g * g).sum::<f64>()
        };
        (moved(h) - moved(-h)) / (2.0 * h)
    };
    let richardson = (4.0 * step(5e-4) - step(1e-3)) / 3.0;
    assert!(
        (result[0][1] / richardson - 1.0).abs() < 1e-8,
        "{} {richardson}",
        result[0][1]
    );
}

#[test]
fn inputs_without_influence_get_zeros() {
    let x = [Tensor::new([2], [1.0, 2.0]), Tensor::new([3], [1.0; 3])];
    assert_eq!(grad(|_, x| x[0].sum(), &x), [vec![1.0; 2], vec![0.0; 3]]);
    let none = grad(|tape, _| tape.scalar(4.0), &x);
    assert_eq!(none, [vec![0.0; 2], vec![0.0; 3]]);
    assert_eq!(
        jacobian(|_, x| x[1].slice(0, 0..0), &x),
        [vec![0.0; 0], vec![]]
    );
    assert_eq!(
        grad(|_, x| x[0].sum(), &[Tensor::new([0], Vec::<f64>::new())]),
        [vec![0.0; 0]]
    );
}

fn loss<'t, T: Real>(tape: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
    layer(tape, x).softmax(1).ln().mean() + x[1].sigmoid().norm()
}

#[test]
fn single_precision_follows_double() {
    let x = [random(5, [3, 4]), random(6, [4, 2])];
    let single: Vec<Tensor<f32>> = x
        .iter()
        .map(|x| {
            Tensor::new(
                x.shape,
                x.values.iter().map(|&x| x as f32).collect::<Vec<_>>(),
            )
        })
        .collect();
    let double = grad(loss, &x);
    for (single, double) in grad(loss, &single).iter().zip(&double) {
        let single: Vec<f64> = single.iter().map(|&x| f64::from(x)).collect();
        assert_close("f32", &single, double, 1e-5);
    }
}

#[test]
#[should_panic(expected = "jvp: the input has 2 elements, but its direction 3")]
fn directions_of_another_length_are_refused() {
    jvp(
        |_, x| x[0],
        &[Tensor::new([2], [1.0, 2.0])],
        &[vec![1.0; 3]],
    );
}

#[test]
#[should_panic(expected = "vjp: the result has 2 elements, but its cotangent 1")]
fn cotangents_of_another_length_are_refused() {
    vjp(|_, x| x[0], &[Tensor::new([2], [1.0, 2.0])], &[1.0]);
}

#[test]
#[should_panic(expected = "hvp: 1 inputs, but 2 directions")]
fn another_number_of_directions_is_refused() {
    let x = Tensor::new([2], [1.0, 2.0]);
    hvp(|_, x| x[0].sum(), &[x], &[vec![1.0; 2], vec![1.0; 2]]);
}

#[test]
#[should_panic(expected = "tensor: shape [2,2] has 4 elements, but 3 values came")]
fn a_tensor_of_too_few_values_is_refused() {
    Tensor::new([2, 2], [1.0, 2.0, 3.0]);
}
