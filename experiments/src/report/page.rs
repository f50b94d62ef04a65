//! The page around what a report says.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// What the page may load: nothing. Its style sheet is in it, as are the drawings'.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
const STYLE: &str = include_str!("page.css");

/// A part of the page under a heading of its own.
pub(super) struct Section {
    /// Its name in the page's address.
    pub(super) id: &'static str,
    pub(super) heading: &'static str,
    pub(super) content: Markup,
}

/// The whole document: `kicker`, `title` and `lead` on top, then the table of contents and the
/// `sections`.
pub(super) fn document(
    kicker: &Markup,
    title: &str,
    lead: &Markup,
    sections: &[Section],
) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                // Without it, a browser asks a server for one.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    p.kicker { (kicker) }
                    h1 { (title) }
                    (lead)
                    nav aria-label="Contents" {
                        ul { @for section in sections { li { a href={ "#" (section.id) } { (section.heading) } } } }
                    }
                }
                main {
                    @for section in sections {
                        section id=(section.id) aria-labelledby={ (section.id) "-heading" } {
                            h2 id={ (section.id) "-heading" } { (section.heading) }
                            (section.content)
                        }
                    }
                }
                footer { p { "Written by Wengert from the files beside this page; " code { "cargo experiment report DIR" } " writes it again." } }
            }
        }
    }
}
