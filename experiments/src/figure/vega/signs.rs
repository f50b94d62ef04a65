//! Layers of what lines cannot show: values that an axis cannot place, and points between two.

use std::collections::BTreeMap;
use std::iter;

use serde_json::{Value, json};

use super::{Frame, Layer, ends};
use crate::figure::gaps::{self, Gap, Kind};
use crate::figure::scale::Interval;
use crate::figure::{Mark, Points, style, text};

/// Between the signs of two series, in pixels.
const LANE: f64 = 8.0;
/// From the frame to the first sign inside it.
const INSET: f64 = 6.0;

/// The layers of all signs: two for each kind and series, the signs and how far they reach.
pub(super) fn layers(frame: &Frame<'_>) -> Vec<Layer> {
    let mut gaps: BTreeMap<(Kind, usize), Vec<Value>> = BTreeMap::new();
    let mut lone: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    for mark in &frame.panel.marks {
        let (Mark::Line { points, .. } | Mark::Scatter(points) | Mark::Bars(points)) = mark else {
            continue;
        };
        let series = frame.palette.index(&points.label);
        let label = text::plain(&points.label);
        for run in runs(frame, points) {
            let row = json!({ "series": label, "x": run.from, "x2": run.to });
            gaps.entry((run.kind, series)).or_default().push(row);
        }
        if matches!(mark, Mark::Line { .. }) {
            for (x, y) in alone(frame, points) {
                let row = json!({ "series": label, "x": x, "y": y });
                lone.entry(series).or_default().push(row);
            }
        }
    }
    let mut layers: Vec<Layer> = lone
        .into_iter()
        .map(|(series, rows)| dots(series, rows))
        .collect();
    let mut lanes: BTreeMap<Kind, f64> = BTreeMap::new();
    for ((kind, series), rows) in gaps {
        let lane = lanes.entry(kind).or_default();
        layers.extend(signs(frame, kind, series, *lane, rows));
        *lane += 1.0;
    }
    layers
}

/// Neighbouring values that the y axis cannot place for one reason, as the x of the first and of
/// the last.
fn runs(frame: &Frame<'_>, points: &Points) -> Vec<Gap> {
    let Interval { low, high } = frame.x.interval;
    let mut runs: Vec<Gap> = Vec::new();
    let mut open = None;
    for (x, y) in iter::zip(&points.x, &points.y) {
        let position = frame.x.scale.position(*x);
        let seen = position.is_some_and(|position| (low..=high).contains(&position));
        let kind = gaps::fit(frame.y.scale.place(*y)).err().filter(|_| seen);
        match (kind, runs.last_mut()) {
            (Some(kind), Some(run)) if open == Some(kind) => run.to = *x,
            (Some(kind), _) => runs.push(Gap {
                kind,
                from: *x,
                to: *x,
            }),
            (None, _) => {}
        }
        open = kind;
    }
    runs
}

/// The points of a line whose neighbours have no place.
fn alone(frame: &Frame<'_>, points: &Points) -> Vec<(f64, f64)> {
    let places = iter::zip(&points.x, &points.y);
    let place = |(x, y): (&f64, &f64)| {
        frame
            .x
            .scale
            .position(*x)
            .and(frame.y.scale.position(*y))
            .map(|_| (*x, *y))
    };
    // With a gap before and after all, each point has two neighbours.
    let around = iter::once(None).chain(places.map(place)).chain([None]);
    let all: Vec<Option<(f64, f64)>> = around.collect();
    let alone = |three: &[Option<(f64, f64)>]| match three {
        [None, Some(point), None] => Some(*point),
        _ => None,
    };
    all.windows(3).filter_map(alone).collect()
}

fn dots(series: usize, rows: Vec<Value>) -> Layer {
    let mark = json!({
        "type": "point", "shape": "circle", "filled": true, "opacity": 1, "size": 12,
        "color": style::colour(series), "clip": true,
    });
    let encoding = json!({ "x": { "field": "x" }, "y": { "field": "y" } });
    Layer::new(mark, encoding, rows).described("points between two values without a place")
}

fn signs(frame: &Frame<'_>, kind: Kind, series: usize, lane: f64, rows: Vec<Value>) -> [Layer; 2] {
    let [bottom, top] = ends(&frame.y);
    let inside = INSET + LANE * lane;
    let (shape, at, offset, meaning) = match kind {
        Kind::Zero => ("circle", bottom, LANE * (lane + 1.0), "exact zeros"),
        Kind::Above => ("triangle-up", top, inside, "infinite, or above the axis"),
        Kind::Below => (
            "triangle-down",
            bottom,
            -inside,
            "minus infinity, or below the axis",
        ),
        Kind::Undefined => ("cross", bottom, -inside, "not a number"),
    };
    let (zero, colour) = (kind == Kind::Zero, style::colour(series));
    let sign = json!({
        "type": "point", "shape": shape, "filled": zero, "opacity": 1, "size": 16,
        "color": colour, "yOffset": offset,
    });
    let reach = json!({
        "type": "rule", "strokeWidth": if zero { 2.4 } else { 1.0 }, "color": colour,
        "yOffset": offset,
    });
    let at = json!({ "x": { "field": "x" }, "y": { "datum": at } });
    let mut along = at.clone();
    along["x2"] = json!({ "field": "x2" });
    let sign = Layer::new(sign, at, rows.clone()).described(meaning);
    [sign, Layer::new(reach, along, rows)]
}
