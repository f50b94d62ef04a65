//! Settings: `key=value` over a study's defaults, each typed by the default it replaces.

use std::fmt::{self, Display};
use std::ops::RangeInclusive;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

/// A mistake on the command line or in a setting: exit code 2, where data and I/O exit with 1.
#[derive(Debug)]
pub struct Usage(pub String);

impl Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// A key of a study and its default value, both as the command line spells them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The name left of the `=`.
    pub key: String,
    /// The value right of it.
    pub default: String,
}

/// The settings of `C` with their defaults, in alphabetical order.
///
/// # Panics
/// When `C` is not a struct with named fields.
pub fn settings<C: Default + Serialize>() -> Vec<Setting> {
    let spell = |(key, value)| Setting {
        key,
        default: spelled(&value),
    };
    defaults::<C>().into_iter().map(spell).collect()
}

/// The default of `C` with each `key=value` of `overrides` in place; a later one wins.
///
/// Lists are separated by commas; an optional setting takes `none`.
///
/// # Errors
/// An override without `=`, an unknown key (the known ones and the nearest are named), or a
/// value that is not of the default's type.
///
/// # Panics
/// When `C` is not a struct with named fields.
pub fn resolve<C: Default + Serialize + DeserializeOwned>(
    overrides: &[String],
) -> Result<C, Usage> {
    let defaults = defaults::<C>();
    let mut values = defaults.clone();
    let mut config = C::default();
    for given in overrides {
        let Some((key, text)) = given.split_once('=') else {
            return Err(Usage(format!("{given:?} is not of the form key=value")));
        };
        let Some(default) = defaults.get(key) else {
            let known: Vec<&str> = defaults.keys().map(String::as_str).collect();
            return Err(unknown("setting", key, &known));
        };
        let refused = |why| {
            Usage(format!(
                "{given}: {why} (the default is {})",
                spelled(default)
            ))
        };
        let mut outcome = Err(String::new());
        // One key at a time, so that an error belongs to it.
        for value in readings(text, default).map_err(refused)? {
            values.insert(key.into(), value);
            outcome = serde_json::from_value(Value::Object(values.clone()))
                .map_err(|error| error.to_string());
            if outcome.is_ok() {
                break;
            }
        }
        config = outcome.map_err(refused)?;
    }
    Ok(config)
}

/// `key` must be greater than 0; see [`within`] for bounds.
///
/// # Errors
/// Names key and value. A NaN is refused.
pub fn positive<V: PartialOrd + Default + Display + Copy>(
    key: &str,
    value: V,
) -> Result<(), Usage> {
    if value > V::default() {
        return Ok(());
    }
    Err(Usage(format!("{key}={value}: must be greater than 0")))
}

/// `key` must lie in `allowed`, ends included.
///
/// # Errors
/// Names key, value and range. A NaN is refused.
pub fn within<V: PartialOrd + Display + Copy>(
    key: &str,
    value: V,
    allowed: RangeInclusive<V>,
) -> Result<(), Usage> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let (low, high) = (allowed.start(), allowed.end());
    Err(Usage(format!(
        "{key}={value}: must be between {low} and {high}"
    )))
}

/// The error for a `name` that is none of the `known`, with the nearest as a suggestion.
pub fn unknown(what: &str, name: &str, known: &[&str]) -> Usage {
    let nearest = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().max(name.len()) / 3)
        .min();
    let suggestion = nearest.map(|(_, known)| format!("; did you mean `{known}`?"));
    let list = if known.is_empty() {
        "none".into()
    } else {
        known.join(", ")
    };
    Usage(format!(
        "unknown {what} `{name}`{} (known: {list})",
        suggestion.unwrap_or_default()
    ))
}

fn defaults<C: Default + Serialize>() -> Map<String, Value> {
    match serde_json::to_value(C::default()) {
        Ok(Value::Object(map)) => map,
        other => panic!("a study's Config must be a struct with named fields, got {other:?}"),
    }
}

/// What `text` can mean in place of `default`, likeliest first. An absent optional setting is no
/// example of its type: its deserialisation decides among the readings.
fn readings(text: &str, default: &Value) -> Result<Vec<Value>, String> {
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

fn spelled(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(spelled).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
