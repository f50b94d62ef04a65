//! Files that are either whole or absent, whatever stops the writer.

use std::error::Error;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that cannot be read, cannot be written, or is not what it should be. Prints as one line:
/// `weights.safetensors: cut: the header has 120 bytes, but 12 came`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: String,
}

impl FileError {
    /// A fault of the file at `path`.
    pub fn new(path: &Path, fault: impl fmt::Display) -> Self {
        Self {
            path: path.to_owned(),
            fault: fault.to_string(),
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.fault)
    }
}

impl Error for FileError {}

/// Replaces the file at `path` by `bytes`: a reader, or a crash at any moment, sees the old file or
/// the new one and never a part.
///
/// # Errors
/// When it cannot be written; no temporary file stays behind.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    replace(path, &temporary, bytes).map_err(|error| {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
        FileError::new(path, format_args!("cannot be written: {error}"))
    })
}

fn replace(path: &Path, temporary: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(temporary, path)?;
    // The rename is durable only once the directory that holds both names is; Windows has no such
    // call.
    if cfg!(unix) {
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
