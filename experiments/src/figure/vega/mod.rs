//! A figure as a Vega-Lite specification, with the ranges and the colours of its SVG.

mod cells;
mod layer;
mod marks;
mod pictures;
mod pretty;
mod signs;
mod thin;

use serde_json::{Map, Value, json};

use self::layer::Layer;
use super::layout::{self, Palette};
use super::marks::floor;
use super::scale::{Interval, Ruler, Scale};
use super::ticks::{self, Ticks};
use super::{Axis, Figure, Mark, Panel, heat, style, text};

pub(super) use pictures::pictures;

const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v5.json";
/// Width of all panels of a row together, in pixels, and what each needs for its labels.
const WIDTH: f64 = 640.0;
const LABELS: f64 = 80.0;
/// Degrees that names too wide for their place are turned by.
const SLANT: i32 = -35;

/// The whole specification.
pub(super) fn figure(figure: &Figure) -> String {
    let palette = Palette::of(figure);
    let columns = figure.columns.min(figure.panels.len()).max(1);
    let (xs, ys) = layout::axes(figure);
    let mut datasets = Map::new();
    let mut panels = Vec::new();
    for (index, (panel, ranges)) in figure.panels.iter().zip(xs.into_iter().zip(ys)).enumerate() {
        let width = (WIDTH / columns as f64 - LABELS).round();
        let height = if figure.panels.len() == 1 {
            300.0
        } else {
            180.0
        };
        let frame = Frame::new(panel, &palette, ranges, (width, height));
        panels.push(frame.spec(&format!("panel-{}", index + 1), &mut datasets));
    }
    let mut spec = document(&figure.title, &figure.description);
    if let [Value::Object(panel)] = &mut panels[..] {
        if let Some(title) = panel.remove("title") {
            spec["title"]["subtitle"] = title;
        }
        spec.append(panel);
    } else {
        spec.insert("columns".into(), json!(columns));
        spec.insert("concat".into(), json!(panels));
        if figure.panels.iter().any(heat::within) {
            spec.insert("resolve".into(), own_colours());
        }
    }
    spec.insert("datasets".into(), Value::Object(datasets));
    pretty::print(&Value::Object(spec))
}

/// What every specification has.
fn document(title: &str, description: &str) -> Map<String, Value> {
    let lines = text::wrap(title, style::TITLE, WIDTH);
    let lines: Vec<String> = lines.iter().map(|line| text::plain(line)).collect();
    object(json!({
        "$schema": SCHEMA,
        "title": { "text": lines, "anchor": "start", "offset": 12 },
        "description": description,
        "config": {
            "font": style::FONT,
            "axis": {
                "gridColor": "#e6e6e6", "labelFontSize": 11, "titleFontSize": 12,
                "titleFontWeight": "normal",
            },
            "legend": {
                "labelFontSize": 11.5, "labelLimit": 400, "titleFontSize": 12,
                "titleFontWeight": "normal",
            },
            "title": { "fontSize": 14, "fontWeight": "normal", "subtitleFontSize": 12 },
            "header": { "labelFontSize": 11 },
            "view": { "stroke": null },
        },
    }))
}

/// A panel and its axes.
struct Frame<'a> {
    panel: &'a Panel,
    palette: &'a Palette,
    x: Ruler,
    y: Ruler,
    width: f64,
    height: f64,
}

impl<'a> Frame<'a> {
    fn new(
        panel: &'a Panel,
        palette: &'a Palette,
        (x, y): (Interval, Interval),
        (width, height): (f64, f64),
    ) -> Self {
        let ruler = |scale, interval, from, to| Ruler {
            scale,
            interval,
            from,
            to,
        };
        Self {
            panel,
            palette,
            x: ruler(panel.x.scale, x, 0.0, width),
            y: ruler(panel.y.scale, y, height, 0.0),
            width,
            height,
        }
    }

    /// The panel, whose data go into `datasets` under names that start with `name`.
    fn spec(&self, name: &str, datasets: &mut Map<String, Value>) -> Value {
        let cells = self.panel.marks.iter().filter_map(|mark| match mark {
            Mark::Heat(heat) => Some(cells::layers(self, heat)),
            _ => None,
        });
        let cells: Vec<Layer> = cells.flatten().collect();
        let series = marks::layers(self).chain(signs::layers(self));
        let mut number = 0;
        let mut placed = |layer: Layer| {
            number += 1;
            layer.placed(&format!("{name}-layer-{number}"), datasets)
        };
        let cells: Vec<Value> = cells.into_iter().map(&mut placed).collect();
        let series: Vec<Value> = series.map(&mut placed).collect();
        let x_ticks = || ticks::level(self.x.scale, self.x.interval, self.width, style::TICK);
        let x = axis(&self.panel.x, self.x, self.x_axis(), x_ticks);
        let y_axis = object(json!({ "grid": !heat::within(self.panel) }));
        let y_ticks = || ticks::upright(self.y.scale, self.y.interval, self.height);
        let y = axis(&self.panel.y, self.y, y_axis, y_ticks);
        let mut spec = object(json!({
            "width": self.width,
            "height": self.height,
            "encoding": { "x": x, "y": y },
        }));
        if !self.panel.title.is_empty() {
            spec.insert("title".into(), json!(text::plain(&self.panel.title)));
        }
        if cells.is_empty() || series.is_empty() {
            spec.insert("layer".into(), json!([cells, series].concat()));
        } else {
            let groups = [json!({ "layer": cells }), json!({ "layer": series })];
            spec.insert("layer".into(), json!(groups));
            spec.insert("resolve".into(), own_colours());
        }
        Value::Object(spec)
    }

    /// How the x axis is drawn: below the rows of zeros.
    fn x_axis(&self) -> Map<String, Value> {
        let named = &self.panel.x.categories;
        let widest = named.iter().map(|name| text::width(name, style::TICK));
        let slot = self.width / named.len() as f64;
        let mut drawn = object(json!({
            "grid": named.is_empty() && !heat::within(self.panel),
            "offset": floor(self.panel),
        }));
        if widest.fold(0.0, f64::max) > slot {
            drawn.insert("labelAngle".into(), json!(SLANT));
        }
        drawn
    }
}

/// The definition of a channel of position, without its field; `drawn` says how its axis looks.
fn axis(
    axis: &Axis,
    ruler: Ruler,
    mut drawn: Map<String, Value>,
    ticks: impl FnOnce() -> Ticks,
) -> Value {
    let (scale, domain) = (ruler.scale, ends(&ruler));
    if scale == Scale::Log {
        let places = ticks()
            .major
            .into_iter()
            .map(|(position, _)| value_at(scale, position));
        let places: Vec<f64> = places.collect();
        drawn.insert("values".into(), json!(places));
        drawn.insert("format".into(), json!("~e"));
    }
    if !axis.categories.is_empty() {
        let names: Vec<String> = axis
            .categories
            .iter()
            .map(|name| text::plain(name))
            .collect();
        let places: Vec<usize> = (0..names.len()).collect();
        drawn.insert("values".into(), json!(places));
        drawn.insert("labelExpr".into(), json!(self::names(&names)));
    }
    let title = Some(text::plain(&axis.label)).filter(|title| !title.is_empty());
    json!({
        "type": "quantitative",
        "title": title,
        "scale": { "type": kind(scale), "domain": domain, "nice": false, "zero": false },
        "axis": drawn,
    })
}

fn kind(scale: Scale) -> &'static str {
    match scale {
        Scale::Linear => "linear",
        Scale::Log => "log",
    }
}

/// The number at a position of an axis, as close as f64 comes to it.
fn value_at(scale: Scale, position: f64) -> f64 {
    match scale {
        Scale::Linear => position,
        Scale::Log => 10f64.powf(position).clamp(f64::MIN_POSITIVE, f64::MAX),
    }
}

/// The numbers at the ends of an axis.
fn ends(ruler: &Ruler) -> [f64; 2] {
    [ruler.interval.low, ruler.interval.high].map(|position| value_at(ruler.scale, position))
}

/// The expression that gives place 0, 1, ... its name.
fn names(names: &[String]) -> String {
    format!("{}[datum.value]", json!(names))
}

/// One colour scale for each panel, where numbers and names are both shown by colour.
fn own_colours() -> Value {
    json!({ "scale": { "color": "independent" } })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => Map::from_iter([("value".into(), other)]),
    }
}
