//! What a run directory holds, as far as a page shows it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::plan;
use crate::run::{Record, Timings};

/// A run, read from its directory.
pub(super) struct Contents {
    pub(super) directory: PathBuf,
    pub(super) record: Record,
    pub(super) summary: Summary,
    pub(super) timings: Timings,
}

/// `summary.json`; of a run without one, what its folders hold.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Summary {
    pub(super) question: String,
    state: String,
    pub(super) verdict: Option<Verdict>,
    pub(super) figures: Vec<String>,
    pub(super) tables: Vec<String>,
    pub(super) samples: Vec<String>,
    pub(super) files: Vec<String>,
}

#[derive(Default, Deserialize)]
pub(super) struct Verdict {
    pub(super) outcome: String,
    pub(super) checks: Vec<Check>,
}

#[derive(Deserialize)]
pub(super) struct Check {
    pub(super) quantity: String,
    pub(super) anchor: String,
    /// How well the anchor is known.
    #[serde(default)]
    pub(super) mark: Option<String>,
    pub(super) expected: String,
    /// Null where it was not measured.
    pub(super) measured: Value,
    /// The least and the most over seeds.
    #[serde(default)]
    pub(super) spread: Option<[Value; 2]>,
    pub(super) outcome: String,
}

impl Contents {
    /// # Errors
    /// When there is no `config.toml`, or it or `summary.json` is damaged.
    pub(super) fn read(directory: &Path) -> Result<Self> {
        let record = Record::read(directory)?;
        let summary = match plan::summary(directory)? {
            Some(value) => serde_json::from_value(value).with_context(|| {
                format!("{} is damaged", directory.join("summary.json").display())
            })?,
            None => Summary {
                figures: names(directory, "figures", ".svg"),
                tables: names(directory, "tables", ".txt"),
                samples: names(directory, "samples", ".txt"),
                files: names(directory, "files", ""),
                ..Summary::default()
            },
        };
        Ok(Self {
            directory: directory.into(),
            record,
            summary,
            timings: Timings::read(directory)?,
        })
    }

    /// What the run asked; its study, where that is not on record.
    pub(super) fn question(&self) -> &str {
        match &self.summary.question[..] {
            "" => &self.record.study,
            question => question,
        }
    }

    /// Whether the run came to its end.
    pub(super) fn is_complete(&self) -> bool {
        self.summary.state == "complete"
    }

    /// The word for how the run ended: that of its verdict, or `interrupted`.
    pub(super) fn outcome(&self) -> &str {
        let verdict = self.summary.verdict.as_ref().filter(|_| self.is_complete());
        verdict.map_or("interrupted", |verdict| &verdict.outcome)
    }

    /// Its files, by their paths from the directory.
    pub(super) fn files(&self) -> Vec<String> {
        let mut files: Vec<String> = Vec::new();
        let mut add = |path: String| {
            if self.directory.join(&path).is_file() {
                files.push(path);
            }
        };
        for name in [
            "config.toml",
            "summary.json",
            "metrics.jsonl",
            "timings.json",
        ] {
            add(name.into());
        }
        for name in names(&self.directory, "", "") {
            if name.contains("tfevents") {
                add(name);
            }
        }
        let Summary {
            figures,
            tables,
            samples,
            files: others,
            ..
        } = &self.summary;
        for name in figures {
            for extension in ["svg", "csv", "vl.json"] {
                add(format!("figures/{name}.{extension}"));
            }
        }
        for (folder, names) in [("tables", tables), ("samples", samples)] {
            for name in names {
                add(format!("{folder}/{name}.txt"));
            }
        }
        for name in others {
            add(format!("files/{name}"));
        }
        files
    }
}

/// The text of the file at `path` below `directory`.
///
/// # Errors
/// When it is missing or no text: one line, which names it.
pub(super) fn text(directory: &Path, path: &str) -> Result<String> {
    match fs::read_to_string(directory.join(path)) {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!("{path} is missing"),
        read => read.with_context(|| format!("{path} cannot be read")),
    }
}

/// The files in `folder` whose names end in `end`, without it, in alphabetical order; none where
/// there is no such folder.
fn names(directory: &Path, folder: &str, end: &str) -> Vec<String> {
    let entries = fs::read_dir(directory.join(folder))
        .into_iter()
        .flatten()
        .flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names
        .filter_map(|name| Some(name.strip_suffix(end)?.to_owned()))
        .collect();
    names.sort();
    names
}
