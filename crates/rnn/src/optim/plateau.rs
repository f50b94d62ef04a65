//! A learning rate that falls when the loss no longer does.

use super::check_not_negative;
use crate::checkpoint::{Reader, Snapshot, Writer};
use crate::disk::FileError;

/// Lowers the learning rate when a loss has not fallen for some time: PyTorch's
/// `ReduceLROnPlateau`. Lower is better, and the least improvement is relative. After each look at
/// held-out samples: `trainer.set_rate(rate * plateau.observe(loss))`.
///
/// ```
/// use wengert_rnn::optim::Plateau;
///
/// let mut plateau = Plateau::new(0.1, 1);
/// let factors = [1.0, 2.0, 2.0, 2.0].map(|loss| plateau.observe(loss));
/// assert_eq!(factors, [1.0, 1.0, 0.1, 0.1]);
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Plateau {
    factor: f64,
    patience: u64,
    threshold: f64,
    cooldown: u64,
    floor: f64,
    /// The factor now.
    current: f64,
    best: f64,
    /// Losses in a row that were no improvement.
    bad: u64,
    /// Losses still to be ignored.
    cooling: u64,
}

impl Plateau {
    /// Multiplies by `factor` when more than `patience` losses in a row were not below the best by
    /// 1e-4 of it.
    ///
    /// # Panics
    /// If `factor` is not in (0, 1).
    #[track_caller]
    pub fn new(factor: f64, patience: u64) -> Self {
        assert!(
            factor > 0.0 && factor < 1.0,
            "plateau: factor {factor}, but it must be in (0, 1)"
        );
        Self {
            factor,
            patience,
            threshold: 1e-4,
            cooldown: 0,
            floor: 0.0,
            current: 1.0,
            best: f64::INFINITY,
            bad: 0,
            cooling: 0,
        }
    }

    /// With another least improvement, relative to the best loss.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn with_threshold(self, threshold: f64) -> Self {
        check_not_negative("plateau", "threshold", threshold);
        Self { threshold, ..self }
    }

    /// With so many losses after each reduction that do not count as bad.
    pub fn with_cooldown(self, cooldown: u64) -> Self {
        Self { cooldown, ..self }
    }

    /// With a least factor.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn with_floor(self, floor: f64) -> Self {
        check_not_negative("plateau", "floor", floor);
        Self { floor, ..self }
    }

    /// Takes note of a loss; the factor of the learning rate from here on. NaN is no improvement.
    pub fn observe(&mut self, loss: f64) -> f64 {
        if loss < self.best * (1.0 - self.threshold) {
            self.best = loss;
            self.bad = 0;
        } else {
            self.bad += 1;
        }
        if self.cooling > 0 {
            self.cooling -= 1;
            self.bad = 0;
        }
        if self.bad > self.patience {
            self.current = (self.current * self.factor).max(self.floor);
            self.cooling = self.cooldown;
            self.bad = 0;
        }
        self.current
    }
}

impl Snapshot for Plateau {
    fn save(&self, to: &mut Writer) {
        let [current, best] = [self.current, self.best].map(f64::to_bits);
        to.words("plateau", &[current, best, self.bad, self.cooling]);
    }

    fn restore(&mut self, from: &mut Reader) -> Result<(), FileError> {
        let [current, best, bad, cooling] = from.words("plateau")?;
        [self.current, self.best] = [current, best].map(f64::from_bits);
        [self.bad, self.cooling] = [bad, cooling];
        Ok(())
    }
}
