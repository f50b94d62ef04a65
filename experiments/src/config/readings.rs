//! Values as the command line spells them, read by the type of the default they replace.

use serde_json::{Number, Value};

/// What `text` can mean in place of `default`, likeliest first. An absent optional setting is no
/// example of its type: its deserialisation decides among the readings.
pub(super) fn readings(text: &str, default: &Value) -> Result<Vec<Value>, String> {
    match default {
        // Whether such a setting is optional, its deserialisation knows.
        Value::Null | Value::Bool(_) | Value::Number(_) if text == "none" => Ok(vec![Value::Null]),
        Value::Null => {
            let typed = [truth(text), whole(text), finite(text)];
            let word = Value::String(text.into());
            Ok(typed.into_iter().flatten().chain([word]).collect())
        }
        Value::Array(_) if text.is_empty() => Ok(vec![Value::Array(Vec::new())]),
        Value::Array(items) => {
            let example = items
                .first()
                .ok_or("its default has no example of an item")?;
            let items = text.split(',').map(|part| typed(part.trim(), example));
            items
                .collect::<Result<_, _>>()
                .map(|items| vec![Value::Array(items)])
        }
        _ => typed(text, default).map(|value| vec![value]),
    }
}

/// `text` as a value of the type of `example`; the error says what would have been one.
fn typed(text: &str, example: &Value) -> Result<Value, String> {
    match example {
        Value::Bool(_) => truth(text),
        Value::Number(number) if number.is_f64() => finite(text),
        Value::Number(_) => whole(text),
        Value::String(_) => Ok(Value::String(text.into())),
        _ => Err("has no spelling on the command line".into()),
    }
}

fn truth(text: &str) -> Result<Value, String> {
    text.parse()
        .map(Value::Bool)
        .map_err(|_| "expected true or false".into())
}

fn whole(text: &str) -> Result<Value, String> {
    let digits = text.replace('_', "");
    let number = digits.parse::<u64>().map(Number::from);
    let number = number.or_else(|_| digits.parse::<i64>().map(Number::from));
    number
        .map(Value::Number)
        .map_err(|_| format!("expected a whole number of at most {}", u64::MAX))
}

fn finite(text: &str) -> Result<Value, String> {
    let number = text
        .replace('_', "")
        .parse()
        .ok()
        .and_then(Number::from_f64);
    number
        .map(Value::Number)
        .ok_or_else(|| "expected a finite number".into())
}

pub(crate) fn spelled(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(spelled).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
