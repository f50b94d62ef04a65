//! An SVG document as a part of a page: nothing in it acts outside it, or on anything else's behalf.

use std::fmt::Write;

use roxmltree::{Document, Error, Node};

use crate::figure::escape;

/// Elements that are left out with all they hold.
const ACTIVE: [&str; 3] = ["script", "foreignObject", "iframe"];
/// Drawings wider than this, in their own pixels, are given more room.
const WIDE: f64 = 700.0;

/// A drawing to be put into a page.
pub(super) struct Drawing {
    /// The `svg` element.
    pub(super) markup: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) is_wide: bool,
}

impl Drawing {
    /// Takes the document `svg` over under the name `id`, which no other element of the page has:
    /// it goes before all names inside, and style sheets act inside only.
    pub(super) fn read(svg: &str, id: &str) -> Result<Self, Error> {
        let document = Document::parse(svg)?;
        let root = document.root_element();
        let mut markup = String::new();
        write(&mut markup, root, id);
        let text = |name| {
            let child = root.children().find(|child| child.has_tag_name(name));
            child
                .and_then(|child| child.text())
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        let mut view = root
            .attribute("viewBox")
            .unwrap_or_default()
            .split_whitespace();
        let width = view
            .nth(2)
            .and_then(|width| width.parse().ok())
            .unwrap_or(0.0);
        Ok(Self {
            markup,
            title: text("title"),
            description: text("desc"),
            is_wide: width > WIDE,
        })
    }
}

fn write(markup: &mut String, element: Node<'_, '_>, id: &str) {
    let name = element.tag_name().name();
    let is_root = element.parent_element().is_none();
    let _ = write!(markup, "<{name}");
    for attribute in element.attributes() {
        let key = attribute.name();
        // The page sizes and names the drawing.
        let replaced =
            is_root && ["id", "role", "width", "height", "aria-labelledby"].contains(&key);
        let value = local(key, attribute.value(), id);
        if let Some(value) = value.filter(|_| !replaced && !key.starts_with("on")) {
            let _ = write!(markup, r#" {key}="{}""#, escape(&value));
        }
    }
    match name {
        _ if is_root => {
            let _ = write!(
                markup,
                r#" id="{id}" role="img" aria-labelledby="{id}-title {id}-desc""#
            );
        }
        "title" | "desc" if is_root_child(element) => {
            let _ = write!(markup, r#" id="{id}-{name}""#);
        }
        _ => {}
    }
    markup.push('>');
    if name == "style" {
        let sheet: String = element
            .children()
            .filter_map(|child| child.text())
            .collect();
        if is_closed(&sheet) {
            // Nested in a rule for the drawing, a sheet styles nothing else.
            let _ = write!(markup, "#{id}{{{}}}", escape(&sheet));
        }
    } else {
        for child in element.children() {
            if child.is_element() && !ACTIVE.contains(&child.tag_name().name()) {
                write(markup, child, id);
            } else if child.is_text() {
                markup.push_str(&escape(child.text().unwrap_or_default()));
            }
        }
    }
    let _ = write!(markup, "</{name}>");
}

fn is_root_child(element: Node<'_, '_>) -> bool {
    element
        .parent_element()
        .is_some_and(|parent| parent.parent_element().is_none())
}

/// Whether every brace that `sheet` closes is its own.
fn is_closed(sheet: &str) -> bool {
    let mut open = 0_usize;
    let mut braces = sheet.bytes().filter(|byte| b"{}".contains(byte));
    braces.all(|brace| match (brace, open) {
        (b'{', _) => {
            open += 1;
            true
        }
        (_, 0) => false,
        _ => {
            open -= 1;
            true
        }
    })
}

/// The value of an attribute with the names in it made the drawing's own; none if it refers to
/// anything outside.
fn local(key: &str, value: &str, id: &str) -> Option<String> {
    match key {
        "id" => Some(format!("{id}-{value}")),
        "href" => match value.strip_prefix('#') {
            Some(name) => Some(format!("#{id}-{name}")),
            None => value.starts_with("data:image/").then(|| value.to_owned()),
        },
        _ => Some(value.replace("url(#", &format!("url(#{id}-"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" viewBox="0 0 9 9" onload="alert(1)">
<title>a &lt; b</title><desc>what is seen</desc>
<style>.a{fill:red}</style>
<script>alert(1)</script>
<clipPath id="c"><rect/></clipPath>
<g clip-path="url(#c)"><use xlink:href="#c"/><image href="https://example.org/x.png"/><title>inner</title></g>
<foreignObject><p>x</p></foreignObject>
</svg>"##;

    #[test]
    fn names_and_styles_are_the_drawings_own() {
        let drawing = Drawing::read(HOSTILE, "figure-3").unwrap();
        let has = |part: &str| {
            assert!(
                drawing.markup.contains(part),
                "{part} in {}",
                drawing.markup
            )
        };
        has(
            r#"<svg viewBox="0 0 9 9" id="figure-3" role="img" aria-labelledby="figure-3-title figure-3-desc">"#,
        );
        has(r#"<title id="figure-3-title">a &lt; b</title><desc id="figure-3-desc">"#);
        has("<style>#figure-3{.a{fill:red}}</style>");
        has(r#"<clipPath id="figure-3-c">"#);
        has(
            r##"<g clip-path="url(#figure-3-c)"><use href="#figure-3-c"></use><image></image><title>inner</title>"##,
        );
        assert_eq!(
            (&drawing.title[..], &drawing.description[..]),
            ("a < b", "what is seen")
        );
    }

    #[test]
    fn nothing_active_or_remote_is_left() {
        let markup = Drawing::read(HOSTILE, "figure-3").unwrap().markup;
        for part in ["script", "alert", "onload", "foreign", "https://example"] {
            assert!(!markup.contains(part), "{part} in {markup}");
        }
        assert!(Drawing::read("<svg><g></svg>", "x").is_err());
        let escaping = Drawing::read("<svg><style>.a{}} body{color:red}</style></svg>", "x");
        assert!(!escaping.unwrap().markup.contains("body"));
    }
}
