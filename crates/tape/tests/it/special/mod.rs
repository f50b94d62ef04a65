//! Values and derivatives of the elementwise functions: accuracy, tails, kinks, NaN and infinity.

mod accuracy;
mod kinks;
mod reductions;

use wengert_tape::{Real, Tape, Var};

/// The unary functions by the names of their methods, with the constants of `references.py`.
const UNARY: [&str; 35] = [
    "negate",
    "scale",
    "shift",
    "subtract_from",
    "divide_by",
    "divide",
    "reciprocal",
    "powi",
    "powi_minus_2",
    "powf",
    "sqrt",
    "square",
    "exp",
    "exp_m1",
    "ln",
    "ln_1p",
    "sin",
    "cos",
    "sinc",
    "tanh",
    "sigmoid",
    "log_sigmoid",
    "softplus",
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "erf",
    "abs",
    "sign",
    "clamp",
    "huber_penalty",
    "powi_0",
];

/// The binary functions by the names of their methods.
const BINARY: [&str; 15] = [
    "plus",
    "minus",
    "times",
    "over",
    "pow",
    "maximum",
    "minimum",
    "xlogy",
    "logaddexp",
    "atan2",
    "hypot",
    "gt",
    "ge",
    "equal",
    "bce_with_logits",
];

fn call<'t, T: Real>(name: &str, x: &[Var<'t, T>]) -> Var<'t, T> {
    let a = x[0];
    match name {
        "negate" => a.negate(),
        "scale" => a.scale(-1.7),
        "shift" => a.shift(0.3),
        "subtract_from" => a.subtract_from(0.3),
        "divide_by" => a.divide_by(3.0),
        "divide" => a.divide(0.7),
        "reciprocal" => a.reciprocal(),
        "powi" => a.powi(3),
        "powi_minus_2" => a.powi(-2),
        "powi_0" => a.powi(0),
        "powf" => a.powf(1.7),
        "sqrt" => a.sqrt(),
        "square" => a.square(),
        "exp" => a.exp(),
        "exp_m1" => a.exp_m1(),
        "ln" => a.ln(),
        "ln_1p" => a.ln_1p(),
        "sin" => a.sin(),
        "cos" => a.cos(),
        "sinc" => a.sinc(),
        "tanh" => a.tanh(),
        "sigmoid" => a.sigmoid(),
        "log_sigmoid" => a.log_sigmoid(),
        "softplus" => a.softplus(),
        "relu" => a.relu(),
        "relu6" => a.relu6(),
        "leaky_relu" => a.leaky_relu(0.1),
        "elu" => a.elu(0.8),
        "gelu" => a.gelu(),
        "silu" => a.silu(),
        "erf" => a.erf(),
        "abs" => a.abs(),
        "sign" => a.sign(),
        "clamp" => a.clamp(-0.5, 1.0),
        "huber_penalty" => a.huber_penalty(0.7),
        "plus" => a.plus(x[1]),
        "minus" => a.minus(x[1]),
        "times" => a.times(x[1]),
        "over" => a.over(x[1]),
        "pow" => a.pow(x[1]),
        "maximum" => a.maximum(x[1]),
        "minimum" => a.minimum(x[1]),
        "xlogy" => a.xlogy(x[1]),
        "logaddexp" => a.logaddexp(x[1]),
        "atan2" => a.atan2(x[1]),
        "hypot" => a.hypot(x[1]),
        "gt" => a.gt(x[1]),
        "ge" => a.ge(x[1]),
        "equal" => a.equal(x[1]),
        "bce_with_logits" => a.bce_with_logits(x[1]),
        _ => panic!("no function {name}"),
    }
}

/// The value at a point and the derivative by each input.
fn at<T: Real>(name: &str, point: &[f64]) -> (T, Vec<T>) {
    let tape = Tape::new();
    let x: Vec<_> = point
        .iter()
        .map(|&x| tape.leaf([], &[T::from_f64(x)]))
        .collect();
    let y = call(name, &x);
    y.backward();
    (
        y.item(),
        x.iter()
            .map(|x| x.grad().expect("every input gets an adjoint")[0])
            .collect(),
    )
}

/// Every elementwise operation is in one of the lists.
#[test]
fn every_elementwise_operation_is_tested() {
    use wengert_tape::{Op, ops};

    let others = [
        "select",
        "copy",
        "sum",
        "max",
        "min",
        "norm",
        "logsumexp",
        "prod",
        "cumsum",
        "matmul",
        "linear",
        "softmax",
        "log_softmax",
        "cross_entropy",
        "concat",
        "embedding",
        "gather",
        "index_add",
        "solve",
        "det",
    ];
    for op in ops::all() {
        let name = Op::<f64>::name(op);
        let lists = [&UNARY[..], &BINARY, &others];
        assert!(
            lists.iter().any(|list| list.contains(&name)),
            "{name} is in no list"
        );
    }
}
