//! Reference lines, and their labels where no curve runs through them.

use super::layout::Plot;
use super::svg::{Anchor, Svg};
use super::{Mark, style, text};

/// Between a label and its line or the frame.
const GAP: f64 = 4.0;
/// Height kept free at the top for the signs of values above the axis.
const SIGNS: f64 = 8.0;
/// Parts that a stretch of a curve is tried at.
const PARTS: usize = 8;

/// Draws one line across or up the panel.
pub(super) fn draw(svg: &mut Svg, plot: &Plot<'_>, at: f64, vertical: bool) {
    if vertical {
        if let Some(x) = plot.x.locate(at) {
            svg.line(style::REFERENCE, (x, 0.0), (x, plot.height));
        }
    } else if let Some(y) = plot.y.locate(at) {
        svg.line(style::REFERENCE, (0.0, y), (plot.width, y));
    }
}

/// Writes the labels of all reference lines, over all marks.
pub(super) fn draw_labels(svg: &mut Svg, plot: &Plot<'_>) {
    let mut placed: Vec<Area> = Vec::new();
    for mark in &plot.panel.marks {
        let Mark::Reference {
            label,
            at,
            vertical,
        } = mark
        else {
            continue;
        };
        let ruler = if *vertical { &plot.x } else { &plot.y };
        let Some(at) = ruler.locate(*at) else {
            continue;
        };
        let size = (text::width(label, style::NOTE), style::NOTE.size);
        let places = if *vertical {
            beside(plot, at, size)
        } else {
            along(plot, at, size)
        };
        let free = |area: &&Area| !placed.iter().any(|p| p.meets(area)) && !area.crossed(plot);
        let Some(area) = places.iter().find(free).or(places.first()) else {
            continue;
        };
        svg.text_over(style::NOTE, Anchor::Start, (area.left, area.bottom), label);
        placed.push(*area);
    }
}

/// A rectangle that a label would fill, in the frame's coordinates.
#[derive(Clone, Copy)]
struct Area {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// Places for a label of this size at a level line: at either end, above it and below.
fn along(plot: &Plot<'_>, y: f64, (width, height): (f64, f64)) -> Vec<Area> {
    let (start, end) = (GAP, plot.width - GAP - width);
    let (above, below) = (y - GAP, y + height);
    let places = [(end, above), (start, above), (end, below), (start, below)];
    let inside = |bottom: f64| bottom - height > 0.0 && bottom + GAP < plot.height;
    let places = places.into_iter().filter(|(_, bottom)| inside(*bottom));
    places
        .map(|(left, bottom)| Area::new(left, bottom, (width, height)))
        .collect()
}

/// Places for a label of this size at an upright line: on either side, from the top down.
fn beside(plot: &Plot<'_>, x: f64, (width, height): (f64, f64)) -> Vec<Area> {
    let (left, right) = (x - GAP - width, x + GAP);
    let sides = if x > 0.6 * plot.width {
        [left, right]
    } else {
        [right, left]
    };
    let mut places = Vec::new();
    let mut bottom = SIGNS + 1.2 * height;
    while bottom < plot.height {
        let fits = sides
            .into_iter()
            .filter(|left| (0.0..=plot.width - width).contains(left));
        places.extend(fits.map(|left| Area::new(left, bottom, (width, height))));
        bottom += 1.2 * height;
    }
    places
}

impl Area {
    fn new(left: f64, bottom: f64, (width, height): (f64, f64)) -> Self {
        Self {
            left,
            right: left + width,
            top: bottom - height,
            bottom,
        }
    }

    fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn holds(&self, (x, y): (f64, f64)) -> bool {
        (self.left..=self.right).contains(&x) && (self.top..=self.bottom).contains(&y)
    }

    /// Whether a line or point of the panel runs through.
    fn crossed(&self, plot: &Plot<'_>) -> bool {
        plot.panel.marks.iter().any(|mark| {
            let (Mark::Line { points, .. } | Mark::Scatter(points)) = mark else {
                return false;
            };
            let place = |(x, y): (&f64, &f64)| Some((plot.x.locate(*x)?, plot.y.locate(*y)?));
            let places: Vec<_> = points.x.iter().zip(&points.y).map(place).collect();
            match mark {
                Mark::Scatter(_) => places.into_iter().flatten().any(|point| self.holds(point)),
                _ => places.windows(2).any(|pair| match pair {
                    [Some(from), Some(to)] => self.touched(*from, *to),
                    _ => false,
                }),
            }
        })
    }

    /// Whether the straight line between two points comes by.
    fn touched(&self, from: (f64, f64), to: (f64, f64)) -> bool {
        (0..=PARTS).any(|part| {
            let share = part as f64 / PARTS as f64;
            let between = |a: f64, b: f64| a + share * (b - a);
            self.holds((between(from.0, to.0), between(from.1, to.1)))
        })
    }
}
