//! Figures on a page: the drawing, its caption, and its numbers.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use maud::{Markup, PreEscaped, html};

use super::contents::text;
use super::drawing::Drawing;
use super::elements::{file, grouped, notice, scrolling, table};
use super::numbers::Numbers;

/// The figure `name` of the run in `directory`/`below`, as the page's figure `number`; what is
/// missing or damaged is named in its place. Links lead from `directory`.
pub(super) fn plate(directory: &Path, below: &str, name: &str, number: usize) -> Markup {
    let path = |extension: &str| format!("{below}figures/{name}.{extension}");
    let id = format!("figure-{number}");
    let drawing = match drawing(directory, &path("svg"), &id) {
        Ok(drawing) => drawing,
        Err(error) => return notice(&format!("{error:#}")),
    };
    let numbers = fs::read_to_string(directory.join(path("csv")));
    let numbers = numbers.ok().map(|csv| Numbers::read(&csv));
    let files = [
        ("SVG", "svg"),
        ("numbers as CSV", "csv"),
        ("Vega-Lite", "vl.json"),
    ];
    let files = files.map(|(kind, extension)| (kind, path(extension)));
    let there = files
        .iter()
        .filter(|(_, path)| directory.join(path).is_file());
    let label = format!("Figure {number}: {}", drawing.title);
    html! {
        figure {
            div.plate.wide[drawing.is_wide].scroll role="group" tabindex="0" aria-label=(label) {
                (PreEscaped(&drawing.markup))
            }
            figcaption {
                b { "Figure " (number) "." } " " (drawing.description) " "
                span.files { @for (kind, path) in there { (file(path, kind)) " " } }
            }
            @if let Some(numbers) = numbers {
                (data(&numbers, number, &path("csv")))
            }
        }
    }
}

fn drawing(directory: &Path, path: &str, id: &str) -> Result<Drawing> {
    let svg = text(directory, path)?;
    Drawing::read(&svg, id).with_context(|| format!("{path} is damaged"))
}

/// The numbers of a figure, folded away.
fn data(numbers: &Numbers, figure: usize, path: &str) -> Markup {
    let rows = grouped(numbers.total);
    let caption = html! {
        @if numbers.is_cut() { "The first " (numbers.rows.len() - 1) " of " (rows) " rows; all are in " (file(path, path)) "." }
    };
    html! {
        details {
            summary { "Numbers of figure " (figure) ", " (rows) " rows" }
            (scrolling(&format!("Numbers of figure {figure}"), &table(&caption, &numbers.rows)))
        }
    }
}
