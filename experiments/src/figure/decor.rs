//! What surrounds the marks: grid, axes, labels, legend, notes.

use super::gaps::Kind;
use super::layout::{Palette, Plot};
use super::svg::{Anchor, Px, Svg};
use super::ticks::Ticks;
use super::{Figure, Mark, heat, marks, style, text};

const SAMPLE: f64 = 22.0;
const LEGEND_LINE: f64 = 17.0;

/// Between an axis and its tick labels.
const TICK_GAP: f64 = 7.0;
/// Between the y tick labels and the baseline of the y label.
const Y_LABEL_GAP: f64 = 9.0;
/// Between the lines of a category's name.
const NAME_LINE: f64 = 13.0;
/// Degrees that names too wide for their place are turned by.
const SLANT: f64 = 35.0;
/// Between two names on one level.
pub(super) const SLOT_GAP: f64 = 6.0;

/// A tick label in lines of at most `width` pixels; numbers have no spaces to break at.
fn name_lines(label: &str, width: f64) -> Vec<String> {
    text::wrap(label, style::TICK, width)
}

/// How the names below an axis are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Names {
    Level,
    Slanted,
    /// From bottom to top, in letters of this size.
    Upright(f64),
}

/// Room under the axis for `ticks`, each in `slot` pixels, and the label; and how the ticks' names
/// are written so that they do not touch.
pub(super) fn x_room(label: &str, ticks: &Ticks, slot: f64) -> (Names, f64) {
    let label = if label.is_empty() {
        0.0
    } else {
        style::LABEL.size + 6.0
    };
    let lines: Vec<_> = ticks
        .major
        .iter()
        .map(|(_, name)| name_lines(name, slot))
        .collect();
    let fits = |line: &String| text::width(line, style::TICK) <= slot;
    let (names, room) = if lines.iter().flatten().all(fits) {
        let most = lines.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let room = style::TICK.size + 9.0 + NAME_LINE * (most - 1) as f64;
        (Names::Level, room)
    } else if slot + SLOT_GAP > NAME_LINE / SLANT.to_radians().sin() {
        let room = SLANT.to_radians().sin() * ticks.widest(style::TICK) + 14.0;
        (Names::Slanted, room)
    } else {
        let face = upright((slot + SLOT_GAP).min(style::TICK.size));
        (Names::Upright(face.size), ticks.widest(face) + 12.0)
    };
    (names, room + label)
}

fn upright(size: f64) -> style::Face {
    style::Face {
        size,
        ..style::TICK
    }
}

/// Room left of the axis for its ticks and its label.
pub(super) fn y_room(label: &str, ticks: &Ticks) -> f64 {
    let label = if label.is_empty() {
        0.0
    } else {
        Y_LABEL_GAP + style::LABEL.size
    };
    TICK_GAP + ticks.widest(style::TICK) + label + 4.0
}

/// The label of an axis with the power of ten that its ticks leave out.
pub(super) fn axis_label(label: &str, ticks: &Ticks) -> String {
    match ticks.power {
        0 => label.into(),
        power => {
            let power = text::signed(&power.to_string());
            format!("{label} (×10^{{{power}}})").trim_start().to_owned()
        }
    }
}

/// Grid lines at the labelled ticks, under the marks.
pub(super) fn draw_grid(svg: &mut Svg, plot: &Plot<'_>) {
    if heat::within(plot.panel) {
        return;
    }
    if plot.panel.x.categories.is_empty() {
        for (position, _) in &plot.x_ticks.major {
            let x = plot.x.pixel(*position);
            svg.line(style::GRID, (x, 0.0), (x, plot.height));
        }
    }
    for (position, _) in &plot.y_ticks.major {
        let y = plot.y.pixel(*position);
        svg.line(style::GRID, (0.0, y), (plot.width, y));
    }
}

/// Axis lines and ticks, and where the plot is at the grid's border, their labels.
pub(super) fn draw_axes(svg: &mut Svg, plot: &Plot<'_>) {
    let foot = plot.height + plot.floor;
    svg.line(style::AXIS, (0.0, 0.0), (0.0, foot));
    svg.line(style::AXIS, (0.0, foot), (plot.width, foot));
    if plot.floor > 0.0 {
        svg.line(style::GRID, (0.0, plot.height), (plot.width, plot.height));
    }
    for position in &plot.x_ticks.minor {
        let x = plot.x.pixel(*position);
        svg.line(style::AXIS, (x, foot), (x, foot + 2.0));
    }
    for (position, _) in &plot.x_ticks.major {
        let x = plot.x.pixel(*position);
        svg.line(style::AXIS, (x, foot), (x, foot + 4.0));
    }
    for position in &plot.y_ticks.minor {
        let y = plot.y.pixel(*position);
        svg.line(style::AXIS, (-2.0, y), (0.0, y));
    }
    for (position, _) in &plot.y_ticks.major {
        let y = plot.y.pixel(*position);
        svg.line(style::AXIS, (-4.0, y), (0.0, y));
    }
    if plot.labels_x {
        label_x(svg, plot, foot);
    }
    if plot.labels_y {
        label_y(svg, plot);
    }
    let at = (0.5 * plot.width, -7.0);
    svg.text(style::LABEL, Anchor::Middle, at, &plot.panel.title);
}

fn label_x(svg: &mut Svg, plot: &Plot<'_>, foot: f64) {
    for (position, label) in &plot.x_ticks.major {
        let x = plot.x.pixel(*position);
        match plot.names {
            Names::Level => {}
            Names::Slanted => {
                let at = (x + 3.0, foot + 12.0);
                svg.turned_text(style::TICK, Anchor::End, at, -SLANT, label);
                continue;
            }
            Names::Upright(size) => {
                let at = (upright(size).centred_on(x), foot + 7.0);
                svg.turned_text(upright(size), Anchor::End, at, -90.0, label);
                continue;
            }
        }
        for (i, line) in name_lines(label, plot.slot()).iter().enumerate() {
            let at = (x, foot + 16.0 + NAME_LINE * i as f64);
            svg.text(style::TICK, Anchor::Middle, at, line);
        }
    }
    let label = axis_label(&plot.panel.x.label, &plot.x_ticks);
    let at = (0.5 * plot.width, foot + plot.x_room - 6.0);
    svg.text(style::LABEL, Anchor::Middle, at, &label);
}

fn label_y(svg: &mut Svg, plot: &Plot<'_>) {
    for (position, label) in &plot.y_ticks.major {
        let at = (-TICK_GAP, style::TICK.centred_on(plot.y.pixel(*position)));
        svg.text(style::TICK, Anchor::End, at, label);
    }
    if plot.floor > 0.0 {
        let at = (
            -TICK_GAP,
            style::TICK.centred_on(plot.height + 0.5 * plot.floor),
        );
        svg.text(style::TICK, Anchor::End, at, "0");
    }
    let label = axis_label(&plot.panel.y.label, &plot.y_ticks);
    let ticks = plot.y_ticks.widest(style::TICK);
    let at = (-TICK_GAP - ticks - Y_LABEL_GAP, 0.5 * plot.height);
    svg.turned_text(style::LABEL, Anchor::Middle, at, -90.0, &label);
}

/// Draws the legend from (left, top), wrapped before `right`; returns its height.
pub(super) fn draw_legend(
    svg: &mut Svg,
    figure: &Figure,
    palette: &Palette,
    (left, right): (f64, f64),
    top: f64,
) -> f64 {
    let (mut x, mut y) = (left, top);
    let mut drawn = false;
    for (series, label) in palette.labels().filter(|(_, label)| !label.is_empty()) {
        let width = SAMPLE + 6.0 + text::width(label, style::LEGEND);
        if x > left && x + width > right {
            (x, y) = (left, y + LEGEND_LINE);
        }
        let middle = y + 0.5 * LEGEND_LINE;
        for mark in figure.panels.iter().flat_map(|panel| &panel.marks) {
            if mark.series() == Some(label) && sample(svg, mark, series, x, middle) {
                break;
            }
        }
        let at = (x + SAMPLE + 6.0, style::LEGEND.centred_on(middle));
        svg.text(style::LEGEND, Anchor::Start, at, label);
        x += width + 16.0;
        drawn = true;
    }
    if drawn { y + LEGEND_LINE - top } else { 0.0 }
}

/// A sample of `mark`; whether it says all there is to say (a band also wants its line).
fn sample(svg: &mut Svg, mark: &Mark, series: usize, x: f64, y: f64) -> bool {
    let (fill, stroke) = (style::fill(series), style::stroke(series));
    let (left, top) = (Px(x), Px(y - 5.0));
    match mark {
        Mark::Line { dashed, .. } => {
            let dash = style::dash(series, *dashed);
            let style = format!(r#"{stroke} stroke-width="1.8"{dash}"#);
            svg.line(&style, (x, y), (x + SAMPLE, y));
            true
        }
        Mark::Scatter(_) => {
            svg.put(format_args!(
                "{}",
                marks::symbols(&[(x + 0.5 * SAMPLE, y)], series, 3.2)
            ));
            true
        }
        Mark::Bars(_) => {
            svg.put(format_args!(
                r#"<rect {fill} x="{left}" y="{top}" width="{SAMPLE}" height="10"/>"#
            ));
            true
        }
        Mark::Band { .. } => {
            svg.put(format_args!(
                r#"<rect {fill} fill-opacity="0.2" x="{left}" y="{top}" width="{SAMPLE}" height="10"/>"#
            ));
            false
        }
        Mark::Reference { .. } | Mark::Heat(_) => false,
    }
}

/// Explains the signs that occurred and what could not be drawn, at (left, top); returns the
/// height used.
pub(super) fn draw_notes(
    svg: &mut Svg,
    kinds: &[Kind],
    lost: usize,
    (left, top): (f64, f64),
) -> f64 {
    let mut x = left;
    let middle = top + 6.0;
    for (kind, meaning) in [
        (Kind::Undefined, "NaN"),
        (Kind::Above, "+∞ or above"),
        (Kind::Below, "−∞ or below"),
    ] {
        if kinds.contains(&kind) {
            let mut path = String::new();
            marks::sign(&mut path, kind, x + 3.0, middle);
            svg.put(format_args!(r#"<path {} d="{path}"/>"#, style::AXIS));
            let at = (x + 10.0, style::NOTE.centred_on(middle));
            svg.text(style::NOTE, Anchor::Start, at, meaning);
            x += 10.0 + text::width(meaning, style::NOTE) + 14.0;
        }
    }
    if lost > 0 {
        let note = format!("points without a place on the x axis, not drawn: {lost}");
        let at = (x, style::NOTE.centred_on(middle));
        svg.text(style::NOTE, Anchor::Start, at, &note);
        x += 1.0;
    }
    if x > left { 16.0 } else { 0.0 }
}
