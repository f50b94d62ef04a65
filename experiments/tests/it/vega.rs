//! What the Vega-Lite specification of a figure says, read back from it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wengert_experiments::figure::{Axis, Drawing, Figure, Panel, Pictures, Scale};

fn spec(drawing: &impl Drawing) -> Value {
    serde_json::from_str(&drawing.to_vega_lite()).unwrap()
}

fn alone(panel: Panel) -> Value {
    spec(&Figure::new("title", "description").panel(panel))
}

/// The layers of `spec`, nested ones and those of panels too.
fn layers(spec: &Value) -> Vec<&Value> {
    let parts = ["concat", "layer"].map(|name| spec[name].as_array());
    let parts: Vec<&Value> = parts.into_iter().flatten().flatten().collect();
    if parts.is_empty() {
        return vec![spec];
    }
    parts.into_iter().flat_map(layers).collect()
}

/// The rows that `layer` shows.
fn rows<'a>(spec: &'a Value, layer: &Value) -> &'a Vec<Value> {
    let name = layer["data"]["name"].as_str().unwrap();
    spec["datasets"][name].as_array().unwrap()
}

#[track_caller]
fn described<'a>(spec: &'a Value, description: &str) -> &'a Value {
    let layers = layers(spec);
    let found = layers
        .into_iter()
        .find(|layer| layer["description"] == description);
    found.unwrap_or_else(|| panic!("no layer {description:?}"))
}

fn of_type<'a>(spec: &'a Value, mark: &str) -> Vec<&'a Value> {
    let layers = layers(spec).into_iter();
    layers
        .filter(|layer| layer["mark"]["type"] == mark)
        .collect()
}

#[test]
fn every_layer_has_its_data_and_all_data_have_a_layer() {
    let panel = || {
        Panel::new(Axis::linear("x"), Axis::log("y"))
            .band("a", &[0.0, 1.0], &[1.0, 2.0], &[3.0, 0.0])
            .line("a", &[0.0, 1.0], &[2.0, 0.0])
            .dashed("b", &[0.0, 1.0], &[f64::NAN, 3.0])
            .points("c", &[0.5], &[1.0])
            .horizontal("floor", 1.5)
    };
    let cells = Panel::new(Axis::linear("x"), Axis::linear("y"));
    let cells = cells
        .heat("v", Scale::Log, &[0.0], &[0.0], &[1.0])
        .line("a", &[0.0], &[0.0]);
    let figure = Figure::new("t", "what is seen")
        .panel(panel())
        .panel(panel())
        .panel(cells);
    let spec = spec(&figure);
    assert_eq!(
        spec["$schema"],
        "https://vega.github.io/schema/vega-lite/v5.json"
    );
    assert_eq!(spec["description"], "what is seen");
    let names = layers(&spec)
        .into_iter()
        .map(|layer| layer["data"]["name"].as_str().unwrap());
    let used: Vec<&str> = names.collect();
    let known: Vec<&String> = spec["datasets"].as_object().unwrap().keys().collect();
    assert_eq!(used.iter().collect::<BTreeSet<_>>().len(), used.len());
    assert_eq!(
        used.into_iter().collect::<BTreeSet<_>>(),
        known.into_iter().map(String::as_str).collect()
    );
}

#[test]
fn what_a_log_axis_cannot_place_breaks_the_line_and_has_a_sign() {
    let (x, y) = ([0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 0.0, 0.0, f64::NAN, 2.0]);
    let spec = alone(Panel::new(Axis::linear("x"), Axis::log("y")).line("a", &x, &y));
    let line = rows(&spec, of_type(&spec, "line")[0]);
    let heights: Vec<&Value> = line.iter().map(|row| &row["y"]).collect();
    assert_eq!(json!(heights), json!([1.0, null, null, null, 2.0]));
    let zeros = described(&spec, "exact zeros");
    assert_eq!(
        json!(rows(&spec, zeros)),
        json!([{ "series": "a", "x": 1.0, "x2": 2.0 }])
    );
    let undefined = described(&spec, "not a number");
    assert_eq!(
        json!(rows(&spec, undefined)),
        json!([{ "series": "a", "x": 3.0, "x2": 3.0 }])
    );
    let lone = rows(
        &spec,
        described(&spec, "points between two values without a place"),
    );
    assert_eq!(lone.len(), 2);
    // The zeros stand in a row between the plot and its axis.
    assert!(zeros["mark"]["yOffset"].as_f64() < spec["encoding"]["x"]["axis"]["offset"].as_f64());
    assert!(zeros["mark"]["yOffset"].as_f64() > Some(0.0));
}

#[test]
fn a_series_has_one_colour_in_all_panels() {
    let panel = |labels: [&str; 2]| {
        let panel = Panel::new(Axis::linear("x"), Axis::linear("y"));
        let panel = panel.line(labels[0], &[0.0, 1.0], &[0.0, 1.0]);
        panel.points(labels[1], &[0.0, 1.0], &[1.0, 0.0])
    };
    let figure = Figure::new("t", "d")
        .panel(panel(["LSTM", "GRU"]))
        .panel(panel(["GRU", "h_{t}"]));
    let spec = spec(&figure);
    for layer in layers(&spec) {
        let colour = &layer["encoding"]["color"];
        assert_eq!(colour["scale"]["domain"], json!(["LSTM", "GRU", "h_t"]));
        assert_eq!(
            colour["scale"]["range"],
            json!(["#0072b2", "#d55e00", "#009e73"])
        );
    }
}

#[test]
fn lines_that_go_back_or_share_a_label_stay_as_they_are() {
    let plain = Panel::new(Axis::linear("x"), Axis::linear("y"));
    let plain = plain
        .line("a", &[0.0, 1.0], &[0.0, 1.0])
        .line("b", &[0.0, 1.0], &[1.0, 0.0]);
    let spec = alone(plain.clone());
    let line = of_type(&spec, "line")[0];
    assert_eq!(
        (&line["encoding"]["order"], &line["encoding"]["detail"]),
        (&Value::Null, &Value::Null)
    );
    let spec = alone(plain.line("a", &[2.0, 1.0], &[0.0, 1.0]));
    let line = of_type(&spec, "line")[0];
    assert_eq!(line["encoding"]["order"]["field"], "order");
    assert_eq!(line["encoding"]["detail"]["field"], "path");
    let last = rows(&spec, line).last().unwrap();
    assert_eq!(
        last,
        &json!({ "series": "a", "x": 1.0, "y": 1.0, "order": 1, "path": 2 })
    );
}

#[test]
fn bars_stand_beside_each_other_on_their_names() {
    let panel = Panel::new(Axis::categories("", &["one", "two"]), Axis::log("y"));
    let spec = alone(panel.bars("a", &[10.0, 100.0]).bars("b", &[20.0, 0.0]));
    let axis = &spec["encoding"]["x"]["axis"];
    assert_eq!(axis["labelExpr"], r#"["one","two"][datum.value]"#);
    let bars = of_type(&spec, "rect")[0];
    let rows = rows(&spec, bars);
    let edge = |row: usize, name: &str| rows[row][name].as_f64().unwrap();
    assert!((edge(0, "x2") - edge(2, "x")).abs() < 1e-12);
    assert!((edge(3, "x") + edge(3, "x2") - 2.4).abs() < 1e-12);
    assert_eq!(
        (&rows[3]["y"], &rows[3]["category"]),
        (&Value::Null, &json!("two"))
    );
    // A bar on a log axis starts at its low end: there is no zero.
    assert_eq!(
        bars["encoding"]["y2"]["datum"],
        spec["encoding"]["y"]["scale"]["domain"][0]
    );
}

#[test]
fn cells_are_on_the_colour_scale_or_beside_it() {
    let panel = Panel::new(Axis::linear("x"), Axis::linear("y"));
    let values = [1.0, 100.0, 0.0, f64::NAN];
    let spec = alone(panel.heat("v", Scale::Log, &[0.0, 1.0], &[0.0, 1.0], &values));
    let cells = of_type(&spec, "rect");
    let counts = |layer: &&Value| rows(&spec, layer).len();
    assert_eq!(cells.iter().map(counts).collect::<Vec<_>>(), [2, 1, 1]);
    assert_eq!(
        cells[0]["encoding"]["color"]["scale"]["domain"],
        json!([1.0, 100.0])
    );
    assert_eq!(cells[1]["description"], "0");
    assert_eq!(cells[2]["description"], "NaN");
    let written = of_type(&spec, "text")
        .into_iter()
        .flat_map(|layer| rows(&spec, layer));
    assert_eq!(
        json!(written.map(|row| &row["text"]).collect::<Vec<_>>()),
        json!(["1", "100"])
    );
    let first = json!({ "x": -0.5, "x2": 0.5, "y": -0.5, "y2": 0.5, "value": 1.0 });
    assert_eq!(rows(&spec, cells[0])[0], first);
}

#[test]
fn long_series_are_thinned_to_what_can_be_seen() {
    let x: Vec<f64> = (0..50_000).map(f64::from).collect();
    let mut y: Vec<f64> = x.iter().map(|x| (x * 0.7).sin()).collect();
    (y[31_234], y[40_000]) = (7.0, f64::NAN);
    let panel = Panel::new(Axis::linear("x"), Axis::linear("y"));
    let spec = alone(panel.line("a", &x, &y).points("b", &x, &y));
    let line = rows(&spec, of_type(&spec, "line")[0]);
    assert!(line.len() < 3000, "{}", line.len());
    assert!(line.iter().any(|row| row["y"] == 7.0) && line.iter().any(|row| row["y"].is_null()));
    assert!(rows(&spec, of_type(&spec, "point")[0]).len() < 50_000);
}

#[test]
fn pictures_are_facets_with_their_captions() {
    let sheet = Pictures::new("t", "d");
    let sheet = sheet
        .picture("3, not 8", 2, &[0.0, 1.0])
        .picture("3, not 8", 1, &[0.5]);
    let spec = spec(&sheet);
    assert_eq!(spec["datasets"]["pixels"].as_array().unwrap().len(), 3);
    let names = r#"["3, not 8","3, not 8"][datum.value]"#;
    assert_eq!(spec["facet"]["header"]["labelExpr"], names);
}

#[test]
fn a_row_of_data_is_a_line_of_text() {
    let panel = Panel::new(Axis::linear("x"), Axis::linear("y"));
    let text = Figure::new("t", "d")
        .panel(panel.line("a", &[0.1, 0.2, 0.3, 0.4], &[1.0, 2.0, 3.0, 4.0]))
        .to_vega_lite();
    let row = r#"{"series":"a","x":0.1,"y":1.0}"#;
    assert!(
        text.lines().any(|line| line.trim() == format!("{row},")),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 101),
        "{text}"
    );
}
