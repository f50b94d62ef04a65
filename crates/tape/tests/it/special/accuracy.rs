//! Accuracy against 60-digit references: values to 2 ulp, derivatives to 4.

use wengert_tape::{Dual, Tape};

use super::{BINARY, UNARY, at, call};

const VALUE_ULPS: f64 = 2.0;
const DERIVATIVE_ULPS: f64 = 4.0;

struct Reference {
    name: &'static str,
    point: Vec<f64>,
    value: f64,
    derivatives: Vec<f64>,
}

/// The rows of `references.csv`, which `references.py` wrote.
fn references() -> Vec<Reference> {
    let row = |line: &'static str| {
        let mut fields = line.split(',');
        let name = fields.next().expect("a name");
        let numbers: Vec<f64> = fields.map(|x| x.parse().expect("a number")).collect();
        let inputs = numbers.len() / 2;
        Reference {
            name,
            point: numbers[..inputs].to_vec(),
            value: numbers[inputs],
            derivatives: numbers[inputs + 1..].to_vec(),
        }
    };
    include_str!("references.csv").lines().map(row).collect()
}

/// Distance in units of the last place of `exact`, a double.
fn ulps(x: f64, exact: f64) -> f64 {
    ulps_of(x, exact, f64::EPSILON, f64::MIN_POSITIVE)
}

/// Distance in units of the last place of `exact` among floats of this precision and range.
fn ulps_of(x: f64, exact: f64, epsilon: f64, smallest: f64) -> f64 {
    if x == exact || (x.is_nan() && exact.is_nan()) {
        return 0.0;
    }
    if x.is_nan() || exact.is_nan() {
        return f64::INFINITY;
    }
    let ulp = 2f64.powi(exact.abs().max(smallest).log2().floor() as i32) * epsilon;
    (x - exact).abs() / ulp
}

fn assert_none(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn there_are_references_for_every_function() {
    let references = references();
    assert!(references.len() >= 500);
    for name in UNARY.iter().chain(&BINARY) {
        let constant = ["powi_0", "gt", "ge", "equal"].contains(name);
        assert!(
            constant || references.iter().any(|r| r.name == *name),
            "{name}"
        );
    }
}

#[test]
fn double_precision() {
    let mut wrong = Vec::new();
    for Reference {
        name,
        point,
        value,
        derivatives,
    } in references()
    {
        let (y, gradient) = at::<f64>(name, &point);
        let off = ulps(y, value);
        if off > VALUE_ULPS {
            wrong.push(format!(
                "{name}{point:?}: {y:e} but {value:e}, {off:.1} ulp"
            ));
        }
        for (i, (g, d)) in gradient.iter().zip(&derivatives).enumerate() {
            let off = ulps(*g, *d);
            if off > DERIVATIVE_ULPS {
                wrong.push(format!(
                    "{name}{point:?} by {i}: {g:e} but {d:e}, {off:.1} ulp"
                ));
            }
        }
    }
    assert_none(&wrong);
}

/// In single precision the functions of double precision are the reference, at the same points.
#[test]
fn single_precision() {
    let ulps = |x: f32, exact: f64| {
        let exact = exact as f32;
        ulps_of(
            f64::from(x),
            f64::from(exact),
            f64::from(f32::EPSILON),
            f64::from(f32::MIN_POSITIVE),
        )
    };
    let normal = |x: f64| x == 0.0 || (x.abs() as f32).is_normal();
    let mut wrong = Vec::new();
    let mut compared = 0;
    for Reference { name, point, .. } in references() {
        // The constants, too, are rounded; a function of the rounded ones is another function.
        if [
            "scale",
            "shift",
            "subtract_from",
            "divide",
            "powf",
            "huber_penalty",
            "elu",
            "leaky_relu",
        ]
        .contains(&name)
        {
            continue;
        }
        let point: Vec<f64> = point.iter().map(|&x| f64::from(x as f32)).collect();
        let (exact, derivatives) = at::<f64>(name, &point);
        if !point
            .iter()
            .chain([&exact])
            .chain(&derivatives)
            .all(|&x| normal(x))
        {
            continue;
        }
        compared += 1;
        let (y, gradient) = at::<f32>(name, &point);
        let off = ulps(y, exact);
        // One more than in double precision: the reference is itself rounded.
        if off > VALUE_ULPS + 1.0 {
            wrong.push(format!(
                "{name}{point:?}: {y:e} but {exact:e}, {off:.1} ulp"
            ));
        }
        for (i, (&g, &d)) in gradient.iter().zip(&derivatives).enumerate() {
            let off = ulps(g, d);
            if off > DERIVATIVE_ULPS + 1.0 {
                wrong.push(format!(
                    "{name}{point:?} by {i}: {g:e} but {d:e}, {off:.1} ulp"
                ));
            }
        }
    }
    assert_none(&wrong);
    assert!(
        compared > 300,
        "only {compared} points are normal numbers in single precision"
    );
}

/// Forward mode has formulas of its own; they are as right, if not to the last digits.
#[test]
fn tangents() {
    let mut wrong = Vec::new();
    for Reference {
        name,
        point,
        derivatives,
        ..
    } in references()
    {
        // Its quotient rule subtracts two terms that are equal to 8 digits here.
        if name == "sinc" && point == [12345.5] {
            continue;
        }
        for (i, &exact) in derivatives.iter().enumerate() {
            let tape = Tape::<Dual<f64>>::new();
            let direction = |k: usize| if k == i { 1.0 } else { 0.0 };
            let leaf = |(k, &x): (usize, &f64)| tape.leaf([], &[Dual::new(x, direction(k))]);
            let x: Vec<_> = point.iter().enumerate().map(leaf).collect();
            let tangent = call(name, &x).item().d;
            if ulps(tangent, exact) > 256.0 {
                wrong.push(format!("{name}{point:?} by {i}: {tangent:e} but {exact:e}"));
            }
        }
    }
    assert_none(&wrong);
}
