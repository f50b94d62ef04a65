//! Runs that stop and go on, runs of many, and what tells about them.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use wengert_experiments::interrupt::Interrupt;

use crate::line::{Ran, assert_refused, experiment, interrupted_by, into_new};
use crate::written::assert_same;

fn home() -> (TempDir, String) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("run").to_str().unwrap().to_owned();
    (home, path)
}

#[track_caller]
fn succeeds(arguments: &[&str]) -> Ran {
    let ran = experiment(arguments);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    ran
}

fn read(directory: impl AsRef<Path>, name: &str) -> String {
    fs::read_to_string(directory.as_ref().join(name)).unwrap()
}

/// Runs the study in pieces of one step each, and in one go: the number of the pieces.
fn stopped_at_every_step(study: &[&str]) -> usize {
    let (_home, whole) = home();
    succeeds(&[study, &["--out", &whole]].concat());
    let (_home, pieces) = home();
    let stop = Interrupt::default();
    stop.raise(2);
    let mut runs = 0;
    let ran = loop {
        let ran = interrupted_by(&stop, &[study, &["--resume", &pieces]].concat());
        runs += 1;
        if ran.code != 130 {
            break ran;
        }
        assert!(
            ran.err.starts_with("interrupted; go on with"),
            "{}",
            ran.err
        );
        assert!(read(&pieces, "summary.json").contains("interrupted"));
        assert!(runs < 30, "no progress");
    };
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_same(Path::new(&pieces), Path::new(&whole));
    runs
}

#[test]
fn a_run_stopped_at_every_step_ends_with_the_same_bytes() {
    // Two trainings of nine steps, and what comes after them.
    assert_eq!(stopped_at_every_step(&["learning"]), 19);
}

#[test]
fn a_training_ends_at_its_bound_however_often_it_is_stopped() {
    // The errors after 2, 4, 6 steps are 2.18, 2.06 and 1.92.
    assert_eq!(stopped_at_every_step(&["learning", "bound=2"]), 13);
    let (_home, path) = home();
    let ran = succeeds(&["learning", "bound=2", "--out", &path]);
    let timings: Value = serde_json::from_str(&read(&path, "timings.json")).unwrap();
    for (timing, part) in timings.as_array().unwrap().iter().zip(["first", "second"]) {
        assert_eq!(timing["part"], part);
        assert_eq!([&timing["steps"], &timing["solved"]], [6, 6]);
        assert!(timing["seconds"].as_f64().unwrap() > 0.0, "{timing}");
    }
    assert!(ran.out.contains("training  steps  seconds"), "{}", ran.out);
}

#[test]
fn metrics_written_after_the_checkpoint_are_written_over() {
    let (_home, path) = home();
    let stop = Interrupt::default();
    stop.raise(15);
    let ran = interrupted_by(&stop, &["learning", "--out", &path]);
    assert_eq!(ran.code, 143);
    // What a run that was killed later may have left: whole lines, and half a line.
    fs::write(Path::new(&path).join("metrics.jsonl"), "{}\n{}\n{\"st").unwrap();
    succeeds(&["--resume", &path]);
    let (_home, whole) = home();
    succeeds(&["learning", "--out", &whole]);
    assert_eq!(read(&path, "metrics.jsonl"), read(&whole, "metrics.jsonl"));
}

#[test]
fn a_checkpoint_without_its_metrics_is_refused() {
    let (_home, path) = home();
    succeeds(&["learning", "--out", &path]);
    fs::remove_file(Path::new(&path).join("metrics.jsonl")).unwrap();
    let ran = experiment(&["--resume", &path]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("metrics.jsonl has 0 bytes"), "{}", ran.err);
}

#[test]
fn only_the_same_run_is_gone_on_with() {
    let (_home, path) = home();
    succeeds(&["halving", "start=8", "--out", &path]);
    let ran = experiment(&["halving", "start=9", "--resume", &path]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("has start = 8.0, not 9.0"), "{}", ran.err);
    let ran = experiment(&["halving", "start=8", "limit=2", "--resume", &path]);
    assert!(ran.err.contains("has limit = none, not 2.0"), "{}", ran.err);
    let ran = experiment(&["learning", "--resume", &path]);
    assert!(
        ran.err.contains("a run of halving, not of learning"),
        "{}",
        ran.err
    );
    succeeds(&["--resume", &path]);
    let ran = experiment(&["--resume", &format!("{path}/none")]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("holds no run"), "{}", ran.err);
}

#[test]
fn a_run_is_deleted_only_on_request_and_nothing_else_ever() {
    let (_home, path) = home();
    succeeds(&["halving", "--out", &path]);
    assert_eq!(experiment(&["learning", "--out", &path]).code, 1);
    succeeds(&["learning", "--out", &path, "--overwrite"]);
    assert!(!Path::new(&path).join("tables").exists());
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("precious"), "data").unwrap();
    let ran = experiment(&[
        "halving",
        "--out",
        other.path().to_str().unwrap(),
        "--overwrite",
    ]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("holds no run, but other files"),
        "{}",
        ran.err
    );
    assert!(other.path().join("precious").exists());
    assert_refused(
        &["halving", "--overwrite", "--resume", "x"],
        2,
        &["--resume"],
    );
}

#[test]
fn a_failed_start_leaves_nothing() {
    let (ran, home) = into_new(&["halving", "fail=true"]);
    assert_eq!(ran.code, 1);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn lists_and_ranges_make_a_run_of_each() {
    let (_home, path) = home();
    let settings = ["halving", "start=2,4", "seed=0..=1", "sizes=5,6", "steps=1"];
    let ran = succeeds(&[&settings[..], &["--out", &path]].concat());
    assert!(ran.out.contains("\nstart=4,seed=1  differs"), "{}", ran.out);
    let summaries: Value = serde_json::from_str(&read(&path, "summary.json")).unwrap();
    assert_eq!(summaries.as_array().unwrap().len(), 4);
    let config = read(Path::new(&path).join("start=2,seed=1"), "config.toml");
    assert!(
        config.contains("sizes = [5, 6]") && config.contains("seed = 1"),
        "{config}"
    );
    // A complete one is not run again, a missing one is.
    fs::remove_dir_all(Path::new(&path).join("start=4,seed=0")).unwrap();
    let ran = succeeds(&["--resume", &path]);
    assert_eq!(ran.out.matches("How often").count(), 1, "{}", ran.out);
    let ran = experiment(&["halving", "start=2,5", "--resume", &path]);
    assert!(ran.err.contains("the runs of another plan"), "{}", ran.err);

    let ran = succeeds(&["compare", &path]);
    assert!(ran.out.contains("seed  start  verdict"), "{}", ran.out);
    assert!(ran.out.contains("run 4  mean\n"), "{}", ran.out);
    assert!(
        ran.out
            .contains("last value  1         1      1      2      2      1.5"),
        "{}",
        ran.out
    );
}

#[test]
fn wrong_lists_are_refused() {
    assert_refused(&["halving", "seed=3..3"], 2, &["seed=3..3", "0 values"]);
    assert_refused(&["halving", "seed=a..b"], 2, &["0..5"]);
    assert_refused(&["halving", "seed=0..99999999"], 2, &["range"]);
    assert_refused(
        &["halving", "seed=0..9999", "start=1,2,3"],
        2,
        &["more than 10000 runs"],
    );
    assert_refused(&["halving", "start=1,x"], 2, &["start=x", "finite number"]);
    assert_refused(
        &["halving", "preset=huge"],
        2,
        &["unknown preset", "smoke, default, full"],
    );
    assert_refused(&["all", "preset=smok"], 2, &["did you mean `smoke`?"]);
    assert_refused(
        &["halving", "--threads", "0"],
        2,
        &["--threads=0", "between 1 and 1024"],
    );
}

#[test]
fn a_failure_does_not_stop_the_others() {
    let (_home, path) = home();
    let ran = experiment(&["halving", "fail=true,false", "--out", &path]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("1 of 2 runs failed; fail=true: "),
        "{}",
        ran.err
    );
    assert!(ran.out.contains("fail=false  differs") || ran.out.contains("fail=false  out"));
}

#[test]
fn settings_tell_where_they_came_from() {
    let ran = succeeds(&["show", "config", "halving", "preset=smoke", "start=8"]);
    let line = |key: &str| {
        let found = ran.out.lines().find(|line| line.starts_with(key));
        found
            .unwrap_or_else(|| panic!("{key} is not in {}", ran.out))
            .to_owned()
    };
    let words = |key: &str| {
        line(key)
            .split("  ")
            .map(str::trim)
            .filter(|w| !w.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        words("start"),
        [
            "start",
            "8.0",
            "1024.0",
            "command line",
            "The number to halve."
        ]
    );
    assert_eq!(words("steps"), ["steps", "2", "10", "preset smoke"]);
    assert_eq!(words("sizes"), ["sizes", "3,4", "1,2", "preset smoke"]);
    assert_eq!(words("limit"), ["limit", "none", "none", "default"]);
    let config = into_new(&["halving", "preset=smoke", "start=8"]).1;
    let config = read(config.path().join("run"), "config.toml");
    assert!(
        config.contains("preset = \"smoke\"\nsettings = [\"start=8\"]\n"),
        "{config}"
    );
    assert_eq!(experiment(&["show", "config", "halvin"]).code, 2);
}

#[test]
fn a_plan_is_run_one_by_one() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("sweep.toml");
    let file = file.to_str().unwrap();
    succeeds(&["sweep", "plan", "halving", "steps=1..4", "--output", file]);
    let again = experiment(&["sweep", "plan", "halving", "-o", file]);
    assert_eq!(again.code, 1, "{}", again.err);
    succeeds(&["run", "--from", file, "--index", "1"]);
    let again = succeeds(&["run", "--from", file, "--index", "1"]);
    assert!(
        again.out.ends_with("sweep/steps=2 is complete\n"),
        "{}",
        again.out
    );
    let ran = experiment(&["run", "--from", file, "--index", "3"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("the runs 0 to 2"), "{}", ran.err);
    let ran = experiment(&["run", "--from", file]);
    assert!(
        ran.code == 2 && ran.err.contains("SLURM_ARRAY_TASK_ID"),
        "{}",
        ran.err
    );
    fs::create_dir(home.path().join("sweep/steps=3")).unwrap();
    let status = succeeds(&["sweep", "status", file]);
    let words: Vec<&str> = status.out.split_whitespace().collect();
    let rows = "0 steps=1 missing 1 steps=2 complete differs 2 steps=3 unfinished 1 of 3 complete";
    assert_eq!(words[4..].join(" "), rows);
    for (text, part) in [
        ("", "missing field `run`"),
        ("run = []", "holds no runs"),
        (
            "[[run]]\nname = \"a/b\"\nstudy = \"halving\"\nsettings = []",
            "name \"a/b\"",
        ),
        ("[[run]]\nname = 3", "is no plan"),
    ] {
        fs::write(file, text).unwrap();
        let ran = experiment(&["run", "--from", file, "--index", "0"]);
        assert_eq!((ran.code, ran.err.lines().count()), (1, 1), "{}", ran.err);
        assert!(ran.err.contains(part), "{}", ran.err);
    }
}

#[test]
fn a_report_is_made_again_from_the_files() {
    let (_home, path) = home();
    succeeds(&["halving", "--out", &path]);
    let before = read(&path, "report.html");
    fs::remove_file(Path::new(&path).join("report.html")).unwrap();
    let ran = succeeds(&["report", &path]);
    assert!(ran.out.ends_with("report.html\n"));
    assert_eq!(read(&path, "report.html"), before);
    assert_eq!(experiment(&["report", "/none"]).code, 1);
}

#[test]
fn tensorboard_is_written_on_request() {
    let (_home, path) = home();
    succeeds(&["halving", "--out", &path, "--tensorboard"]);
    let names = fs::read_dir(&path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let events = names.filter(|name| name.to_string_lossy().contains("tfevents"));
    assert_eq!(events.count(), 1);
}
