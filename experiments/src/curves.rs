//! Several trainings of one thing, which differ in their seeds, as one curve.

use crate::figure::Panel;
use crate::training::History;

/// A measure by step: its median over trainings, and its ends.
#[derive(Clone, PartialEq, Debug)]
pub struct Curve {
    /// The steps of the longest training.
    pub steps: Vec<f64>,
    /// The least.
    pub low: Vec<f64>,
    /// The median; of an even number the mean of the two in the middle.
    pub middle: Vec<f64>,
    /// The greatest.
    pub high: Vec<f64>,
}

impl Curve {
    /// Of `measure` in several trainings.
    pub fn of(histories: &[&History], measure: &str) -> Self {
        let longest = histories.iter().map(|history| history.steps());
        let steps = longest.max_by_key(Vec::len).unwrap_or_default();
        let columns: Vec<&[f64]> = histories.iter().map(|h| h.of(measure)).collect();
        Self::over(steps, &columns)
    }

    /// Of columns that were measured at the same `steps`, until they ended: from then on, each counts
    /// with its last value.
    ///
    /// # Panics
    /// If a column is empty, and steps are not.
    pub fn over(steps: Vec<f64>, columns: &[&[f64]]) -> Self {
        let mut curve = Self {
            steps: Vec::new(),
            low: Vec::new(),
            middle: Vec::new(),
            high: Vec::new(),
        };
        for at in 0..steps.len() {
            let mut values: Vec<f64> = columns
                .iter()
                .map(|column| column[at.min(column.len() - 1)])
                .collect();
            values.sort_by(f64::total_cmp);
            curve.low.push(values[0]);
            curve.middle.push(median(&values));
            curve.high.push(values[values.len() - 1]);
        }
        Self { steps, ..curve }
    }

    /// Draws it, with a band where there are several trainings, against the steps times `unit`.
    pub fn draw(&self, panel: Panel, label: &str, unit: f64) -> Panel {
        let x: Vec<f64> = self.steps.iter().map(|step| step * unit).collect();
        let panel = if self.low == self.high {
            panel
        } else {
            panel.band(label, &x, &self.low, &self.high)
        };
        panel.line(label, &x, &self.middle)
    }
}

/// The median of sorted values. NaN of none.
pub fn median(sorted: &[f64]) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    f64::midpoint(sorted[last / 2], sorted[last.div_ceil(2)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[1.0, 2.0, 10.0]), 2.0);
        assert_eq!(median(&[1.0, 2.0, 4.0, 10.0]), 3.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_training_that_ended_counts_with_its_last_value() {
        let columns: [&[f64]; 3] = [&[4.0, 1.0], &[5.0, 3.0, 2.0], &[6.0, 6.0, 6.0]];
        let curve = Curve::over(vec![10.0, 20.0, 30.0], &columns);
        assert_eq!(curve.low, [4.0, 1.0, 1.0]);
        assert_eq!(curve.middle, [5.0, 3.0, 2.0]);
        assert_eq!(curve.high, [6.0, 6.0, 6.0]);
        assert_eq!(Curve::of(&[], "loss").steps, [0.0; 0]);
    }
}
