//! What there is to run, and what it can be set to.

use anyhow::Result;

use super::{Session, find};
use crate::table;

impl Session<'_> {
    /// Every study with its question and its time, and those of the atlas.
    pub(super) fn list(&mut self) -> Result<()> {
        let rows = self.studies.iter().map(|study| {
            [
                study.name.into(),
                format!("{} s", study.seconds),
                study.question.into(),
            ]
        });
        let table = table::align(&["study", "takes", "question"], rows);
        let atlas = self.studies.iter().filter(|study| study.atlas.is_some());
        let names: Vec<&str> = atlas.map(|study| study.name).collect();
        self.say(&format!("{table}\nof the atlas: {}\n", names.join(", ")))
    }

    /// Every key of a study.
    pub(super) fn show_config(&mut self, name: &str, given: &[String]) -> Result<()> {
        let study = find(name, self.studies)?;
        let mut text = format!("{}: {}\n", study.name, study.question);
        for line in study.expand(given)? {
            study.prepare(&line)?;
            let rows = study.settings(&line)?.into_iter().map(|setting| {
                [
                    setting.key,
                    setting.value,
                    setting.default,
                    setting.origin.to_string(),
                    setting.meaning,
                ]
            });
            let header = ["key", "value", "default", "from", "meaning"];
            text.push('\n');
            text.push_str(&table::align(&header, rows));
        }
        self.say(&text)
    }
}
