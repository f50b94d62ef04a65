//! Writing SVG: elements, rounded coordinates, escaped text.

use std::fmt::{self, Write};

use super::style::{self, Face};
use super::text::{self, Level};

/// A document, or a part of one, as it is written.
#[derive(Default)]
pub(super) struct Svg(pub(super) String);

/// Which point of a text its coordinates name.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// Appends one line of markup.
    pub(super) fn put(&mut self, markup: fmt::Arguments<'_>) {
        // Writing into a string cannot fail.
        let _ = self.0.write_fmt(markup);
        self.0.push('\n');
    }

    pub(super) fn line(&mut self, style: &str, from: (f64, f64), to: (f64, f64)) {
        let path = polyline(&[from, to]);
        self.put(format_args!(r#"<path {style} d="{path}"/>"#));
    }

    /// `markup` in `face` at (x, y) of its baseline.
    pub(super) fn text(&mut self, face: Face, anchor: Anchor, at: (f64, f64), markup: &str) {
        let place = format!(r#"x="{}" y="{}""#, Px(at.0), Px(at.1));
        self.placed_text(face, anchor, &place, markup);
    }

    /// The title of a document `width` wide, inside its `border`; returns where what follows starts.
    pub(super) fn title(&mut self, title: &str, border: f64, width: f64) -> f64 {
        let mut top = border;
        for line in text::wrap(title, style::TITLE, width - 2.0 * border) {
            top += style::TITLE.size + 3.0;
            self.text(style::TITLE, Anchor::Start, (border, top - 4.0), &line);
        }
        top + 4.0
    }

    /// As [`Svg::text`], turned clockwise by `degrees` about its point.
    pub(super) fn turned_text(
        &mut self,
        face: Face,
        anchor: Anchor,
        at: (f64, f64),
        degrees: f64,
        markup: &str,
    ) {
        let (x, y) = (Px(at.0), Px(at.1));
        let place = format!(r#"transform="translate({x} {y}) rotate({degrees})""#);
        self.placed_text(face, anchor, &place, markup);
    }

    /// As [`Svg::text`], legible over marks: with a rim in the page's colour.
    pub(super) fn text_over(&mut self, face: Face, anchor: Anchor, at: (f64, f64), markup: &str) {
        // Drawn twice, because not every renderer knows `paint-order`.
        self.text(
            Face {
                colour: style::HALO,
                ..face
            },
            anchor,
            at,
            markup,
        );
        self.text(face, anchor, at, markup);
    }

    fn placed_text(&mut self, face: Face, anchor: Anchor, place: &str, markup: &str) {
        if markup.is_empty() {
            return;
        }
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let Face { colour, size } = face;
        let content = spans(markup, size);
        self.put(format_args!(
            r#"<text {colour} {place} font-size="{size}"{anchor}>{content}</text>"#
        ));
    }
}

/// `markup` as escaped text, with shifted and smaller spans for its raised and lowered parts.
fn spans(markup: &str, size: f64) -> String {
    let mut content = String::new();
    let mut height = 0.0;
    for piece in text::pieces(markup) {
        let (target, scale) = match piece.level {
            Level::Base => (0.0, 1.0),
            Level::Raised => (0.38 * size, text::SCRIPT),
            Level::Lowered => (-0.2 * size, text::SCRIPT),
        };
        let escaped = escape(&piece.text);
        if target == height {
            content.push_str(&escaped);
        } else {
            let (dy, size) = (Px(height - target), Px(scale * size));
            let _ = write!(
                content,
                r#"<tspan dy="{dy}" font-size="{size}">{escaped}</tspan>"#
            );
        }
        height = target;
    }
    content
}

/// `text` with XML's special characters replaced, and without the control characters that XML
/// forbids.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A path through `points`.
pub(super) fn polyline(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        let _ = write!(
            path,
            "{}{} {}",
            if i == 0 { "M" } else { "L" },
            Px(*x),
            Px(*y)
        );
    }
    path
}

/// A coordinate: hundredths of a pixel at most, so that the bytes are the same on every machine.
pub(super) struct Px(pub(super) f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a fixed range cuts off can lie anywhere; a browser's coordinates are f32.
        let hundredths = (self.0.clamp(-1e5, 1e5) * 100.0).round();
        // Adding 0 turns -0 into 0.
        write!(f, "{}", hundredths / 100.0 + 0.0)
    }
}

/// The whole document around `body`; the heading is title and description.
pub(super) fn document(heading: [&str; 2], width: f64, height: f64, body: &Svg) -> String {
    let (width, height) = (Px(width), Px(height));
    let [title, description] = heading;
    let (title, description) = (escape(&text::plain(title)), escape(description));
    let (font, dark, page) = (style::FONT, style::dark(), style::PAGE);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="{font}">
<title>{title}</title>
<desc>{description}</desc>
<style>
{dark}
</style>
<rect {page} width="{width}" height="{height}"/>
{}</svg>
"#,
        body.0
    )
}
