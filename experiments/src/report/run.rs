//! The page of one run.

use std::path::Path;

use anyhow::Result;
use maud::{Markup, html};

use super::columns;
use super::contents::{Contents, Verdict, text};
use super::elements::{
    class, command, expected, file, measured, notice, outcome, scrolling, source, table, title,
    window,
};
use super::page::{Section, document};
use super::plates::plate;
use crate::config::{Preset, spelled};

/// The page of the run in `directory`.
///
/// # Errors
/// When it holds no run, or its record or summary is damaged.
pub(super) fn page(directory: &Path) -> Result<Markup> {
    let run = Contents::read(directory)?;
    let record = &run.record;
    let kicker =
        html! { "Wengert, study " b { (record.study) } ", preset " (record.preset.name()) };
    let lead = html! {
        @if !run.is_complete() {
            p.lead.open {
                b { "Interrupted." }
                " This run did not come to its end, so it has no verdict; what it had written until"
                " then is below."
            }
        } @else if let Some(verdict) = &run.summary.verdict {
            (statement(verdict))
        }
    };
    let mut sections = Vec::new();
    let mut add = |id, heading, content: Option<Markup>| {
        sections.extend(content.map(|content| Section {
            id,
            heading,
            content,
        }));
    };
    add(
        "verdict",
        "Verdict",
        run.summary
            .verdict
            .as_ref()
            .filter(|_| run.is_complete())
            .map(checks),
    );
    add("figures", "Figures", figures(&run));
    add("tables", "Tables", tables(&run));
    add("samples", "Samples", samples(&run));
    add("timings", "Timings", timings(&run));
    add("settings", "Settings", Some(settings(&run)));
    add("reproduce", "To reproduce it", Some(reproduction(&run)));
    add("files", "Files", Some(files(&run)));
    Ok(document(&kicker, run.question(), &lead, &sections))
}

/// The verdict in a sentence.
fn statement(verdict: &Verdict) -> Markup {
    let all = verdict.checks.len();
    let count = |word| {
        verdict
            .checks
            .iter()
            .filter(|check| check.outcome == word)
            .count()
    };
    let (matching, differing) = (count("match"), count("differs"));
    let open = all - matching - differing;
    html! {
        p.lead.(class(&verdict.outcome)) {
            b { (title(&verdict.outcome)) "." } " "
            @if matching == all && all == 1 {
                "The measurement agrees with the value it is held against."
            } @else if matching == all {
                "All " (all) " measurements agree with the values they are held against."
            } @else {
                @match matching {
                    0 => { "None of " (all) " measurements agrees with the value it is held against" },
                    1 => { "1 of " (all) " measurements agrees with the value it is held against" },
                    _ => {
                        (matching) " of " (all)
                        " measurements agree with the values they are held against"
                    },
                }
                @match differing {
                    0 => {},
                    1 => ", 1 differs",
                    _ => { ", " (differing) " differ" },
                }
                @match open {
                    0 => {},
                    1 => ", 1 was out of this budget",
                    _ => { ", " (open) " were out of this budget" },
                }
                "."
            }
        }
    }
}

/// Every measurement beside what it is held against.
fn checks(verdict: &Verdict) -> Markup {
    let rows = html! {
        table.checks {
            thead {
                tr {
                    th scope="col" { "Quantity" }
                    th.number scope="col" { "Measured" }
                    th scope="col" { "Expected" }
                    th scope="col" { "Verdict" }
                }
            }
            tbody {
                @for check in &verdict.checks {
                    tr {
                        th scope="row" { (check.quantity) (source(check)) }
                        td.number { (measured(check)) }
                        td { (expected(&check.expected)) }
                        td { (outcome(&check.outcome)) }
                    }
                }
            }
        }
    };
    scrolling("Checks", &rows)
}

fn figures(run: &Contents) -> Option<Markup> {
    let names = &run.summary.figures;
    let plates = html! {
        @for (i, name) in names.iter().enumerate() { (plate(&run.directory, "", name, i + 1)) }
    };
    (!names.is_empty()).then_some(plates)
}

fn tables(run: &Contents) -> Option<Markup> {
    let names = &run.summary.tables;
    let tables = html! {
        @for (i, name) in names.iter().enumerate() {
            @let path = format!("tables/{name}.txt");
            @match text(&run.directory, &path) {
                Ok(text) => (tabular(&text, &path, name, i + 1)),
                Err(error) => (notice(&format!("{error:#}"))),
            }
        }
    };
    (!names.is_empty()).then_some(tables)
}

/// How long each training took, on whatever machine it was.
fn timings(run: &Contents) -> Option<Markup> {
    let text = run.timings.to_table()?;
    let rows = columns::rows(&text).unwrap_or_default();
    let caption = html! {
        "Of each training, over all sessions; \u{201c}solved at\u{201d} is the step at which it reached"
        " its bound and ended. These times are all that differs between two runs of the same"
        " settings. " span.files { (file("timings.json", "numbers")) }
    };
    Some(window("Timings", rows.len(), &table(&caption, &rows)))
}

/// The aligned `text` of the file at `path` as table `number`; as it is where it has no columns.
fn tabular(text: &str, path: &str, name: &str, number: usize) -> Markup {
    let label = format!("Table {number}");
    let caption =
        html! { b { (label) "." } " " (title(name)) " " span.files { (file(path, "text")) } };
    let content = html! {
        @if let Some(rows) = columns::rows(text) { (table(&caption, &rows)) }
        @else { p { (caption) } pre { (text) } }
    };
    window(&label, text.lines().count(), &content)
}

fn samples(run: &Contents) -> Option<Markup> {
    let names = &run.summary.samples;
    let samples = html! {
        @for name in names {
            h3 { (title(name)) }
            @match text(&run.directory, &format!("samples/{name}.txt")) {
                Ok(text) => (sample(&text, &title(name))),
                Err(error) => (notice(&format!("{error:#}"))),
            }
        }
    };
    (!names.is_empty()).then_some(samples)
}

/// A sample as it is; one in columns as a table, which a narrow page does not break.
fn sample(text: &str, label: &str) -> Markup {
    let content = html! {
        @if let Some(rows) = columns::rows(text) { (table(&html! {}, &rows)) }
        @else { pre.sample { (text) } }
    };
    window(label, text.lines().count(), &content)
}

/// Every setting, with a mark at those that were given.
fn settings(run: &Contents) -> Markup {
    let given = |key: &str| {
        let mut keys = run
            .record
            .settings
            .iter()
            .filter_map(|setting| setting.split_once('='));
        keys.any(|(name, _)| name == key)
    };
    let rows = html! {
        table.settings {
            thead { tr { th scope="col" { "Setting" } th scope="col" { "Value" } } }
            tbody {
                @for (key, value) in &run.record.config {
                    tr {
                        th scope="row" { code { (key) } }
                        td { (spelled(value)) @if given(key) { " " small { "given" } } }
                    }
                }
            }
        }
    };
    scrolling("Settings", &rows)
}

/// The command that makes the same files again, and what made these.
fn reproduction(run: &Contents) -> Markup {
    let record = &run.record;
    let mut words = vec!["cargo", "experiment", &record.study];
    let preset = format!("preset={}", record.preset.name());
    if record.preset != Preset::default() {
        words.push(&preset);
    }
    words.extend(record.settings.iter().map(String::as_str));
    let commit = record.provenance.commit.as_deref().unwrap_or_default();
    let clean = commit.strip_suffix("-dirty").unwrap_or(commit);
    let checkout = if commit.is_empty() {
        String::new()
    } else {
        format!("git checkout {clean}\n")
    };
    let provenance = serde_json::to_value(&record.provenance).unwrap_or_default();
    html! {
        (scrolling("Commands", &html! { pre { code { (checkout) (command(words)) "\n" } } }))
        @if clean != commit {
            p { "The sources had local changes, which the commit does not have." }
        }
        p { "The same sources and settings write the same files, whatever the number of threads." }
        dl {
            @for (key, value) in provenance.as_object().into_iter().flatten() {
                div { dt { (title(key)) } dd { (spelled(value)) } }
            }
        }
    }
}

fn files(run: &Contents) -> Markup {
    html! {
        ul.files {
            @for path in run.files() { li { (file(&path, &path)) } }
            @if run.directory.join("checkpoints").is_dir() {
                li { (file("checkpoints/", "checkpoints/")) }
            }
        }
    }
}
