//! The guide: its programs run as tests, and its pages show their lines.

use std::fs;

#[path = "../../examples/gates.rs"]
mod gates;
#[path = "../../examples/hello.rs"]
mod hello;
#[path = "../../examples/through_time.rs"]
mod through_time;

fn trimmed(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn the_pages_show_the_programs() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let read = |path: &str| fs::read_to_string(format!("{root}/{path}")).unwrap();
    let programs = [
        "experiments/examples/gates.rs",
        "experiments/examples/hello.rs",
        "experiments/examples/through_time.rs",
        "crates/tape/examples/first.rs",
    ];
    let programs = programs.map(|path| trimmed(&read(path)));
    let mut pages: Vec<_> = fs::read_dir(format!("{root}/docs/guide"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    pages.sort();
    let mut shown = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for rest in text.split("```rust\n").skip(1) {
            let block = rest.split("```").next().unwrap();
            let lines = trimmed(block);
            let found = |program: &Vec<String>| program.windows(lines.len()).any(|w| w == lines);
            let known = programs.iter().any(found);
            assert!(known, "{}: in no program:\n{block}", page.display());
            shown += 1;
        }
    }
    assert!(shown >= 5, "only {shown} blocks");
}
