//! Cross entropy of classes that do not exclude each other.
//!
//! With x a logit, y the target in [0, 1], p the weight of its class where it holds:
//! `p y softplus(-x) + (1 - y) softplus(x)`, which is finite for every finite x.

use wengert_tape::{Real, Var};

use super::{Losses, check_same_shape, check_weights, constants};

/// Binary cross entropy of logits, in nats, with PyTorch's `pos_weight`.
///
/// ```
/// use wengert_rnn::loss::BinaryCrossEntropy;
/// use wengert_tape::Tape;
///
/// let tape = Tape::<f64>::new();
/// let logits = tape.leaf([2, 2], &[0.0, 1000.0, 0.0, -1000.0]);
/// let targets = tape.constant([2, 2], &[1.0, 0.0, 0.0, 0.0]);
/// let losses = BinaryCrossEntropy::new().positive_weights(&[3.0, 1.0]).of(logits, targets);
/// assert_eq!(losses.each().to_vec(), [3.0 * 2f64.ln(), 1000.0, 2f64.ln(), 0.0]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct BinaryCrossEntropy {
    positive_weights: Option<Vec<f64>>,
}

impl BinaryCrossEntropy {
    /// Without weights.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a weight for each class, the last axis of the logits, where it holds: above 1 it favours
    /// recall, below 1 precision.
    ///
    /// # Panics
    /// If a weight is negative, infinite or NaN.
    #[track_caller]
    pub fn positive_weights(self, weights: &[f64]) -> Self {
        check_weights("binary cross entropy", weights);
        Self {
            positive_weights: Some(weights.to_vec()),
        }
    }

    /// The loss of each logit against its target, of the same shape. All count 1.
    ///
    /// # Panics
    /// If the shapes differ, a target is not in [0, 1], or there are weights, but not one for each
    /// entry of the last axis.
    #[track_caller]
    pub fn of<'t, T: Real>(&self, logits: Var<'t, T>, targets: Var<'t, T>) -> Losses<'t, T> {
        let what = "binary cross entropy";
        check_same_shape(what, ["logits", "targets"], logits, targets);
        targets.with(|y| {
            if let Some(at) = y.iter().position(|y| !(T::ZERO..=T::ONE).contains(y)) {
                panic!("{what}: target {} at {at}, but it must be in [0, 1]", y[at])
            }
        });
        let Some(weights) = &self.positive_weights else {
            return Losses::equal(logits.bce_with_logits(targets));
        };
        let shape = logits.shape();
        assert!(
            shape.dims().last() == Some(&weights.len()),
            "{what}: {} positive weights for logits {shape}",
            weights.len()
        );
        let positive = constants(logits.tape(), weights) * targets * (-logits).softplus();
        let negative = (1.0 - targets) * logits.softplus();
        Losses::equal(positive + negative)
    }
}
