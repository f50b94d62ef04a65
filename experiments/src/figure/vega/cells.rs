//! Layers of a heat map.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Frame, Layer, ends, kind, value_at};
use crate::figure::heat::{self, LIGHT, Paint};
use crate::figure::scale::{Place, Ruler};
use crate::figure::{Heat, text};
use crate::table::significant;

/// The cells on the colour scale, those beside it by their kind, and where there is room the
/// values.
pub(super) fn layers(frame: &Frame<'_>, cells: &Heat) -> Vec<Layer> {
    let scale = heat::ruler(cells, frame.height);
    let mut kinds: BTreeMap<Option<Paint>, Vec<Value>> = BTreeMap::new();
    for (row, place) in blocks(frame, cells) {
        let paint = Paint::of(place, &scale);
        let mut row = row;
        if let Place::At(position) = place {
            row["value"] = json!(value_at(cells.colour, position));
        }
        kinds
            .entry(paint.name().map(|_| paint))
            .or_default()
            .push(row);
    }
    let mut layers = Vec::new();
    for (paint, rows) in kinds {
        let mut encoding = json!({
            "x": { "field": "x" },
            "x2": { "field": "x2" },
            "y": { "field": "y" },
            "y2": { "field": "y2" },
        });
        // The stroke covers the seams that renderers leave between touching edges.
        let mut mark = json!({ "type": "rect", "clip": true, "strokeWidth": 0.5 });
        if let Some(paint) = paint {
            mark["fill"] = json!(paint.colour());
            mark["stroke"] = json!(paint.colour());
        } else {
            encoding["color"] = colour(cells, &scale);
            encoding["stroke"] = colour(cells, &scale);
            encoding["stroke"]["legend"] = Value::Null;
        }
        let layer = Layer::new(mark, encoding, rows);
        layers.push(match paint.and_then(Paint::name) {
            Some(name) => layer.described(name),
            None => layer,
        });
    }
    if heat::roomy(cells, frame.width, frame.height) {
        layers.extend(values(cells, &scale));
    }
    layers
}

/// Each block of cells as the SVG draws it: its edges, and its place on the colour scale.
fn blocks(frame: &Frame<'_>, cells: &Heat) -> Vec<(Value, Place)> {
    let (x, columns) = sides(&frame.x, &cells.x);
    let (y, rows) = sides(&frame.y, &cells.y);
    let mut blocks = Vec::new();
    for row in rows.windows(2) {
        for column in columns.windows(2) {
            let edges = json!({
                "x": x[column[0]], "x2": x[column[1]], "y": y[row[0]], "y2": y[row[1]],
            });
            let place = heat::block(cells, (column[0], column[1]), (row[0], row[1]));
            blocks.push((edges, place));
        }
    }
    blocks
}

/// The numbers at the edges of all cells along an axis, and which of the edges are kept.
fn sides(ruler: &Ruler, centres: &[f64]) -> (Vec<f64>, Vec<usize>) {
    let edges = heat::edges(ruler.scale, centres);
    let pixels: Vec<f64> = edges.iter().map(|edge| ruler.pixel(*edge)).collect();
    let numbers = edges.into_iter().map(|edge| value_at(ruler.scale, edge));
    (numbers.collect(), heat::blocks(&pixels))
}

fn colour(cells: &Heat, scale: &Ruler) -> Value {
    let (kind, label) = (kind(cells.colour), text::plain(&cells.label));
    let format = if kind == "log" { "~e" } else { "" };
    json!({
        "field": "value",
        "type": "quantitative",
        "scale": { "type": kind, "scheme": "viridis", "domain": ends(scale), "nice": false },
        "legend": { "type": "gradient", "title": label, "format": format },
    })
}

/// The values, written into their cells: light on dark, dark on light.
fn values(cells: &Heat, scale: &Ruler) -> [Layer; 2] {
    let light = scale.interval.low + LIGHT * scale.interval.span();
    [("#ffffff", false), ("#222222", true)].map(|(colour, on_light)| {
        let rows = cells.values.iter().enumerate().filter_map(|(i, value)| {
            let position = cells.colour.position(*value)?;
            let (x, y) = (cells.x[i % cells.x.len()], cells.y[i / cells.x.len()]);
            let row = json!({ "x": x, "y": y, "text": significant(*value, 3) });
            ((position > light) == on_light).then_some(row)
        });
        let encoding = json!({
            "x": { "field": "x" },
            "y": { "field": "y" },
            "text": { "field": "text" },
        });
        let mark = json!({ "type": "text", "color": colour, "clip": true });
        Layer::new(mark, encoding, rows.collect())
    })
}
