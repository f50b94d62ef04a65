//! The answer of a study: each measured value against the published or exact one it names.

use std::fmt;

use serde_json::{Value, json};

use crate::table::{self, significant};

/// What a measurement must satisfy to match its anchor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Accept {
    /// `|measured - value| <= tolerance`.
    Absolute {
        /// The anchor's value.
        value: f64,
        /// The largest accepted distance, in the unit of the value.
        tolerance: f64,
    },
    /// `|measured - value| <= fraction * |value|`.
    Relative {
        /// The anchor's value.
        value: f64,
        /// The largest accepted distance as a fraction of the value: 0.05 is 5 %.
        fraction: f64,
    },
    /// `value / factor <= measured <= value * factor`, for positive values.
    Factor {
        /// The anchor's value.
        value: f64,
        /// The accepted ratio either way, at least 1.
        factor: f64,
    },
    /// `measured <= bound`.
    AtMost(f64),
    /// `measured >= bound`.
    AtLeast(f64),
    /// `measured == value`, for counts and bits.
    Exactly(f64),
}

impl Accept {
    /// Whether `measured` satisfies this; a NaN never does.
    pub fn accepts(self, measured: f64) -> bool {
        match self {
            Self::Absolute { value, tolerance } => (measured - value).abs() <= tolerance,
            Self::Relative { value, fraction } => {
                (measured - value).abs() <= fraction * value.abs()
            }
            Self::Factor { value, factor } => {
                value / factor <= measured && measured <= value * factor
            }
            Self::AtMost(bound) => measured <= bound,
            Self::AtLeast(bound) => measured >= bound,
            Self::Exactly(value) => measured == value,
        }
    }
}

impl fmt::Display for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |v| significant(v, 6);
        match *self {
            Self::Absolute { value, tolerance } => {
                write!(f, "{} ± {}", short(value), significant(tolerance, 2))
            }
            Self::Relative { value, fraction } => {
                write!(f, "{} ± {} %", short(value), short(100.0 * fraction))
            }
            Self::Factor { value, factor } => {
                write!(f, "{} within a factor {}", short(value), short(factor))
            }
            Self::AtMost(bound) => write!(f, "<= {}", short(bound)),
            Self::AtLeast(bound) => write!(f, ">= {}", short(bound)),
            Self::Exactly(value) => write!(f, "{}", short(value)),
        }
    }
}

/// How a measurement stands to its anchor, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Measured, and accepted.
    Match,
    /// Not measured: the settings' budget does not reach it.
    OutOfBudget,
    /// Measured, and not accepted.
    Differs,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Match => "match",
            Self::OutOfBudget => "out of budget",
            Self::Differs => "differs",
        })
    }
}

/// How well the value of an anchor is known to be what its source says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Read in the source.
    Read,
    /// Read in another work, which cites the source.
    Cited,
    /// Remembered, and not looked up.
    FromMemory,
    /// A theorem, or computed here from one.
    Derived,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Read => "read",
            Self::Cited => "cited",
            Self::FromMemory => "from memory",
            Self::Derived => "derived",
        })
    }
}

/// One measured value beside its anchor.
#[derive(Clone, Debug)]
pub struct Check {
    quantity: String,
    anchor: String,
    mark: Option<Mark>,
    accept: Accept,
    measured: Option<f64>,
    /// The least and the most over seeds.
    spread: Option<(f64, f64)>,
}

impl Check {
    /// The `quantity` as `measured`, to be accepted by the value that `anchor` (a publication,
    /// a closed form) gives.
    pub fn new(quantity: &str, anchor: &str, accept: Accept, measured: f64) -> Self {
        Self {
            measured: Some(measured),
            ..Self::out_of_budget(quantity, anchor, accept)
        }
    }

    /// A `quantity` that these settings leave unmeasured.
    pub fn out_of_budget(quantity: &str, anchor: &str, accept: Accept) -> Self {
        Self {
            quantity: quantity.into(),
            anchor: anchor.into(),
            mark: None,
            accept,
            measured: None,
            spread: None,
        }
    }

    /// How well the anchor is known; without it the anchor was measured in the same run, or is a
    /// bar set here.
    pub fn marked(self, mark: Mark) -> Self {
        let mark = Some(mark);
        Self { mark, ..self }
    }

    /// The measurement summarises `values`, one for each seed: their ends are shown with it.
    pub fn over(self, values: &[f64]) -> Self {
        let least = values.iter().copied().reduce(f64::min);
        let most = values.iter().copied().reduce(f64::max);
        Self {
            spread: least.zip(most),
            ..self
        }
    }

    /// The anchor, and in brackets how well it is known.
    fn source(&self) -> String {
        let mark = self.mark.map(|mark| format!(" ({mark})"));
        format!("{}{}", self.anchor, mark.unwrap_or_default())
    }

    /// What was measured, and its ends over seeds.
    fn shown(&self) -> String {
        let short = |value| significant(value, 6);
        match (self.measured, self.spread) {
            (None, _) => "-".into(),
            (Some(measured), None) => short(measured),
            (Some(measured), Some((least, most))) => {
                format!("{} [{}, {}]", short(measured), short(least), short(most))
            }
        }
    }

    /// How the measurement stands to the anchor.
    pub fn outcome(&self) -> Outcome {
        match self.measured {
            None => Outcome::OutOfBudget,
            Some(measured) if self.accept.accepts(measured) => Outcome::Match,
            Some(_) => Outcome::Differs,
        }
    }
}

/// The checks of one study.
#[derive(Clone, Debug)]
pub struct Verdict {
    checks: Vec<Check>,
}

impl Verdict {
    /// # Panics
    /// Without any check: a study that compares nothing answers nothing.
    #[track_caller]
    pub fn new(checks: Vec<Check>) -> Self {
        assert!(!checks.is_empty(), "a verdict needs at least one check");
        Self { checks }
    }

    /// The worst outcome among the checks.
    pub fn outcome(&self) -> Outcome {
        self.checks
            .iter()
            .map(Check::outcome)
            .max()
            .unwrap_or(Outcome::OutOfBudget)
    }

    /// The checks as an aligned table.
    pub fn to_table(&self) -> String {
        let rows = self.checks.iter().map(|check| {
            [
                check.quantity.clone(),
                check.shown(),
                check.accept.to_string(),
                check.outcome().to_string(),
                check.source(),
            ]
        });
        table::align(
            &["quantity", "measured", "expected", "verdict", "anchor"],
            rows,
        )
    }

    /// The object of `summary.json`.
    pub fn to_json(&self) -> Value {
        let checks: Vec<Value> = self
            .checks
            .iter()
            .map(|check| {
                json!({
                    "quantity": check.quantity,
                    "anchor": check.anchor,
                    "mark": check.mark.map(|mark| mark.to_string()),
                    "expected": check.accept.to_string(),
                    "measured": check.measured.map(json_number),
                    "spread": check.spread.map(|(least, most)| [least, most].map(json_number)),
                    "outcome": check.outcome().to_string(),
                })
            })
            .collect();
        json!({ "outcome": self.outcome().to_string(), "checks": checks })
    }
}

/// A number as JSON has it; `"NaN"`, `"Infinity"` and `"-Infinity"` as words, which both
/// Python's `float` and JavaScript's `Number` read back, where plain JSON would lose them.
pub fn json_number(value: f64) -> Value {
    if value.is_finite() {
        json!(value)
    } else if value.is_nan() {
        json!("NaN")
    } else if value > 0.0 {
        json!("Infinity")
    } else {
        json!("-Infinity")
    }
}

/// The number that [`json_number`] has written as `value`; none if it is no number.
pub fn number_of(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        _ => value.as_f64(),
    }
}
