//! Values against slow, obvious references.

use wengert_tape::{Draw, Shape, Tape, Tensor, Var, concat, stack};

fn random(seed: u64, shape: &[usize]) -> Tensor {
    Draw::new(seed, 8).tensor(Shape::new(shape), &[-2.0..2.0])
}

/// The value of a function of tensors, and its shape.
fn value(
    x: &[&Tensor],
    f: impl for<'t> Fn(&'t Tape<f64>, &[Var<'t, f64>]) -> Var<'t, f64>,
) -> (Vec<usize>, Vec<f64>) {
    let tape = Tape::new();
    let x: Vec<_> = x.iter().map(|x| tape.leaf(x.shape, &x.values)).collect();
    let y = f(&tape, &x);
    (y.shape().dims().to_vec(), y.to_vec())
}

fn assert_close(
    (shape, values): (Vec<usize>, Vec<f64>),
    expected_shape: &[usize],
    expected: &[f64],
) {
    assert_eq!(shape, expected_shape);
    assert_eq!(values.len(), expected.len());
    for (i, (x, y)) in values.iter().zip(expected).enumerate() {
        assert!(
            (x - y).abs() <= 1e-13 * y.abs().max(1.0),
            "[{i}]: {x} but {y}"
        );
    }
}

/// The rows of a row-major matrix.
fn rows(x: &Tensor) -> Vec<&[f64]> {
    let width = x.shape.dims()[x.shape.rank() - 1];
    x.values.chunks(width).collect()
}

fn product(a: &[f64], b: &[f64], [m, k, n]: [usize; 3]) -> Vec<f64> {
    let mut c = vec![0.0; m * n];
    for i in 0..m {
        for j in 0..n {
            for l in 0..k {
                c[i * n + j] += a[i * k + l] * b[l * n + j];
            }
        }
    }
    c
}

#[test]
fn products() {
    for [m, k, n] in [
        [1, 1, 1],
        [1, 7, 5],
        [4, 3, 1],
        [5, 6, 7],
        [33, 70, 65],
        [3, 0, 2],
    ] {
        let (a, b, c) = (random(1, &[m, k]), random(2, &[k, n]), random(3, &[n]));
        let exact = product(&a.values, &b.values, [m, k, n]);
        assert_close(value(&[&a, &b], |_, x| x[0].matmul(x[1])), &[m, n], &exact);
        assert_close(
            value(&[&a, &b], |_, x| both_transposed(x[0], x[1])),
            &[m, n],
            &exact,
        );
        let affine: Vec<f64> = exact
            .iter()
            .enumerate()
            .map(|(at, y)| y + c.values[at % n])
            .collect();
        assert_close(
            value(&[&a, &b, &c], |_, x| x[0].linear(x[1], x[2])),
            &[m, n],
            &affine,
        );
    }
}

/// a b by operands that were transposed in memory.
fn both_transposed<'t>(a: Var<'t, f64>, b: Var<'t, f64>) -> Var<'t, f64> {
    a.t().contiguous().t().matmul(b.t().contiguous().t())
}

#[test]
fn batched_products() {
    let [m, k, n] = [3, 4, 2];
    let (a, b, one) = (
        random(4, &[5, m, k]),
        random(5, &[5, k, n]),
        random(6, &[k, n]),
    );
    let each = |b: &dyn Fn(usize) -> Vec<f64>| -> Vec<f64> {
        let batch = |i: usize| product(&a.values[i * m * k..][..m * k], &b(i), [m, k, n]);
        (0..5).flat_map(batch).collect()
    };
    let exact = each(&|i| b.values[i * k * n..][..k * n].to_vec());
    assert_close(
        value(&[&a, &b], |_, x| x[0].matmul(x[1])),
        &[5, m, n],
        &exact,
    );
    let exact = each(&|_| one.values.clone());
    assert_close(
        value(&[&a, &one], |_, x| x[0].matmul(x[1])),
        &[5, m, n],
        &exact,
    );
}

#[test]
fn softmax_and_cross_entropy() {
    let x = random(7, &[4, 5]);
    let softmax = |row: &[f64]| -> Vec<f64> {
        let total: f64 = row.iter().map(|x| x.exp()).sum();
        row.iter().map(|x| x.exp() / total).collect()
    };
    let p: Vec<f64> = rows(&x).into_iter().flat_map(softmax).collect();
    let logs: Vec<f64> = p.iter().map(|p| p.ln()).collect();
    assert_close(value(&[&x], |_, x| x[0].softmax(1)), &[4, 5], &p);
    assert_close(value(&[&x], |_, x| x[0].log_softmax(1)), &[4, 5], &logs);
    assert_close(value(&[&x], |_, x| x[0].t().softmax(0).t()), &[4, 5], &p);
    let targets = [3, 0, 0, 4];
    let losses: Vec<f64> = (0..4).map(|i| -logs[i * 5 + targets[i]]).collect();
    assert_close(
        value(&[&x], |_, x| x[0].cross_entropy_each(&targets)),
        &[4],
        &losses,
    );
    let mean = losses.iter().sum::<f64>() / 4.0;
    assert_close(
        value(&[&x], |_, x| x[0].cross_entropy(&targets)),
        &[],
        &[mean],
    );
}

#[test]
fn reductions_of_rows() {
    let x = random(8, &[3, 6]);
    let by_row = |f: &dyn Fn(&[f64]) -> f64| -> Vec<f64> { rows(&x).into_iter().map(f).collect() };
    let sum = |row: &[f64]| row.iter().sum::<f64>();
    let squares = |row: &[f64]| {
        let mean = sum(row) / 6.0;
        row.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
    };
    let expect = |f: for<'t> fn(Var<'t, f64>) -> Var<'t, f64>, exact: &dyn Fn(&[f64]) -> f64| {
        assert_close(value(&[&x], |_, x| f(x[0])), &[3], &by_row(exact));
    };
    expect(|x| x.sum_axes(&[1]), &sum);
    expect(|x| x.mean_axes(&[1]), &|row| sum(row) / 6.0);
    expect(|x| x.var_axes(&[1], 0), &|row| squares(row) / 6.0);
    expect(|x| x.std_axes(&[1], 1), &|row| (squares(row) / 5.0).sqrt());
    expect(|x| x.norm_axes(&[1]), &|row| {
        row.iter().map(|x| x * x).sum::<f64>().sqrt()
    });
    expect(|x| x.max_axes(&[1]), &|row| {
        row.iter().fold(-9.0, |m: f64, &x| m.max(x))
    });
    expect(|x| x.min_axes(&[1]), &|row| {
        row.iter().fold(9.0, |m: f64, &x| m.min(x))
    });
    expect(|x| x.prod_axes(&[1]), &|row| row.iter().product());
    expect(|x| x.logsumexp_axes(&[1]), &|row| {
        row.iter().map(|x| x.exp()).sum::<f64>().ln()
    });
    expect(|x| x.t().sum_axes(&[0]), &sum);
    let l1 = x.values.iter().map(|x| x.abs()).sum();
    assert_close(value(&[&x], |_, x| x[0].norm_l1()), &[], &[l1]);
}

#[test]
fn reductions_over_several_axes() {
    let x = random(9, &[2, 3, 4]);
    let mut sums = vec![0.0; 3];
    let mut largest = vec![f64::NEG_INFINITY; 3];
    for (at, &value) in x.values.iter().enumerate() {
        sums[at / 4 % 3] += value;
        largest[at / 4 % 3] = value.max(largest[at / 4 % 3]);
    }
    assert_close(value(&[&x], |_, x| x[0].sum_axes(&[0, 2])), &[3], &sums);
    assert_close(value(&[&x], |_, x| x[0].max_axes(&[2, 0])), &[3], &largest);
    let long = random(10, &[10_007]);
    let total = long.values.iter().sum();
    assert_close(value(&[&long], |_, x| x[0].sum()), &[], &[total]);
}

#[test]
fn running_sums() {
    let x = random(11, &[2, 4]);
    let mut along = x.values.clone();
    (0..8)
        .filter(|at| at % 4 > 0)
        .for_each(|at| along[at] += along[at - 1]);
    assert_close(value(&[&x], |_, x| x[0].cumsum(1)), &[2, 4], &along);
    let mut down = x.values.clone();
    (4..8).for_each(|at| down[at] += down[at - 4]);
    assert_close(value(&[&x], |_, x| x[0].cumsum(0)), &[2, 4], &down);
}

#[test]
fn picking_by_index() {
    let x = Tensor::new([3, 2], [0.0, 1.0, 10.0, 11.0, 20.0, 21.0]);
    let pick = value(&[&x], |_, x| x[0].embedding(&[2, 0, 2]));
    assert_close(pick, &[3, 2], &[20.0, 21.0, 0.0, 1.0, 20.0, 21.0]);
    let pick = value(&[&x], |_, x| x[0].gather(1, &[1, 0, 0]));
    assert_close(pick, &[3, 1], &[1.0, 10.0, 20.0]);
    let pick = value(&[&x], |_, x| x[0].gather(0, &[2, 1, 0, 0]));
    assert_close(pick, &[2, 2], &[20.0, 1.0, 10.0, 1.0]);
    let none = Tensor::new([0, 3], []);
    assert_close(value(&[&none], |_, x| x[0].gather(1, &[])), &[0, 0], &[]);
    assert_close(value(&[&none], |_, x| x[0].gather(0, &[])), &[0, 3], &[]);
    let source = Tensor::new([2, 2], [0.5, 0.25, 1.5, 1.25]);
    let added = value(&[&x, &source], |_, x| x[0].index_add(&[1, 1], x[1]));
    assert_close(added, &[3, 2], &[0.0, 1.0, 12.0, 12.5, 20.0, 21.0]);
    let mask = Tensor::new([2], [1.0, 0.0]);
    let chosen = value(&[&mask, &x], |t, x| x[0].select(x[1], t.scalar(-1.0)));
    assert_close(chosen, &[3, 2], &[0.0, -1.0, 10.0, -1.0, 20.0, -1.0]);
}

#[test]
fn joining() {
    let (a, b) = (
        Tensor::new([2, 1], [1.0, 2.0]),
        Tensor::new([2, 2], [3.0, 4.0, 5.0, 6.0]),
    );
    let joined = value(&[&a, &b], |_, x| concat(&[x[0], x[1]], 1));
    assert_close(joined, &[2, 3], &[1.0, 3.0, 4.0, 2.0, 5.0, 6.0]);
    let stacked = value(&[&a, &a], |_, x| stack(&[x[0], x[1].flip(0)], 0));
    assert_close(stacked, &[2, 2, 1], &[1.0, 2.0, 2.0, 1.0]);
}

/// Laplace's expansion along the first row.
fn determinant(a: &[f64], n: usize) -> f64 {
    if n == 0 {
        return 1.0;
    }
    let minor = |j: usize| -> Vec<f64> {
        (n..n * n)
            .filter(|at| at % n != j)
            .map(|at| a[at])
            .collect()
    };
    let sign = |j: usize| if j.is_multiple_of(2) { 1.0 } else { -1.0 };
    (0..n)
        .map(|j| sign(j) * a[j] * determinant(&minor(j), n - 1))
        .sum()
}

#[test]
fn systems_and_determinants() {
    for n in 0..6 {
        let (a, b) = (random(12 + n as u64, &[n, n]), random(20, &[n, 2]));
        let exact = determinant(&a.values, n);
        assert_close(value(&[&a], |_, x| x[0].det()), &[], &[exact]);
        let again = value(&[&a, &b], |_, x| x[0].matmul(x[0].solve(x[1])));
        assert_close(again, &[n, 2], &b.values);
        let unit: Vec<f64> = (0..n * n)
            .map(|at| f64::from(u8::from(at / n == at % n)))
            .collect();
        assert_close(
            value(&[&a], |_, x| x[0].inverse().matmul(x[0])),
            &[n, n],
            &unit,
        );
    }
}

/// The determinant is a polynomial: its derivative, the cofactors, exists where it is 0.
#[test]
fn determinants_of_singular_matrices() {
    let cases: [(&[f64], [f64; 4]); 2] = [
        (&[1.0, 2.0, 2.0, 4.0], [4.0, -2.0, -2.0, 1.0]),
        (&[0.0; 4], [0.0; 4]),
    ];
    for (a, cofactors) in cases {
        let tape = Tape::<f64>::new();
        let a = tape.leaf([2, 2], a);
        let y = a.det();
        y.backward();
        assert_eq!((y.item(), a.grad()), (0.0, Some(cofactors.to_vec())));
    }
    // Nearly so, by rounding: columns 0 and 2 are equal.
    let tape = Tape::<f64>::new();
    let x = [0.3, 0.7, 0.3, 1.9, 0.1, 1.9, 0.7, 2.3, 0.7];
    let a = tape.leaf([3, 3], &x);
    a.det().backward();
    let gradient = a.grad().expect("the leaf is reached");
    for (at, found) in gradient.into_iter().enumerate() {
        let (i, j) = (at / 3, at % 3);
        let minor: Vec<f64> = (0..9)
            .filter(|k| k / 3 != i && k % 3 != j)
            .map(|k| x[k])
            .collect();
        let exact = determinant(&minor, 2) * if (i + j) % 2 == 0 { 1.0 } else { -1.0 };
        assert!((found - exact).abs() < 1e-13, "[{at}]: {found} but {exact}");
    }
}

#[test]
fn losses() {
    let (x, t) = (random(30, &[2, 3]), random(31, &[3]));
    let difference: Vec<f64> = x
        .values
        .iter()
        .enumerate()
        .map(|(at, x)| x - t.values[at % 3])
        .collect();
    let mean = |f: &dyn Fn(f64) -> f64| difference.iter().map(|&d| f(d)).sum::<f64>() / 6.0;
    assert_close(
        value(&[&x, &t], |_, x| x[0].mse(x[1])),
        &[],
        &[mean(&|d| d * d)],
    );
    let huber = mean(&|d| {
        if d.abs() <= 0.5 {
            0.5 * d * d
        } else {
            0.5 * (d.abs() - 0.25)
        }
    });
    assert_close(
        value(&[&x, &t], |_, x| x[0].huber(x[1], 0.5)),
        &[],
        &[huber],
    );
}
