//! A running mean of the parameters.

use wengert_tape::Real;

use super::check_fraction;
use crate::checkpoint::{Reader, Snapshot, Writer};
use crate::disk::FileError;
use crate::tensors::Element;

/// The exponential moving average of parameters, which lacks the noise of the last steps (Polyak &
/// Juditsky 1992):
///
/// ```text
/// mean = decay mean + (1 - decay) w                           from the mean = w before the first step
/// mean = sum_s decay^(t-s) w_s / sum_s decay^(t-s)            corrected, as in Adam: without that start
/// ```
///
/// ```
/// use wengert_rnn::optim::Average;
///
/// let mut plain = Average::new(0.5, &[8.0]);
/// let mut corrected = Average::corrected(0.5, 1);
/// for w in [1.0, 4.0] {
///     plain.update(&[w]);
///     corrected.update(&[w]);
/// }
/// assert_eq!(plain.values(), [(0.5 * 8.0 + 0.5 * 1.0) * 0.5 + 0.5 * 4.0]);
/// assert_eq!(corrected.values(), [(0.5 * 1.0 + 4.0) / 1.5]);
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Average<T> {
    decay: f64,
    corrected: bool,
    steps: u64,
    mean: Vec<T>,
}

impl<T: Real> Average<T> {
    /// From these parameters.
    ///
    /// # Panics
    /// If `decay` is not in [0, 1).
    #[track_caller]
    pub fn new(decay: f64, start: &[T]) -> Self {
        check_fraction("average", "decay", decay);
        Self {
            decay,
            corrected: false,
            steps: 0,
            mean: start.to_vec(),
        }
    }

    /// Of `len` parameters, without a start: the first update is the first mean.
    ///
    /// # Panics
    /// If `decay` is not in [0, 1).
    #[track_caller]
    pub fn corrected(decay: f64, len: usize) -> Self {
        Self {
            corrected: true,
            ..Self::new(decay, &vec![T::ZERO; len])
        }
    }

    /// Takes the parameters after a step into the mean.
    ///
    /// # Panics
    /// If they are more or fewer than at the start.
    #[track_caller]
    pub fn update(&mut self, values: &[T]) {
        assert!(
            values.len() == self.mean.len(),
            "average: {} elements came for {} parameters",
            values.len(),
            self.mean.len()
        );
        self.steps += 1;
        let mut share = 1.0 - self.decay;
        if self.corrected {
            let steps = i32::try_from(self.steps).unwrap_or(i32::MAX);
            share /= 1.0 - self.decay.powi(steps);
        }
        let share = T::from_f64(share);
        for (mean, &w) in self.mean.iter_mut().zip(values) {
            *mean += share * (w - *mean);
        }
    }

    /// The mean.
    pub fn values(&self) -> &[T] {
        &self.mean
    }
}

impl<T: Real + Element> Snapshot for Average<T> {
    fn save(&self, to: &mut Writer) {
        to.words("steps", &[self.steps]);
        to.values("mean", &[self.mean.len()], &self.mean);
    }

    fn restore(&mut self, from: &mut Reader) -> Result<(), FileError> {
        [self.steps] = from.words("steps")?;
        from.values("mean", &[self.mean.len()], &mut self.mean)
    }
}
