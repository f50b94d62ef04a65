//! What was measured in a training, by step.

use wengert_rnn::checkpoint::{Reader, Snapshot, Writer};
use wengert_rnn::disk::FileError;
use wengert_rnn::train::Report;

/// The names of the columns that every history has: means over the steps since the last
/// measurement.
const LOSS: &str = "loss";
const NORM: &str = "gradient_norm";

/// Measurements by step: one column for each measure, all of one length.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct History {
    steps: Vec<u64>,
    columns: Vec<(String, Vec<f64>)>,
    /// Sums of loss and gradient norm since the last measurement, and how many.
    sums: [f64; 2],
    count: u64,
}

impl History {
    /// The steps taken at each measurement.
    pub fn steps(&self) -> Vec<f64> {
        self.steps.iter().map(|&step| step as f64).collect()
    }

    /// The values of a measure, or of `loss` and `gradient_norm`; empty before the first
    /// measurement.
    ///
    /// # Panics
    /// If there were measurements, and none of this name.
    #[track_caller]
    pub fn of(&self, name: &str) -> &[f64] {
        if self.steps.is_empty() {
            return &[];
        }
        let found = self.columns.iter().find(|(known, _)| known == name);
        let known: Vec<&str> = self
            .columns
            .iter()
            .map(|(known, _)| known.as_str())
            .collect();
        let Some((_, values)) = found else {
            panic!("history: no measure {name}; there are {}", known.join(", "));
        };
        values
    }

    /// A step was taken.
    pub(super) fn note(&mut self, report: &Report) {
        self.sums[0] += report.loss;
        self.sums[1] += report.norm;
        self.count += 1;
    }

    /// Something was measured after so many steps.
    ///
    /// # Panics
    /// If the names are not those of the first measurement.
    pub(super) fn measure(&mut self, step: u64, values: Vec<(&'static str, f64)>) {
        let means = self.sums.map(|sum| sum / self.count as f64);
        let row = [(LOSS, means[0]), (NORM, means[1])]
            .into_iter()
            .chain(values);
        if self.steps.is_empty() {
            self.columns = row
                .clone()
                .map(|(name, _)| (name.to_owned(), Vec::new()))
                .collect();
        }
        let mut columns = self.columns.iter_mut();
        for (name, value) in row {
            let column = columns.next().filter(|(known, _)| known == name);
            let Some((_, column)) = column else {
                panic!("training: {name} was not measured at first");
            };
            column.push(value);
        }
        assert!(
            columns.next().is_none(),
            "training: fewer measures than at first"
        );
        self.steps.push(step);
        (self.sums, self.count) = ([0.0; 2], 0);
    }

    /// The last measurement: its step, and the values by name.
    pub(super) fn last(&self) -> (u64, Vec<(&str, f64)>) {
        let at = self.steps.len() - 1;
        let values = self
            .columns
            .iter()
            .map(|(name, values)| (name.as_str(), values[at]));
        (self.steps[at], values.collect())
    }
}

impl Snapshot for History {
    fn save(&self, to: &mut Writer) {
        let [loss, norm] = self.sums.map(f64::to_bits);
        to.words("since", &[loss, norm, self.count]);
        to.words("steps", &self.steps);
        // A file of tensors has no texts: a byte is a word.
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        let names: Vec<u64> = names.join("\n").bytes().map(u64::from).collect();
        to.words("names", &names);
        for (i, (_, values)) in self.columns.iter().enumerate() {
            to.values(&format!("column.{i}"), &[values.len()], values);
        }
    }

    fn restore(&mut self, from: &mut Reader) -> Result<(), FileError> {
        let [loss, norm, count] = from.words("since")?;
        (self.sums, self.count) = ([loss, norm].map(f64::from_bits), count);
        self.steps = from.list("steps")?;
        let names = from
            .list::<u64>("names")?
            .into_iter()
            .map(|byte| byte as u8);
        let names = String::from_utf8(names.collect());
        let names = names.map_err(|_| from.error("names that are no text"))?;
        self.columns.clear();
        for (i, name) in names.lines().enumerate() {
            let values = from.list(&format!("column.{i}"))?;
            if values.len() != self.steps.len() {
                let (found, wanted) = (values.len(), self.steps.len());
                return Err(from.error(format_args!("{found} of {name} at {wanted} steps")));
            }
            self.columns.push((name.to_owned(), values));
        }
        Ok(())
    }
}
