//! Early stopping: when a loss has not fallen for some time.

use super::check_not_negative;
use crate::checkpoint::{Reader, Snapshot, Writer};
use crate::disk::FileError;

/// Tells when to stop, and which step was the best (Prechelt 1998).
///
/// ```
/// use wengert_rnn::optim::EarlyStopping;
///
/// let mut stopping = EarlyStopping::new(2);
/// let stop = [3.0, 1.0, 2.0, 1.0].map(|loss| stopping.observe(loss));
/// assert_eq!(stop, [false, false, false, true]);
/// assert_eq!(stopping.best(), Some((1, 1.0)));
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct EarlyStopping {
    patience: u64,
    min_delta: f64,
    /// Losses observed.
    seen: u64,
    /// The position of the best loss among those observed.
    best_at: u64,
    best: f64,
}

impl EarlyStopping {
    /// Stops at the `patience`-th loss in a row that is not below the best.
    ///
    /// # Panics
    /// If `patience` is 0.
    #[track_caller]
    pub fn new(patience: u64) -> Self {
        assert!(
            patience > 0,
            "early stopping: patience 0 would stop at once"
        );
        Self {
            patience,
            min_delta: 0.0,
            seen: 0,
            best_at: 0,
            best: f64::INFINITY,
        }
    }

    /// A loss is an improvement when it is below the best by more than this.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn with_min_delta(self, min_delta: f64) -> Self {
        check_not_negative("early stopping", "least improvement", min_delta);
        Self { min_delta, ..self }
    }

    /// Takes note of a loss; whether to stop. NaN is no improvement.
    pub fn observe(&mut self, loss: f64) -> bool {
        if loss < self.best - self.min_delta {
            (self.best, self.best_at) = (loss, self.seen);
        }
        self.seen += 1;
        let first = if self.best.is_finite() {
            self.best_at + 1
        } else {
            0
        };
        self.seen - first >= self.patience
    }

    /// The best loss and its position among those observed, from 0; none before a finite one.
    pub fn best(&self) -> Option<(u64, f64)> {
        self.best.is_finite().then_some((self.best_at, self.best))
    }

    /// Whether the last loss was the best.
    pub fn improved(&self) -> bool {
        self.best.is_finite() && self.best_at + 1 == self.seen
    }
}

impl Snapshot for EarlyStopping {
    fn save(&self, to: &mut Writer) {
        to.words("stopping", &[self.best.to_bits(), self.best_at, self.seen]);
    }

    fn restore(&mut self, from: &mut Reader) -> Result<(), FileError> {
        let [best, best_at, seen] = from.words("stopping")?;
        self.best = f64::from_bits(best);
        [self.best_at, self.seen] = [best_at, seen];
        Ok(())
    }
}
