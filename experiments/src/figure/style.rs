//! Colours and strokes: plain light attributes, and a dark scheme over them by class.
//!
//! Attributes come first because renderers without style sheets (and librsvg, for CSS variables)
//! would draw black; a browser's style sheet wins over attributes.

use std::fmt::Write;

pub(super) const FONT: &str = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";
pub(super) const PAGE: &str = r##"class="wg-page" fill="#ffffff""##;
const TEXT: &str = r##"class="wg-text" fill="#222222""##;
const FAINT: &str = r##"class="wg-faint" fill="#666666""##;
pub(super) const INK: &str = TEXT;
pub(super) const HALO: &str =
    r##"class="wg-halo" fill="none" stroke="#ffffff" stroke-width="3" stroke-linejoin="round""##;
pub(super) const GRID: &str =
    r##"class="wg-grid" stroke="#e6e6e6" stroke-width="0.8" fill="none""##;
pub(super) const AXIS: &str =
    r##"class="wg-axis" stroke="#444444" stroke-width="0.8" fill="none""##;
pub(super) const REFERENCE: &str =
    r##"class="wg-ref" stroke="#666666" stroke-width="1" stroke-dasharray="5 3" fill="none""##;

/// Before the colour of a cell that is white as the page, and dark on a dark one.
pub(super) const ZERO: &str = r#"class="wg-zero" "#;

/// How a kind of text looks: its colour attributes and its size in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Face {
    pub(super) colour: &'static str,
    pub(super) size: f64,
}

pub(super) const TITLE: Face = Face {
    colour: TEXT,
    size: 14.0,
};
pub(super) const LABEL: Face = Face {
    colour: TEXT,
    size: 12.0,
};
pub(super) const LEGEND: Face = Face {
    colour: TEXT,
    size: 11.5,
};
pub(super) const TICK: Face = Face {
    colour: TEXT,
    size: 11.0,
};
/// On the colours of a heat map, which are the same in the dark scheme.
pub(super) const ON_LIGHT: Face = Face {
    colour: r##"fill="#222222""##,
    size: 11.0,
};
pub(super) const ON_DARK: Face = Face {
    colour: r##"fill="#ffffff""##,
    size: 11.0,
};
pub(super) const NOTE: Face = Face {
    colour: FAINT,
    size: 10.5,
};

impl Face {
    /// The baseline of a line of text whose figures are centred on `y`.
    pub(super) fn centred_on(self, y: f64) -> f64 {
        y + 0.35 * self.size
    }
}

/// Okabe and Ito (2008), colour-blind safe, in an order of contrast on white; beside each its
/// lighter form for a dark page. Their yellow is left out: too pale for a line on white.
const SERIES: [(&str, &str); 7] = [
    ("#0072b2", "#4ba3e3"),
    ("#d55e00", "#ff8a4c"),
    ("#009e73", "#3fcfa4"),
    ("#cc79a7", "#e8a5c8"),
    ("#e69f00", "#f7c04a"),
    ("#56b4e9", "#9bd6f7"),
    ("#000000", "#f0f0f0"),
];
/// Solid first: a dash tells apart the series that share a colour.
const DASHES: [&str; 4] = ["", "6 2", "2 2", "8 2 2 2"];

/// The colour of series number `index` on a light page.
pub(super) fn colour(index: usize) -> &'static str {
    SERIES[index % SERIES.len()].0
}

/// `class` and `stroke` of series number `index`.
pub(super) fn stroke(index: usize) -> String {
    let (number, colour) = (index % SERIES.len(), colour(index));
    format!(r#"class="wg-s{number}" stroke="{colour}" fill="none""#)
}

/// `class` and `fill` of series number `index`.
pub(super) fn fill(index: usize) -> String {
    let (number, colour) = (index % SERIES.len(), colour(index));
    format!(r#"class="wg-f{number}" fill="{colour}""#)
}

/// Lengths of the dashes of a line of series number `index` and of the gaps between; none if solid.
pub(super) fn pattern(index: usize, dashed: bool) -> &'static str {
    if dashed {
        "4 3"
    } else {
        DASHES[index / SERIES.len() % DASHES.len()]
    }
}

/// The dash attribute of a line of series number `index`.
pub(super) fn dash(index: usize, dashed: bool) -> String {
    let pattern = pattern(index, dashed);
    if pattern.is_empty() {
        String::new()
    } else {
        format!(r#" stroke-dasharray="{pattern}""#)
    }
}

/// The style sheet of the dark scheme.
pub(super) fn dark() -> String {
    let mut css = String::from(
        "@media (prefers-color-scheme: dark) {\n\
         .wg-page{fill:#14161a}.wg-text{fill:#e4e4e4}.wg-faint{fill:#a0a0a0}\
         .wg-halo{stroke:#14161a}.wg-grid{stroke:#2e3238}.wg-axis{stroke:#a8a8a8}\
         .wg-ref{stroke:#a0a0a0}.wg-zero{fill:#2a2d33}\n",
    );
    for (index, (_, dark)) in SERIES.iter().enumerate() {
        let _ = write!(
            css,
            ".wg-s{index}{{stroke:{dark}}}.wg-f{index}{{fill:{dark}}}"
        );
    }
    css + "\n}"
}
