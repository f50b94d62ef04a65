//! The atlas: what fits into its minutes, how it goes on, and its page.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use wengert_experiments::studies::ALL;

use crate::line::{assert_refused, experiment, into_new};

fn page(home: &TempDir) -> String {
    fs::read_to_string(home.path().join("run/report.html")).unwrap()
}

fn study(home: &TempDir, name: &str) -> bool {
    home.path().join("run").join(name).exists()
}

#[test]
fn it_takes_what_fits_and_goes_on_with_more() {
    let (ran, home) = into_new(&["atlas", "minutes=0.4"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let left = "left out for want of time: learning (about 30 s); go on with more: experiment atlas minutes=N --resume ";
    assert!(ran.out.contains(left), "{}", ran.out);
    assert!(study(&home, "halving") && !study(&home, "learning"));
    let text = page(&home);
    assert!(text.contains("How often must a number be halved to reach one?"));
    assert!(text.contains("not started"), "what is left out is said");

    let path = home.path().join("run");
    let ran = experiment(&["atlas", "minutes=1", "--resume", path.to_str().unwrap()]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(
        !ran.out.contains("How often"),
        "a complete study is not run again"
    );
    assert!(!ran.out.contains("left out"), "{}", ran.out);
    let text = page(&home);
    assert!(text.contains("Can a line learn to double?") && !text.contains("not started"));
    for part in [
        "last value",
        "arithmetic (derived)",
        "<small>0.5 to 2</small>",
        "Figure 1",
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn the_minutes_need_not_be_given() {
    let (ran, home) = into_new(&["atlas"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(study(&home, "halving") && study(&home, "learning"));
    let ran = experiment(&["--resume", home.path().join("run").to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn full_is_another_preset_with_costs_of_its_own() {
    let (ran, home) = into_new(&["atlas", "full=true", "minutes=0.9"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("halving (about 60 s)"), "{}", ran.out);
    assert!(study(&home, "learning") && !study(&home, "halving"));
    let config = fs::read_to_string(home.path().join("run/learning/config.toml")).unwrap();
    assert!(config.contains("preset = \"full\""), "{config}");
}

#[test]
fn what_means_nothing_is_refused() {
    for (setting, parts) in [
        ("minutes=0", ["minutes=0", "greater than 0"]),
        ("minutes=NaN", ["minutes=NaN", "finite"]),
        ("minutes=1e300", ["minutes=1", "longer than"]),
        ("minute=3", ["`minute`", "did you mean `minutes`?"]),
        ("full=perhaps", ["full=perhaps", "default is false"]),
        ("preset=huge", ["unknown preset", "smoke, default, full"]),
    ] {
        assert_refused(&["atlas", setting], 2, &parts);
    }
}

/// The promises of the command's help.
#[test]
fn all_of_it_fits_into_the_minutes_it_has_by_itself() {
    let atlas = || ALL.iter().filter(|study| study.atlas.is_some());
    let default: u32 = atlas().map(|study| study.seconds).sum();
    let full: u32 = atlas().filter_map(|study| study.atlas).sum();
    assert!(default <= 10 * 60, "{default} s");
    assert!(full <= 120 * 60, "{full} s");
    for study in atlas() {
        let page = format!("../docs/studies/{}.md", study.name);
        assert!(Path::new(&page).exists(), "{page}");
    }
}
