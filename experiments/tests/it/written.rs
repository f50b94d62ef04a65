//! What a run leaves, to be compared with what another leaves.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Files by their paths.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The files of the run in `directory` as far as its settings decide them: all but `timings.json`, and
/// of the page all but the section that shows it.
pub fn files(directory: &Path) -> Files {
    let mut files = Files::new();
    let mut left = vec![directory.to_owned()];
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap().to_str().unwrap();
                files.insert(name.to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    let timed = files.remove("timings.json").is_some();
    if let Some(page) = files.get_mut("report.html") {
        *page = without_timings(page, timed);
    }
    files
}

fn without_timings(page: &[u8], timed: bool) -> Vec<u8> {
    let page = String::from_utf8(page.to_vec()).unwrap();
    let Some((before, rest)) = page.split_once("<section id=\"timings\"") else {
        assert!(!timed, "the page does not show timings.json");
        return page.into_bytes();
    };
    let (_, after) = rest.split_once("</section>").unwrap();
    [before, after].concat().into_bytes()
}

/// Fails with the name of a file that is not in both directories with the same bytes.
#[track_caller]
pub fn assert_same(found: &Path, expected: &Path) {
    let (found, expected) = (files(found), files(expected));
    let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&expected));
    for (name, bytes) in &expected {
        assert!(found[name] == *bytes, "{name} has other bytes");
    }
}
