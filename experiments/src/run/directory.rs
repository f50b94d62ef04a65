//! The directory of a run: claimed by one process at a time, and never emptied by accident.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

/// The file that is locked while a process writes here. A process that was killed leaves it, without
/// the lock.
const LOCK: &str = "run.lock";
/// What a directory of ours holds at least one of.
const MARKS: [&str; 3] = [LOCK, "config.toml", "plan.toml"];

/// What may be in a directory that is claimed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Nothing.
    New,
    /// A run, which is deleted.
    Overwrite,
    /// A run that did not end, or nothing.
    Resume,
}

/// A directory that this process alone writes to, for as long as the value lives.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    /// Locked for as long as it is open.
    lock: File,
    created: bool,
}

impl Directory {
    /// Claims `path`, and makes it where it is missing.
    ///
    /// # Errors
    /// When it is a file, holds what `mode` does not allow, belongs to a living process, or cannot
    /// be written.
    pub fn claim(path: &Path, mode: Mode) -> Result<Self> {
        let shown = path.display();
        if path.is_file() {
            bail!("{shown} is a file; a run needs a directory");
        }
        let created = !path.exists();
        fs::create_dir_all(path).with_context(|| format!("cannot create {shown}"))?;
        let entries = names(path)?;
        let ours = MARKS
            .iter()
            .any(|mark| entries.iter().any(|name| name == mark));
        match mode {
            _ if entries.is_empty() => {}
            Mode::New => bail!(
                "{shown} is not empty; give --out a new directory, or go on with --resume, or delete what is in it with --overwrite"
            ),
            Mode::Overwrite | Mode::Resume if !ours => {
                bail!("{shown} holds no run, but other files; it is left alone")
            }
            Mode::Overwrite | Mode::Resume => {}
        }
        let mut options = OpenOptions::new();
        options.write(true);
        // Of two processes that both found the directory empty, one creates the file.
        if mode == Mode::New {
            options.create_new(true)
        } else {
            options.create(true)
        };
        let file = options.open(path.join(LOCK));
        let file = file.with_context(|| format!("cannot write to {shown}"))?;
        lock(&file, path)?;
        let directory = Self {
            path: path.into(),
            lock: file,
            created,
        };
        if mode == Mode::Overwrite {
            directory.clear()?;
        }
        Ok(directory)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Deletes everything but the lock.
    fn clear(&self) -> Result<()> {
        for name in names(&self.path)? {
            let path = self.path.join(&name);
            if name == LOCK {
                continue;
            }
            let removed = if path.is_dir() && !path.is_symlink() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.with_context(|| format!("cannot delete {}", path.display()))?;
        }
        Ok(())
    }

    /// Deletes everything of a run that failed before it recorded anything, and the directory if
    /// it was made for it. What cannot be deleted stays: the failure itself is to be told.
    pub fn discard(self) {
        let _ = self.clear();
        let (path, created) = (self.path.clone(), self.created);
        drop(self);
        if created {
            let _ = fs::remove_dir(path);
        }
    }
}

impl Drop for Directory {
    /// A run that has ended leaves no lock. One that cannot be deleted bars nobody.
    fn drop(&mut self) {
        let _ = fs::remove_file(self.path.join(LOCK));
    }
}

/// Locks the `file` of the directory `path`, for as long as it is open.
fn lock(file: &File, path: &Path) -> Result<()> {
    let mut attempts = 0;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            // A process that was just killed, or a child that is just being started, may hold it for
            // some milliseconds more.
            Err(TryLockError::WouldBlock) if attempts < 20 => {
                attempts += 1;
                thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => {
                bail!("another process is running in {}", path.display())
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
    }
}

/// Makes `runs/NAME-TIME`, numbered from 2 when runs of one second would collide.
///
/// # Errors
/// When it cannot be made.
pub fn fresh(name: &str) -> Result<PathBuf> {
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

/// The directory under `runs` that was started last.
///
/// # Errors
/// When there is none.
pub fn latest() -> Result<PathBuf> {
    let names = names(Path::new("runs")).context("there are no runs here; name a directory")?;
    let started = |path: &PathBuf| {
        let written = |mark| {
            fs::metadata(path.join(mark))
                .and_then(|m| m.modified())
                .ok()
        };
        written("config.toml").max(written("plan.toml"))
    };
    let runs = names.iter().map(|name| Path::new("runs").join(name));
    let found = runs
        .filter(|path| started(path).is_some())
        .max_by_key(started);
    found.context("there are no runs in runs; name a directory")
}

/// The names in a directory.
fn names(path: &Path) -> Result<Vec<String>> {
    let shown = || format!("cannot read {}", path.display());
    let entries = fs::read_dir(path).with_context(shown)?;
    entries
        .map(|entry| {
            Ok(entry
                .with_context(shown)?
                .file_name()
                .to_string_lossy()
                .into_owned())
        })
        .collect()
}
