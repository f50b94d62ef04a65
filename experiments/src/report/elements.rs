//! Pieces that pages are made of.

use std::fmt::Write;

use maud::{Markup, html};
use serde_json::Value;

use super::contents::Check;
use crate::table::significant;
use crate::verdict::number_of;

/// Lines of content that are shown in full.
const LONG: usize = 40;

/// What may be wider than the page, in a box that scrolls by itself and that a keyboard reaches.
pub(super) fn scrolling(label: &str, content: &Markup) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label=(label) { (content) }
    }
}

/// As [`scrolling`], for content of so many `lines`: what is long scrolls down in its box too.
pub(super) fn window(label: &str, lines: usize, content: &Markup) -> Markup {
    html! {
        div.scroll.long[lines > LONG] role="region" tabindex="0" aria-label=(label) { (content) }
    }
}

/// A table of `rows`, the header first; columns of numbers stand to the right.
pub(super) fn table(caption: &Markup, rows: &[Vec<String>]) -> Markup {
    let Some((header, rows)) = rows.split_first() else {
        return html! {};
    };
    let cells = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    let right = |column: usize| cells(column).all(|cell| is_number(cell));
    let right: Vec<bool> = (0..header.len()).map(right).collect();
    let is_right = |column: usize| right.get(column).is_some_and(|right| *right);
    let class = |column: usize| is_right(column).then_some("number");
    html! {
        table {
            @if !caption.0.is_empty() { caption { (caption) } }
            thead {
                tr {
                    @for (i, cell) in header.iter().enumerate() {
                        th scope="col" class=[class(i)] { (cell) }
                    }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        @for (i, cell) in row.iter().enumerate() { td class=[class(i)] { (cell) } }
                    }
                }
            }
        }
    }
}

/// Whether a cell holds a number, with its unit or a percent sign, or nothing.
fn is_number(cell: &str) -> bool {
    let mut words = cell.split_whitespace();
    let Some(first) = words.next() else {
        return true;
    };
    let first = first.trim_end_matches('%').replace('\u{2212}', "-");
    (first == "-" || first.parse::<f64>().is_ok()) && words.count() <= 1
}

/// How a measurement stands to its anchor, in words and in a colour.
pub(super) fn outcome(word: &str) -> Markup {
    html! { span class={ "outcome " (class(word)) } { (word) } }
}

/// The class of an outcome's colours.
pub(super) fn class(outcome: &str) -> &'static str {
    match outcome {
        "match" => "match",
        "differs" => "differs",
        _ => "open",
    }
}

/// What was measured, and below it its ends over seeds.
pub(super) fn measured(check: &Check) -> Markup {
    html! {
        (number(&check.measured))
        @if let Some([least, most]) = &check.spread {
            small { (number(least)) " to " (number(most)) }
        }
    }
}

/// A number with six digits; a dash where there is none.
pub(super) fn number(value: &Value) -> String {
    number_of(value).map_or("–".into(), |number| significant(number, 6))
}

/// Who says what to expect, and how well that is known.
pub(super) fn source(check: &Check) -> Markup {
    html! {
        small {
            (check.anchor)
            @if let Some(mark) = &check.mark { " (" (mark) ")" }
        }
    }
}

/// What a check accepts, with the signs of print.
pub(super) fn expected(accept: &str) -> String {
    accept.replace("<=", "≤").replace(">=", "≥")
}

/// A link to a file below the page's directory.
pub(super) fn file(path: &str, text: &str) -> Markup {
    html! { a href=(encoded(path)) { (text) } }
}

/// A path as the address of a link.
fn encoded(path: &str) -> String {
    let mut address = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                address.push(char::from(byte));
            }
            _ => {
                let _ = write!(address, "%{byte:02X}");
            }
        }
    }
    address
}

/// A command line, each argument quoted where a shell would not take it as it is.
pub(super) fn command<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+=.,:/@%".contains(c);
    let quoted = |argument: &str| {
        if !argument.is_empty() && argument.chars().all(plain) {
            argument.to_owned()
        } else {
            format!("'{}'", argument.replace('\'', r"'\''"))
        }
    };
    let words: Vec<String> = arguments.into_iter().map(quoted).collect();
    words.join(" ")
}

/// `number` with thin spaces between groups of three digits.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

/// A name of a file as a heading.
pub(super) fn title(name: &str) -> String {
    let spaced = name.replace(['-', '_'], " ");
    let mut letters = spaced.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// A line about what is not there.
pub(super) fn notice(text: &str) -> Markup {
    html! { p.notice { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_words() {
        for cell in ["1", "-2.5e-3", "98.7 %", "98%", "0.3 s", "-", "", "NaN"] {
            assert!(is_number(cell), "{cell}");
        }
        for cell in ["one", "1 2 3", "2x"] {
            assert!(!is_number(cell), "{cell}");
        }
    }

    #[test]
    fn paths_commands_and_names_are_spelled_for_their_readers() {
        assert_eq!(encoded("files/a b#1.mid"), "files/a%20b%231.mid");
        assert_eq!(
            command(["cargo", "hidden=64,8", "data=my file", "it's"]),
            r"cargo hidden=64,8 'data=my file' 'it'\''s'"
        );
        assert_eq!(title("held-out_errors"), "Held out errors");
        assert_eq!(grouped(1234567), "1\u{2009}234\u{2009}567");
    }
}
