//! The rules of the house that a compiler does not know.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use wengert_experiments::studies::ALL;

/// Lines of a source file, and of a test.
const LONGEST: usize = 400;
const LONGEST_TEST: usize = 600;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Every Rust file of the workspace with its text, by its path from the root.
fn sources() -> BTreeMap<PathBuf, String> {
    let mut sources = BTreeMap::new();
    for part in ["crates", "experiments", "benches"] {
        collect(&root().join(part), &mut sources);
    }
    assert!(sources.len() > 50, "only {} files found", sources.len());
    sources
}

fn collect(directory: &Path, sources: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            sources.insert(path.strip_prefix(root()).unwrap().into(), text);
        }
    }
}

/// Fails with the paths of all files that `wrong` finds something in.
#[track_caller]
fn assert_none(what: &str, wrong: impl Fn(&Path, &str) -> bool) {
    let found = sources()
        .into_iter()
        .filter(|(path, text)| wrong(path, text));
    let paths: Vec<_> = found.map(|(path, _)| path).collect();
    assert!(paths.is_empty(), "{what}: {paths:#?}");
}

#[test]
fn every_file_says_what_lives_there() {
    assert_none("no `//!` line first", |_, text| !text.starts_with("//!"));
}

#[test]
fn every_file_is_short() {
    assert_none("too long", |path, text| {
        let test = path.components().any(|part| part.as_os_str() == "tests");
        text.lines().count() > if test { LONGEST_TEST } else { LONGEST }
    });
}

#[test]
fn nothing_is_left_undone() {
    // Spelled in two parts, so that this file passes.
    let marks = [("TO", "DO"), ("FIX", "ME"), ("to", "do!("), ("db", "g!(")];
    let marks = marks.map(|(start, end)| format!("{start}{end}"));
    assert_none("left undone", |_, text| {
        marks.iter().any(|mark| text.contains(mark))
    });
}

#[test]
fn unsafe_code_lives_in_the_kernels() {
    let libraries = [
        "crates/tape/src",
        "crates/rnn/src",
        "experiments/src",
        "benches",
    ];
    for library in libraries {
        let text = fs::read_to_string(root().join(library).join("lib.rs")).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{library}");
    }
    // Binaries, tests, benches and examples are crates of their own.
    let mark = format!("un{}", "safe ");
    assert_none("not safe, outside the kernels", |path, text| {
        let code = |line: &str| line.split("//").next().unwrap_or_default().contains(&mark);
        !path.starts_with("crates/kernels") && text.lines().any(code)
    });
}

/// A crate knows only those below it: kernels, tape, rnn, then experiments and benches.
#[test]
fn layers_are_in_order() {
    let layers = [
        ("crates/kernels", &[][..]),
        ("crates/tape", &["wengert-kernels"]),
        ("crates/rnn", &["wengert-kernels", "wengert-tape"]),
        (
            "experiments",
            &["wengert-kernels", "wengert-tape", "wengert-rnn"],
        ),
        (
            "benches",
            &["wengert-kernels", "wengert-tape", "wengert-rnn"],
        ),
    ];
    for (part, below) in layers {
        let text = fs::read_to_string(root().join(part).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = text.parse().unwrap();
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let names = manifest.get(section).and_then(toml::Value::as_table);
            for name in names.into_iter().flat_map(toml::Table::keys) {
                let known = !name.starts_with("wengert") || below.contains(&name.as_str());
                assert!(known, "{part} must not know {name}");
            }
        }
    }
}

#[test]
fn every_study_is_registered_and_has_a_page() {
    let studies = fs::read_dir(root().join("experiments/src/studies")).unwrap();
    let files = studies.map(|entry| entry.unwrap().path());
    let mut found: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            path.file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .replace('_', "-")
        })
        .filter(|name| name != "mod")
        .collect();
    let mut known: Vec<&str> = ALL.iter().map(|study| study.name).collect();
    found.sort();
    known.sort_unstable();
    assert_eq!(found, known);
    for name in known {
        let page = root().join("docs/studies").join(format!("{name}.md"));
        assert!(page.exists(), "{} is missing", page.display());
    }
}
