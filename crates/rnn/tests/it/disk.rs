//! Atomic writes: the whole new file, or the old one and nothing beside it.

use std::fs;
use std::path::Path;

use wengert_rnn::disk::write_atomically;

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_file_is_made_and_replaced() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("summary.json");
    write_atomically(&path, b"a longer first text").unwrap();
    write_atomically(&path, b"second").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"second");
    assert_eq!(names(home.path()), ["summary.json"]);
}

#[test]
fn a_failure_names_the_path_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("taken");
    fs::create_dir(&path).unwrap();
    let error = write_atomically(&path, b"text").unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("{}: cannot be written: ", path.display())),
        "{error}"
    );
    assert_eq!(names(home.path()), ["taken"]);
    assert!(write_atomically(&home.path().join("no/such"), b"text").is_err());
}
