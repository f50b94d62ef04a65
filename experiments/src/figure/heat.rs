//! Heat maps: cells on the viridis colours, and their colour bar.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::layout::Plot;
use super::scale::{Interval, Place, Ruler, Scale};
use super::svg::{Anchor, Px, Svg};
use super::ticks::{self, Ticks};
use super::{Heat, Mark, Panel, decor, style, text};
use crate::table::significant;

/// Every 16th of the 256 colours of viridis, and the last (S. van der Walt and N. Smith, 2015).
const VIRIDIS: [[i32; 3]; 17] = [
    [68, 1, 84],
    [72, 24, 106],
    [71, 45, 123],
    [66, 64, 134],
    [59, 82, 139],
    [51, 99, 141],
    [44, 114, 142],
    [38, 130, 142],
    [33, 145, 140],
    [31, 160, 136],
    [40, 174, 128],
    [63, 188, 115],
    [94, 201, 98],
    [132, 212, 75],
    [173, 220, 48],
    [216, 226, 25],
    [253, 231, 37],
];
/// Stretches between the colours of [`VIRIDIS`].
const SEGMENTS: i32 = 16;
/// Colours drawn; more could not be told apart.
const LEVELS: i32 = 128;
/// Cells narrower than this many pixels are merged.
const SMALLEST: f64 = 2.0;
/// Cells at least so wide and high show their values too.
const ROOMY: (f64, f64) = (36.0, 18.0);
/// From this fraction of the colour scale on, a cell is light, and text on it dark.
pub(super) const LIGHT: f64 = 0.6;
const BAR_GAP: f64 = 14.0;
const BAR_WIDTH: f64 = 12.0;
/// Between the colour bar and the swatches under it.
const SWATCH_GAP: f64 = 8.0;
/// From one swatch to the next.
const SWATCH: f64 = 15.0;

/// What a cell is painted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Paint {
    Level(i32),
    Zero,
    Above,
    Below,
    Undefined,
}

impl Paint {
    /// For a value that lies at `place` on a colour `scale`.
    pub(super) fn of(place: Place, scale: &Ruler) -> Self {
        match place {
            Place::At(position) => {
                let fraction = (position - scale.interval.low) / scale.interval.span();
                Self::Level((fraction * f64::from(LEVELS - 1)).round() as i32)
            }
            Place::Zero => Self::Zero,
            Place::Above => Self::Above,
            Place::Below => Self::Below,
            Place::Undefined => Self::Undefined,
        }
    }

    pub(super) fn colour(self) -> String {
        match self {
            Self::Level(level) => colour(level),
            Self::Zero => "#ffffff".into(),
            Self::Above => "#d55e00".into(),
            Self::Below => "#cc79a7".into(),
            Self::Undefined => "#9a9a9a".into(),
        }
    }

    fn style(self) -> String {
        let class = if self == Self::Zero { style::ZERO } else { "" };
        format!(r#"{class}fill="{}""#, self.colour())
    }

    /// What a swatch of it is called; none for the colours of the scale.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Level(_) => None,
            Self::Zero => Some("0"),
            Self::Above => Some("above"),
            Self::Below => Some("below"),
            Self::Undefined => Some("NaN"),
        }
    }
}

fn colour(level: i32) -> String {
    let parts = LEVELS - 1;
    let below = (level * SEGMENTS / parts).min(SEGMENTS - 1);
    let part = level * SEGMENTS - below * parts;
    let below = usize::try_from(below).unwrap_or(0);
    let mut hex = String::from("#");
    for (low, high) in VIRIDIS[below].into_iter().zip(VIRIDIS[below + 1]) {
        let _ = write!(hex, "{:02x}", low + (high - low) * part / parts);
    }
    hex
}

/// Whether `panel` has a heat map, whose cells fill it to the frame.
pub(super) fn within(panel: &Panel) -> bool {
    panel.marks.iter().any(|mark| matches!(mark, Mark::Heat(_)))
}

/// Borders of cells around `centres`, in positions of `scale`: half-way between neighbours.
pub(super) fn edges(scale: Scale, centres: &[f64]) -> Vec<f64> {
    let places: Vec<f64> = centres.iter().filter_map(|c| scale.position(*c)).collect();
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return Vec::new();
    };
    if places.len() == 1 {
        return vec![first - 0.5, first + 0.5];
    }
    let between = places.windows(2).map(|pair| 0.5 * (pair[0] + pair[1]));
    let start = 1.5 * first - 0.5 * places[1];
    let end = 1.5 * last - 0.5 * places[places.len() - 2];
    std::iter::once(start).chain(between).chain([end]).collect()
}

/// The colour scale of a heat map, as a ruler of `height` pixels.
pub(super) fn ruler(heat: &Heat, height: f64) -> Ruler {
    let positions = heat
        .values
        .iter()
        .filter_map(|value| heat.colour.position(*value));
    let interval = Interval::around(positions).unwrap_or(Interval {
        low: 0.0,
        high: 1.0,
    });
    Ruler {
        scale: heat.colour,
        interval: interval.with_width(heat.colour),
        from: height,
        to: 0.0,
    }
}

/// The colour bar: its ruler and its ticks.
fn bar(heat: &Heat, height: f64) -> (Ruler, Ticks) {
    let ruler = ruler(heat, height);
    (ruler, ticks::upright(heat.colour, ruler.interval, height))
}

/// Paints the cells into the plot's frame.
pub(super) fn draw(svg: &mut Svg, plot: &Plot<'_>, heat: &Heat) {
    let pixels = |ruler: &Ruler, centres: &[f64]| -> Vec<f64> {
        edges(ruler.scale, centres)
            .into_iter()
            .map(|edge| ruler.pixel(edge))
            .collect()
    };
    let (x, y) = (pixels(&plot.x, &heat.x), pixels(&plot.y, &heat.y));
    let (columns, rows) = (blocks(&x), blocks(&y));
    let scale = ruler(heat, plot.height);
    let mut paths: BTreeMap<Paint, String> = BTreeMap::new();
    for rows in rows.windows(2) {
        let paints: Vec<Paint> = columns
            .windows(2)
            .map(|columns| block(heat, (columns[0], columns[1]), (rows[0], rows[1])))
            .map(|place| Paint::of(place, &scale))
            .collect();
        let (top, bottom) = (y[rows[1]], y[rows[0]]);
        let mut start = 0;
        for run in paints.chunk_by(|a, b| a == b) {
            let (left, right) = (x[columns[start]], x[columns[start + run.len()]]);
            let path = paths.entry(run[0]).or_default();
            let (left, right, top, bottom) = (Px(left), Px(right), Px(top), Px(bottom));
            let _ = write!(path, "M{left} {top}H{right}V{bottom}H{left}z");
            start += run.len();
        }
    }
    svg.put(format_args!(r#"<g shape-rendering="crispEdges">"#));
    for (paint, path) in paths {
        svg.put(format_args!(r#"<path {} d="{path}"/>"#, paint.style()));
    }
    svg.put(format_args!("</g>"));
    if roomy(heat, plot.width, plot.height) {
        draw_values(svg, plot, heat, &scale);
    }
}

/// Whether every cell has room for its value, in a plot `width` by `height`.
pub(super) fn roomy(heat: &Heat, width: f64, height: f64) -> bool {
    width / heat.x.len() as f64 >= ROOMY.0 && height / heat.y.len() as f64 >= ROOMY.1
}

/// Writes each value that has a place on the colour scale into its cell.
fn draw_values(svg: &mut Svg, plot: &Plot<'_>, heat: &Heat, scale: &Ruler) {
    for (i, value) in heat.values.iter().enumerate() {
        let Place::At(position) = scale.scale.place(*value) else {
            continue;
        };
        let (x, y) = (heat.x[i % heat.x.len()], heat.y[i / heat.x.len()]);
        let (Some(x), Some(y)) = (plot.x.scale.position(x), plot.y.scale.position(y)) else {
            continue;
        };
        let fraction = (position - scale.interval.low) / scale.interval.span();
        let face = if fraction > LIGHT {
            style::ON_LIGHT
        } else {
            style::ON_DARK
        };
        let at = (plot.x.pixel(x), face.centred_on(plot.y.pixel(y)));
        svg.text(face, Anchor::Middle, at, &significant(*value, 3));
    }
}

/// Indices of the edges that are kept, so that no block is under [`SMALLEST`] pixels.
pub(super) fn blocks(edges: &[f64]) -> Vec<usize> {
    let mut kept = vec![0];
    let mut last = edges[0];
    for (i, edge) in edges.iter().enumerate().skip(1) {
        if (edge - last).abs() >= SMALLEST {
            kept.push(i);
            last = *edge;
        }
    }
    match kept.last_mut() {
        Some(end) if *end != 0 => *end = edges.len() - 1,
        _ => kept.push(edges.len() - 1),
    }
    kept
}

/// The place of the cells in `columns` and `rows`: the mean position, with zeros on a log scale
/// left out; but the kind of a cell that is not finite, so that a single NaN is not lost.
pub(super) fn block(heat: &Heat, columns: (usize, usize), rows: (usize, usize)) -> Place {
    let (mut sum, mut count, mut zero) = (0.0, 0.0, false);
    for row in rows.0..rows.1 {
        for column in columns.0..columns.1 {
            match heat.colour.place(heat.values[row * heat.x.len() + column]) {
                Place::At(position) => {
                    sum += position;
                    count += 1.0;
                }
                Place::Zero => zero = true,
                place => return place,
            }
        }
    }
    if zero && count == 0.0 {
        Place::Zero
    } else {
        Place::At(sum / count)
    }
}

/// The colour bar right of the plot, with swatches for what its scale cannot place.
pub(super) fn draw_bar(svg: &mut Svg, plot: &Plot<'_>, heat: &Heat) {
    let (ruler, ticks) = bar(heat, plot.height);
    let left = plot.width + BAR_GAP;
    let right = left + BAR_WIDTH;
    svg.put(format_args!(r#"<g shape-rendering="crispEdges">"#));
    for level in 0..LEVELS {
        let top = plot.height * (1.0 - f64::from(level + 1) / f64::from(LEVELS));
        let height = plot.height / f64::from(LEVELS) + 0.5;
        let (colour, left, top, height) = (colour(level), Px(left), Px(top), Px(height));
        svg.put(format_args!(
            r#"<rect fill="{colour}" x="{left}" y="{top}" width="{BAR_WIDTH}" height="{height}"/>"#
        ));
    }
    svg.put(format_args!("</g>"));
    for position in &ticks.minor {
        let y = ruler.pixel(*position);
        svg.line(style::AXIS, (right, y), (right + 2.0, y));
    }
    for (position, label) in &ticks.major {
        let y = ruler.pixel(*position);
        svg.line(style::AXIS, (right, y), (right + 4.0, y));
        let at = (right + 7.0, style::TICK.centred_on(y));
        svg.text(style::TICK, Anchor::Start, at, label);
    }
    let label = decor::axis_label(&heat.label, &ticks);
    let x = right + 7.0 + ticks.widest(style::TICK) + 14.0;
    let middle = (x, 0.5 * plot.height);
    svg.turned_text(style::LABEL, Anchor::Middle, middle, -90.0, &label);
    for (i, (paint, name)) in swatches(heat).into_iter().enumerate() {
        let y = plot.height + SWATCH_GAP + SWATCH * i as f64;
        let (paint, left, top) = (paint.style(), Px(left), Px(y));
        let size = format!(r#"width="{BAR_WIDTH}" height="10""#);
        svg.put(format_args!(
            r##"<rect {paint} stroke="#888888" stroke-width="0.6" x="{left}" y="{top}" {size}/>"##
        ));
        svg.text(style::TICK, Anchor::Start, (right + 7.0, y + 8.5), name);
    }
}

/// What the colour scale cannot place, with its name.
fn swatches(heat: &Heat) -> Vec<(Paint, &'static str)> {
    let scale = ruler(heat, 1.0);
    let paints = heat.values.iter().map(|value| heat.colour.place(*value));
    let found: BTreeSet<Paint> = paints.map(|place| Paint::of(place, &scale)).collect();
    found
        .into_iter()
        .filter_map(|paint| Some((paint, paint.name()?)))
        .collect()
}

/// Height of the swatches under the colour bar.
pub(super) fn swatch_room(heat: &Heat) -> f64 {
    SWATCH_GAP + SWATCH * swatches(heat).len() as f64
}

/// Width of the colour bar with its labels, right of the plot.
pub(super) fn bar_room(heat: &Heat, height: f64) -> f64 {
    let (_, ticks) = bar(heat, height);
    let names = text::width("below", style::TICK);
    BAR_GAP + BAR_WIDTH + 7.0 + ticks.widest(style::TICK).max(names) + 20.0
}
