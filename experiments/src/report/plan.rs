//! The page of the runs of a plan: a tour of studies, or one study with many settings.

use std::path::Path;

use anyhow::Result;
use maud::{Markup, html};

use super::PAGE;
use super::contents::{Check, Contents};
use super::elements::{class, command, expected, file, outcome, scrolling, table};
use super::page::{Section, document};
use super::plates::plate;
use crate::fit::mean;
use crate::plan::{Plan, Planned, Seconds};
use crate::table::significant;
use crate::verdict::number_of;

/// A run of the plan, and what it has left.
pub(super) struct Part<'a> {
    pub(super) planned: &'a Planned,
    pub(super) contents: Option<Contents>,
    /// What it took.
    pub(super) seconds: Option<f64>,
}

impl Part<'_> {
    pub(super) fn outcome(&self) -> &str {
        self.contents
            .as_ref()
            .map_or("not started", Contents::outcome)
    }

    pub(super) fn checks(&self) -> impl Iterator<Item = &Check> {
        let contents = self
            .contents
            .as_ref()
            .filter(|contents| contents.is_complete());
        let verdict = contents.and_then(|contents| contents.summary.verdict.as_ref());
        verdict.into_iter().flat_map(|verdict| &verdict.checks)
    }
}

/// What the runs of `plan` in `directory` have left.
///
/// # Errors
/// When the record or summary of a run, or the file of times, is damaged.
pub(super) fn parts<'a>(directory: &Path, plan: &'a Plan) -> Result<Vec<Part<'a>>> {
    let seconds = Seconds::read(directory)?;
    let part = |planned: &'a Planned| {
        let path = directory.join(&planned.name);
        let started = path.join("config.toml").exists();
        let contents = started.then(|| Contents::read(&path));
        Ok(Part {
            planned,
            contents: contents.transpose()?,
            seconds: seconds.of(&planned.name),
        })
    };
    plan.runs.iter().map(part).collect()
}

/// The page of the `plan` in `directory`.
pub(super) fn page(directory: &Path, plan: &Plan, parts: &[Part<'_>]) -> Markup {
    let study = &plan.runs[0].study;
    let alike = plan.runs.iter().all(|planned| planned.study == *study);
    let count = parts.len();
    let kicker = html! {
        @if alike { "Wengert, study " b { (study) } ", " (count) " runs" }
        @else { "Wengert, " (count) " runs" }
    };
    let asked = parts
        .iter()
        .find_map(|part| part.contents.as_ref())
        .map(Contents::question);
    let title = match asked {
        Some(question) if alike => question.to_owned(),
        _ if alike => study.clone(),
        _ => "What the studies found".into(),
    };
    let mut sections = vec![Section {
        id: "runs",
        heading: "Runs",
        content: runs(directory, parts, alike),
    }];
    let mut add = |id, heading, content: Option<Markup>| {
        sections.extend(content.map(|content| Section {
            id,
            heading,
            content,
        }));
    };
    add(
        "measurements",
        "Measurements",
        alike.then(|| measurements(parts)).flatten(),
    );
    add("figures", "Figures", figures(directory, parts));
    add("reproduce", "To reproduce them", Some(reproduction(plan)));
    document(&kicker, &title, &lead(parts), &sections)
}

/// How many runs ended how.
pub(super) fn lead(parts: &[Part<'_>]) -> Markup {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for part in parts {
        match counts.iter_mut().find(|(word, _)| *word == part.outcome()) {
            Some((_, count)) => *count += 1,
            None => counts.push((part.outcome(), 1)),
        }
    }
    // All alike: their tone. Otherwise that of what asks for a look.
    let tone = match counts[..] {
        [(word, _)] => class(word),
        _ if counts.iter().any(|(word, _)| *word == "differs") => class("differs"),
        _ => class("open"),
    };
    html! {
        p.lead.(tone) {
            "Verdicts of " (parts.len()) " runs: "
            @for (i, (word, count)) in counts.iter().enumerate() {
                @if i > 0 { ", " }
                (outcome(word)) " " (count)
            }
            "."
        }
    }
}

/// A row for each run, with a link to its own page; `alike` if all are of one study.
fn runs(directory: &Path, parts: &[Part<'_>], alike: bool) -> Markup {
    let rows = html! {
        table.checks {
            thead {
                tr {
                    th scope="col" { "Run" }
                    th scope="col" { @if alike { "Settings" } @else { "Question" } }
                    th scope="col" { "Verdict" }
                }
            }
            tbody {
                @for part in parts {
                    tr {
                        th scope="row" { (link(directory, part.planned)) }
                        td {
                            @if alike { code { (part.planned.settings.join(" ")) } }
                            @else if let Some(contents) = &part.contents { (contents.question()) }
                        }
                        td { (outcome(part.outcome())) }
                    }
                }
            }
        }
    };
    scrolling("Runs", &rows)
}

/// The name of a run, which leads to its page where there is one.
pub(super) fn link(directory: &Path, planned: &Planned) -> Markup {
    let path = format!("{}/{PAGE}", planned.name);
    html! {
        @if directory.join(&path).is_file() { (file(&path, &planned.name)) }
        @else { (planned.name) }
    }
}

/// For each quantity what the runs measured: the mean, the ends, and how many matched.
fn measurements(parts: &[Part<'_>]) -> Option<Markup> {
    let mut quantities: Vec<&Check> = Vec::new();
    for check in parts.iter().flat_map(Part::checks) {
        if !quantities
            .iter()
            .any(|known| known.quantity == check.quantity)
        {
            quantities.push(check);
        }
    }
    let header = ["Quantity", "Expected", "Mean", "Least", "Most", "Match"].map(String::from);
    let rows = quantities.iter().map(|quantity| {
        let same: Vec<&Check> = parts
            .iter()
            .flat_map(Part::checks)
            .filter(|check| check.quantity == quantity.quantity)
            .collect();
        let measured: Vec<f64> = same
            .iter()
            .filter_map(|check| number_of(&check.measured))
            .collect();
        let matching = same.iter().filter(|check| check.outcome == "match").count();
        let number = |value: Option<f64>| value.map_or("-".into(), |value| significant(value, 5));
        vec![
            quantity.quantity.clone(),
            expected(&quantity.expected),
            number((!measured.is_empty()).then(|| mean(&measured))),
            number(measured.iter().copied().reduce(f64::min)),
            number(measured.iter().copied().reduce(f64::max)),
            format!("{matching} of {}", same.len()),
        ]
    });
    let rows: Vec<Vec<String>> = [header.to_vec()].into_iter().chain(rows).collect();
    (rows.len() > 1).then(|| scrolling("Measurements", &table(&html! {}, &rows)))
}

/// The first figure of each run.
fn figures(directory: &Path, parts: &[Part<'_>]) -> Option<Markup> {
    let first = |part: &Part<'_>| {
        let name = part.contents.as_ref()?.summary.figures.first()?.clone();
        Some((part.planned.name.clone(), name))
    };
    let figures: Vec<(usize, &Part<'_>, (String, String))> = parts
        .iter()
        .filter_map(|part| Some((part, first(part)?)))
        .enumerate()
        .map(|(i, (part, names))| (i + 1, part, names))
        .collect();
    (!figures.is_empty()).then(|| {
        html! {
            @for (number, part, (run, name)) in &figures {
                h3 { (link(directory, part.planned)) }
                (plate(directory, &format!("{run}/"), name, *number))
            }
        }
    })
}

/// The command line of each run.
pub(super) fn reproduction(plan: &Plan) -> Markup {
    let lines = plan.runs.iter().map(|planned| {
        let words = ["cargo", "experiment", &planned.study].into_iter();
        command(words.chain(planned.settings.iter().map(String::as_str))) + "\n"
    });
    scrolling(
        "Commands",
        &html! { pre { code { (lines.collect::<String>()) } } },
    )
}
