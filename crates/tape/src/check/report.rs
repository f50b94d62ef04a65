//! What a check found, for programs and for people.

use std::fmt;

use wengert_kernels::Shape;

/// The kinds of comparison a check makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// The same value and gradient, bit for bit, when computed twice.
    Repetition,
    /// The adjoint identity `<u, J v> = <J^T u, v>`, J v by dual numbers.
    Adjoint,
    /// The gradient against central differences of values.
    Difference,
    /// The symmetry of second derivatives, `<w, H v> = <v, H w>`.
    Symmetry,
    /// The Hessian-vector product against central differences of gradients.
    Curvature,
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repetition => "repetition",
            Self::Adjoint => "adjoint identity",
            Self::Difference => "differences",
            Self::Symmetry => "symmetry of second derivatives",
            Self::Curvature => "differences of gradients",
        })
    }
}

/// An element, counted from 0 in row-major order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Of an input.
    #[expect(missing_docs, reason = "the words of the line above")]
    Input { input: usize, element: usize },
    /// Of the result.
    #[expect(missing_docs, reason = "the words of the line above")]
    Output { element: usize },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { input, element } => write!(f, "input {input} element {element}"),
            Self::Output { element } => write!(f, "result element {element}"),
        }
    }
}

/// Why nothing can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The error bar of the differences is too wide.
    Noise,
    /// The derivatives from the left and from the right differ.
    Kink,
    /// A value or derivative is NaN or infinite.
    NonFinite,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Noise => "the differences are too noisy",
            Self::Kink => "one-sided derivatives differ",
            Self::NonFinite => "a value or derivative is not finite",
        })
    }
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Every comparison held.
    Agrees,
    /// A comparison failed.
    Differs {
        /// Which comparison.
        test: Test,
        /// The element at which it fails worst.
        place: Place,
        /// The derivative by that element according to the rule.
        analytic: f64,
        /// The same by other means: differences, dual numbers, or a second run.
        numeric: f64,
        /// How far `numeric` may be off; 0 where it is exact up to rounding.
        error_bar: f64,
    },
    /// A comparison could not be made.
    Undecidable {
        /// Why not.
        reason: Reason,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agrees => f.write_str("agrees"),
            Self::Differs {
                test,
                place,
                analytic,
                numeric,
                error_bar,
            } => {
                write!(
                    f,
                    "differs ({test}) at {place}: {analytic:e}, but {numeric:e}"
                )?;
                write!(f, " +- {error_bar:.0e}")
            }
            Self::Undecidable { reason } => write!(f, "undecidable: {reason}"),
        }
    }
}

/// The largest relative residual of each kind of comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Residuals {
    /// Of [`Test::Adjoint`], relative to the sum of absolute products.
    pub adjoint: f64,
    /// Of [`Test::Difference`], relative to the sums of absolute terms of derivative and value.
    pub difference: f64,
    /// Of [`Test::Symmetry`], relative to the sum of absolute products.
    pub symmetry: f64,
    /// Of [`Test::Curvature`], relative like `difference`.
    pub curvature: f64,
}

impl Residuals {
    pub(super) fn worst(self, other: Self) -> Self {
        Self {
            adjoint: self.adjoint.max(other.adjoint),
            difference: self.difference.max(other.difference),
            symmetry: self.symmetry.max(other.symmetry),
            curvature: self.curvature.max(other.curvature),
        }
    }
}

/// What a check found. Displayed, it is a row of a table under [`Report::HEADER`].
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The operation or function.
    pub name: String,
    /// Cases compared.
    pub cases: usize,
    /// The worst residuals of all cases.
    pub worst: Residuals,
    /// What is to be concluded: the verdict of the first case that differs; or else of the first
    /// that is undecidable.
    pub verdict: Verdict,
    /// Seed and shapes of the inputs of the case that decided, if not all agreed.
    pub witness: Option<(u64, Vec<Shape>)>,
}

impl Report {
    /// The heading of a table of reports.
    pub const HEADER: &'static str =
        "checked            cases  adjoint  differ.  symmetry curvat.  verdict";

    /// # Panics
    /// Unless all agreed: one line with the name, the verdict, and how to repeat the case.
    #[track_caller]
    pub fn assert_agrees(&self) {
        if let Some((seed, shapes)) = &self.witness {
            panic!(
                "{}: {} (seed {seed}, inputs {shapes:?})",
                self.name, self.verdict
            );
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Residuals {
            adjoint,
            difference,
            symmetry,
            curvature,
        } = self.worst;
        write!(f, "{:<18} {:>5}", self.name, self.cases)?;
        write!(
            f,
            "  {adjoint:.1e}  {difference:.1e}  {symmetry:.1e}  {curvature:.1e}"
        )?;
        write!(f, "  {}", self.verdict)
    }
}
