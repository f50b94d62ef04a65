//! A sheet of small pictures, grey or in colour, each with a caption.

use std::fmt::{self, Write};

use super::Drawing;
use super::layout::BORDER;
use super::svg::{self, Anchor, Px, Svg};
use super::{csv, style, text, vega};

const WIDTH: f64 = 640.0;
/// Pictures beside each other, unless set.
const COLUMNS: usize = 8;
/// Width of a picture, at most: what is beside each other in fewer columns has room for captions.
const WIDEST: f64 = (WIDTH - 2.0 * BORDER + GAP) / COLUMNS as f64 - GAP;
/// Between two pictures.
const GAP: f64 = 12.0;
/// Height of a line of a caption, and what is below the last.
const LINE: f64 = 14.0;
const BELOW: f64 = 6.0;

/// Small pictures in rows, such as the images that a classifier gets wrong.
#[derive(Clone, Debug)]
pub struct Pictures {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) sheet: Vec<Picture>,
    pub(super) across: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) caption: String,
    columns: usize,
    pixels: Pixels,
}

#[derive(Clone, Debug)]
enum Pixels {
    /// From 0 (paper) to 1 (ink).
    Grey(Vec<f64>),
    /// Red, green and blue.
    Coloured(Vec<[u8; 3]>),
}

/// What a pixel looks like.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Shade {
    /// From 0 (paper) to 1 (ink).
    Grey(f64),
    /// Red, green and blue.
    Colour([u8; 3]),
}

impl Pictures {
    /// A sheet without pictures; `description` says in a sentence or two what is to be seen.
    pub fn new(title: &str, description: &str) -> Self {
        Self {
            title: title.into(),
            description: description.into(),
            sheet: Vec::new(),
            across: COLUMNS,
        }
    }

    /// Sets so many pictures beside each other, at least 1; eight by default. They do not grow, but
    /// captions have more room.
    pub fn across(self, pictures: usize) -> Self {
        let across = pictures.max(1);
        Self { across, ..self }
    }

    /// Adds a picture with `columns` pixels in a row; `values` are row-major from the top left, from
    /// 0 (paper) to 1 (ink). Lines of the caption are broken where they are too long.
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
            pixels: Pixels::Grey(values.into()),
        });
        self
    }

    /// [`Pictures::picture`] in colour: red, green and blue of each pixel.
    ///
    /// # Panics
    /// Unless there are whole rows.
    #[track_caller]
    pub fn coloured(mut self, caption: &str, columns: usize, pixels: &[[u8; 3]]) -> Self {
        assert!(
            columns > 0 && pixels.len().is_multiple_of(columns),
            "picture {caption:?}: no whole rows"
        );
        self.sheet.push(Picture {
            caption: caption.into(),
            columns,
            pixels: Pixels::Coloured(pixels.into()),
        });
        self
    }
}

impl Drawing for Pictures {
    fn to_svg(&self) -> String {
        let mut body = Svg::default();
        let mut top = body.title(&self.title, BORDER, WIDTH);
        let width = (WIDTH - 2.0 * BORDER + GAP) / self.across as f64 - GAP;
        for row in self.sheet.chunks(self.across) {
            let mut height: f64 = 0.0;
            for (column, picture) in row.iter().enumerate() {
                let left = BORDER + (width + GAP) * column as f64;
                height = height.max(picture.draw(&mut body, left, top, width));
            }
            top += height + GAP;
        }
        svg::document([&self.title, &self.description], WIDTH, top, &body)
    }

    /// One pixel a line: `caption,row,column,value`. The value of a pixel in colour is `#rrggbb`.
    fn to_csv(&self) -> String {
        let mut text = String::from("caption,row,column,value\n");
        for picture in &self.sheet {
            let caption = csv::quoted(&picture.caption);
            for (row, column, value) in picture.pixels() {
                let _ = writeln!(text, "{caption},{row},{column},{value}");
            }
        }
        text
    }

    fn to_vega_lite(&self) -> String {
        vega::pictures(self)
    }
}

impl Picture {
    /// Row, column and look of each pixel.
    pub(super) fn pixels(&self) -> impl Iterator<Item = (usize, usize, Shade)> {
        let columns = self.columns;
        let shades = (0..self.len()).map(|i| match &self.pixels {
            Pixels::Grey(values) => Shade::Grey(values[i]),
            Pixels::Coloured(pixels) => Shade::Colour(pixels[i]),
        });
        let shades = shades.enumerate();
        shades.map(move |(i, shade)| (i / columns, i % columns, shade))
    }

    fn len(&self) -> usize {
        match &self.pixels {
            Pixels::Grey(values) => values.len(),
            Pixels::Coloured(pixels) => pixels.len(),
        }
    }

    /// Draws the picture in a column `room` wide at (left, top), with its caption below; returns
    /// the height of both.
    fn draw(&self, svg: &mut Svg, left: f64, top: f64, room: f64) -> f64 {
        let width = room.min(WIDEST);
        let side = width / self.columns as f64;
        let height = side * (self.len() / self.columns) as f64;
        let inset = left + 0.5 * (room - width);
        svg.put(format_args!(
            r#"<g transform="translate({} {})" shape-rendering="crispEdges">"#,
            Px(inset),
            Px(top)
        ));
        let (right, bottom) = (Px(width), Px(height));
        svg.put(format_args!(
            r#"<rect {} width="{right}" height="{bottom}"/>"#,
            style::AXIS
        ));
        for (row, column, shade) in self.pixels() {
            let fill = match shade {
                Shade::Grey(0.0) => continue,
                Shade::Grey(value) => format!(r#"{} fill-opacity="{}""#, style::INK, Px(value)),
                Shade::Colour(_) => format!(r#"fill="{shade}""#),
            };
            let (x, y) = (side * column as f64, side * row as f64);
            // A hair wider than a pixel: renderers leave seams between touching edges.
            let (x, y, side) = (Px(x), Px(y), Px(side + 0.2));
            svg.put(format_args!(
                r#"<rect {fill} x="{x}" y="{y}" width="{side}" height="{side}"/>"#
            ));
        }
        svg.put(format_args!("</g>"));
        let lines = self.caption.lines();
        let lines = lines.flat_map(|line| text::wrap(line, style::TICK, room));
        let mut baseline = top + height;
        for line in lines {
            baseline += LINE;
            svg.text(
                style::TICK,
                Anchor::Middle,
                (left + 0.5 * room, baseline),
                &line,
            );
        }
        baseline + BELOW - top
    }
}

impl fmt::Display for Shade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grey(value) => write!(f, "{value:?}"),
            Self::Colour([red, green, blue]) => write!(f, "#{red:02x}{green:02x}{blue:02x}"),
        }
    }
}
