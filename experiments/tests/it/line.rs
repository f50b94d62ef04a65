//! The command line over the toy studies, in this process.

use std::ffi::OsString;
use std::fs;

use tempfile::TempDir;
use wengert_experiments::cli;
use wengert_experiments::interrupt::Interrupt;

use crate::toy::TOYS;

pub struct Ran {
    pub code: u8,
    pub out: String,
    pub err: String,
}

pub fn experiment(arguments: &[&str]) -> Ran {
    interrupted_by(&Interrupt::default(), arguments)
}

/// The same, asked to stop by `interrupt`.
pub fn interrupted_by(interrupt: &Interrupt, arguments: &[&str]) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let line = ["experiment"].iter().chain(arguments).map(OsString::from);
    let code = cli::run(line, TOYS, interrupt, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran {
        code,
        out: text(out),
        err: text(err),
    }
}

/// Runs `arguments` into a directory that does not exist yet.
pub fn into_new(arguments: &[&str]) -> (Ran, TempDir) {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("run");
    let out = ["--out", directory.to_str().unwrap()];
    (experiment(&[arguments, &out].concat()), home)
}

#[track_caller]
pub fn assert_refused(arguments: &[&str], code: u8, parts: &[&str]) {
    let (ran, home) = into_new(arguments);
    assert_eq!(ran.code, code, "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    for part in parts {
        assert!(ran.err.contains(part), "{part:?} is not in {:?}", ran.err);
    }
    if code == 2 {
        let left = fs::read_dir(home.path()).unwrap().count();
        assert_eq!(left, 0, "something was written");
    }
}
