//! Kinks, poles, NaN and infinity, as documented at each function.

use wengert_tape::{Dual, Real, Tape};

use super::{BINARY, UNARY, at, call};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const LN_2: f64 = std::f64::consts::LN_2;
const MAX: f64 = f64::MAX;
/// The smallest normal number.
const MIN: f64 = f64::MIN_POSITIVE;
/// The smallest number.
const LEAST: f64 = 5e-324;

/// Function, point, value, derivative.
const UNARY_POINTS: &[(&str, f64, f64, f64)] = &[
    ("negate", 0.0, -0.0, -1.0),
    ("negate", INF, -INF, -1.0),
    ("scale", -0.0, 0.0, -1.7),
    ("scale", INF, -INF, -1.7),
    ("shift", -INF, -INF, 1.0),
    ("subtract_from", INF, -INF, -1.0),
    ("divide_by", INF, INF, 1.0 / 3.0),
    ("divide", 0.0, INF, -INF),
    ("divide", -0.0, -INF, -INF),
    ("divide", INF, 0.0, -0.0),
    ("reciprocal", 0.0, INF, -INF),
    ("reciprocal", -0.0, -INF, -INF),
    ("reciprocal", INF, 0.0, -0.0),
    ("reciprocal", -INF, -0.0, -0.0),
    ("powi", 0.0, 0.0, 0.0),
    ("powi", -0.0, -0.0, 0.0),
    ("powi", -INF, -INF, INF),
    ("powi_minus_2", 0.0, INF, -INF),
    ("powi_minus_2", -0.0, INF, INF),
    ("powi_minus_2", INF, 0.0, -0.0),
    ("powi_0", 0.0, 1.0, 0.0),
    ("powi_0", -3.0, 1.0, 0.0),
    ("powi_0", INF, 1.0, 0.0),
    ("powf", 0.0, 0.0, 0.0),
    ("powf", INF, INF, INF),
    ("powf", -1.0, NAN, NAN),
    ("sqrt", 0.0, 0.0, INF),
    ("sqrt", INF, INF, 0.0),
    ("sqrt", -1.0, NAN, NAN),
    (
        "sqrt",
        LEAST,
        2.2227587494850775e-162,
        2.2494568972715982e161,
    ),
    ("square", -0.0, 0.0, -0.0),
    ("square", -INF, INF, -INF),
    ("square", MAX, INF, INF),
    ("exp", 0.0, 1.0, 1.0),
    ("exp", INF, INF, INF),
    ("exp", -INF, 0.0, 0.0),
    ("exp", 710.0, INF, INF),
    ("exp", -760.0, 0.0, 0.0),
    ("exp", LEAST, 1.0, 1.0),
    ("exp_m1", 0.0, 0.0, 1.0),
    ("exp_m1", -0.0, -0.0, 1.0),
    ("exp_m1", INF, INF, INF),
    ("exp_m1", -INF, -1.0, 0.0),
    ("exp_m1", -100.0, -1.0, 3.720075976020836e-44),
    ("ln", 1.0, 0.0, 1.0),
    ("ln", 0.0, -INF, INF),
    ("ln", -1000.0, NAN, NAN),
    ("ln", -INF, NAN, NAN),
    ("ln", INF, INF, 0.0),
    ("ln_1p", 0.0, 0.0, 1.0),
    ("ln_1p", -0.0, -0.0, 1.0),
    ("ln_1p", -1.0, -INF, INF),
    ("ln_1p", -1.5, NAN, NAN),
    ("ln_1p", INF, INF, 0.0),
    ("sin", 0.0, 0.0, 1.0),
    ("sin", -0.0, -0.0, 1.0),
    ("sin", INF, NAN, NAN),
    ("cos", 0.0, 1.0, -0.0),
    ("cos", -INF, NAN, NAN),
    ("sinc", 0.0, 1.0, 0.0),
    ("sinc", -0.0, 1.0, 0.0),
    ("sinc", LEAST, 1.0, -LEAST * 3.0),
    ("sinc", 1.0, -0.0, -1.0),
    ("sinc", -3.0, 0.0, 1.0 / 3.0),
    ("tanh", 0.0, 0.0, 1.0),
    ("tanh", -0.0, -0.0, 1.0),
    ("tanh", INF, 1.0, 0.0),
    ("tanh", -INF, -1.0, 0.0),
    ("tanh", LEAST, LEAST, 1.0),
    ("sigmoid", 0.0, 0.5, 0.25),
    ("sigmoid", INF, 1.0, 0.0),
    ("sigmoid", -INF, 0.0, 0.0),
    ("sigmoid", 1e4, 1.0, 0.0),
    ("log_sigmoid", 0.0, -LN_2, 0.5),
    ("log_sigmoid", INF, -0.0, 0.0),
    ("log_sigmoid", -INF, -INF, 1.0),
    ("softplus", 0.0, LN_2, 0.5),
    ("softplus", INF, INF, 1.0),
    ("softplus", -INF, 0.0, 0.0),
    ("relu", 0.0, 0.0, 0.0),
    ("relu", -0.0, 0.0, 0.0),
    ("relu", LEAST, LEAST, 1.0),
    ("relu", INF, INF, 1.0),
    ("relu", -INF, 0.0, 0.0),
    ("relu6", 0.0, 0.0, 0.0),
    ("relu6", 6.0, 6.0, 0.0),
    ("relu6", INF, 6.0, 0.0),
    ("relu6", -INF, 0.0, 0.0),
    ("leaky_relu", 0.0, 0.0, 0.1),
    ("leaky_relu", -0.0, -0.0, 0.1),
    ("leaky_relu", INF, INF, 1.0),
    ("leaky_relu", -INF, -INF, 0.1),
    ("elu", 0.0, 0.0, 0.8),
    ("elu", INF, INF, 1.0),
    ("elu", -INF, -0.8, 0.0),
    ("gelu", 0.0, 0.0, 0.5),
    ("gelu", INF, INF, 1.0),
    ("gelu", -INF, 0.0, 0.0),
    ("gelu", 1e200, 1e200, 1.0),
    ("gelu", -1e200, 0.0, 0.0),
    ("silu", 0.0, 0.0, 0.5),
    ("silu", INF, INF, 1.0),
    ("silu", -INF, -0.0, 0.0),
    ("silu", -1e200, -0.0, 0.0),
    ("erf", 0.0, 0.0, std::f64::consts::FRAC_2_SQRT_PI),
    ("erf", -0.0, -0.0, std::f64::consts::FRAC_2_SQRT_PI),
    ("erf", INF, 1.0, 0.0),
    ("erf", -INF, -1.0, 0.0),
    ("erf", 1e200, 1.0, 0.0),
    ("abs", 0.0, 0.0, 0.0),
    ("abs", -0.0, 0.0, 0.0),
    ("abs", -INF, INF, -1.0),
    ("abs", -LEAST, LEAST, -1.0),
    ("sign", 0.0, 0.0, 0.0),
    ("sign", -INF, -1.0, 0.0),
    ("sign", LEAST, 1.0, 0.0),
    ("clamp", -0.5, -0.5, 0.0),
    ("clamp", 1.0, 1.0, 0.0),
    ("clamp", INF, 1.0, 0.0),
    ("clamp", -INF, -0.5, 0.0),
    ("huber_penalty", 0.0, 0.0, 0.0),
    ("huber_penalty", 0.7, 0.245, 0.7),
    ("huber_penalty", -INF, INF, -0.7),
];

/// Function, point, value, derivatives.
const BINARY_POINTS: &[(&str, [f64; 2], f64, [f64; 2])] = &[
    ("plus", [INF, -INF], NAN, [1.0, 1.0]),
    ("minus", [INF, INF], NAN, [1.0, -1.0]),
    ("times", [0.0, INF], NAN, [INF, 0.0]),
    ("over", [1.0, 0.0], INF, [INF, -INF]),
    ("over", [0.0, 0.0], NAN, [INF, NAN]),
    ("over", [1.0, INF], 0.0, [0.0, -0.0]),
    ("pow", [0.0, 0.0], 1.0, [0.0, 0.0]),
    ("pow", [0.0, -1.0], INF, [-INF, -INF]),
    ("pow", [0.0, 0.5], 0.0, [INF, 0.0]),
    ("pow", [0.0, 1.0], 0.0, [1.0, 0.0]),
    ("pow", [0.0, 2.0], 0.0, [0.0, 0.0]),
    ("pow", [-2.0, 2.0], 4.0, [-4.0, NAN]),
    ("pow", [-2.0, 0.5], NAN, [NAN, NAN]),
    ("pow", [3.0, 0.0], 1.0, [0.0, 1.0986122886681098]),
    ("pow", [INF, 0.5], INF, [0.0, INF]),
    ("pow", [INF, 2.0], INF, [INF, INF]),
    ("maximum", [0.4, 0.4], 0.4, [0.5, 0.5]),
    ("maximum", [0.0, -0.0], 0.0, [0.5, 0.5]),
    ("maximum", [INF, INF], INF, [0.5, 0.5]),
    ("maximum", [-INF, 3.0], 3.0, [0.0, 1.0]),
    ("minimum", [0.4, 0.4], 0.4, [0.5, 0.5]),
    ("minimum", [-INF, -INF], -INF, [0.5, 0.5]),
    ("minimum", [-INF, 3.0], -INF, [1.0, 0.0]),
    ("xlogy", [0.0, 0.0], 0.0, [0.0, 0.0]),
    ("xlogy", [0.0, 2.0], 0.0, [LN_2, 0.0]),
    ("xlogy", [0.0, -1.0], 0.0, [0.0, 0.0]),
    ("xlogy", [0.0, INF], 0.0, [INF, 0.0]),
    ("xlogy", [1.0, 0.0], -INF, [-INF, INF]),
    ("xlogy", [1.0, -1.0], NAN, [NAN, NAN]),
    ("logaddexp", [-INF, -INF], -INF, [0.0, 0.0]),
    ("logaddexp", [INF, INF], INF, [0.5, 0.5]),
    ("logaddexp", [INF, -INF], INF, [1.0, 0.0]),
    ("logaddexp", [-INF, 2.0], 2.0, [0.0, 1.0]),
    ("logaddexp", [INF, 2.0], INF, [1.0, 0.0]),
    (
        "logaddexp",
        [1000.0, 1000.0],
        1000.6931471805599,
        [0.5, 0.5],
    ),
    ("logaddexp", [0.0, 0.0], LN_2, [0.5, 0.5]),
    ("logaddexp", [MAX, MAX], MAX, [0.5, 0.5]),
    ("atan2", [0.0, 0.0], 0.0, [0.0, 0.0]),
    ("atan2", [0.0, -0.0], std::f64::consts::PI, [0.0, 0.0]),
    ("atan2", [0.0, 1.0], 0.0, [1.0, -0.0]),
    (
        "atan2",
        [MIN, MIN],
        std::f64::consts::FRAC_PI_4,
        [0.5 / MIN, -0.5 / MIN],
    ),
    ("hypot", [0.0, 0.0], 0.0, [0.0, 0.0]),
    ("hypot", [-3.0, 0.0], 3.0, [-1.0, 0.0]),
    ("hypot", [3e300, 4e300], 5e300, [0.6, 0.8]),
    ("gt", [1.0, 1.0], 0.0, [0.0, 0.0]),
    ("gt", [INF, 1.0], 1.0, [0.0, 0.0]),
    ("ge", [1.0, 1.0], 1.0, [0.0, 0.0]),
    ("equal", [0.0, -0.0], 1.0, [0.0, 0.0]),
    ("equal", [INF, INF], 1.0, [0.0, 0.0]),
    ("bce_with_logits", [0.0, 0.5], LN_2, [0.0, -0.0]),
    ("bce_with_logits", [1000.0, 1.0], 0.0, [-0.0, -1000.0]),
    ("bce_with_logits", [-1000.0, 1.0], 1000.0, [-1.0, 1000.0]),
];

/// The comparisons: their value of NaN is 0, and their derivative is 0 everywhere.
const COMPARISONS: [&str; 3] = ["gt", "ge", "equal"];

/// Whether `x` is what is expected: NaN, infinite, 0, or near.
fn same(x: f64, expected: f64, precision: f64) -> bool {
    x == expected || x.is_nan() && expected.is_nan() || (x / expected - 1.0).abs() <= precision
}

/// What is wrong with the value and the derivatives of a function at one of the points.
fn faults<T: Real>(row: &Row, precision: f64) -> Vec<String> {
    let Row {
        name,
        point,
        value,
        derivatives,
    } = row;
    let (y, gradient) = at::<T>(name, point);
    let mut faults = Vec::new();
    let signed = *value != 0.0 || y.to_f64().is_sign_negative() == value.is_sign_negative();
    if !(signed && same(y.to_f64(), *value, precision)) {
        faults.push(format!("{name}{point:?}: {y:?} but {value:?}"));
    }
    for (i, (g, d)) in gradient.iter().zip(derivatives).enumerate() {
        if !same(g.to_f64(), *d, 2.0 * precision) {
            faults.push(format!("{name}{point:?} by {i}: {g:?} but {d:?}"));
        }
    }
    faults
}

fn assert_none(faults: &[String]) {
    assert!(
        faults.is_empty(),
        "{} wrong:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

struct Row {
    name: &'static str,
    point: Vec<f64>,
    value: f64,
    derivatives: Vec<f64>,
}

fn rows() -> Vec<Row> {
    let unary = UNARY_POINTS.iter().map(|&(name, x, value, d)| {
        let (point, derivatives) = (vec![x], vec![d]);
        Row {
            name,
            point,
            value,
            derivatives,
        }
    });
    let binary = BINARY_POINTS.iter().map(|&(name, x, value, d)| {
        let (point, derivatives) = (x.to_vec(), d.to_vec());
        Row {
            name,
            point,
            value,
            derivatives,
        }
    });
    unary.chain(binary).collect()
}

#[test]
fn double_precision() {
    assert!(rows().len() >= 160);
    let faults: Vec<_> = rows()
        .iter()
        .flat_map(|row| faults::<f64>(row, 4e-16))
        .collect();
    assert_none(&faults);
}

/// The same in single precision, wherever the numbers of the row have a meaning in it.
#[test]
fn single_precision() {
    let narrow = |x: &f64| *x == 0.0 || !x.is_finite() || (1e-30..1e30).contains(&x.abs());
    let has_meaning = |row: &Row| {
        row.point
            .iter()
            .chain([&row.value])
            .chain(&row.derivatives)
            .all(narrow)
    };
    let rows = rows();
    let rows = rows.iter().filter(|row| has_meaning(row));
    let faults: Vec<_> = rows.flat_map(|row| faults::<f32>(row, 3e-7)).collect();
    assert_none(&faults);
}

/// Dual numbers without tangents are reals: values and derivatives are the same.
#[test]
fn dual_numbers() {
    let rows = rows();
    let faults: Vec<_> = rows
        .iter()
        .flat_map(|row| faults::<Dual<f64>>(row, 4e-16))
        .collect();
    assert_none(&faults);
}

/// Forward mode gives what reverse mode gives, at ties and poles too. Where derivatives of both signs
/// are infinite, their sum is no number, and the tangent may be any.
#[test]
fn tangents_are_those_of_the_reverse_rules() {
    let mut faults = Vec::new();
    for row in &rows() {
        let directions: &[&[f64]] = match row.point.len() {
            1 => &[&[1.0]],
            _ => &[&[1.0, 0.0], &[0.0, 1.0], &[1.0, 2.0]],
        };
        for &direction in directions {
            let terms = row.derivatives.iter().zip(direction);
            let terms = terms.filter(|(_, v)| **v != 0.0).map(|(d, v)| d * v);
            if [INF, -INF]
                .iter()
                .all(|infinity| terms.clone().any(|x| x == *infinity))
            {
                continue;
            }
            let tape = Tape::new();
            let x: Vec<_> = (row.point.iter().zip(direction))
                .map(|(&x, &v)| tape.leaf([], &[Dual::new(x, v)]))
                .collect();
            let (y, tangent) = (call(row.name, &x).item(), terms.sum());
            if !(same(y.v, row.value, 4e-16) && same(y.d, tangent, 1e-15)) {
                let (name, point) = (row.name, &row.point);
                faults.push(format!(
                    "{name}{point:?} along {direction:?}: {y} but {tangent:?}"
                ));
            }
        }
    }
    assert_none(&faults);
}

fn nan_spreads<T: Real>() -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect_nan = |name: &str, point: &[f64]| {
        let (y, gradient) = at::<T>(name, point);
        let linear = LINEAR
            .iter()
            .find(|(f, _)| *f == name)
            .map_or(&[][..], |(_, inputs)| inputs);
        let free = |i: usize| linear.contains(&i);
        if !(y.is_nan() && (0..point.len()).all(|i| free(i) || gradient[i].is_nan())) {
            faults.push(format!(
                "{} {name}{point:?}: {y}, derivatives {gradient:?}",
                T::NAME
            ));
        }
    };
    for name in UNARY.into_iter().filter(|&name| name != "powi_0") {
        expect_nan(name, &[NAN]);
    }
    for name in BINARY
        .into_iter()
        .filter(|name| !COMPARISONS.contains(name))
    {
        for point in [
            [NAN, 0.4],
            [0.4, NAN],
            [NAN, NAN],
            [NAN, 0.0],
            [0.0, NAN],
            [NAN, INF],
        ] {
            expect_nan(name, &point);
        }
    }
    for name in COMPARISONS {
        let (y, gradient) = at::<T>(name, &[NAN, 0.4]);
        if !(y == T::ZERO && gradient.iter().all(|&g| g == T::ZERO)) {
            faults.push(format!(
                "{} {name} of NaN: {y}, derivatives {gradient:?}",
                T::NAME
            ));
        }
    }
    faults
}

/// Inputs, by position, in which a function is linear: the derivative by one does not depend on it.
const LINEAR: [(&str, &[usize]); 11] = [
    ("negate", &[0]),
    ("scale", &[0]),
    ("shift", &[0]),
    ("subtract_from", &[0]),
    ("divide_by", &[0]),
    ("plus", &[0, 1]),
    ("minus", &[0, 1]),
    ("times", &[0, 1]),
    ("over", &[0]),
    ("xlogy", &[0]),
    ("bce_with_logits", &[1]),
];

#[test]
fn nan_spreads_to_values_and_derivatives() {
    assert_none(&nan_spreads::<f64>());
    assert_none(&nan_spreads::<f32>());
    assert_none(&nan_spreads::<Dual<f64>>());
}
