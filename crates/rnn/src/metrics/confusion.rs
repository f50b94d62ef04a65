//! Which classes are taken for which.

use super::classes::{check_class, check_counts};

/// The confusion matrix: how often each class was taken for each.
///
/// A fraction of nothing (the precision of a class that was never predicted, the recall of one that
/// never occurred) is 0.
///
/// ```
/// use wengert_rnn::metrics::Confusion;
///
/// let confusion = Confusion::new(2, &[0, 1, 1, 1], &[0, 0, 1, 1]);
/// assert_eq!(confusion.count(0, 1), 1); // a 0 taken for a 1
/// assert_eq!(confusion.accuracy(), 0.75);
/// assert_eq!([confusion.precision(1), confusion.recall(1), confusion.f1(1)], [2.0 / 3.0, 1.0, 0.8]);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Confusion {
    classes: usize,
    counts: Vec<usize>,
}

impl Confusion {
    /// Of predictions and their targets.
    ///
    /// # Panics
    /// If there are none, not one prediction for each target, or a class is not below `classes`.
    #[track_caller]
    pub fn new(classes: usize, predictions: &[usize], targets: &[usize]) -> Self {
        check_counts("confusion", predictions.len(), targets.len());
        let mut counts = vec![0; classes * classes];
        for (row, (&prediction, &target)) in predictions.iter().zip(targets).enumerate() {
            check_class("confusion", prediction, row, classes);
            check_class("confusion", target, row, classes);
            counts[target * classes + prediction] += 1;
        }
        Self { classes, counts }
    }

    /// How often `target` was taken for `prediction`.
    ///
    /// # Panics
    /// If one is no class.
    #[track_caller]
    pub fn count(&self, target: usize, prediction: usize) -> usize {
        assert!(
            target < self.classes && prediction < self.classes,
            "confusion: {target} taken for {prediction}, but there are {} classes",
            self.classes
        );
        self.counts[target * self.classes + prediction]
    }

    /// All counts, row-major: a row for each target, a column for each prediction.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// The fraction of predictions that are right.
    pub fn accuracy(&self) -> f64 {
        let right = (0..self.classes).map(|k| self.count(k, k)).sum();
        ratio(right, self.counts.iter().sum())
    }

    /// Of the predictions of a class, the fraction that is right.
    ///
    /// # Panics
    /// If there is no such class.
    #[track_caller]
    pub fn precision(&self, class: usize) -> f64 {
        ratio(self.count(class, class), self.predicted(class))
    }

    /// Of the occurrences of a class, the fraction that is predicted.
    ///
    /// # Panics
    /// If there is no such class.
    #[track_caller]
    pub fn recall(&self, class: usize) -> f64 {
        ratio(self.count(class, class), self.occurred(class))
    }

    /// The harmonic mean of precision and recall.
    ///
    /// # Panics
    /// If there is no such class.
    #[track_caller]
    pub fn f1(&self, class: usize) -> f64 {
        let both = self.predicted(class) + self.occurred(class);
        ratio(2 * self.count(class, class), both)
    }

    /// The mean of F1 over all classes, however frequent.
    pub fn macro_f1(&self) -> f64 {
        (0..self.classes).map(|k| self.f1(k)).sum::<f64>() / self.classes as f64
    }

    #[track_caller]
    fn predicted(&self, class: usize) -> usize {
        (0..self.classes).map(|k| self.count(k, class)).sum()
    }

    #[track_caller]
    fn occurred(&self, class: usize) -> usize {
        (0..self.classes).map(|k| self.count(class, k)).sum()
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 / whole as f64
}
