//! Why a step of training could not be taken.

use std::error::Error;
use std::fmt;

use wengert_tape::inspect::NonFinite;

/// A step that was not taken. Prints as one line: `step 12: the loss is NaN: ln: element [0] is NaN
/// from finite inputs (src/model.rs:40:21)`.
#[derive(Clone, PartialEq, Debug)]
pub struct TrainingError {
    /// Steps taken before.
    pub step: u64,
    /// What came in the way.
    pub fault: Fault,
}

/// What makes a step impossible.
#[derive(Clone, PartialEq, Debug)]
pub enum Fault {
    /// The loss of all shards has no terms.
    NoTerms,
    /// The loss is not finite, and nor was this parameter.
    Parameter {
        /// The first parameter with an element that is infinite or no number.
        parameter: String,
        /// The position of the element, row-major.
        element: usize,
        /// The element.
        value: f64,
    },
    /// The loss is infinite or no number.
    Loss {
        /// The loss.
        value: f64,
        /// The first value on the tape that is not finite.
        origin: Option<Box<NonFinite>>,
    },
    /// The gradient has an infinite element, or one that is no number.
    Gradient {
        /// The first parameter with such an element.
        parameter: String,
        /// The element.
        value: f64,
        /// Where the sweep made the first one; none if only the sum over shards has it.
        origin: Option<Box<NonFinite>>,
    },
    /// The optimiser made such an element of finite gradients.
    Update {
        /// The parameter, or the moment of the optimiser.
        tensor: String,
        /// The element.
        value: f64,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = match self {
            Self::NoTerms => {
                f.write_str("the loss of the batch has no terms, so it has no mean")?;
                &None
            }
            Self::Parameter {
                parameter,
                element,
                value,
            } => {
                write!(f, "the parameter {parameter}: element {element} is {value}")?;
                &None
            }
            Self::Loss { value, origin } => {
                write!(f, "the loss is {value}")?;
                origin
            }
            Self::Gradient {
                parameter,
                value,
                origin,
            } => {
                write!(f, "the gradient of {parameter} has an element {value}")?;
                origin
            }
            Self::Update { tensor, value } => {
                write!(f, "the update would make an element of {tensor} {value}")?;
                &None
            }
        };
        match origin {
            Some(origin) => write!(f, ": {origin}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for TrainingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}: {}", self.step, self.fault)
    }
}

impl Error for TrainingError {}
