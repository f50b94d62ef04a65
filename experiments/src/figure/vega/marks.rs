//! Layers of the marks that belong to series, and of reference lines.

use std::collections::BTreeSet;
use std::iter;
use std::mem::discriminant;

use serde_json::{Value, json};

use super::{Frame, Layer, ends, thin};
use crate::figure::layout::Palette;
use crate::figure::scale::{Interval, Place, Scale};
use crate::figure::{Mark, Points, style, text};

/// The symbols of the series, in turn, as Vega names those of the SVG.
const SYMBOLS: [&str; 4] = ["circle", "square", "triangle-up", "diamond"];

/// The layers of all marks but heat maps, in their order; neighbours of one kind share one.
pub(super) fn layers<'a>(frame: &'a Frame<'_>) -> impl Iterator<Item = Layer> + use<'a> {
    let kind = |mark: &Mark| (discriminant(mark), dash(frame, mark));
    let marks = &frame.panel.marks;
    let bars = marks
        .iter()
        .filter(|mark| matches!(mark, Mark::Bars(_)))
        .count();
    let mut before = 0;
    let groups = marks.chunk_by(move |a, b| kind(a) == kind(b));
    groups.flat_map(move |group| match &group[0] {
        Mark::Line { .. } => vec![lines(frame, group)],
        Mark::Scatter(_) => vec![symbols(frame, group)],
        Mark::Band { .. } => vec![bands(frame, group)],
        Mark::Bars(_) => {
            before += group.len();
            vec![boxes(frame, group, before - group.len(), bars)]
        }
        Mark::Reference { .. } => group
            .iter()
            .flat_map(|mark| reference(frame, mark))
            .collect(),
        Mark::Heat(_) => Vec::new(),
    })
}

fn dash(frame: &Frame<'_>, mark: &Mark) -> &'static str {
    match mark {
        Mark::Line { points, dashed } => {
            style::pattern(frame.palette.index(&points.label), *dashed)
        }
        _ => "",
    }
}

fn lines(frame: &Frame<'_>, group: &[Mark]) -> Layer {
    let mut mark = json!({ "type": "line", "clip": true, "strokeWidth": 1.6 });
    let dashes = dash(frame, &group[0]).split(' ');
    let dashes: Vec<u8> = dashes.filter_map(|dash| dash.parse().ok()).collect();
    if !dashes.is_empty() {
        mark["strokeDash"] = json!(dashes);
    }
    let encoding = json!({
        "x": { "field": "x" },
        "y": { "field": "y" },
        "color": colour(frame.palette),
    });
    paths(
        frame,
        mark,
        encoding,
        group,
        |path, i| json!({ "y": number(frame.y.scale, path.heights[0][i]) }),
    )
}

fn bands(frame: &Frame<'_>, group: &[Mark]) -> Layer {
    let mark = json!({ "type": "area", "clip": true, "opacity": 0.2 });
    let encoding = json!({
        "x": { "field": "x" },
        "y": { "field": "low" },
        "y2": { "field": "high" },
        "color": colour(frame.palette),
    });
    let [bottom, top] = ends(&frame.y);
    paths(frame, mark, encoding, group, |path, i| {
        let [low, high] = [path.heights[0][i], path.heights[1][i]];
        // As in the SVG, an end that leaves the axis takes the band to the frame.
        let from = match frame.y.scale.place(low) {
            Place::At(_) => json!(low),
            Place::Zero | Place::Below => json!(bottom),
            Place::Above | Place::Undefined => Value::Null,
        };
        let to = match frame.y.scale.place(high) {
            Place::At(_) => json!(high),
            Place::Above => json!(top),
            Place::Zero | Place::Below | Place::Undefined => Value::Null,
        };
        json!({ "low": from, "high": to })
    })
}

/// A line, or the two ends of a band.
struct Path<'a> {
    label: String,
    x: &'a [f64],
    heights: Vec<&'a [f64]>,
}

impl<'a> Path<'a> {
    fn of(mark: &'a Mark) -> Option<Self> {
        let (points, high) = match mark {
            Mark::Line { points, .. } => (points, None),
            Mark::Band { low, high } => (low, Some(&high[..])),
            _ => return None,
        };
        Some(Self {
            label: text::plain(&points.label),
            x: &points.x,
            heights: iter::once(&points.y[..]).chain(high).collect(),
        })
    }
}

/// A layer of paths: with their numbers where labels do not tell them apart, and the order of
/// their points where that is not along x.
fn paths(
    frame: &Frame<'_>,
    mark: Value,
    mut encoding: Value,
    group: &[Mark],
    point: impl Fn(&Path<'_>, usize) -> Value,
) -> Layer {
    let paths: Vec<Path<'_>> = group.iter().filter_map(Path::of).collect();
    let labels: BTreeSet<&String> = paths.iter().map(|path| &path.label).collect();
    let numbered = labels.len() < paths.len();
    let ordered = paths.iter().any(|path| !path.x.is_sorted());
    let mut rows = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        for i in thin::path(frame, path.x, &path.heights) {
            let mut row = point(path, i);
            row["series"] = json!(path.label);
            row["x"] = number(frame.x.scale, path.x[i]);
            if numbered {
                row["path"] = json!(index);
            }
            if ordered {
                row["order"] = json!(i);
            }
            rows.push(row);
        }
    }
    if numbered {
        encoding["detail"] = json!({ "field": "path", "type": "nominal" });
    }
    if ordered {
        encoding["order"] = json!({ "field": "order", "type": "quantitative" });
    }
    Layer::new(mark, encoding, rows)
}

fn symbols(frame: &Frame<'_>, group: &[Mark]) -> Layer {
    let mut shape = colour(frame.palette);
    let shapes: Vec<&str> = SYMBOLS
        .into_iter()
        .cycle()
        .take(names(frame.palette).len())
        .collect();
    shape["scale"]["range"] = json!(shapes);
    let encoding = json!({
        "x": { "field": "x" },
        "y": { "field": "y" },
        "color": colour(frame.palette),
        "shape": shape,
    });
    let rows = group.iter().flat_map(|mark| match mark {
        Mark::Scatter(points) => series(frame, points, &thin::cloud(frame, points)),
        _ => Vec::new(),
    });
    let rows: Vec<Value> = rows.collect();
    let size = match rows.len() {
        ..=240 => 30,
        241..=4000 => 16,
        _ => 5,
    };
    let mark = json!({ "type": "point", "filled": true, "opacity": 1, "size": size, "clip": true });
    Layer::new(mark, encoding, rows)
}

/// The `chosen` points of a series as rows.
fn series(frame: &Frame<'_>, points: &Points, chosen: &[usize]) -> Vec<Value> {
    let label = text::plain(&points.label);
    let row = |i: &usize| {
        let (x, y) = (points.x[*i], points.y[*i]);
        let (x, y) = (number(frame.x.scale, x), number(frame.y.scale, y));
        json!({ "series": label, "x": x, "y": y })
    };
    chosen.iter().map(row).collect()
}

/// Bars, after the `before` first of `all` that share a category.
fn boxes(frame: &Frame<'_>, group: &[Mark], before: usize, all: usize) -> Layer {
    let width = 0.8 / all as f64;
    let base = match frame.y.scale {
        Scale::Linear => 0.0,
        Scale::Log => ends(&frame.y)[0],
    };
    let mut rows = Vec::new();
    for (index, mark) in group.iter().enumerate() {
        let Mark::Bars(points) = mark else { continue };
        let offset = width * ((before + index) as f64 - 0.5 * all as f64);
        let all: Vec<usize> = (0..points.x.len()).collect();
        for (i, mut row) in iter::zip(&all, series(frame, points, &all)) {
            let left = *i as f64 + offset;
            row["x"] = json!(left);
            row["x2"] = json!(left + width);
            row["category"] = json!(text::plain(&frame.panel.x.categories[*i]));
            rows.push(row);
        }
    }
    let encoding = json!({
        "x": { "field": "x" },
        "x2": { "field": "x2" },
        "y": { "field": "y" },
        "y2": { "datum": base },
        "color": colour(frame.palette),
    });
    Layer::new(json!({ "type": "rect", "clip": true }), encoding, rows)
}

/// A dashed line, and its label.
fn reference(frame: &Frame<'_>, mark: &Mark) -> Vec<Layer> {
    let Mark::Reference {
        label,
        at,
        vertical,
    } = mark
    else {
        return Vec::new();
    };
    let (across, along) = if *vertical { ("x", "y") } else { ("y", "x") };
    let (ruler, other) = if *vertical {
        (&frame.x, &frame.y)
    } else {
        (&frame.y, &frame.x)
    };
    let Interval { low, high } = ruler.interval;
    if !ruler
        .scale
        .position(*at)
        .is_some_and(|at| (low..=high).contains(&at))
    {
        return Vec::new();
    }
    let [from, to] = ends(other);
    let end = format!("{along}2");
    let line = json!({ across: { "datum": at }, along: { "datum": from }, end: { "datum": to } });
    let text = json!({ across: { "datum": at }, along: { "datum": to } });
    let (align, dx, dy) = if *vertical {
        ("left", 4, 8)
    } else {
        ("right", -4, -6)
    };
    let rule = json!({ "type": "rule", "strokeDash": [5, 3], "color": "#666666" });
    let name = json!({
        "type": "text", "text": text::plain(label), "fontSize": 10.5, "color": "#666666",
        "align": align, "dx": dx, "dy": dy,
    });
    vec![Layer::constant(rule, line), Layer::constant(name, text)]
}

/// A number that has a place on the axis, or null.
fn number(scale: Scale, value: f64) -> Value {
    scale.position(value).map_or(Value::Null, |_| json!(value))
}

fn names(palette: &Palette) -> Vec<String> {
    palette
        .labels()
        .map(|(_, label)| text::plain(label))
        .collect()
}

/// The colour channel of a series: the same colours in all panels.
fn colour(palette: &Palette) -> Value {
    let names = names(palette);
    let colours: Vec<&str> = (0..names.len()).map(style::colour).collect();
    let shown: Vec<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    let legend = match shown[..] {
        [] => Value::Null,
        _ => json!({
            "title": null, "orient": "top", "columns": 4, "values": shown,
            "symbolOpacity": 1, "symbolSize": 80,
        }),
    };
    json!({
        "field": "series",
        "type": "nominal",
        "scale": { "domain": names, "range": colours },
        "legend": legend,
    })
}
