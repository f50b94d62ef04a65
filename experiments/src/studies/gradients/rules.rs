//! The table of rules: every operation, and the Elman cell through time, against two references.

use wengert_rnn::{Activation, Elman, Lengths, unroll};
use wengert_tape::check::{self, Check as Checker, Report, Verdict as Finding};
use wengert_tape::{Attributes, Grads, Inputs, Op, Real, Shape, Tape, Tensor, Var, ops};

use super::Config;
use crate::figure::{Axis, Figure, Panel};
use crate::progress::Progress;
use crate::random::{Purpose, stream};
use crate::table;
use crate::verdict::{Accept, Check};

/// Largest residual of an identity that holds up to rounding, relative to its terms.
pub(super) const IDENTITY: f64 = 1e-12;
/// Largest deviation from finite differences beyond their error bars, relative to its terms.
pub(super) const DIFFERENCE: f64 = 1e-7;

/// Checks every operation, and the cell with either activation over three samples of 4, 3 and 1 steps.
pub(super) fn reports(config: &Config, progress: &mut Progress) -> Vec<Report> {
    let checker = Checker::new()
        .seed(config.seed)
        .cases(config.cases)
        .identity_tolerance(IDENTITY)
        .difference_tolerance(DIFFERENCE);
    let mut reports = Vec::new();
    for op in ops::all() {
        reports.push(checker.op(op));
        progress.step(Op::<f64>::name(op));
    }
    for (name, activation) in [("elman tanh", Activation::Tanh), ("elman relu", Activation::Relu)] {
        let through_time = ThroughTime { name, activation };
        reports.push(checker.function(&through_time, &through_time.point(config.seed)));
        progress.step(name);
    }
    reports
}
