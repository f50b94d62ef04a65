//! Gradient checks: is a rule the derivative of its function?
//!
//! [`op`] checks an operation, built-in or your own, on random inputs from its domain
//! ([`Op::example`]), which it also hands over as views of larger leaves.
//! [`function`] checks any recorded function at a point. [`Check`] sets how many cases, of which
//! sizes, and how strictly.
//!
//! ```
//! use wengert_tape::{Tensor, check, function};
//!
//! let x = Tensor::new([3], [0.1, -0.4, 1.2]);
//! check::function(&function!(|_, x| x[0].tanh().square().sum()), &[x]).assert_agrees();
//! ```
//!
//! Each case compares, along random directions v and w and for a random scalarisation of the result:
//!
//! * the value and the gradient, bit for bit, with those of a second run on a new tape;
//! * the adjoint identity `<u, J v> = <J^T u, v>`, with J v from a forward run on dual numbers: no
//!   error but rounding, yet blind to a value that is wrong on both sides;
//! * the gradient with central differences of values, which are independent of all rules, and come
//!   with an error bar ([`Verdict`]);
//! * the symmetry of second derivatives, and Hessian-vector products with differences of gradients.
//!
//! Where a comparison fails it is repeated element by element, to name the worst.

mod compare;
mod difference;
mod report;
mod subject;
mod views;

use wengert_kernels::Real;

use self::compare::{Tolerances, compare};
pub use self::report::{Place, Reason, Report, Residuals, Test, Verdict};
use self::subject::{Applied, Called, Point};
use self::views::viewed;
use crate::draw::{Draw, Tensor};
use crate::op::Op;
use crate::ops::AnyOp;
use crate::tape::Tape;
use crate::var::Var;

/// A function that can be recorded over every scalar type. [`function!`](crate::function!) makes one
/// of an expression.
pub trait Function {
    /// Records the function on `tape`, which holds the inputs `x`.
    fn call<'t, T: Real>(&self, tape: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T>;

    /// Its name in reports.
    fn name(&self) -> &'static str {
        "function"
    }
}

/// A [`check::Function`](crate::check::Function) written like a closure of the tape and the inputs,
/// but generic over the scalar, and without captures.
///
/// ```
/// use wengert_tape::{Tensor, check, function};
///
/// let f = function!(|tape, x| x[0].maximum(tape.scalar(0.5)).ln() * x[1]);
/// let (a, b) = (Tensor::new([2], [0.2, 0.9]), Tensor::new([], [3.0]));
/// check::function(&f, &[a, b]).assert_agrees();
/// ```
#[macro_export]
macro_rules! function {
    (|$tape:pat_param, $x:pat_param| $body:expr) => {{
        struct Inline;
        impl $crate::check::Function for Inline {
            fn call<'t, T: $crate::Real>(
                &self,
                $tape: &'t $crate::Tape<T>,
                $x: &[$crate::Var<'t, T>],
            ) -> $crate::Var<'t, T> {
                $body
            }
        }
        Inline
    }};
}

/// Checks an operation with the default settings of [`Check`].
pub fn op(op: &'static dyn AnyOp) -> Report {
    Check::new().op(op)
}

/// Checks a function at a point with the default settings of [`Check`].
pub fn function(f: &impl Function, x: &[Tensor]) -> Report {
    Check::new().function(f, x)
}

/// How to check.
#[derive(Clone, Debug)]
pub struct Check {
    seed: u64,
    cases: usize,
    max_size: usize,
    repeats: bool,
    tolerances: Tolerances,
}

impl Default for Check {
    fn default() -> Self {
        Self::new()
    }
}

impl Check {
    /// 50 cases from seed 0, axes up to 4, no repeats, and the tolerances stated at
    /// [`Check::identity_tolerance`] and [`Check::difference_tolerance`].
    pub fn new() -> Self {
        let tolerances = Tolerances {
            identity: 1e-12,
            difference: 1e-7,
        };
        Self {
            seed: 0,
            cases: 50,
            max_size: 4,
            repeats: false,
            tolerances,
        }
    }

    /// The seed of the first case; the others follow it.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Random cases: by default 50. Those of a function differ in directions only.
    pub fn cases(self, cases: usize) -> Self {
        Self { cases, ..self }
    }

    /// The largest size of an axis of an operation's inputs: by default 4.
    pub fn max_size(self, max_size: usize) -> Self {
        Self { max_size, ..self }
    }

    /// Whether an operation's inputs may also be broadcast views, and two inputs the same variable:
    /// by default not, for an operation may need elements to differ. Cases that leave its domain are
    /// undecidable.
    pub fn repeats(self, repeats: bool) -> Self {
        Self { repeats, ..self }
    }

    /// The largest residual of the adjoint identity and of symmetry, relative to the sum of absolute
    /// products: by default 1e-12.
    pub fn identity_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerances.identity = tolerance;
        self
    }

    /// The largest relative deviation from differences, beyond ten error bars of theirs; wider error
    /// bars than this are undecidable. By default 1e-7.
    pub fn difference_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerances.difference = tolerance;
        self
    }

    /// Checks an operation on random inputs from its domain.
    pub fn op(&self, op: &'static dyn AnyOp) -> Report {
        self.run(Op::<f64>::name(op), |seed| {
            let mut draw = Draw::new(seed, self.max_size);
            let example = Op::<f64>::example(op, &mut draw);
            let applied = Applied {
                op,
                example: &example,
            };
            let (subject, leaves) = viewed(&applied, &example, &mut draw, self.repeats);
            let point = Point::new(&subject, &leaves, &example.fixed);
            let (residuals, verdict) = compare(point, &self.tolerances, &mut draw);
            (residuals, verdict, example.inputs)
        })
    }

    /// Checks a function at a point.
    pub fn function(&self, f: &impl Function, x: &[Tensor]) -> Report {
        let subject = Called(f);
        self.run(f.name(), |seed| {
            let mut draw = Draw::new(seed, self.max_size);
            let point = Point::new(&subject, x, &[]);
            let (residuals, verdict) = compare(point, &self.tolerances, &mut draw);
            (residuals, verdict, x.to_vec())
        })
    }

    fn run(
        &self,
        name: &str,
        mut case: impl FnMut(u64) -> (Residuals, Verdict, Vec<Tensor>),
    ) -> Report {
        let mut report = Report {
            name: name.to_owned(),
            cases: 0,
            worst: Residuals::default(),
            verdict: Verdict::Agrees,
            witness: None,
        };
        for seed in (0..self.cases as u64).map(|case| self.seed.wrapping_add(case)) {
            let (residuals, verdict, inputs) = case(seed);
            report.cases += 1;
            report.worst = report.worst.worst(residuals);
            let differs = matches!(verdict, Verdict::Differs { .. });
            if differs || (verdict != Verdict::Agrees && report.verdict == Verdict::Agrees) {
                report.verdict = verdict;
                report.witness = Some((seed, inputs.iter().map(|x| x.shape).collect()));
            }
            if differs {
                break;
            }
        }
        report
    }
}
