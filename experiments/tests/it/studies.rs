//! Each study in a small configuration: what it leaves behind, and that it does so again.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use serde_json::Value;
use wengert_experiments::cli;
use wengert_experiments::studies::ALL;

/// A study, and settings that take a fraction of a second.
const SMALL: [&[&str]; 3] = [
    &["gradients", "cases=2", "points=64"],
    &[
        "vanishing",
        "hidden=8",
        "steps=30",
        "networks=2",
        "radii=0.5,2",
    ],
    &["digits", "hidden=8", "epochs=2"],
];

type Files = BTreeMap<String, Vec<u8>>;

/// The files that a run leaves.
fn files(arguments: &[&str]) -> Files {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("run");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let options = ["--out", directory.to_str().unwrap()];
    let line = ["experiment"].iter().chain(arguments).chain(&options);
    let code = cli::run(line.map(OsString::from), ALL, &mut out, &mut err);
    assert_eq!(code, 0, "{}", String::from_utf8_lossy(&err));
    let mut files = Files::new();
    collect(&directory, &directory, &mut files);
    files
}

fn collect(root: &Path, directory: &Path, files: &mut Files) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            files.insert(name, fs::read(&path).unwrap());
        }
    }
}

fn is_svg(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "svg")
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[track_caller]
fn refused(arguments: &[&str], parts: &[&str]) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let line = ["experiment"].iter().chain(arguments).map(OsString::from);
    let code = cli::run(line, ALL, &mut out, &mut err);
    let err = String::from_utf8(err).unwrap();
    assert_eq!((code, err.lines().count()), (2, 1), "{err}");
    for part in parts {
        assert!(err.contains(part), "{part:?} is not in {err:?}");
    }
}

#[test]
fn every_study_is_tried() {
    let tried: Vec<&str> = SMALL.iter().map(|arguments| arguments[0]).collect();
    let known: Vec<&str> = ALL.iter().map(|study| study.name).collect();
    assert_eq!(tried, known);
}

#[test]
fn a_run_leaves_figures_tables_metrics_and_a_verdict() {
    for arguments in SMALL {
        let files = files(arguments);
        let count = |start: &str| files.keys().filter(|name| name.starts_with(start)).count();
        assert!(
            count("figures/") >= 2 && count("tables/") >= 1,
            "{arguments:?}"
        );
        for (name, bytes) in files.iter().filter(|(name, _)| is_svg(name)) {
            let text = std::str::from_utf8(bytes).unwrap();
            roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            let numbers = !text.contains("NaN\"") && !text.contains("inf\"");
            assert!(
                numbers,
                "{arguments:?}: {name} has a place that is no number"
            );
        }
        let metrics = files["metrics.jsonl"].split(|byte| *byte == b'\n');
        let lines = metrics.filter(|line| !line.is_empty()).map(json);
        for line in lines {
            assert!(line["step"].is_u64(), "{line}");
        }
        let checks = &json(&files["summary.json"])["verdict"]["checks"];
        let checks = checks.as_array().unwrap();
        assert!(!checks.is_empty());
        for check in checks {
            assert!(check["measured"].is_number(), "{arguments:?}: {check}");
        }
    }
}

#[test]
fn a_second_run_leaves_the_same_bytes() {
    for arguments in SMALL {
        let (mut first, mut second) = (files(arguments), files(arguments));
        // It says when the run started.
        first.remove("config.toml");
        second.remove("config.toml");
        assert!(first == second, "{arguments:?}");
    }
}

#[test]
fn a_seed_is_heard() {
    for arguments in SMALL {
        let metrics = |seed| files(&[arguments, &[seed]].concat())["metrics.jsonl"].clone();
        assert!(metrics("seed=0") != metrics("seed=1"), "{arguments:?}");
    }
}

#[test]
fn the_default_settings_match() {
    for study in ALL {
        let summary = json(&files(&[study.name])["summary.json"]);
        assert_eq!(summary["verdict"]["outcome"], "match", "{summary:#}");
    }
}

#[test]
fn a_wrong_gradient_differs() {
    let files = files(SMALL[0]);
    let table = std::str::from_utf8(&files["tables/rules.txt"]).unwrap();
    let control = table.lines().last().unwrap();
    assert!(control.starts_with("elman truncated"), "{control}");
    assert!(control.contains("differs"), "{control}");
}

#[test]
fn settings_without_meaning_are_refused() {
    refused(&["gradients", "cases=0"], &["cases=0: must be between 1"]);
    refused(&["gradients", "points=4000"], &["points=4000", "1024"]);
    refused(
        &["vanishing", "radii=0.5,-1"],
        &["radii=-1: must be greater than 0"],
    );
    refused(&["vanishing", "steps=5"], &["steps=5: must be between 10"]);
    refused(&["vanishing", "hiden=5"], &["did you mean `hidden`?"]);
    refused(&["digits", "rate=0"], &["rate=0: must be greater than 0"]);
    refused(
        &["digits", "shortest=9"],
        &["shortest=9: must be between 1 and 8"],
    );
    refused(
        &["digits", "held_out=1.5"],
        &["held_out=1.5: must be between"],
    );
    refused(&["digits", "batch=0"], &["batch=0: must be between 1"]);
}
