//! What classifiers answer to the same held-out examples, side by side.

use wengert_rnn::metrics::accuracy;

use crate::table;

/// A classifier's answers on the held-out examples.
#[derive(Clone, Debug)]
pub struct Answers {
    /// What it is called.
    pub name: &'static str,
    /// How many it learned; 0 for those without.
    pub parameters: usize,
    /// The class that it takes each example for.
    pub classes: Vec<usize>,
    /// The fraction that it is right about.
    pub accuracy: f64,
}

impl Answers {
    /// Of the classifier `name`, which takes examples of the classes `labels` for `classes`.
    ///
    /// # Panics
    /// If there is not one answer for each example.
    #[track_caller]
    pub fn new(
        name: &'static str,
        parameters: usize,
        classes: Vec<usize>,
        labels: &[usize],
    ) -> Self {
        Self {
            name,
            parameters,
            accuracy: accuracy(&classes, labels),
            classes,
        }
    }
}

/// One line for each classifier: how often it is right and wrong, and its parameters.
pub fn table(all: &[Answers]) -> String {
    let rows = all.iter().map(|answers| {
        let wrong = (1.0 - answers.accuracy) * answers.classes.len() as f64;
        [
            answers.name.into(),
            format!("{:.2} %", 100.0 * answers.accuracy),
            format!("{wrong:.0} of {}", answers.classes.len()),
            answers.parameters.to_string(),
        ]
    });
    table::align(&["classifier", "held out", "wrong", "parameters"], rows)
}
