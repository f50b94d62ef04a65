//! The table of rules: every operation, and the Elman cell through time, against two references.
//!
//! Forward mode on dual numbers is exact up to rounding and shares the values of the rules; finite
//! differences share nothing with them, and have error bars. A control makes sure that a wrong
//! gradient would be seen: that of truncated back-propagation through time, which is one.

use anyhow::Result;
use wengert_rnn::{Activation, Affine, Elman, Gates, Lengths, Step, cells, init, unroll_with};
use wengert_tape::check::{Check as Checker, Function, Report, Verdict as Finding};
use wengert_tape::{Op, Real, Tape, Tensor, Var, ops};

use super::Config;
use crate::figure::{Axis, Figure, Panel};
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::table;
use crate::verdict::{Accept, Check, Mark};

/// Largest residual of an identity that holds up to rounding, relative to the sum of its terms.
const IDENTITY: f64 = 1e-12;
/// Largest deviation from differences beyond ten error bars, relative to the sum of the terms; error
/// bars wider than this decide nothing.
const DIFFERENCE: f64 = 1e-7;

const INPUTS: usize = 2;
const HIDDEN: usize = 3;
/// Steps of each sample of the Elman rows: unequal, so that the batch shrinks on the way.
const LENGTHS: [usize; 3] = [3, 5, 1];
const STEPS: usize = 5;

/// Checks all rules, records them, and returns what is to be concluded.
pub(super) fn measure(config: &Config, run: &mut Run) -> Result<Vec<Check>> {
    let checker = Checker::new()
        .seed(config.seed)
        .cases(config.cases)
        .identity_tolerance(IDENTITY)
        .difference_tolerance(DIFFERENCE);
    let through_time = [
        ThroughTime::new("elman tanh", Activation::Tanh),
        ThroughTime::new("elman relu", Activation::Relu),
    ];
    let mut ops = ops::all();
    ops.extend(cells::ops());
    let mut progress = run.progress("gradients", (ops.len() + through_time.len()) as u64);
    let mut reports = Vec::new();
    for op in ops {
        reports.push(checker.op(op));
        progress.step(Op::<f64>::name(op))?;
    }
    let point = point(config.seed);
    for function in &through_time {
        reports.push(checker.function(function, &point));
        progress.step(function.name)?;
    }
    drop(progress);
    let truncated = ThroughTime {
        detached: Some(STEPS / 2),
        ..ThroughTime::new("elman truncated", Activation::Tanh)
    };
    let control = checker.function(&truncated, &point);
    record(run, &reports, &control)?;
    Ok(checks(&reports, &control))
}

/// The last states of an Elman cell over a ragged batch, as a function of parameters, inputs and
/// initial states.
struct ThroughTime {
    name: &'static str,
    cell: Elman,
    /// The step whose state is cut off from the steps before.
    detached: Option<usize>,
}

impl ThroughTime {
    fn new(name: &'static str, activation: Activation) -> Self {
        Self {
            name,
            cell: Elman::new(INPUTS, HIDDEN, activation),
            detached: None,
        }
    }
}

impl Function for ThroughTime {
    fn call<'t, T: Real>(&self, _: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
        let weights = Affine::new(&Gates {
            ih: x[0],
            hh: x[1],
            bias: Some([x[2], x[3]]),
            hr: None,
        });
        let lengths = Lengths::ragged(STEPS, LENGTHS.len(), &LENGTHS);
        let cut = |step: Step<'_, Var<'t, T>>| {
            if self.detached == Some(step.t) {
                step.after.detach()
            } else {
                *step.after
            }
        };
        unroll_with(&self.cell, &weights, x[4], &lengths, Some(&x[5]), cut).last
    }

    fn name(&self) -> &'static str {
        self.name
    }
}

/// W_ih, W_hh, b_ih, b_hh, the inputs and the initial states.
fn point(seed: u64) -> Vec<Tensor> {
    let mut random = stream(seed, Purpose::Weights);
    let mut draw = |rows: usize, columns: usize| {
        let mut values = vec![0.0; rows * columns];
        init::gaussian(&mut values, 1.0, 1, &mut random);
        values
    };
    vec![
        Tensor::new([HIDDEN, INPUTS], draw(HIDDEN, INPUTS)),
        Tensor::new([HIDDEN, HIDDEN], draw(HIDDEN, HIDDEN)),
        Tensor::new([HIDDEN], draw(HIDDEN, 1)),
        Tensor::new([HIDDEN], draw(HIDDEN, 1)),
        Tensor::new(
            [STEPS * LENGTHS.len(), INPUTS],
            draw(STEPS * LENGTHS.len(), INPUTS),
        ),
        Tensor::new([LENGTHS.len(), HIDDEN], draw(LENGTHS.len(), HIDDEN)),
    ]
}

fn record(run: &mut Run, reports: &[Report], control: &Report) -> Result<()> {
    for (row, report) in reports.iter().chain([control]).enumerate() {
        let verdict = report.verdict.to_string();
        let values = [
            ("cases", report.cases as f64),
            ("adjoint", report.worst.adjoint),
            ("difference", report.worst.difference),
            ("symmetry", report.worst.symmetry),
            ("curvature", report.worst.curvature),
        ];
        run.metrics_of(
            row as u64,
            &[("checked", &report.name), ("verdict", &verdict)],
            &values,
        )?;
    }
    run.figure("rules", &figure(reports))?;
    let rows = reports.iter().chain([control]).map(|report| {
        let worst = report.worst;
        let residuals = [
            worst.adjoint,
            worst.difference,
            worst.symmetry,
            worst.curvature,
        ];
        // A check that differs stops there: what it has of residuals says nothing.
        let differs = matches!(report.verdict, Finding::Differs { .. });
        let shown = |r: f64| {
            if differs {
                "-".into()
            } else {
                format!("{r:.1e}")
            }
        };
        let [adjoint, difference, symmetry, curvature] = residuals.map(shown);
        let (cases, verdict) = (report.cases.to_string(), report.verdict.to_string());
        [
            report.name.clone(),
            cases,
            adjoint,
            difference,
            symmetry,
            curvature,
            verdict,
        ]
    });
    let header = [
        "rule",
        "cases",
        "adjoint",
        "difference",
        "symmetry",
        "curvature",
        "verdict",
    ];
    run.table("rules", &table::align(&header, rows))
}

fn figure(reports: &[Report]) -> Figure {
    let names: Vec<&str> = reports.iter().map(|report| report.name.as_str()).collect();
    let places: Vec<f64> = (0..reports.len()).map(|place| place as f64).collect();
    let series = |f: fn(&Report) -> f64| -> Vec<f64> { reports.iter().map(f).collect() };
    let panel = |residual: &str| {
        let y = Axis::log("largest residual").range(1e-18, 1e-6);
        Panel::new(Axis::categories("", &names), y).title(residual)
    };
    Figure::new(
        "Every rule of the tape, checked",
        "The largest relative residual of each operation and of the Elman cell, on a logarithmic \
         axis: identities at rounding, differences below their tolerance.",
    )
    .share_x()
    .panel(
        panel("against dual numbers")
            .points("first derivatives", &places, &series(|r| r.worst.adjoint))
            .points("second derivatives", &places, &series(|r| r.worst.symmetry))
            .horizontal("tolerance", IDENTITY),
    )
    .panel(
        panel("against finite differences")
            .points(
                "first derivatives",
                &places,
                &series(|r| r.worst.difference),
            )
            .points(
                "second derivatives",
                &places,
                &series(|r| r.worst.curvature),
            )
            .horizontal("tolerance beyond ten error bars", DIFFERENCE),
    )
}

fn checks(reports: &[Report], control: &Report) -> Vec<Check> {
    let count = |found: fn(&Finding) -> bool| {
        reports
            .iter()
            .filter(|report| found(&report.verdict))
            .count() as f64
    };
    let worst = |f: fn(&Report) -> f64| reports.iter().map(f).fold(0.0, f64::max);
    let seen = f64::from(u8::from(matches!(control.verdict, Finding::Differs { .. })));
    let rounding = "adjoint identity by dual numbers, exact up to rounding";
    vec![
        Check::new(
            "rules that differ",
            "none may",
            Accept::Exactly(0.0),
            count(|verdict| matches!(verdict, Finding::Differs { .. })),
        ),
        Check::new(
            "rules that could not be decided",
            "none may",
            Accept::Exactly(0.0),
            count(|verdict| matches!(verdict, Finding::Undecidable { .. })),
        ),
        Check::new(
            "largest residual, first derivatives",
            rounding,
            Accept::AtMost(IDENTITY),
            worst(|report| report.worst.adjoint),
        )
        .marked(Mark::Derived),
        Check::new(
            "largest residual, second derivatives",
            "symmetry of the Hessian",
            Accept::AtMost(IDENTITY),
            worst(|report| report.worst.symmetry),
        )
        .marked(Mark::Derived),
        Check::new(
            "wrong gradients seen, of 1",
            "control: truncated back-propagation through time",
            Accept::Exactly(1.0),
            seen,
        ),
    ]
}
