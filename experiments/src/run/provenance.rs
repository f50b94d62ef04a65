//! What produced a run: the version, the commit, the machine.

use std::env::consts::{ARCH, OS};
use std::process::Command;
use std::thread;

use serde::{Deserialize, Serialize};

/// What produced a run. No time and no number of threads: neither changes a result, and two runs
/// of the same thing are the same bytes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Provenance {
    /// Of this program.
    pub version: String,
    /// The commit it was built in, `-dirty` after local changes; absent without git history.
    pub commit: Option<String>,
    /// Processor architecture and operating system.
    pub machine: String,
    /// Processors.
    pub cores: usize,
}

impl Provenance {
    /// Of this process.
    pub fn now() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").into(),
            commit: git_commit(),
            machine: format!("{ARCH} {OS}"),
            cores: thread::available_parallelism().map_or(1, usize::from),
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
