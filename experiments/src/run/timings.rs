//! `timings.json`: how long each training took. It is the only file of a run that is another whenever
//! the run is made again.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::write_json;
use crate::table::{self, significant};

/// Its name.
pub const FILE: &str = "timings.json";

/// How long one training took.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// The training's name.
    pub part: String,
    /// Steps taken.
    pub steps: u64,
    /// What they and the measurements between them took, over all sessions.
    pub seconds: f64,
    /// The step at which the training had reached its bound, and ended: its seconds are those to the
    /// solution. None if it did not, or has no bound.
    pub solved: Option<u64>,
}

/// The trainings of a run, in the order in which they began.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Timings(Vec<Timing>);

impl Timings {
    /// Those of the run in `directory`; none where nothing was trained.
    ///
    /// # Errors
    /// When the file cannot be read, or is not what this program writes.
    pub fn read(directory: &Path) -> Result<Self> {
        let path = directory.join(FILE);
        match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            read => {
                let text = read.with_context(|| format!("cannot read {}", path.display()))?;
                serde_json::from_slice(&text)
                    .with_context(|| format!("{} is damaged", path.display()))
            }
        }
    }

    /// Replaces what was known of the training, and writes the file in `directory`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&mut self, timing: Timing, directory: &Path) -> Result<()> {
        match self.0.iter_mut().find(|old| old.part == timing.part) {
            Some(old) => *old = timing,
            None => self.0.push(timing),
        }
        write_json(&directory.join(FILE), &serde_json::to_value(&*self)?)
    }

    /// The seconds that a training took so far.
    pub fn seconds(&self, part: &str) -> f64 {
        let found = self.0.iter().find(|timing| timing.part == part);
        found.map_or(0.0, |timing| timing.seconds)
    }

    /// An aligned table; none if nothing was trained.
    pub fn to_table(&self) -> Option<String> {
        let rows = self.0.iter().map(|timing| {
            let each = 1e3 * timing.seconds / timing.steps as f64;
            [
                timing.part.clone(),
                timing.steps.to_string(),
                format!("{:.1}", timing.seconds),
                significant(each, 3),
                timing.solved.map_or("-".into(), |step| step.to_string()),
            ]
        });
        let header = ["training", "steps", "seconds", "ms a step", "solved at"];
        (!self.0.is_empty()).then(|| table::align(&header, rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(part: &str, seconds: f64, solved: Option<u64>) -> Timing {
        Timing {
            part: part.into(),
            steps: 40,
            seconds,
            solved,
        }
    }

    #[test]
    fn a_training_has_one_row_and_is_read_back() {
        let home = tempfile::tempdir().unwrap();
        let mut timings = Timings::read(home.path()).unwrap();
        assert_eq!(timings.to_table(), None);
        for timing in [
            timing("gru", 1.0, None),
            timing("lstm", 3.0, None),
            timing("gru", 2.0, Some(40)),
        ] {
            timings.put(timing, home.path()).unwrap();
        }
        assert_eq!(Timings::read(home.path()).unwrap(), timings);
        assert_eq!(
            [timings.seconds("gru"), timings.seconds("none")],
            [2.0, 0.0]
        );
        let table = timings.to_table().unwrap();
        let rows: Vec<Vec<&str>> = table
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(rows[0], ["gru", "40", "2.0", "50", "40"]);
        assert_eq!(rows[1], ["lstm", "40", "3.0", "75", "-"]);
    }

    #[test]
    fn a_damaged_file_is_named() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(FILE), "[{}]").unwrap();
        let error = Timings::read(home.path()).unwrap_err().to_string();
        assert!(error.contains("timings.json is damaged"), "{error}");
    }
}
