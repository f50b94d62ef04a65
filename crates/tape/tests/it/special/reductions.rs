//! Reductions, softmax and losses at ties, zeros, infinities and large arguments.

use std::panic::catch_unwind;

use wengert_tape::{Dual, Real, Tape, Var};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// The value of a scalar function of a vector, and its gradient.
fn at(x: &[f64], f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>) -> (f64, Vec<f64>) {
    let tape = Tape::new();
    let x = tape.leaf([x.len()], x);
    let y = f(x);
    y.backward();
    (y.item(), x.grad().unwrap_or_else(|| vec![0.0; x.len()]))
}

fn all_nan(x: &[f64]) -> bool {
    x.iter().all(|x| x.is_nan())
}

const REDUCTIONS: [&str; 9] = [
    "max",
    "min",
    "norm",
    "norm_l1",
    "logsumexp",
    "prod",
    "var",
    "softmax",
    "log_softmax",
];

fn reduce<'t, T: Real>(name: &str, x: Var<'t, T>) -> Var<'t, T> {
    match name {
        "max" => x.max(),
        "min" => x.min(),
        "norm" => x.norm(),
        "norm_l1" => x.norm_l1(),
        "logsumexp" => x.logsumexp(),
        "prod" => x.prod(),
        "var" => x.var(0),
        "softmax" => x.softmax(0).slice(0, 0..1).sum(),
        "log_softmax" => x.log_softmax(0).slice(0, 0..1).sum(),
        _ => panic!("no reduction {name}"),
    }
}

/// Forward mode gives what reverse mode gives, at ties, zeros and infinities too, wherever there is a
/// value: of a product of 0 and infinity there is none.
#[test]
fn tangents_are_those_of_the_reverse_rules() {
    let special = [-INF, -1.0, 0.0, 2.0, INF];
    let triples = special
        .iter()
        .flat_map(|&a| special.map(|b| [a, b]))
        .flat_map(|[a, b]| special.map(|c| vec![a, b, c]));
    let points: Vec<Vec<f64>> = special.iter().map(|&a| vec![a]).chain(triples).collect();
    for name in REDUCTIONS {
        for point in &points {
            let (value, gradient) = at(point, |x| reduce(name, x));
            if value.is_nan() {
                continue;
            }
            for (i, slope) in gradient.iter().enumerate() {
                let tape = Tape::new();
                let mut x: Vec<_> = point.iter().map(|&x| Dual::new(x, 0.0)).collect();
                x[i].d = 1.0;
                let y = reduce(name, tape.leaf([point.len()], &x)).item();
                let same =
                    |x: f64, y: f64| x == y || (x - y).abs() < 1e-15 || x.is_nan() && y.is_nan();
                assert!(
                    same(y.v, value) && same(y.d, *slope),
                    "{name}{point:?} along {i}: {y} but {value}~{slope}"
                );
            }
        }
    }
}

#[test]
fn ties_of_extremes_share() {
    let third = 1.0 / 3.0;
    assert_eq!(
        at(&[2.0, 1.0, 2.0, 2.0], |x| x.max()),
        (2.0, vec![third, 0.0, third, third])
    );
    assert_eq!(
        at(&[1.0, 3.0, 1.0], |x| x.min()),
        (1.0, vec![0.5, 0.0, 0.5])
    );
    assert_eq!(at(&[-INF, -INF], |x| x.max()), (-INF, vec![0.5, 0.5]));
    assert_eq!(at(&[0.0, -0.0], |x| x.max()).1, [0.5, 0.5]);
    for x in [[NAN, 1.0], [1.0, NAN]] {
        let (value, gradient) = at(&x, |x| x.max());
        assert!(
            value.is_nan() && all_nan(&gradient),
            "{x:?}: {value} {gradient:?}"
        );
    }
}

#[test]
fn norms_of_zero_have_derivative_zero() {
    assert_eq!(at(&[0.0, -0.0], |x| x.norm()), (0.0, vec![0.0, 0.0]));
    assert_eq!(
        at(&[0.0, 2.0, -3.0], |x| x.norm_l1()),
        (5.0, vec![0.0, 1.0, -1.0])
    );
    for scale in [2f64.powi(700), 2f64.powi(-700), 2f64.powi(-1000)] {
        let (value, gradient) = at(&[3.0 * scale, -4.0 * scale], |x| x.norm());
        assert_eq!((value, gradient), (5.0 * scale, vec![0.6, -0.8]));
    }
    let (value, gradient) = at(&[NAN, 1.0], |x| x.norm());
    assert!(value.is_nan() && all_nan(&gradient));
    assert_eq!(at(&[INF, 1.0], |x| x.norm()).0, INF);
}

#[test]
fn the_spread_of_a_constant_has_derivative_zero() {
    assert_eq!(at(&[1.5; 4], |x| x.std(1)), (0.0, vec![0.0; 4]));
    assert_eq!(at(&[1.5; 4], |x| x.var(0)), (0.0, vec![0.0; 4]));
}

#[test]
fn log_sum_exp_of_infinities() {
    assert_eq!(at(&[-INF, -INF], |x| x.logsumexp()), (-INF, vec![0.0, 0.0]));
    assert_eq!(at(&[-INF, 2.0], |x| x.logsumexp()), (2.0, vec![0.0, 1.0]));
    let (value, gradient) = at(&[INF, 2.0], |x| x.logsumexp());
    assert_eq!((value, gradient), (INF, vec![1.0, 0.0]));
    let (value, gradient) = at(&[INF, INF], |x| x.logsumexp());
    assert_eq!((value, gradient), (INF, vec![0.5, 0.5]));
    let (value, gradient) = at(&[NAN, 2.0], |x| x.logsumexp());
    assert!(value.is_nan() && all_nan(&gradient), "{value} {gradient:?}");
    let (value, gradient) = at(&[1000.0, 1000.0], |x| x.logsumexp());
    assert_eq!((value, gradient), (1000.6931471805599, vec![0.5, 0.5]));
    assert_eq!(
        at(&[-1000.0, -1000.0], |x| x.logsumexp()).0,
        -999.3068528194401
    );
}

#[test]
fn softmax_of_large_and_infinite_arguments() {
    fn pick(x: Var<'_, f64>) -> Var<'_, f64> {
        x.softmax(0).slice(0, 0..1).sum()
    }
    assert_eq!(at(&[1000.0, 1000.0], pick), (0.5, vec![0.25, -0.25]));
    assert_eq!(at(&[-1e4, 1e4], pick), (0.0, vec![0.0, 0.0]));
    assert_eq!(at(&[-INF, 0.0], pick), (0.0, vec![0.0, 0.0]));
    let (value, gradient) = at(&[-INF, -INF], pick);
    assert!(value.is_nan() && all_nan(&gradient), "{value} {gradient:?}");
    let log = |x: &[f64]| at(x, |x| x.log_softmax(0).slice(0, 0..1).sum());
    assert_eq!(log(&[-1000.0, 1000.0]), (-2000.0, vec![1.0, -1.0]));
    assert_eq!(log(&[1000.0, -1000.0]), (0.0, vec![0.0, 0.0]));
}

#[test]
fn cross_entropy_of_large_logits_is_finite() {
    let (value, gradient) = at(&[1000.0, -1000.0, 990.0], |x| {
        x.reshape([1, 3]).cross_entropy(&[1])
    });
    let small = (-10f64).exp();
    assert!((value - (2000.0 + small.ln_1p())).abs() < 1e-12, "{value}");
    assert!((gradient[0] - 1.0 / (1.0 + small)).abs() < 1e-15 && gradient[1] == -1.0);
    let right = at(&[1000.0, -1000.0], |x| {
        x.reshape([1, 2]).cross_entropy(&[0])
    });
    assert_eq!(right, (0.0, vec![0.0, 0.0]));
}

#[test]
fn products_with_zeros() {
    assert_eq!(
        at(&[2.0, 0.0, 5.0], |x| x.prod()),
        (0.0, vec![0.0, 10.0, 0.0])
    );
    assert_eq!(at(&[0.0, 0.0, 5.0], |x| x.prod()), (0.0, vec![0.0; 3]));
    assert_eq!(at(&[], |x| x.prod()), (1.0, vec![]));
}

#[test]
fn sums_of_nothing() {
    assert_eq!(at(&[], |x| x.sum()), (0.0, vec![]));
    assert_eq!(at(&[], |x| x.norm()), (0.0, vec![]));
    assert_eq!(at(&[], |x| x.logsumexp()), (-INF, vec![]));
}

#[test]
fn what_has_no_value_is_refused() {
    type Reduction = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;
    let refused: [(&str, &[f64], Reduction); 6] = [
        ("mean", &[], |x| x.mean()),
        ("max", &[], |x| x.max()),
        ("min", &[], |x| x.min()),
        ("std", &[1.0], |x| x.std(1)),
        ("var", &[1.0], |x| x.var(1)),
        ("std", &[], |x| x.std(0)),
    ];
    for (name, x, f) in refused {
        let outcome = catch_unwind(|| at(x, f));
        let message = *outcome
            .expect_err(name)
            .downcast::<String>()
            .expect("a message");
        assert!(
            message.starts_with(&format!("{name}: [{}]", x.len())),
            "{message}"
        );
    }
}

/// The square root of a selected argument: one form is NaN at 0, the other is safe.
#[test]
fn a_selected_square_root() {
    fn naive(x: Var<'_, f64>) -> Var<'_, f64> {
        let zero = x.tape().scalar(0.0);
        x.gt(zero).select(x.sqrt(), zero).sum()
    }
    fn safe(x: Var<'_, f64>) -> Var<'_, f64> {
        let (zero, one) = (x.tape().scalar(0.0), x.tape().scalar(1.0));
        let positive = x.gt(zero);
        positive.select(positive.select(x, one).sqrt(), zero).sum()
    }
    let (value, gradient) = at(&[0.0, 4.0], naive);
    assert!(value == 2.0 && gradient[0].is_nan() && gradient[1] == 0.25);
    assert_eq!(at(&[0.0, 4.0], safe), (2.0, vec![0.0, 0.25]));
}
