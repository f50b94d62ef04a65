//! Many runs as one thing: a tour, a sweep, or the lines of a job array.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wengert_rnn::disk::write_atomically;

use crate::config::{Line, Preset};
use crate::run::write_json;
use crate::study::Entry;

/// The file of a plan in the directory of its runs.
pub const FILE: &str = "plan.toml";

/// Runs in their order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Whether its page is that of the atlas: published results beside ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub atlas: bool,
    /// The runs; each has a name of its own.
    #[serde(rename = "run")]
    pub runs: Vec<Planned>,
}

/// One run of a plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// Its directory, below that of the plan.
    pub name: String,
    /// The study.
    pub study: String,
    /// Its settings, `key=value`.
    pub settings: Line,
}

/// How far a run has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Nothing is there.
    Missing,
    /// It was started, and has not ended.
    Unfinished,
    /// It has its verdict.
    Complete,
}

impl Plan {
    /// One run of each of `studies`, all with the same settings.
    pub fn of_studies<'a>(
        studies: impl IntoIterator<Item = &'a Entry>,
        settings: &[String],
    ) -> Self {
        let run = |study: &Entry| Planned {
            name: study.name.into(),
            study: study.name.into(),
            settings: settings.to_vec(),
        };
        Self {
            atlas: false,
            runs: studies.into_iter().map(run).collect(),
        }
    }

    /// The studies of the atlas among `studies` with one `preset`, the shortest first.
    pub fn of_atlas(studies: &[Entry], preset: Preset) -> Self {
        let mut atlas: Vec<&Entry> = studies
            .iter()
            .filter(|study| study.atlas.is_some())
            .collect();
        atlas.sort_by_key(|study| study.seconds_of(preset));
        let settings = match preset {
            Preset::Default => Vec::new(),
            _ => vec![format!("preset={}", preset.name())],
        };
        Self {
            atlas: true,
            ..Self::of_studies(atlas, &settings)
        }
    }

    /// A run of `study` for each line of settings, named by the settings in which they differ.
    pub fn of_settings(study: &Entry, lines: &[Line]) -> Self {
        let first = lines.first().cloned().unwrap_or_default();
        let differs = |at: usize| lines.iter().any(|line| line[at] != first[at]);
        let varied: Vec<usize> = (0..first.len()).filter(|at| differs(*at)).collect();
        let run = |settings: &Line| {
            let words: Vec<&str> = varied.iter().map(|at| settings[*at].as_str()).collect();
            Planned {
                name: words.join(",").replace(['/', '\\'], "_"),
                study: study.name.into(),
                settings: settings.clone(),
            }
        };
        Self {
            atlas: false,
            runs: lines.iter().map(run).collect(),
        }
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is no plan, or two runs have one name, or one that is no plain name
    /// of a directory.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        let plan: Result<Self, _> = toml::from_str(&text);
        // The error as a whole draws the place over several lines.
        let plan = plan.map_err(|error| anyhow!("{shown} is no plan: {}", error.message()))?;
        ensure!(!plan.runs.is_empty(), "{shown} holds no runs");
        for (i, Planned { name, .. }) in plan.runs.iter().enumerate() {
            let plain =
                !name.is_empty() && !name.contains(['/', '\\']) && name != "." && name != "..";
            ensure!(
                plain,
                "{shown}: the name {name:?} is not that of a directory"
            );
            let taken = plan.runs[..i].iter().any(|other| other.name == *name);
            ensure!(!taken, "{shown}: two runs have the name {name}");
        }
        Ok(plan)
    }

    /// Writes it to `path`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        write_atomically(path, toml::to_string(self)?.as_bytes())?;
        Ok(())
    }

    /// Writes it as the plan of `directory`, or makes sure that it is the one which is there.
    ///
    /// # Errors
    /// When another plan is there, or the file cannot be written.
    pub fn settle(&self, directory: &Path) -> Result<()> {
        let path = directory.join(FILE);
        if path.exists() {
            let same = Self::read(&path)? == *self;
            ensure!(
                same,
                "{} holds the runs of another plan",
                directory.display()
            );
            return Ok(());
        }
        let run = directory.join("config.toml");
        ensure!(!run.exists(), "{} holds a single run", directory.display());
        self.write(&path)
    }
}

impl Planned {
    /// The summary of its run below `directory`, if there is one.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged.
    pub fn summary(&self, directory: &Path) -> Result<Option<Value>> {
        summary(&directory.join(&self.name))
    }

    /// How far its run below `directory` has come.
    ///
    /// # Errors
    /// As [`Planned::summary`].
    pub fn state(&self, directory: &Path) -> Result<State> {
        let summary = self.summary(directory)?;
        Ok(if summary.is_some_and(|summary| is_complete(&summary)) {
            State::Complete
        } else if directory.join(&self.name).exists() {
            State::Unfinished
        } else {
            State::Missing
        })
    }
}

/// The seconds that each run took, all sessions together, in the directory of their plan: it is
/// another whenever they are made again.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Seconds(BTreeMap<String, f64>);

impl Seconds {
    const FILE: &str = "seconds.json";

    /// Those of the runs in `directory` so far.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged.
    pub fn read(directory: &Path) -> Result<Self> {
        let seconds = json(&directory.join(Self::FILE))?;
        Ok(seconds.unwrap_or_default())
    }

    /// Adds `seconds` to those of the run `name`, and writes the file in `directory`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, name: &str, seconds: f64, directory: &Path) -> Result<()> {
        *self.0.entry(name.into()).or_default() += seconds;
        write_json(&directory.join(Self::FILE), &serde_json::to_value(&*self)?)
    }

    /// Those of the run `name`, if it was started.
    pub fn of(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }
}

/// Whether the run of this summary has its verdict.
pub fn is_complete(summary: &Value) -> bool {
    summary["state"] == "complete"
}

/// `summary.json` of a run directory, if there is one.
///
/// # Errors
/// When the file cannot be read, or is damaged.
pub fn summary(directory: &Path) -> Result<Option<Value>> {
    json(&directory.join("summary.json"))
}

/// What the JSON file at `path` holds, if there is one.
fn json<V: DeserializeOwned>(path: &Path) -> Result<Option<V>> {
    if !path.exists() {
        return Ok(None);
    }
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let value = serde_json::from_str(&text);
    value
        .map(Some)
        .with_context(|| format!("{} is damaged", path.display()))
}
