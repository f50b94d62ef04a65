//! Drawing the marks of a panel into its frame.

use std::fmt::Write;

use super::gaps::{self, Kind, Trace};
use super::layout::Plot;
use super::scale::{Place, Scale};
use super::svg::{Px, Svg, polyline};
use super::{Mark, Panel, Points, heat, references, style};

/// Height of a row of zeros under a log axis, in pixels.
const FLOOR_ROW: f64 = 8.0;
/// Distance between the signs of two series that leave the axis in the same way.
const LANE: f64 = 8.0;
/// A gap at least this wide is drawn with its extent.
const LONG: f64 = 6.0;
const LINE_WIDTH: f64 = 1.6;

/// The gaps of one series of a panel.
pub(super) struct SeriesGaps {
    series: usize,
    trace: Trace,
}

/// Draws all marks in the frame's own coordinates and returns what did not fit on the axes.
pub(super) fn draw(svg: &mut Svg, plot: &Plot<'_>) -> Vec<SeriesGaps> {
    let mut all = Vec::new();
    let groups = plot
        .panel
        .marks
        .iter()
        .filter(|mark| matches!(mark, Mark::Bars(_)))
        .count();
    let mut group = 0.0;
    for mark in &plot.panel.marks {
        let series = mark.series().map_or(0, |label| plot.palette.index(label));
        let trace = match mark {
            Mark::Line { points, dashed } => line(svg, plot, points, series, *dashed),
            Mark::Scatter(points) => scatter(svg, plot, points, series),
            Mark::Band { low, high } => {
                band(svg, plot, low, high, series);
                continue;
            }
            Mark::Bars(points) => {
                let width = 0.8 / groups as f64;
                let offset = width * (group - 0.5 * (groups as f64 - 1.0));
                group += 1.0;
                bars(svg, plot, points, series, (offset, width))
            }
            Mark::Reference { at, vertical, .. } => {
                references::draw(svg, plot, *at, *vertical);
                continue;
            }
            Mark::Heat(cells) => {
                heat::draw(svg, plot, cells);
                continue;
            }
        };
        all.push(SeriesGaps { series, trace });
    }
    references::draw_labels(svg, plot);
    all
}

fn line(svg: &mut Svg, plot: &Plot<'_>, points: &Points, series: usize, dashed: bool) -> Trace {
    let trace = gaps::trace(&points.x, &points.y, &plot.x, &plot.y);
    let (mut path, mut dots) = (String::new(), String::new());
    for segment in &trace.segments {
        match segment[..] {
            [(x, y)] => dot(&mut dots, x, y),
            _ => path.push_str(&polyline(&gaps::thin(segment))),
        }
    }
    let stroke = style::stroke(series);
    if !path.is_empty() {
        let dash = style::dash(series, dashed);
        if heat::within(plot.panel) {
            // No colour of a line stands out from all colours of the cells.
            svg.put(format_args!(
                r##"<path fill="none" stroke="#ffffff" stroke-width="4" d="{path}"/>"##
            ));
        }
        svg.put(format_args!(
            r#"<path {stroke} stroke-width="{LINE_WIDTH}" stroke-linejoin="round"{dash} d="{path}"/>"#
        ));
    }
    if !dots.is_empty() {
        // A point between two gaps has no line to be seen by.
        svg.put(format_args!(
            r#"<path {stroke} stroke-width="3.6" stroke-linecap="round" d="{dots}"/>"#
        ));
    }
    trace
}

/// A point as a line of no length, which its round ends make a disc.
fn dot(path: &mut String, x: f64, y: f64) {
    let _ = write!(path, "M{} {}h0", Px(x), Px(y));
}

fn scatter(svg: &mut Svg, plot: &Plot<'_>, points: &Points, series: usize) -> Trace {
    let trace = gaps::trace(&points.x, &points.y, &plot.x, &plot.y);
    let placed = gaps::distinct(trace.segments.iter().flatten().copied());
    let size = match placed.len() {
        ..=60 => 3.2,
        61..=1000 => 2.2,
        _ => 1.2,
    };
    svg.put(format_args!("{}", symbols(&placed, series, size)));
    trace
}

/// The symbols of a series at `points`, in one element.
pub(super) fn symbols(points: &[(f64, f64)], series: usize, size: f64) -> String {
    let mut path = String::new();
    for (x, y) in points {
        let (x, y) = (*x, *y);
        let _ = match series % 4 {
            0 => write!(path, "M{} {}h0", Px(x), Px(y)),
            1 => {
                let (r, d) = (0.88 * size, Px(1.76 * size));
                write!(path, "M{} {}h{d}v{d}h-{d}z", Px(x - r), Px(y - r))
            }
            2 => {
                let (r, base) = (1.1 * size, Px(2.2 * size));
                write!(
                    path,
                    "M{} {}h{base}L{} {}z",
                    Px(x - r),
                    Px(y + 0.8 * r),
                    Px(x),
                    Px(y - r)
                )
            }
            _ => {
                let (r, d) = (1.25 * size, Px(1.25 * size));
                write!(path, "M{} {}l{d} {d}l-{d} {d}l-{d} -{d}z", Px(x), Px(y - r))
            }
        };
    }
    if series.is_multiple_of(4) {
        let stroke = style::stroke(series);
        let width = Px(2.0 * size);
        format!(r#"<path {stroke} stroke-width="{width}" stroke-linecap="round" d="{path}"/>"#)
    } else {
        format!(r#"<path {} d="{path}"/>"#, style::fill(series))
    }
}

fn band(svg: &mut Svg, plot: &Plot<'_>, low: &Points, high: &[f64], series: usize) {
    let mut path = String::new();
    let mut stretch: Vec<(f64, f64, f64)> = Vec::new();
    for ((x, low), high) in low.x.iter().zip(&low.y).zip(high) {
        // An end that leaves the axis takes the band to the frame.
        let bottom = match plot.y.scale.place(*low) {
            Place::At(position) => Some(plot.y.pixel(position)),
            Place::Zero | Place::Below => Some(plot.height),
            Place::Above | Place::Undefined => None,
        };
        let top = match plot.y.scale.place(*high) {
            Place::At(position) => Some(plot.y.pixel(position)),
            Place::Above => Some(0.0),
            Place::Zero | Place::Below | Place::Undefined => None,
        };
        if let (Some(x), Some(bottom), Some(top)) = (plot.x.locate(*x), bottom, top) {
            stretch.push((x, bottom, top));
        } else {
            close_band(&mut path, &stretch);
            stretch.clear();
        }
    }
    close_band(&mut path, &stretch);
    let fill = style::fill(series);
    svg.put(format_args!(
        r#"<path {fill} fill-opacity="0.2" d="{path}"/>"#
    ));
}

fn close_band(path: &mut String, stretch: &[(f64, f64, f64)]) {
    let upper: Vec<_> = stretch.iter().map(|(x, _, top)| (*x, *top)).collect();
    let lower: Vec<_> = stretch.iter().map(|(x, bottom, _)| (*x, *bottom)).collect();
    let back = gaps::thin(&lower).into_iter().rev();
    let outline: Vec<_> = gaps::thin(&upper).into_iter().chain(back).collect();
    if !outline.is_empty() {
        path.push_str(&polyline(&outline));
        path.push('Z');
    }
}

/// Bars of `width` in categories, their middle `offset` categories right of the place.
fn bars(
    svg: &mut Svg,
    plot: &Plot<'_>,
    points: &Points,
    series: usize,
    (offset, width): (f64, f64),
) -> Trace {
    let middles: Vec<f64> = points.x.iter().map(|x| x + offset).collect();
    let trace = gaps::trace(&middles, &points.y, &plot.x, &plot.y);
    let base = match plot.y.scale {
        Scale::Linear => plot.y.pixel(0.0).clamp(0.0, plot.height),
        Scale::Log => plot.height,
    };
    let half = 0.5 * width * (plot.x.pixel(1.0) - plot.x.pixel(0.0)) - 0.5;
    let fill = style::fill(series);
    for (x, y) in trace.segments.iter().flatten() {
        let (top, height) = (y.min(base), (y - base).abs());
        let (left, top) = (Px(x - half), Px(top));
        let (width, height) = (Px(2.0 * half), Px(height));
        svg.put(format_args!(
            r#"<rect {fill} x="{left}" y="{top}" width="{width}" height="{height}"/>"#
        ));
    }
    trace
}

/// The series with gaps of `kind`, each once, in the order they were drawn.
fn series_with(all: &[SeriesGaps], kind: Kind) -> Vec<usize> {
    let mut found = Vec::new();
    for each in all {
        if each.trace.gaps.iter().any(|gap| gap.kind == kind) && !found.contains(&each.series) {
            found.push(each.series);
        }
    }
    found
}

/// Marks what left the axes: NaN and below at the lower edge, above at the upper, zeros in rows
/// under the frame. Returns the kinds that occurred.
pub(super) fn draw_gaps(svg: &mut Svg, plot: &Plot<'_>, all: &[SeriesGaps]) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for kind in [Kind::Undefined, Kind::Above, Kind::Below, Kind::Zero] {
        let lanes = series_with(all, kind);
        for each in all {
            let Some(lane) = lanes.iter().position(|series| *series == each.series) else {
                continue;
            };
            let lane = lane as f64;
            let y = match kind {
                Kind::Zero => plot.height + FLOOR_ROW * (lane + 1.0),
                Kind::Above => 6.0 + LANE * lane,
                Kind::Below | Kind::Undefined => plot.height - 6.0 - LANE * lane,
            };
            let gaps = each.trace.gaps.iter().filter(|gap| gap.kind == kind);
            let extents: Vec<(f64, f64)> = gaps
                .filter(|gap| gap.to >= 0.0 && gap.from <= plot.width)
                .map(|gap| (gap.from.max(0.0), gap.to.min(plot.width)))
                .collect();
            draw_signs(svg, kind, each.series, y, &extents);
        }
        if !lanes.is_empty() {
            kinds.push(kind);
        }
    }
    kinds
}

fn draw_signs(svg: &mut Svg, kind: Kind, series: usize, y: f64, extents: &[(f64, f64)]) {
    let (mut signs, mut runs) = (String::new(), String::new());
    let mut clear_from = f64::NEG_INFINITY;
    for (from, to) in extents {
        // Signs on top of each other are one sign.
        if *from >= clear_from {
            sign(&mut signs, kind, *from, y);
            clear_from = from + 1.0;
        }
        if to - from >= LONG {
            let _ = write!(runs, "M{} {}H{}", Px(*from), Px(y), Px(*to));
        }
    }
    let stroke = style::stroke(series);
    let width = if kind == Kind::Zero { 3.4 } else { 1.3 };
    svg.put(format_args!(
        r#"<path {stroke} stroke-width="{width}" stroke-linecap="round" d="{signs}"/>"#
    ));
    if !runs.is_empty() {
        let width = if kind == Kind::Zero { 2.4 } else { 1.0 };
        svg.put(format_args!(
            r#"<path {stroke} stroke-width="{width}" d="{runs}"/>"#
        ));
    }
}

/// A cross, a wedge up, a wedge down or a dot, for legend and panels alike.
pub(super) fn sign(path: &mut String, kind: Kind, x: f64, y: f64) {
    let (left, right) = (Px(x - 2.5), Px(x + 2.5));
    let (top, bottom) = (Px(y - 2.5), Px(y + 2.5));
    let _ = match kind {
        Kind::Undefined => {
            write!(
                path,
                "M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}"
            )
        }
        Kind::Above => write!(path, "M{left} {bottom}L{} {top}L{right} {bottom}", Px(x)),
        Kind::Below => write!(path, "M{left} {top}L{} {bottom}L{right} {top}", Px(x)),
        Kind::Zero => write!(path, "M{} {}h0", Px(x), Px(y)),
    };
}

/// Points of the panel without a place on its x axis.
pub(super) fn lost(all: &[SeriesGaps]) -> usize {
    all.iter().map(|each| each.trace.lost).sum()
}

/// Height of the rows for the exact zeros that `panel`'s y axis cannot place.
pub(super) fn floor(panel: &Panel) -> f64 {
    if panel.y.scale == Scale::Linear {
        return 0.0;
    }
    let mut rows: Vec<&str> = Vec::new();
    for mark in &panel.marks {
        let (Mark::Line { points, .. } | Mark::Scatter(points) | Mark::Bars(points)) = mark else {
            continue;
        };
        if points.y.contains(&0.0) && !rows.contains(&points.label.as_str()) {
            rows.push(&points.label);
        }
    }
    if rows.is_empty() {
        0.0
    } else {
        FLOOR_ROW * (rows.len() + 1) as f64
    }
}
