//! The command line over a toy study: exit codes, messages, and what a run leaves behind.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::line::{assert_refused, experiment, into_new};

#[test]
fn list_shows_studies() {
    let ran = experiment(&["list"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.out.contains("halving   1 s    How often"),
        "{}",
        ran.out
    );
}

#[test]
fn a_wrong_study_is_refused_with_the_nearest() {
    let parts = [
        "unknown study or command `halvin`",
        "did you mean `halving`?",
        "known: halving, learning, all, atlas, compare, list, report, run, show, sweep",
    ];
    assert_refused(&["halvin"], 2, &parts);
    let far = experiment(&["zzz"]);
    assert!(!far.err.contains("did you mean"), "{}", far.err);
}

#[test]
fn wrong_settings_are_refused_before_anything_is_written() {
    let unknown = [
        "unknown setting `stesp`",
        "did you mean `steps`?",
        "seed, sizes, start",
    ];
    assert_refused(&["halving", "stesp=3"], 2, &unknown);
    assert_refused(
        &["halving", "steps=ten"],
        2,
        &["steps=ten", "whole number", "default is 10"],
    );
    assert_refused(
        &["halving", "steps=0"],
        2,
        &["steps=0: must be between 1 and 1000"],
    );
    assert_refused(
        &["halving", "start=nan"],
        2,
        &["start=nan", "finite number"],
    );
    assert_refused(
        &["halving", "start=-1"],
        2,
        &["start=-1: must be greater than 0"],
    );
    assert_refused(
        &["halving", "method=add"],
        2,
        &["method=add", "`divide`", "`shift`"],
    );
    assert_refused(
        &["halving", "seed=18446744073709551616"],
        2,
        &["18446744073709551615"],
    );
    assert_refused(
        &["halving", "steps"],
        2,
        &["\"steps\" is not of the form key=value"],
    );
}

#[test]
fn wrong_options_are_refused_in_one_line() {
    assert_refused(&["halving", "--nonsense"], 2, &["--nonsense"]);
    let ran = experiment(&["halving", "--out"]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    let help = experiment(&["--help"]);
    assert_eq!(help.code, 0);
    assert!(help.out.contains("Usage: experiment"), "{}", help.out);
}

#[test]
fn a_failing_study_is_one_line_and_exit_1() {
    assert_refused(
        &["halving", "fail=true"],
        1,
        &["halving: the data are missing"],
    );
}

#[test]
fn a_panic_is_one_line_and_exit_1() {
    let parts = ["halving: stopped by a mistake in the program: a mistake in two lines"];
    assert_refused(&["halving", "panic=true"], 1, &parts);
}

#[test]
fn a_run_leaves_its_record() {
    let (ran, home) = into_new(&["halving", "steps=3", "seed=18446744073709551615"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("last value  128"), "{}", ran.out);
    assert!(ran.out.contains("a table\n"), "{}", ran.out);
    assert!(ran.out.contains("run/figures/fall.svg\n"), "{}", ran.out);
    assert!(ran.out.ends_with("run/report.html\n"), "{}", ran.out);
    let read = |name: &str| fs::read_to_string(home.path().join("run").join(name)).unwrap();

    let config = read("config.toml");
    assert!(config.starts_with("study = \"halving\"\n"), "{config}");
    assert!(config.contains("steps = 3\n"), "{config}");
    assert!(config.contains("seed = 18446744073709551615\n"), "{config}");
    assert!(
        config.contains("\nversion = ") && config.contains("\ncores = "),
        "{config}"
    );

    let metrics = read("metrics.jsonl");
    let lines: Vec<Value> = metrics
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        (&lines[2]["step"], &lines[2]["value"]),
        (&3.into(), &128.0.into())
    );
    assert_eq!(lines[0]["undefined"], "NaN");

    let summary: Value = serde_json::from_str(&read("summary.json")).unwrap();
    assert_eq!(summary["verdict"]["outcome"], "differs");
    assert_eq!(summary["verdict"]["checks"][0]["measured"], 128.0);
    assert_eq!(summary["verdict"]["checks"][1]["outcome"], "out of budget");

    assert!(read("figures/fall.svg").starts_with("<svg"));
    assert!(read("figures/fall.csv").contains("1,line,halved,3.0,128.0,,\n"));
    let mut files = walk(&home.path().join("run"));
    files.sort();
    let names = [
        "config.toml",
        "fall.csv",
        "fall.svg",
        "fall.vl.json",
        "metrics.jsonl",
        "report.html",
        "summary.json",
        "values.txt",
    ];
    assert_eq!(files, names, "no temporary file stays behind");
}

#[test]
fn equal_runs_leave_equal_bytes() {
    let (_, first) = into_new(&["halving"]);
    let (_, second) = into_new(&["halving"]);
    for name in [
        "metrics.jsonl",
        "summary.json",
        "figures/fall.svg",
        "figures/fall.csv",
    ] {
        let read = |home: &TempDir| fs::read(home.path().join("run").join(name)).unwrap();
        assert_eq!(read(&first), read(&second), "{name}");
    }
}

#[test]
fn without_a_name_all_studies_run() {
    let (ran, home) = into_new(&[]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let text = fs::read_to_string(home.path().join("run/summary.json")).unwrap();
    let summaries: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(summaries[0]["study"], "halving");
    assert!(
        summaries.get(1).is_none(),
        "what takes long is not on the tour"
    );
    assert!(
        ran.out
            .contains("run      verdict        took\nhalving  out of budget  "),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("a table"), "{}", ran.out);
    assert!(home.path().join("run/halving/summary.json").exists());
}

#[test]
fn a_directory_with_content_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("precious"), "data").unwrap();
    let path = home.path().to_str().unwrap();
    for arguments in [&["halving", "--out", path][..], &["--out", path]] {
        let ran = experiment(arguments);
        assert_eq!(ran.code, 1);
        assert!(
            ran.err.contains("is not empty; give --out a new directory"),
            "{}",
            ran.err
        );
        assert_eq!(walk(home.path()).len(), 1);
    }
}

#[test]
fn a_file_in_place_of_the_directory_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let ran = experiment(&["halving", "--out", path]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("is a file"), "{}", ran.err);
    let ran = experiment(&["halving", "--out", &format!("{path}/below")]);
    assert_eq!((ran.code, ran.err.lines().count()), (1, 1), "{}", ran.err);
}

/// The names of all files under `directory`.
fn walk(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found
}
