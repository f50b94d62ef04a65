//! The page of a run and of a plan, as text; `chromium.rs` looks at it in a browser.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use wengert_experiments::report;

use crate::pages::{check, complete, put, record, run, summary};

fn page(directory: &Path) -> String {
    fs::read_to_string(report::write(directory).unwrap()).unwrap()
}

/// The page of [`run`] after `change`.
fn changed(change: impl FnOnce(&Path)) -> String {
    let directory = tempfile::tempdir().unwrap();
    run(directory.path());
    change(directory.path());
    page(directory.path())
}

#[track_caller]
fn assert_has(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "{part:?} is not in\n{page}");
    }
}

/// The values of all `name="..."`.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    let values = page.split(start.as_str()).skip(1);
    values.filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn everything_in_the_directory_is_on_the_page() {
    let page = changed(|_| {});
    assert_has(
        &page,
        &[
            "<h1>Can it be read?</h1>",
            "study <b>digits</b>, preset full",
        ],
    );
    // The verdict, in words.
    assert_has(
        &page,
        &[
            "Differs.",
            "1 of 3 measurements agrees with the value it is held against",
            "1 differs",
            "1 was out of this budget",
        ],
    );
    assert_has(
        &page,
        &[
            "accuracy<small>somebody (1997)</small>",
            "0.987654<",
            "≥ 0.97",
            ">inf<",
            "2 ± 1",
            "–<",
        ],
    );
    // The figures, with their captions and numbers.
    assert_has(
        &page,
        &[
            "<b>Figure 1.</b> A falling line.",
            "<b>Figure 2.</b> Three panels.",
        ],
    );
    assert_has(
        &page,
        &[
            r#"href="figures/loss.vl.json""#,
            r#"href="figures/wide.csv""#,
        ],
    );
    assert_has(
        &page,
        &["Numbers of figure 1, 300 rows", "The first 100 of 300 rows"],
    );
    // Tables as tables, samples as they are.
    assert_has(
        &page,
        &[
            r#"<th scope="col" class="number">score</th>"#,
            r#"<td class="number">98.7 %</td>"#,
        ],
    );
    assert_has(&page, &["To be &amp; not &lt;b&gt;to&lt;/b&gt; be"]);
    // What took how long.
    assert_has(
        &page,
        &[
            r##"<a href="#timings">Timings</a>"##,
            r#"<td class="number">20</td>"#,
            r#"<a href="timings.json">numbers</a>"#,
        ],
    );
    // The settings, and the way back.
    assert_has(
        &page,
        &[
            "<code>hidden</code></th><td>64 <small>given</small>",
            "<td>1,2</td>",
        ],
    );
    assert_has(
        &page,
        &["git checkout 0123456789abcdef0123456789abcdef01234567\n"],
    );
    assert_has(
        &page,
        &["cargo experiment digits preset=full hidden=64 'data=my file.csv'"],
    );
    assert_has(&page, &["The sources had local changes", "x86_64 linux"]);
    assert_has(
        &page,
        &[r#"<a href="files/song%20no.%201.mid">files/song no. 1.mid</a>"#],
    );
}

#[test]
fn the_page_stands_alone() {
    let page = changed(|_| {});
    for address in attributes(&page, "href")
        .into_iter()
        .chain(attributes(&page, "src"))
    {
        let local = !address.contains(':') && !address.starts_with('/');
        assert!(local || address == "data:,", "{address}");
    }
    for loading in ["<script", "@import", "url(", "http:", "https:"] {
        assert!(!page.contains(loading), "{loading}");
    }
    assert_has(
        &page,
        &[
            "default-src 'none'",
            "width=device-width",
            r#"<html lang="en">"#,
        ],
    );
}

#[test]
fn every_name_is_there_once() {
    let page = changed(|_| {});
    let mut names = attributes(&page, "id");
    let targets = attributes(&page, "href");
    for target in targets
        .into_iter()
        .filter_map(|href| href.strip_prefix('#'))
    {
        assert!(names.contains(&target), "{target}");
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn what_is_written_is_never_markup() {
    let hostile = "<script>alert(1)</script>&\"'";
    let page = changed(|directory| {
        record(directory, "digits", &[hostile, &format!("data={hostile}")]);
        let mut all = complete();
        all["question"] = json!(hostile);
        all["verdict"]["checks"] = json!([check(hostile, &json!(1), hostile, hostile)]);
        all["samples"] = json!(["text", hostile]);
        summary(directory, &all);
        put(directory, "samples/text.txt", hostile);
        put(
            directory,
            "tables/scores.txt",
            &format!("a  b\n{hostile}  1\n"),
        );
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(2)</script></svg>";
        put(directory, "figures/loss.svg", svg);
        put(directory, "figures/loss.csv", &format!("a\n{hostile}\n"));
    });
    assert!(
        !page.contains("<script") && !page.contains("onload"),
        "{page}"
    );
    let escaped = page.matches("&lt;script&gt;alert(1)&lt;/script&gt;&amp;");
    assert!(escaped.count() >= 8, "{page}");
}

#[test]
fn the_same_files_give_the_same_bytes_anywhere() {
    let directory = tempfile::tempdir().unwrap();
    let (here, there) = (
        directory.path().join("here"),
        directory.path().join("th<e>re/deeper"),
    );
    run(&here);
    run(&there);
    let first = page(&here);
    assert_eq!(page(&there), first);
    assert_eq!(page(&here), first);
}

#[test]
fn an_interrupted_run_has_a_page_that_says_so() {
    let page = changed(|directory| {
        let mut all = complete();
        all["state"] = json!("interrupted");
        all.as_object_mut().unwrap().remove("verdict");
        summary(directory, &all);
    });
    assert_has(
        &page,
        &[
            "<b>Interrupted.</b>",
            "<h1>Can it be read?</h1>",
            "Figure 2.",
        ],
    );
    assert!(!page.contains("id=\"verdict\""));
    // Killed: no summary at all, but what the folders hold.
    let page = changed(|directory| fs::remove_file(directory.join("summary.json")).unwrap());
    assert_has(
        &page,
        &[
            "<b>Interrupted.</b>",
            "<h1>digits</h1>",
            "Figure 2.",
            "Table 2.",
            "To be &amp;",
            "song no. 1.mid",
        ],
    );
}

#[test]
fn what_is_missing_or_damaged_is_named_in_one_line() {
    let page = changed(|directory| {
        fs::remove_file(directory.join("figures/loss.svg")).unwrap();
        fs::remove_file(directory.join("tables/scores.txt")).unwrap();
        fs::write(directory.join("samples/text.txt"), [0xff]).unwrap();
        put(directory, "figures/wide.svg", "<svg><g></svg>");
    });
    assert_has(
        &page,
        &["<p class=\"notice\">figures/loss.svg is missing</p>"],
    );
    assert_has(
        &page,
        &["<p class=\"notice\">tables/scores.txt is missing</p>"],
    );
    assert_has(
        &page,
        &[
            "samples/text.txt cannot be read: ",
            "figures/wide.svg is damaged: ",
        ],
    );
    assert_has(&page, &["Differs.", "Table 2."]);
}

#[test]
fn a_directory_without_a_run_is_refused() {
    let refused = |change: &dyn Fn(&Path)| {
        let directory = tempfile::tempdir().unwrap();
        run(directory.path());
        change(directory.path());
        let error = format!("{:#}", report::write(directory.path()).unwrap_err());
        assert!(!directory.path().join("report.html").exists());
        error
    };
    let error = refused(&|directory| fs::remove_file(directory.join("config.toml")).unwrap());
    assert!(
        error.contains("holds no run: cannot read config.toml"),
        "{error}"
    );
    let error = refused(&|directory| put(directory, "summary.json", "{"));
    assert!(error.contains("summary.json is damaged"), "{error}");
    let error = refused(&|directory| put(directory, "summary.json", r#"{"figures": 3}"#));
    assert!(
        error.contains("summary.json is damaged") && !error.contains('\n'),
        "{error}"
    );
}

/// A plan whose runs measured `values`; a run without a value has not been started.
fn plan(directory: &Path, study: impl Fn(usize) -> &'static str, values: &[Option<f64>]) -> String {
    let mut plan = String::new();
    for (i, value) in values.iter().enumerate() {
        let study = study(i);
        let _ = write!(
            plan,
            "[[run]]\nname = \"seed={i}\"\nstudy = \"{study}\"\nsettings = [\"seed={i}\"]\n"
        );
        let Some(value) = value else { continue };
        let child = directory.join(format!("seed={i}"));
        run(&child);
        record(&child, study, &[]);
        let outcome = if *value > 0.5 { "match" } else { "differs" };
        let mut all = complete();
        all["verdict"] = json!({
            "outcome": outcome,
            "checks": [check("accuracy", &json!(value), ">= 0.5", outcome), check("left", &Value::Null, "1", "out of budget")],
        });
        summary(&child, &all);
        if i > 0 {
            report::write(&child).unwrap();
        }
    }
    put(directory, "plan.toml", &plan);
    page(directory)
}

#[test]
fn a_sweep_shows_what_its_runs_measured() {
    let directory = tempfile::tempdir().unwrap();
    let page = plan(
        directory.path(),
        |_| "digits",
        &[Some(0.25), Some(0.75), None, Some(1.0)],
    );
    assert_has(
        &page,
        &["<h1>Can it be read?</h1>", "study <b>digits</b>, 4 runs"],
    );
    assert_has(
        &page,
        &[
            "Verdicts of 4 runs:",
            "differs</span> 1",
            "match</span> 2",
            "not started</span> 1",
        ],
    );
    let row = r#"<td>accuracy</td><td>≥ 0.5</td><td class="number">0.66667</td><td class="number">0.25</td><td class="number">1</td><td>2 of 3</td>"#;
    assert_has(&page, &[row, "<td>left</td>"]);
    // A link to each page that is there, and the first figure of each run.
    assert_has(
        &page,
        &[r#"<a href="seed%3D1/report.html">seed=1</a>"#, "Figure 3."],
    );
    assert!(!page.contains("seed%3D0/report.html") && !page.contains("Figure 4."));
    assert_has(
        &page,
        &[
            r#"href="seed%3D3/figures/loss.csv""#,
            "cargo experiment digits seed=2\n",
        ],
    );
}

#[test]
fn a_tour_shows_what_its_studies_asked() {
    let directory = tempfile::tempdir().unwrap();
    let page = plan(
        directory.path(),
        |i| ["digits", "vanishing"][i],
        &[Some(0.75), Some(0.75)],
    );
    assert_has(
        &page,
        &[
            "<h1>What the studies found</h1>",
            "Wengert, 2 runs",
            "<td>Can it be read?</td>",
        ],
    );
    assert!(!page.contains("Measurements"));
}

#[test]
fn a_sample_in_columns_is_a_table_and_a_long_one_has_a_window() {
    let page = changed(|directory| {
        let lines = "to be  or not\n".repeat(50);
        put(
            directory,
            "samples/text.txt",
            &format!("said   meant\n{lines}"),
        );
    });
    assert_has(
        &page,
        &[r#"<div class="scroll long" role="region" tabindex="0" aria-label="Text">"#],
    );
    assert_has(
        &page,
        &[
            r#"<th scope="col">meant</th>"#,
            "<td>to be</td><td>or not</td>",
        ],
    );
}
