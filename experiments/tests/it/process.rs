//! The built binary as a process: exit codes, and streams that nobody reads.

use std::fs::File;
use std::io;
use std::process::{Command, Output, Stdio};

fn experiment(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    command.args(arguments).stdin(Stdio::null());
    command
}

#[track_caller]
fn assert_one_line(output: &Output, code: i32) {
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    assert!(err.starts_with("error: "), "{err}");
}

#[test]
fn list_answers() {
    let output = experiment(&["list"]).output().unwrap();
    assert!(output.status.success());
    assert!(output.stdout.starts_with(b"study"));
}

#[test]
fn a_wrong_name_is_usage() {
    assert_one_line(&experiment(&["no-such-study"]).output().unwrap(), 2);
    assert_one_line(
        &experiment(&["show", "config", "no-such-study"])
            .output()
            .unwrap(),
        2,
    );
}

#[test]
fn a_reader_who_left_is_no_error() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let output = experiment(&["list"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_closed_stderr_is_no_panic() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let status = experiment(&["no-such-study"])
        .stderr(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    assert_one_line(
        &experiment(&["list"])
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap(),
        1,
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_directory_that_cannot_be_made_is_an_error() {
    assert_one_line(&experiment(&["--out", "/proc/no/run"]).output().unwrap(), 1);
}

#[test]
fn kernels_of_no_name_are_usage() {
    let output = experiment(&["list"])
        .env("WENGERT_KERNELS", "sse")
        .output()
        .unwrap();
    assert_one_line(&output, 2);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(
        err.contains("WENGERT_KERNELS=sse: it can be portable, avx2 or avx512"),
        "{err}"
    );
}

/// A study is the same to the last byte on every instruction set that the machine has.
#[test]
fn kernels_of_every_level_give_the_same_bytes() {
    let home = tempfile::tempdir().unwrap();
    let mut found = Vec::new();
    for level in ["portable", "avx2", "avx512"] {
        let directory = home.path().join(level);
        let arguments = [
            "digits",
            "preset=smoke",
            "--out",
            directory.to_str().unwrap(),
        ];
        let output = experiment(&arguments)
            .env("WENGERT_KERNELS", level)
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            found.push(std::fs::read(directory.join("metrics.jsonl")).unwrap());
        } else {
            assert!(err.contains("but this machine has"), "{err}");
        }
    }
    assert!(!found.is_empty() && found.iter().all(|bytes| *bytes == found[0]));
}
