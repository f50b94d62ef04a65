//! One run: a fresh directory, and everything a study writes into it.
//!
//! ```text
//! config.toml      the resolved settings, the version, the machine
//! metrics.jsonl    one JSON object a line, each with its `step`
//! figures/         NAME.svg, and NAME.csv with the numbers drawn
//! tables/          NAME.txt
//! summary.json     the question and its verdict
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use wengert_rnn::disk::write_atomically;

use crate::figure::Drawing;
use crate::progress::Progress;
use crate::study::Entry;
use crate::verdict::{Verdict, json_number};

/// A run directory that is being written.
pub struct Run {
    directory: PathBuf,
    metrics: File,
    figures: Vec<PathBuf>,
    tables: Vec<String>,
}

impl Run {
    /// Starts a run of `study` in `directory`, whose resolved settings are `config`, as TOML.
    ///
    /// # Errors
    /// A directory that is not empty, is a file, or cannot be written.
    pub fn create(directory: &Path, study: &Entry, config: &str) -> Result<Self> {
        claim(directory)?;
        let path = directory.join("metrics.jsonl");
        // `create_new` lets one of two simultaneous runs in, even if both saw it empty.
        let metrics = OpenOptions::new().append(true).create_new(true).open(&path);
        let metrics = metrics.with_context(|| format!("cannot create {}", path.display()))?;
        let provenance = toml::to_string(&Provenance::now())?;
        let name = study.name;
        let record =
            format!("study = \"{name}\"\n\n[config]\n{config}\n[provenance]\n{provenance}");
        write_atomically(&directory.join("config.toml"), record.as_bytes())?;
        Ok(Self {
            directory: directory.into(),
            metrics,
            figures: Vec::new(),
            tables: Vec::new(),
        })
    }

    /// The run directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Appends one line to `metrics.jsonl`: the `step` and the named `values`. Numbers that
    /// JSON has not are written as words, see [`json_number`].
    ///
    /// # Errors
    /// When the line cannot be written.
    pub fn metrics(&mut self, step: u64, values: &[(&str, f64)]) -> Result<()> {
        self.metrics_of(step, &[], values)
    }

    /// [`Run::metrics`] with words before the values, to say what they belong to.
    ///
    /// # Errors
    /// When the line cannot be written.
    pub fn metrics_of(
        &mut self,
        step: u64,
        labels: &[(&str, &str)],
        values: &[(&str, f64)],
    ) -> Result<()> {
        let mut line = Map::new();
        line.insert("step".into(), json!(step));
        line.extend(
            labels
                .iter()
                .map(|(name, word)| ((*name).into(), json!(word))),
        );
        line.extend(
            values
                .iter()
                .map(|(name, value)| ((*name).into(), json_number(*value))),
        );
        // One write per line, so that a killed run leaves at most its last line unfinished.
        self.metrics
            .write_all(format!("{}\n", Value::Object(line)).as_bytes())
            .context("cannot write metrics.jsonl")
    }

    /// Writes `figure` as `figures/NAME.svg`, and its numbers beside it as `NAME.csv`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn figure(&mut self, name: &str, figure: &impl Drawing) -> Result<()> {
        write_atomically(
            &self.place("figures", name, "csv")?,
            figure.to_csv().as_bytes(),
        )?;
        let path = self.place("figures", name, "svg")?;
        write_atomically(&path, figure.to_svg().as_bytes())?;
        self.figures.push(path);
        Ok(())
    }

    /// Writes `text`, an aligned table, as `tables/NAME.txt`, to be printed with the verdict.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn table(&mut self, name: &str, text: &str) -> Result<()> {
        write_atomically(&self.place("tables", name, "txt")?, text.as_bytes())?;
        self.tables.push(text.into());
        Ok(())
    }

    /// The SVG files of the figures so far.
    pub fn figures(&self) -> &[PathBuf] {
        &self.figures
    }

    /// The tables so far.
    pub fn tables(&self) -> &[String] {
        &self.tables
    }

    fn place(&self, directory: &str, name: &str, extension: &str) -> Result<PathBuf> {
        let directory = self.directory.join(directory);
        fs::create_dir_all(&directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
        Ok(directory.join(format!("{name}.{extension}")))
    }

    /// Shows the progress of a loop of `total` steps on stderr.
    pub fn progress(&self, label: &str, total: u64) -> Progress {
        Progress::new(label, total)
    }

    /// Ends the run: writes `summary.json` and returns its content.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(self, study: &Entry, verdict: &Verdict) -> Result<Value> {
        self.metrics
            .sync_all()
            .context("cannot write metrics.jsonl")?;
        let summary = json!({
            "study": study.name,
            "question": study.question,
            "verdict": verdict.to_json(),
        });
        write_summary(&self.directory, &summary)?;
        Ok(summary)
    }
}

/// Writes `summary` as `summary.json` in `directory`.
///
/// # Errors
/// When the file cannot be written.
pub fn write_summary(directory: &Path, summary: &Value) -> Result<()> {
    let text = format!("{summary:#}\n");
    write_atomically(&directory.join("summary.json"), text.as_bytes())?;
    Ok(())
}

/// Makes sure that `directory` exists and is empty.
///
/// # Errors
/// When it is not empty, is a file, or cannot be made.
pub fn claim(directory: &Path) -> Result<()> {
    let shown = directory.display();
    if directory.is_file() {
        bail!("{shown} is a file; --out takes a new or empty directory");
    }
    fs::create_dir_all(directory).with_context(|| format!("cannot create {shown}"))?;
    let mut entries = fs::read_dir(directory).with_context(|| format!("cannot read {shown}"))?;
    if entries.next().is_some() {
        bail!("{shown} is not empty; give --out a new directory, or empty this one first");
    }
    Ok(())
}

/// Makes `runs/NAME-TIME`, numbered from 2 when runs of one second would collide.
///
/// # Errors
/// When it cannot be made.
pub fn fresh_directory(name: &str) -> Result<PathBuf> {
    let runs = Path::new("runs");
    fs::create_dir_all(runs).context("cannot create runs")?;
    let stamp = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let mut path = runs.join(format!("{name}-{stamp}"));
    for attempt in 2.. {
        match fs::create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                path = runs.join(format!("{name}-{stamp}-{attempt}"));
            }
            made => {
                made.with_context(|| format!("cannot create {}", path.display()))?;
                break;
            }
        }
    }
    Ok(path)
}

/// What produced a run.
#[derive(Serialize)]
struct Provenance {
    version: &'static str,
    /// Absent where the sources have no git history.
    commit: Option<String>,
    cores: usize,
    /// UTC.
    started: String,
}

impl Provenance {
    fn now() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            commit: git_commit(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            started: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }
}

/// The hash of the checked-out commit, with `-dirty` after local changes.
fn git_commit() -> Option<String> {
    let output = Command::new("git")
        .args(["-C", env!("CARGO_MANIFEST_DIR")])
        .args([
            "describe",
            "--always",
            "--dirty",
            "--abbrev=40",
            "--exclude=*",
        ])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
