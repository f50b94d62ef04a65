//! A sheet of small grey pictures, each with a caption.

use std::fmt::Write;

use super::Drawing;
use super::layout::BORDER;
use super::svg::{self, Anchor, Px, Svg};
use super::{csv, style, vega};

const WIDTH: f64 = 640.0;
/// Pictures beside each other.
pub(super) const COLUMNS: usize = 8;
/// Between two pictures.
const GAP: f64 = 12.0;
/// Height of a caption.
const CAPTION: f64 = 20.0;

/// Small pictures in rows, such as the images that a classifier gets wrong.
#[derive(Clone, Debug)]
pub struct Pictures {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) sheet: Vec<Picture>,
}

#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) caption: String,
    columns: usize,
    values: Vec<f64>,
}

impl Pictures {
    /// A sheet without pictures; `description` says in a sentence or two what is to be seen.
    pub fn new(title: &str, description: &str) -> Self {
        Self {
            title: title.into(),
            description: description.into(),
            sheet: Vec::new(),
        }
    }

    /// Adds a picture with `columns` pixels in a row; `values` are row-major from the top left, from
    /// 0 (paper) to 1 (ink).
    ///
    /// # Panics
    /// Unless there are whole rows and all values are between 0 and 1.
    #[track_caller]
    pub fn picture(mut self, caption: &str, columns: usize, values: &[f64]) -> Self {
        assert!(
            columns > 0 && values.len().is_multiple_of(columns),
            "picture {caption:?}: no whole rows"
        );
        assert!(
            values.iter().all(|value| (0.0..=1.0).contains(value)),
            "picture {caption:?}: a value is not between 0 and 1"
        );
        self.sheet.push(Picture {
            caption: caption.into(),
            columns,
            values: values.into(),
        });
        self
    }
}

impl Drawing for Pictures {
    fn to_svg(&self) -> String {
        let mut body = Svg::default();
        let mut top = body.title(&self.title, BORDER, WIDTH);
        let width = (WIDTH - 2.0 * BORDER + GAP) / COLUMNS as f64 - GAP;
        for row in self.sheet.chunks(COLUMNS) {
            let mut height: f64 = 0.0;
            for (column, picture) in row.iter().enumerate() {
                let left = BORDER + (width + GAP) * column as f64;
                height = height.max(picture.draw(&mut body, left, top, width));
            }
            top += height + CAPTION + GAP;
        }
        svg::document([&self.title, &self.description], WIDTH, top, &body)
    }

    /// One pixel a line: `caption,row,column,value`.
    fn to_csv(&self) -> String {
        let mut text = String::from("caption,row,column,value\n");
        for picture in &self.sheet {
            let caption = csv::quoted(&picture.caption);
            for (row, column, value) in picture.pixels() {
                let _ = writeln!(text, "{caption},{row},{column},{value:?}");
            }
        }
        text
    }

    fn to_vega_lite(&self) -> String {
        vega::pictures(self)
    }
}

impl Picture {
    /// Row, column and value of each pixel.
    pub(super) fn pixels(&self) -> impl Iterator<Item = (usize, usize, f64)> {
        let columns = self.columns;
        let pixels = self.values.iter().enumerate();
        pixels.map(move |(i, value)| (i / columns, i % columns, *value))
    }

    /// Draws the picture `width` wide at (left, top) with its caption below; returns its height.
    fn draw(&self, svg: &mut Svg, left: f64, top: f64, width: f64) -> f64 {
        let side = width / self.columns as f64;
        let height = side * (self.values.len() / self.columns) as f64;
        svg.put(format_args!(
            r#"<g transform="translate({} {})" shape-rendering="crispEdges">"#,
            Px(left),
            Px(top)
        ));
        let (right, bottom, ink) = (Px(width), Px(height), style::INK);
        svg.put(format_args!(
            r#"<rect {} width="{right}" height="{bottom}"/>"#,
            style::AXIS
        ));
        for (row, column, value) in self.pixels().filter(|(_, _, value)| *value > 0.0) {
            let (x, y) = (side * column as f64, side * row as f64);
            // A hair wider than a pixel: renderers leave seams between touching edges.
            let (x, y, side, value) = (Px(x), Px(y), Px(side + 0.2), Px(value));
            svg.put(format_args!(
                r#"<rect {ink} fill-opacity="{value}" x="{x}" y="{y}" width="{side}" height="{side}"/>"#
            ));
        }
        svg.put(format_args!("</g>"));
        let at = (left + 0.5 * width, top + height + 14.0);
        svg.text(style::TICK, Anchor::Middle, at, &self.caption);
        height
    }
}
