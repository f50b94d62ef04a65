//! The error of difference formulas against their step.
//!
//! f(x) = exp(x) sin(x), whose derivatives are all of one size: `f^(n) = 2^(n/2) exp(x) sin(x + n pi/4)`.
//! The truncation error of a formula falls with a power of the step, the rounding error rises with
//! its inverse, and the best error lies where they meet: eps^(1/2), eps^(2/3), eps^(4/5) for forward,
//! central and extrapolated differences. Points and steps are multiples of a power of two, so that
//! x + h is exact and only the values of f are rounded.

use std::f64::consts::{FRAC_PI_4, SQRT_2};

use anyhow::Result;
use wengert_tape::functional::{grad, jvp};
use wengert_tape::{Real, Tape, Tensor, Var};

use super::Config;
use crate::figure::{Axis, Figure, Panel};
use crate::fit::slope;
use crate::run::Run;
use crate::verdict::{Accept, Check, Mark};

/// Points are multiples of 1/1024 from 1/2 to 3/2, steps are powers of two.
pub(super) const MOST_POINTS: usize = 1024;
/// Exponents of the largest step, and of the largest that a slope is fitted to: beyond it the next
/// term of the expansion shows.
const LARGEST: i32 = -1;
const FITTED: i32 = -2;
/// A slope is fitted to errors this much above the best, where one of the two terms prevails,
const CLEAR: f64 = 30.0;
/// and to at least so many of them. Single precision has no room for them above the best step of
/// Richardson's formula.
const FEWEST: usize = 3;

/// A formula for a derivative from values.
#[derive(Clone, Copy)]
enum Formula {
    Forward,
    Central,
    /// Central differences of steps h and h/2, extrapolated to 0.
    Richardson,
}

impl Formula {
    const ALL: [Self; 3] = [Self::Forward, Self::Central, Self::Richardson];

    fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Central => "central",
            Self::Richardson => "Richardson",
        }
    }

    /// The power of the step in the truncation error.
    fn order(self) -> i32 {
        match self {
            Self::Forward => 1,
            Self::Central => 2,
            Self::Richardson => 4,
        }
    }

    /// The error where `eps / h = h^order`.
    fn best(self, epsilon: f64) -> f64 {
        let order = f64::from(self.order());
        epsilon.powf(order / (order + 1.0))
    }

    /// The derivatives of f at `x`, computed in `T`.
    fn derivatives<T: Real>(self, x: &[f64], h: f64) -> Vec<T> {
        let at = |offset: f64| values::<T>(&x.iter().map(|x| x + offset).collect::<Vec<_>>());
        let quotient = |right: Vec<T>, left: Vec<T>, width: f64| -> Vec<T> {
            let pairs = right.into_iter().zip(left);
            pairs
                .map(|(right, left)| (right - left) / T::from_f64(width))
                .collect()
        };
        let central = |h: f64| quotient(at(h), at(-h), 2.0 * h);
        match self {
            Self::Forward => quotient(at(h), at(0.0), h),
            Self::Central => central(h),
            Self::Richardson => {
                let (three, four) = (T::from_f64(3.0), T::from_f64(4.0));
                let pairs = central(h / 2.0).into_iter().zip(central(h));
                pairs
                    .map(|(fine, coarse)| (four * fine - coarse) / three)
                    .collect()
            }
        }
    }
}

fn f<'t, T: Real>(_: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
    x[0].exp() * x[0].sin()
}

fn derivative(x: f64) -> f64 {
    SQRT_2 * x.exp() * (x + FRAC_PI_4).sin()
}

fn values<T: Real>(x: &[f64]) -> Vec<T> {
    let tape = Tape::new();
    f(&tape, &[tape.constant([x.len()], &tensor(x).values)]).to_vec()
}

fn tensor<T: Real>(x: &[f64]) -> Tensor<T> {
    Tensor::new(
        [x.len()],
        x.iter().map(|x| T::from_f64(*x)).collect::<Vec<_>>(),
    )
}

/// Errors by step of all formulas in one precision.
struct Curves {
    precision: &'static str,
    epsilon: f64,
    steps: Vec<f64>,
    /// In the order of [`Formula::ALL`].
    errors: [Vec<f64>; 3],
    /// Of the tape's own derivatives.
    dual: f64,
    sweep: f64,
}

/// Measures the curves, records them, and returns what is to be concluded.
pub(super) fn measure(config: &Config, run: &mut Run) -> Result<Vec<Check>> {
    let x: Vec<f64> = (0..config.points)
        .map(|i| 0.5 + (i * MOST_POINTS / config.points) as f64 / MOST_POINTS as f64)
        .collect();
    // Down to where x + h/2 is still exact, less a few.
    let all = [curves::<f64>(&x, -48), curves::<f32>(&x, -20)];
    for curves in &all {
        for (i, step) in curves.steps.iter().enumerate() {
            let [forward, central, richardson] = [0, 1, 2].map(|k| curves.errors[k][i]);
            let values = [
                ("h", *step),
                ("forward", forward),
                ("central", central),
                ("richardson", richardson),
            ];
            run.metrics_of(i as u64, &[("precision", curves.precision)], &values)?;
        }
    }
    run.figure("steps", &figure(&all))?;
    Ok(all.iter().flat_map(checks).collect())
}

fn curves<T: Real>(x: &[f64], smallest: i32) -> Curves {
    let steps: Vec<f64> = (smallest..=LARGEST).map(|power| 2f64.powi(power)).collect();
    let errors = Formula::ALL.map(|formula| {
        let error = |h: &f64| error(x, &formula.derivatives::<T>(x, *h));
        steps.iter().map(error).collect()
    });
    let (_, dual) = jvp(f, &[tensor::<T>(x)], &[vec![T::ONE; x.len()]]);
    let sweep = grad(|tape, x| f(tape, x).sum(), &[tensor::<T>(x)]);
    Curves {
        precision: T::NAME,
        epsilon: T::EPSILON,
        steps,
        errors,
        dual: error(x, &dual),
        sweep: error(x, &sweep[0]),
    }
}

/// The root mean square of the relative errors of `derivatives` at `x`.
fn error<T: Real>(x: &[f64], derivatives: &[T]) -> f64 {
    let relative = |(x, d): (&f64, &T)| d.to_f64() / derivative(*x) - 1.0;
    let squares = x.iter().zip(derivatives).map(relative).map(|e| e * e);
    (squares.sum::<f64>() / x.len() as f64).sqrt()
}

fn checks(curves: &Curves) -> Vec<Check> {
    let mut checks = Vec::new();
    for (formula, errors) in Formula::ALL.into_iter().zip(&curves.errors) {
        let name = format!("{} {}", formula.name(), curves.precision);
        let order = formula.order();
        let best = errors.iter().copied().fold(f64::INFINITY, f64::min);
        checks.push(
            Check::new(
                &format!("{name}: best error"),
                &format!("eps^({order}/{})", order + 1),
                Accept::Factor {
                    value: formula.best(curves.epsilon),
                    factor: 10.0,
                },
                best,
            )
            .marked(Mark::Derived),
        );
        let valley = errors.iter().position(|error| *error == best).unwrap_or(0);
        let sides = [
            ("rounding", -1, 0..valley),
            ("truncation", order, valley..errors.len()),
        ];
        for (side, power, range) in sides {
            let clear = range
                .filter(|i| errors[*i] >= CLEAR * best && curves.steps[*i] <= 2f64.powi(FITTED));
            let points: Vec<(f64, f64)> = clear
                .map(|i| (curves.steps[i].ln(), errors[i].ln()))
                .collect();
            if points.len() >= FEWEST {
                let power = f64::from(power);
                let accept = Accept::Absolute {
                    value: power,
                    tolerance: 0.1,
                };
                let quantity = format!("{name}: slope by {side}");
                checks.push(
                    Check::new(&quantity, "power of h", accept, slope(&points))
                        .marked(Mark::Derived),
                );
            }
        }
    }
    for (name, error) in [("dual numbers", curves.dual), ("the sweep", curves.sweep)] {
        checks.push(
            Check::new(
                &format!("{name} {}: error", curves.precision),
                "machine epsilon",
                Accept::AtMost(curves.epsilon),
                error,
            )
            .marked(Mark::Derived),
        );
    }
    checks
}

fn figure(all: &[Curves]) -> Figure {
    let mut figure = Figure::new(
        "Error of finite differences against their step, and of the tape",
        "Relative error on a logarithmic axis against the step: V-shaped curves for forward, central \
         and Richardson differences, in double and in single precision, far above the errors of dual \
         numbers and of the sweep.",
    )
    .columns(2)
    .share_y();
    for curves in all {
        let y = Axis::log("relative error").range(1e-17, 10.0);
        let mut panel = Panel::new(Axis::log("step h"), y).title(curves.precision);
        for (formula, errors) in Formula::ALL.into_iter().zip(&curves.errors) {
            panel = panel.line(formula.name(), &curves.steps, errors);
        }
        let tape = vec![curves.dual.max(curves.sweep); curves.steps.len()];
        figure = figure.panel(
            panel
                .line("the tape, forward or reverse", &curves.steps, &tape)
                .horizontal("machine epsilon", curves.epsilon),
        );
    }
    figure
}
