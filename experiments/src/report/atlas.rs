//! The page of the atlas: results of the field beside ours, and all figures.

use std::path::Path;

use maud::{Markup, html};

use super::contents::Check;
use super::elements::{expected, measured, outcome, scrolling, source};
use super::page::{Section, document};
use super::plan::{Part, lead, link, reproduction};
use super::plates::plate;
use crate::plan::Plan;

/// Checks against what is known elsewhere that the table shows of a study, beside those that differ:
/// the study's own page has all.
const SHOWN: usize = 8;

/// The page of the atlas in `directory`.
pub(super) fn page(directory: &Path, plan: &Plan, parts: &[Part<'_>]) -> Markup {
    let kicker = html! { "Wengert, the atlas, " (parts.len()) " studies" };
    let sections = [
        Section {
            id: "results",
            heading: "Results",
            content: results(directory, parts),
        },
        Section {
            id: "figures",
            heading: "Figures",
            content: figures(directory, parts),
        },
        Section {
            id: "reproduce",
            heading: "To reproduce them",
            content: reproduction(plan),
        },
    ];
    let title = "How gradients travel through time: an atlas";
    document(&kicker, title, &lead(parts), &sections)
}

/// A group of rows for each study: its question, verdict and time, then published beside ours.
fn results(directory: &Path, parts: &[Part<'_>]) -> Markup {
    let table = html! {
        table.checks.atlas {
            thead {
                tr {
                    th scope="col" { "Quantity" }
                    th scope="col" { "Published or exact" }
                    th.number scope="col" { "Ours" }
                    th scope="col" { "Verdict" }
                }
            }
            @for part in parts { tbody { (group(directory, part)) } }
        }
    };
    html! {
        p {
            "Brackets after a source say how well its value is known: read in it, cited by another work, \
             remembered, or derived here. Below each of ours: the least and the most over seeds."
        }
        (scrolling("Results", &table))
    }
}

fn group(directory: &Path, part: &Part<'_>) -> Markup {
    let checks: Vec<&Check> = part.checks().collect();
    let shown = shown(&checks);
    html! {
        tr.question {
            th scope="rowgroup" colspan="2" {
                @if let Some(contents) = &part.contents { (contents.question()) " " }
                (link(directory, part.planned))
            }
            td.number { @if let Some(seconds) = part.seconds { (time(seconds)) } }
            td { (outcome(part.outcome())) }
        }
        @for check in &shown {
            tr {
                th scope="row" { (check.quantity) }
                td { (expected(&check.expected)) (source(check)) }
                td.number { (measured(check)) }
                td { (outcome(&check.outcome)) }
            }
        }
        @if checks.len() > shown.len() {
            tr {
                td colspan="4" {
                    small { "and " (checks.len() - shown.len()) " more, none of which differs" }
                }
            }
        }
    }
}

/// A time on a clock, for a person.
fn time(seconds: f64) -> String {
    match seconds {
        s if s < 99.5 => format!("{s:.1} s"),
        s => format!("{:.1} min", s / 60.0),
    }
}

/// What differs, and the first of what is held against a value known elsewhere, in their order.
fn shown<'a>(checks: &[&'a Check]) -> Vec<&'a Check> {
    let mut room = SHOWN;
    let mut is_shown = |check: &Check| {
        let known = check.mark.is_some() && room > 0;
        room -= usize::from(known);
        known || check.outcome == "differs"
    };
    checks
        .iter()
        .copied()
        .filter(|check| is_shown(check))
        .collect()
}

/// Every figure of every study, under its question.
fn figures(directory: &Path, parts: &[Part<'_>]) -> Markup {
    let mut number = 0;
    html! {
        @for part in parts {
            @if let Some(contents) = &part.contents {
                h3 { (contents.question()) " " (link(directory, part.planned)) }
                @for name in &contents.summary.figures {
                    (plate(directory, &format!("{}/", part.planned.name), name, next(&mut number)))
                }
            }
        }
    }
}

fn next(number: &mut usize) -> usize {
    *number += 1;
    *number
}
