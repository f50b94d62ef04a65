//! `metrics.jsonl`: a stream of lines that a resumed run writes over with the same bytes.
//!
//! A run writes the same lines each time, so resuming needs no list of what is there already: it
//! starts again at the beginning of the file, a training that goes on from a checkpoint moves to
//! where the checkpoint was made, and what comes then is written over what the killed run left.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};

use crate::verdict::json_number;

/// The file, and how much of it this run has written.
#[derive(Debug)]
pub(super) struct Metrics {
    file: File,
    position: u64,
}

impl Metrics {
    /// Opens the file at `path`, or makes it; what it holds will be written over.
    pub fn open(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).open(path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { file, position: 0 })
    }

    /// Writes one line: the `step`, words that say what it belongs to, and values.
    pub fn write(
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
        let text = format!("{}\n", Value::Object(line));
        self.file
            .write_all(text.as_bytes())
            .context("cannot write metrics.jsonl")?;
        self.position += text.len() as u64;
        Ok(())
    }

    /// Bytes written, all of them safe on the disk.
    pub fn sync(&mut self) -> Result<u64> {
        self.file
            .sync_data()
            .context("cannot write metrics.jsonl")?;
        Ok(self.position)
    }

    /// Goes on from `position`.
    ///
    /// # Errors
    /// When the file is shorter.
    pub fn go_to(&mut self, position: u64) -> Result<()> {
        let length = self
            .file
            .metadata()
            .context("cannot read metrics.jsonl")?
            .len();
        ensure!(
            position <= length,
            "metrics.jsonl has {length} bytes, but {position} were written before the checkpoint"
        );
        self.file
            .seek(SeekFrom::Start(position))
            .context("cannot read metrics.jsonl")?;
        self.position = position;
        Ok(())
    }

    /// Cuts off what a killed run had written beyond.
    pub fn end(&mut self) -> Result<()> {
        self.file
            .set_len(self.position)
            .context("cannot write metrics.jsonl")?;
        self.sync().map(|_| ())
    }
}
