//! A run that is killed, stopped or damaged, and gone on with: the binary as a process.
//!
//! `WENGERT_KILLS=100 cargo test -p wengert-experiments --test it kills` makes a hundred trials.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rand::RngExt;
use tempfile::TempDir;
use wengert_experiments::random::{Purpose, stream};

use crate::written::assert_same;

/// A training of some seconds in which all that a checkpoint holds is at work.
const STUDY: [&str; 4] = ["digits", "epochs=12", "batch=16", "shortest=4"];

fn experiment(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    command.args(arguments).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn new_directory() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("run");
    (home, path)
}

fn start(study: &[&str], options: &[&str]) -> Command {
    experiment(&[study, options].concat())
}

#[track_caller]
fn assert_succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_killed_run_ends_with_the_same_bytes() {
    let trials = env::var("WENGERT_KILLS").map_or(4, |count| count.parse().unwrap());
    let (_home, undisturbed) = new_directory();
    let started = Instant::now();
    assert_succeeds(&mut start(
        &STUDY,
        &["--out", undisturbed.to_str().unwrap()],
    ));
    let longest = started.elapsed().as_secs_f64();
    let mut rng = stream(0, Purpose::Test);
    let mut kills = 0;
    for _ in 0..trials {
        let (_home, directory) = new_directory();
        let resume = ["--resume", directory.to_str().unwrap()];
        // Killed until the dice say that it may end; each time at any moment.
        loop {
            let mut run = start(&STUDY, &resume).spawn().unwrap();
            thread::sleep(Duration::from_secs_f64(rng.random_range(0.0..longest)));
            kills += usize::from(run.try_wait().unwrap().is_none());
            run.kill().unwrap();
            run.wait().unwrap();
            if rng.random_bool(0.5) {
                break;
            }
        }
        assert_succeeds(&mut start(&STUDY, &resume));
        assert_same(&directory, &undisturbed);
    }
    println!("{kills} kills in {trials} trials");
    assert!(kills > 0);
}

/// Starts a run that takes long, and waits until it has measured something.
fn long_run(directory: &Path) -> Child {
    let options = ["epochs=100000", "--out", directory.to_str().unwrap()];
    let run = start(&["digits"], &options).spawn().unwrap();
    let metrics = directory.join("metrics.jsonl");
    let started = Instant::now();
    while fs::metadata(&metrics).map_or(0, |metadata| metadata.len()) == 0 {
        assert!(
            started.elapsed() < Duration::from_mins(1),
            "nothing was measured"
        );
        thread::sleep(Duration::from_millis(20));
    }
    run
}

#[cfg(unix)]
fn signal(run: &Child, name: &str) {
    let id = run.id().to_string();
    let sent = Command::new("kill").args([name, &id]).status().unwrap();
    assert!(sent.success());
}

#[test]
#[cfg(unix)]
fn a_signal_leaves_a_checkpoint_and_a_report() {
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let (_home, directory) = new_directory();
        let run = long_run(&directory);
        signal(&run, name);
        let output = run.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", told(&output));
        let line = told(&output);
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(line.contains("experiment --resume"), "{line}");
        assert!(directory.join("checkpoints/network.safetensors").exists());
        let summary = fs::read_to_string(directory.join("summary.json")).unwrap();
        assert!(summary.contains("\"interrupted\""), "{summary}");
        assert!(directory.join("report.html").exists());
    }
}

#[test]
fn two_live_runs_do_not_share_a_directory() {
    let (_home, directory) = new_directory();
    let mut run = long_run(&directory);
    let path = directory.to_str().unwrap();
    for options in [&["--resume", path][..], &["--out", path, "--overwrite"]] {
        let second = start(&["digits", "epochs=100000"], options)
            .output()
            .unwrap();
        assert_eq!(second.status.code(), Some(1));
        assert!(
            told(&second).contains("another process is running"),
            "{}",
            told(&second)
        );
    }
    run.kill().unwrap();
    run.wait().unwrap();
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let study = ["digits", "preset=smoke"];
    let (_home, directory) = new_directory();
    assert_succeeds(&mut start(&study, &["--out", directory.to_str().unwrap()]));
    let path = directory.join("checkpoints/network.safetensors");
    let sound = fs::read(&path).unwrap();
    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 1;
    for damaged in [&[][..], &sound[..sound.len() - 1], &flipped] {
        fs::write(&path, damaged).unwrap();
        let output = start(&study, &["--resume", directory.to_str().unwrap()])
            .output()
            .unwrap();
        let line = told(&output);
        assert_eq!(
            (output.status.code(), line.lines().count()),
            (Some(1), 1),
            "{line}"
        );
        assert!(line.contains("network.safetensors"), "{line}");
    }
    fs::write(&path, sound).unwrap();
    assert_succeeds(&mut start(
        &study,
        &["--resume", directory.to_str().unwrap()],
    ));
}

/// A file system of 96 kB, where the system lets an ordinary user make one.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_one_line() {
    let home = tempfile::tempdir().unwrap();
    let small = home.path().to_str().unwrap();
    let mount = format!("mount -t tmpfs -o size=96k none {small}");
    let alone = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
        command.output()
    };
    if !alone(&mount).is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no file system can be mounted here");
        return;
    }
    let program = env!("CARGO_BIN_EXE_experiment");
    let run = format!("{program} digits preset=smoke --out {small}/run");
    let output = alone(&format!("{mount} && {run}")).unwrap();
    let line = told(&output);
    assert_eq!(
        (output.status.code(), line.lines().count()),
        (Some(1), 1),
        "{line}"
    );
    assert!(line.contains("No space left"), "{line}");
}
