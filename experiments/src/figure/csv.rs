//! The numbers of a figure as CSV.

use std::fmt::Write;

use super::{Figure, Mark, Points};

pub(super) fn render(figure: &Figure) -> String {
    let mut rows = Rows(String::from("panel,mark,series,x,y,high,value\n"));
    for (index, panel) in figure.panels.iter().enumerate() {
        let name = if panel.title.is_empty() {
            (index + 1).to_string()
        } else {
            panel.title.clone()
        };
        for mark in &panel.marks {
            rows.mark(&name, mark, &panel.x.categories);
        }
    }
    rows.0
}

struct Rows(String);

impl Rows {
    fn mark(&mut self, panel: &str, mark: &Mark, categories: &[String]) {
        match mark {
            Mark::Line { points, .. } => self.points(panel, "line", points),
            Mark::Scatter(points) => self.points(panel, "point", points),
            Mark::Band { low, high } => {
                for ((x, y), high) in low.x.iter().zip(&low.y).zip(high) {
                    let cells = [number(*x), number(*y), number(*high), String::new()];
                    self.row(panel, "band", &low.label, &cells);
                }
            }
            Mark::Bars(points) => {
                for (i, y) in points.y.iter().enumerate() {
                    let x = categories
                        .get(i)
                        .map_or_else(|| i.to_string(), |name| quoted(name));
                    let cells = [x, number(*y), String::new(), String::new()];
                    self.row(panel, "bar", &points.label, &cells);
                }
            }
            Mark::Reference {
                label,
                at,
                vertical,
            } => {
                let mut cells = [const { String::new() }; 4];
                cells[usize::from(!vertical)] = number(*at);
                self.row(panel, "reference", label, &cells);
            }
            Mark::Heat(heat) => {
                for (row, y) in heat.values.chunks(heat.x.len().max(1)).zip(&heat.y) {
                    for (value, x) in row.iter().zip(&heat.x) {
                        let cells = [number(*x), number(*y), String::new(), number(*value)];
                        self.row(panel, "cell", &heat.label, &cells);
                    }
                }
            }
        }
    }

    fn points(&mut self, panel: &str, mark: &str, points: &Points) {
        for (x, y) in points.x.iter().zip(&points.y) {
            let cells = [number(*x), number(*y), String::new(), String::new()];
            self.row(panel, mark, &points.label, &cells);
        }
    }

    fn row(&mut self, panel: &str, mark: &str, series: &str, cells: &[String; 4]) {
        let (panel, series) = (quoted(panel), quoted(series));
        let _ = writeln!(self.0, "{panel},{mark},{series},{}", cells.join(","));
    }
}

/// The shortest digits that read back as the same number.
fn number(value: f64) -> String {
    format!("{value:?}")
}

pub(super) fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into()
    }
}
