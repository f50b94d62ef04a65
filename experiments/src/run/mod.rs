//! One run: a directory, and everything a study writes into it.
//!
//! ```text
//! config.toml      the study, its settings as given and as resolved, the version, the machine
//! metrics.jsonl    one JSON object a line, each with its `step`
//! figures/         NAME.svg, NAME.csv with the numbers drawn, NAME.vl.json for Vega-Lite
//! tables/          NAME.txt
//! samples/         NAME.txt: what a network wrote, to read
//! files/           other results, such as a MIDI file to play
//! checkpoints/     NAME.safetensors: the state of each training
//! summary.json     the question, its verdict, and what was written
//! timings.json     how long each training took
//! report.html      all of it on one page
//! run.lock         only while a process writes here, or after it was killed
//! ```
//!
//! Every file has the same bytes whenever the same settings are run, interrupted and resumed or not:
//! there are no times in them. Those are in `timings.json` alone, and in the section of the page that
//! shows it.

mod directory;
mod metrics;
mod provenance;
mod timings;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use wengert_rnn::disk::write_atomically;

use self::metrics::Metrics;
use crate::config::Preset;
use crate::figure::Drawing;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::study::Job;
use crate::verdict::Verdict;

pub use directory::{Directory, Mode, fresh, latest};
pub use provenance::Provenance;
pub use timings::{Timing, Timings};

/// What `config.toml` holds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The study's name.
    pub study: String,
    /// The preset that the settings were laid over.
    pub preset: Preset,
    /// The settings as they were given: `key=value`.
    pub settings: Vec<String>,
    /// Every setting as resolved.
    pub config: Map<String, Value>,
    /// What produced the run.
    pub provenance: Provenance,
}

impl Record {
    /// Reads `config.toml` of a run directory.
    ///
    /// # Errors
    /// When there is none, or it is not what this program writes.
    pub fn read(directory: &Path) -> Result<Self> {
        let path = directory.join("config.toml");
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "{} holds no run: cannot read config.toml",
                directory.display()
            )
        })?;
        toml::from_str(&text)
            .map_err(|error| anyhow!("{} is damaged: {}", path.display(), error.message()))
    }
}

/// A run directory that is being written.
pub struct Run {
    directory: Directory,
    study: &'static str,
    question: &'static str,
    config: Map<String, Value>,
    metrics: Metrics,
    timings: Timings,
    interrupt: Interrupt,
    contents: Contents,
    tables: Vec<String>,
    sketches: Vec<Sketch>,
    fresh: bool,
}

/// What was written, in its order.
#[derive(Default, Serialize)]
struct Contents {
    figures: Vec<String>,
    tables: Vec<String>,
    samples: Vec<String>,
    files: Vec<String>,
}

/// A curve to be drawn on the terminal at the end.
#[derive(Clone, PartialEq, Debug)]
pub struct Sketch {
    /// What is drawn.
    pub title: String,
    /// Its abscissae.
    pub x: Vec<f64>,
    /// Its ordinates.
    pub y: Vec<f64>,
}

impl Run {
    /// Starts the run of `job` in `directory`, or goes on with the one that is there.
    ///
    /// # Errors
    /// When the directory holds a run of something else, or cannot be written.
    pub fn start(directory: Directory, job: &Job, interrupt: &Interrupt) -> Result<Self> {
        let path = directory.path().to_owned();
        let record = Record {
            study: job.study.into(),
            preset: job.preset,
            settings: job.settings.clone(),
            config: job.config.clone(),
            provenance: Provenance::now(),
        };
        let fresh = !path.join("config.toml").exists();
        if fresh {
            let text = toml::to_string(&record)?;
            write_atomically(&path.join("config.toml"), text.as_bytes())?;
        } else {
            let before = Record::read(&path)?;
            agree(&before, &record)?;
            if before.provenance != record.provenance {
                // Nobody is left to tell when stderr is closed.
                let _ = writeln!(
                    io::stderr(),
                    "note: the run was started by another version or on another machine; its bits may differ"
                );
            }
        }
        Ok(Self {
            metrics: Metrics::open(&path.join("metrics.jsonl"))?,
            timings: Timings::read(&path)?,
            directory,
            study: job.study,
            question: job.question,
            config: record.config,
            interrupt: interrupt.clone(),
            contents: Contents::default(),
            tables: Vec::new(),
            sketches: Vec::new(),
            fresh,
        })
    }

    /// The run directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Appends one line to `metrics.jsonl`: the `step` and the named `values`. Numbers that
    /// JSON has not are written as words, see [`json_number`](crate::verdict::json_number).
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
        self.metrics.write(step, labels, values)
    }

    /// Bytes of the metrics so far, safe on the disk: what a checkpoint keeps of them.
    pub(crate) fn metrics_position(&mut self) -> Result<u64> {
        self.metrics.sync()
    }

    /// Goes on with the metrics from where a checkpoint was made.
    pub(crate) fn metrics_from(&mut self, position: u64) -> Result<()> {
        self.metrics.go_to(position)
    }

    /// Records how long a training took so far.
    pub(crate) fn time(&mut self, timing: Timing) -> Result<()> {
        self.timings.put(timing, self.directory.path())
    }

    /// How long each training took so far.
    pub fn timings(&self) -> &Timings {
        &self.timings
    }

    /// Where the checkpoint `name` is, or is to be, and the architecture that it must be of.
    pub(crate) fn checkpoint(&self, name: &str) -> Result<(PathBuf, String)> {
        let path = self.place("checkpoints", name, "safetensors")?;
        let config = serde_json::to_string(&self.config)?;
        Ok((path, format!("{} {name} {config}", self.study)))
    }

    /// Writes `figure` as `figures/NAME.svg`, and beside it its numbers as `NAME.csv` and a Vega-Lite
    /// specification as `NAME.vl.json`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn figure(&mut self, name: &str, figure: &impl Drawing) -> Result<()> {
        for (extension, text) in [
            ("csv", figure.to_csv()),
            ("vl.json", figure.to_vega_lite()),
            ("svg", figure.to_svg()),
        ] {
            write_atomically(&self.place("figures", name, extension)?, text.as_bytes())?;
        }
        self.contents.figures.push(name.into());
        Ok(())
    }

    /// Writes `text`, an aligned table whose first line is its header, as `tables/NAME.txt`, to be
    /// printed with the verdict.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn table(&mut self, name: &str, text: &str) -> Result<()> {
        write_atomically(&self.place("tables", name, "txt")?, text.as_bytes())?;
        self.contents.tables.push(name.into());
        self.tables.push(text.into());
        Ok(())
    }

    /// Writes `text`, something for a person to read, as `samples/NAME.txt`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn sample(&mut self, name: &str, text: &str) -> Result<()> {
        write_atomically(&self.place("samples", name, "txt")?, text.as_bytes())?;
        self.contents.samples.push(name.into());
        Ok(())
    }

    /// Writes any other result as `files/NAME`, its extension included.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn file(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        write_atomically(&self.folder("files")?.join(name), bytes)?;
        self.contents.files.push(name.into());
        Ok(())
    }

    /// The curve through (x\[i\], y\[i\]) is sketched on the terminal at the end.
    pub fn sketch(&mut self, title: &str, x: &[f64], y: &[f64]) {
        self.sketches.push(Sketch {
            title: title.into(),
            x: x.into(),
            y: y.into(),
        });
    }

    /// The SVG files of the figures so far.
    pub fn figures(&self) -> impl Iterator<Item = PathBuf> {
        let names = self.contents.figures.iter();
        names.map(|name| self.path().join("figures").join(format!("{name}.svg")))
    }

    /// The tables so far.
    pub fn tables(&self) -> &[String] {
        &self.tables
    }

    /// The curves to be sketched.
    pub fn sketches(&self) -> &[Sketch] {
        &self.sketches
    }

    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.path().join(name);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(folder)
    }

    fn place(&self, folder: &str, name: &str, extension: &str) -> Result<PathBuf> {
        Ok(self.folder(folder)?.join(format!("{name}.{extension}")))
    }

    /// Shows the progress of a loop of `total` steps on stderr; each step is a place to stop at
    /// when asked to.
    pub fn progress(&self, label: &str, total: u64) -> Progress {
        Progress::new(label, total, self.interrupt.clone())
    }

    /// The request to stop that this run obeys.
    pub(crate) fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Ends the run: writes `summary.json` and returns its content.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn finish(mut self, verdict: &Verdict) -> Result<Value> {
        self.metrics.end()?;
        let summary = self.summarise("complete", Some(verdict))?;
        Ok(summary)
    }

    /// Ends the run before its end, with a summary that says so. A run that failed before it wrote
    /// anything leaves nothing. Returns whether anything is left.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn stop(mut self) -> Result<bool> {
        if self.fresh && self.is_blank()? {
            self.directory.discard();
            return Ok(false);
        }
        self.summarise("interrupted", None)?;
        Ok(true)
    }

    /// Whether nothing but the settings has been recorded.
    fn is_blank(&mut self) -> Result<bool> {
        let Contents {
            figures,
            tables,
            samples,
            files,
        } = &self.contents;
        let none = [figures, tables, samples, files]
            .iter()
            .all(|names| names.is_empty());
        Ok(none && self.metrics.sync()? == 0 && !self.path().join("checkpoints").exists())
    }

    fn summarise(&self, state: &str, verdict: Option<&Verdict>) -> Result<Value> {
        let mut summary = json!({
            "study": self.study,
            "question": self.question,
            "state": state,
        });
        if let (Value::Object(summary), Value::Object(contents)) =
            (&mut summary, serde_json::to_value(&self.contents)?)
        {
            summary.extend(verdict.map(|verdict| ("verdict".to_owned(), verdict.to_json())));
            summary.extend(contents);
        }
        write_json(&self.path().join("summary.json"), &summary)?;
        Ok(summary)
    }
}

/// Whether a run of `now` can go on with what was recorded `before`.
fn agree(before: &Record, now: &Record) -> Result<()> {
    if before.study != now.study {
        bail!(
            "the directory holds a run of {}, not of {}",
            before.study,
            now.study
        );
    }
    for key in before.config.keys().chain(now.config.keys()) {
        let spelled = |record: &Record| {
            let value = record.config.get(key);
            value.map_or("none".into(), Value::to_string)
        };
        let (recorded, wanted) = (spelled(before), spelled(now));
        ensure!(
            recorded == wanted,
            "the run in the directory has {key} = {recorded}, not {wanted}"
        );
    }
    Ok(())
}

/// Writes `value` as a JSON file.
///
/// # Errors
/// When the file cannot be written.
pub fn write_json(path: &Path, value: &Value) -> Result<()> {
    write_atomically(path, format!("{value:#}\n").as_bytes())?;
    Ok(())
}
