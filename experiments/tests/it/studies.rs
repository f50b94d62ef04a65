//! Each study in a small configuration: what it leaves behind, and that it does so again.

use std::ffi::OsString;
use std::path::Path;

use rayon::prelude::*;
use serde_json::Value;
use wengert_experiments::cli;
use wengert_experiments::interrupt::Interrupt;
use wengert_experiments::studies::ALL;

use crate::written::{self, Files};

/// The files that a run leaves, see [`written::files`].
fn files(arguments: &[&str]) -> Files {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("run");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let options = ["--out", directory.to_str().unwrap()];
    let line = ["experiment"].iter().chain(arguments).chain(&options);
    let line = line.map(OsString::from);
    let code = cli::run(line, ALL, &Interrupt::default(), &mut out, &mut err);
    assert_eq!(code, 0, "{}", String::from_utf8_lossy(&err));
    written::files(&directory)
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
    let code = cli::run(line, ALL, &Interrupt::default(), &mut out, &mut err);
    let err = String::from_utf8(err).unwrap();
    assert_eq!((code, err.lines().count()), (2, 1), "{err}");
    for part in parts {
        assert!(err.contains(part), "{part:?} is not in {err:?}");
    }
}

/// Every study, quickly: what it leaves, that two threads leave the same bytes as one, and that the
/// seed is heard.
#[test]
fn every_study_runs_and_repeats() {
    ALL.par_iter().for_each(|study| {
        let smoke = [study.name, "preset=smoke", "--threads"];
        let one = files(&[&smoke[..], &["1"]].concat());
        assert_complete(study.name, &one);
        let two = files(&[&smoke[..], &["2"]].concat());
        for (name, bytes) in &one {
            assert!(two[name] == *bytes, "{}: {name} on two threads", study.name);
        }
        assert_eq!(one.len(), two.len(), "{}", study.name);
        let other = files(&[study.name, "preset=smoke", "seed=1"]);
        let name = "metrics.jsonl";
        assert!(one[name] != other[name], "{} without its seed", study.name);
    });
}

#[track_caller]
fn assert_complete(study: &str, files: &Files) {
    let count = |start: &str| files.keys().filter(|name| name.starts_with(start)).count();
    assert!(count("figures/") >= 2 && count("tables/") >= 1, "{study}");
    for (name, bytes) in files.iter().filter(|(name, _)| is_svg(name)) {
        let text = std::str::from_utf8(bytes).unwrap();
        roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{study} {name}: {error}"));
        let numbers = !text.contains("NaN\"") && !text.contains("inf\"");
        assert!(numbers, "{study}: {name} has a place that is no number");
    }
    let metrics = files["metrics.jsonl"].split(|byte| *byte == b'\n');
    let lines: Vec<Value> = metrics.filter(|line| !line.is_empty()).map(json).collect();
    assert!(
        !lines.is_empty() && lines.iter().all(|line| line["step"].is_u64()),
        "{study}"
    );
    let summary = json(&files["summary.json"]);
    assert_eq!(summary["state"], "complete", "{study}");
    let checks = summary["verdict"]["checks"].as_array().unwrap();
    assert!(!checks.is_empty(), "{study}");
}

/// The quick ones: the others take minutes, and say in their pages what came out.
#[test]
fn the_default_settings_match() {
    ALL.par_iter()
        .filter(|study| study.seconds <= 3)
        .for_each(|study| {
            let summary = json(&files(&[study.name])["summary.json"]);
            assert_eq!(summary["verdict"]["outcome"], "match", "{summary:#}");
        });
}

#[test]
fn a_wrong_gradient_differs() {
    let files = files(&["gradients", "preset=smoke"]);
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
    refused(&["rtrl", "estimates=128"], &["estimates=128", "power of 4"]);
    refused(&["curse", "lambdas=1"], &["lambdas=1: must be between"]);
}
