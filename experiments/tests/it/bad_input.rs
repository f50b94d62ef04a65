//! What must be refused: exit code, one line that names the field or the file, nothing written.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use wengert_experiments::cli;
use wengert_experiments::interrupt::Interrupt;
use wengert_experiments::studies::ALL;
use wengert_experiments::study::Entry;

/// Runs the real studies; the exit code and what stands on stderr.
fn refused(arguments: &[&str]) -> (u8, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let line = ["experiment"].iter().chain(arguments).map(OsString::from);
    let code = cli::run(line, ALL, &Interrupt::default(), &mut out, &mut err);
    (code, String::from_utf8(err).unwrap())
}

/// Runs `arguments` into a new directory, of which nothing may be left.
#[track_caller]
fn assert_refused(arguments: &[&str], code: u8, parts: &[&str]) {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("run");
    let options = ["--out", directory.to_str().unwrap()];
    let (found, line) = refused(&[arguments, &options].concat());
    assert_eq!(
        (found, line.lines().count()),
        (code, 1),
        "{arguments:?}: {line}"
    );
    for part in parts {
        assert!(
            line.contains(part),
            "{arguments:?}: {part:?} is not in {line:?}"
        );
    }
    assert!(!directory.exists(), "{arguments:?}: something was written");
}

#[test]
fn usage() {
    let rows: &[(&[&str], &[&str])] = &[
        (
            &["digts"],
            &[
                "unknown study or command `digts`",
                "did you mean `digits`?",
                "known: ",
            ],
        ),
        (
            &["digits", "hiden=3"],
            &["unknown setting `hiden`", "did you mean `hidden`?"],
        ),
        (&["digits", "=3"], &["unknown setting ``"]),
        (&["digits", "hidden"], &["\"hidden\"", "key=value"]),
        (&["digits", "hidden="], &["hidden=", "whole number"]),
        (
            &["digits", "hidden=x"],
            &["hidden=x", "whole number", "default is"],
        ),
        (&["digits", "hidden=1.5"], &["hidden=1.5", "whole number"]),
        (&["digits", "hidden=-1"], &["hidden=-1"]),
        (&["digits", "hidden=0"], &["hidden=0", "between 1 and"]),
        (&["digits", "rate=0"], &["rate=0", "greater than 0"]),
        (&["digits", "rate=-0.1"], &["rate=-0.1", "greater than 0"]),
        (&["digits", "rate=nan"], &["rate=nan", "finite number"]),
        (&["digits", "rate=inf"], &["rate=inf", "finite number"]),
        (&["digits", "rate=1e999"], &["rate=1e999", "finite number"]),
        (&["digits", "rate=fast"], &["rate=fast", "finite number"]),
        (&["digits", "clip=0"], &["clip=0", "greater than 0"]),
        (&["digits", "batch=0"], &["batch=0", "between 1 and"]),
        (&["digits", "epochs=0"], &["epochs=0", "between 1 and"]),
        (&["digits", "held_out=1"], &["held_out=1", "between"]),
        (&["digits", "seed=-1"], &["seed=-1"]),
        (
            &["digits", "seed=18446744073709551616"],
            &["seed=", "18446744073709551615"],
        ),
        (&["digits", "seed=1..1"], &["seed=1..1", "0 values"]),
        (
            &["digits", "preset=large"],
            &["unknown preset `large`", "smoke, default, full"],
        ),
        (
            &["digits", "--threads", "0"],
            &["--threads=0", "between 1 and 1024"],
        ),
        (&["digits", "--threads", "two"], &["two", "--threads"]),
        (&["digits", "--thread", "2"], &["--thread"]),
        (&["digits", "--resume", "x"], &["--resume"]),
        (
            &["vanishing", "radii="],
            &["radii=0: must be between 1 and 7"],
        ),
        (&["vanishing", "radii=1,,2"], &["radii=1,,2"]),
    ];
    for (arguments, parts) in rows {
        assert_refused(arguments, 2, parts);
    }
}

#[test]
fn commands_without_their_arguments() {
    for arguments in [
        &["show"][..],
        &["show", "config"],
        &["show", "config", "nothing"],
        &["compare"],
        &["sweep"],
        &["sweep", "plan", "digits"],
        &["run"],
        &["run", "--from", "x.toml", "--index", "-1"],
    ] {
        let (code, line) = refused(arguments);
        assert_eq!(
            (code, line.lines().count()),
            (2, 1),
            "{arguments:?}: {line}"
        );
    }
}

#[test]
fn files_that_are_not_there() {
    for arguments in [
        &["report", "/no/such/run"][..],
        &["compare", "/no/such/run"],
        &["--resume", "/no/such/run"],
        &["run", "--from", "/no/such/plan.toml", "--index", "0"],
        &["sweep", "status", "/no/such/plan.toml"],
    ] {
        let (code, line) = refused(arguments);
        assert_eq!(
            (code, line.lines().count()),
            (1, 1),
            "{arguments:?}: {line}"
        );
        assert!(line.contains("/no/such"), "{line}");
    }
}

/// No number is so large that a study takes it for a size and dies of it later.
#[test]
fn sizes_have_an_end() {
    for study in ALL {
        for setting in study.settings(&[]).unwrap() {
            let whole = setting.default.parse::<u64>().is_ok();
            if whole && !setting.key.ends_with("seed") {
                let given = format!("{}={}", setting.key, u64::MAX);
                let error = study.prepare(std::slice::from_ref(&given)).err();
                let line = error.unwrap_or_else(|| panic!("{}: {given} is taken", study.name));
                assert!(
                    line.to_string().starts_with(&given),
                    "{}: {line}",
                    study.name
                );
            }
        }
    }
}

/// Nothing is taken for a number that is none, and every key says what it means.
#[test]
fn every_key_is_typed_and_explained() {
    for study in ALL {
        for setting in study.settings(&[]).unwrap() {
            let (name, key) = (study.name, &setting.key);
            assert!(setting.meaning.len() > 5, "{name}: {key} is not explained");
            if setting.default.parse::<f64>().is_ok() {
                for value in ["nan", "x", "", "1e999", "--"] {
                    let given = format!("{key}={value}");
                    let error = study.prepare(std::slice::from_ref(&given)).err();
                    let line = error.unwrap_or_else(|| panic!("{name}: {given} is taken"));
                    assert!(line.to_string().starts_with(&given), "{name}: {line}");
                }
            }
        }
    }
}

/// Whether the optional setting `key` is a text, such as the path of a file.
fn takes_a_word(study: &Entry, key: &str) -> bool {
    study.settings(&[format!("{key}=word")]).is_ok()
}

/// Every study that takes a file says what is wrong with it.
#[test]
fn data_that_cannot_be_read() {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = home.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let bad = [
        home.path().join("missing").to_str().unwrap().to_owned(),
        home.path().to_str().unwrap().to_owned(),
        file("empty", b""),
        file("blank", b"\n"),
        file("binary", &[0, 159, 146, 150, 10, 0, 255]),
        file("nul", b"a\tb\0c\n1,2\0\n"),
        file("cut.gz", &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]),
    ];
    for study in ALL {
        let keys: Vec<String> = study
            .settings(&[])
            .unwrap()
            .into_iter()
            .filter(|setting| setting.default == "none" && takes_a_word(study, &setting.key))
            .map(|setting| setting.key)
            .collect();
        for path in &bad {
            // All files of a study at once: one is not read without the others.
            let given: Vec<String> = keys.iter().map(|key| format!("{key}={path}")).collect();
            if given.is_empty() {
                continue;
            }
            let mut arguments = vec![study.name, "preset=smoke"];
            arguments.extend(given.iter().map(String::as_str));
            let name = Path::new(path).file_name().unwrap().to_str().unwrap();
            assert_refused(&arguments, 1, &[name]);
        }
    }
}
