//! Run directories for tests of the report.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use wengert_experiments::figure::{Axis, Drawing, Figure, Panel, Scale};

/// What `config.toml` holds, but for the settings.
const PROVENANCE: &str = r#"
[config]
hidden = 64
data = "none"
sizes = [1, 2]

[provenance]
version = "0.1.0"
commit = "0123456789abcdef0123456789abcdef01234567-dirty"
machine = "x86_64 linux"
cores = 2
"#;

/// A complete run with one of everything.
pub fn run(directory: &Path) {
    record(directory, "digits", &[r"hidden=64", "data=my file.csv"]);
    summary(directory, &complete());
    put(directory, "metrics.jsonl", "{\"loss\":0.5,\"step\":1}\n");
    let x: Vec<f64> = (0..300).map(f64::from).collect();
    let y: Vec<f64> = x.iter().map(|x| (-x / 50.0).exp()).collect();
    let loss = Panel::new(Axis::linear("update"), Axis::log("loss")).line("train", &x, &y);
    draw(
        directory,
        "loss",
        &Figure::new("The loss falls", "A falling line.").panel(loss.clone()),
    );
    let cells = Panel::new(Axis::linear("x"), Axis::linear("y"));
    let cells = cells.heat("v", Scale::Log, &[0.0, 1.0], &[0.0], &[0.0, 9.0]);
    let wide = Figure::new("Wide", "Three panels.").columns(3);
    let wide = wide.panel(loss.clone()).panel(loss).panel(cells);
    draw(directory, "wide", &wide);
    put(
        directory,
        "tables/scores.txt",
        "network   score\nElman    98.7 %\nLSTM      9.1 %\n",
    );
    let columns: Vec<String> = (0..40).map(|i| format!("column{i}")).collect();
    let line = columns.join("  ");
    put(directory, "tables/broad.txt", &format!("{line}\n{line}\n"));
    let sample = format!("To be & not <b>to</b> be\n{}\n", "x".repeat(500));
    put(directory, "samples/text.txt", &sample);
    put(directory, "files/song no. 1.mid", "MThd");
    let timing = json!([{"part": "network", "steps": 300, "seconds": 6.0, "solved": null}]);
    put(directory, "timings.json", &timing.to_string());
}

/// The summary of [`run`].
pub fn complete() -> Value {
    json!({
        "study": "digits",
        "question": "Can it be read?",
        "state": "complete",
        "verdict": {
            "outcome": "differs",
            "checks": [
                check("accuracy", &json!(0.987654321), ">= 0.97", "match"),
                check("speed", &json!("Infinity"), "2 ± 1", "differs"),
                check("patience", &Value::Null, "<= 3", "out of budget"),
            ],
        },
        "figures": ["loss", "wide"],
        "tables": ["scores", "broad"],
        "samples": ["text"],
        "files": ["song no. 1.mid"],
    })
}

pub fn check(quantity: &str, measured: &Value, expected: &str, outcome: &str) -> Value {
    json!({
        "quantity": quantity,
        "anchor": "somebody (1997)",
        "expected": expected,
        "measured": measured,
        "outcome": outcome,
    })
}

/// Writes `config.toml`.
pub fn record(directory: &Path, study: &str, settings: &[&str]) {
    let text =
        format!("study = {study:?}\npreset = \"full\"\nsettings = {settings:?}\n{PROVENANCE}");
    put(directory, "config.toml", &text);
}

/// Writes `summary.json`.
pub fn summary(directory: &Path, summary: &Value) {
    put(directory, "summary.json", &summary.to_string());
}

fn draw(directory: &Path, name: &str, figure: &Figure) {
    put(directory, &format!("figures/{name}.svg"), &figure.to_svg());
    put(directory, &format!("figures/{name}.csv"), &figure.to_csv());
    put(
        directory,
        &format!("figures/{name}.vl.json"),
        &figure.to_vega_lite(),
    );
}

/// Writes a file and the folder it is in.
pub fn put(directory: &Path, path: &str, text: &str) {
    let path = directory.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
