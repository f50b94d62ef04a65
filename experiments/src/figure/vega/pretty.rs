//! JSON that a person can read: what fits on a line stays on one.

use serde_json::Value;

const LINE: usize = 100;
const STEP: usize = 2;

/// `value` on as few lines as have at most [`LINE`] characters, or one element each.
pub(super) fn print(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0, 0);
    text.push('\n');
    text
}

/// Appends `value` to a line that is indented by `indent` and has `column` characters.
fn write(text: &mut String, value: &Value, indent: usize, column: usize) {
    let (open, close, elements): (_, _, Vec<(String, &Value)>) = match value {
        Value::Array(values) => (
            '[',
            ']',
            values.iter().map(|v| (String::new(), v)).collect(),
        ),
        Value::Object(map) => {
            let pairs = map.iter();
            let keyed =
                pairs.map(|(key, value)| (format!("{}: ", Value::from(key.as_str())), value));
            ('{', '}', keyed.collect())
        }
        scalar => {
            text.push_str(&scalar.to_string());
            return;
        }
    };
    let compact = value.to_string();
    if column + compact.chars().count() <= LINE {
        text.push_str(&compact);
        return;
    }
    text.push(open);
    for (index, (key, element)) in elements.into_iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&" ".repeat(indent + STEP));
        text.push_str(&key);
        write(
            text,
            element,
            indent + STEP,
            indent + STEP + key.chars().count(),
        );
    }
    text.push('\n');
    text.push_str(&" ".repeat(indent));
    text.push(close);
}
