//! One mark with its data.

use serde_json::{Map, Value, json};

/// A mark, what its channels show, and the rows that they show it of.
pub(super) struct Layer {
    /// What it shows, where that is not plain.
    description: Option<&'static str>,
    rows: Vec<Value>,
    mark: Value,
    encoding: Value,
}

impl Layer {
    pub(super) fn new(mark: Value, encoding: Value, rows: Vec<Value>) -> Self {
        Self {
            description: None,
            rows,
            mark,
            encoding,
        }
    }

    /// A mark at constants of the axes.
    pub(super) fn constant(mark: Value, encoding: Value) -> Self {
        Self::new(mark, encoding, vec![json!({})])
    }

    pub(super) fn described(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// The layer's specification, its rows put among the `datasets` as `name`.
    pub(super) fn placed(self, name: &str, datasets: &mut Map<String, Value>) -> Value {
        datasets.insert(name.into(), Value::Array(self.rows));
        let mut spec = json!({
            "data": { "name": name },
            "mark": self.mark,
            "encoding": self.encoding,
        });
        if let Some(description) = self.description {
            spec["description"] = json!(description);
        }
        spec
    }
}
