//! Settings: `key=value` over a study's defaults, each typed by the default it replaces.

mod expand;
mod readings;

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::readings::readings;
pub(crate) use self::readings::spelled;

pub use expand::expand;

/// A mistake on the command line or in a setting: exit code 2, where data and I/O exit with 1.
#[derive(Debug)]
pub struct Usage(pub String);

impl Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// How much of a study to run.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Seconds: shows that it runs; the verdict is that of a small budget.
    Smoke,
    /// The defaults, which answer the question in a minute or two.
    #[default]
    Default,
    /// The best that the study knows, in however long it takes.
    Full,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Smoke, Self::Default, Self::Full];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Smoke => "smoke",
            Self::Default => "default",
            Self::Full => "full",
        }
    }

    /// Takes `preset=NAME` out of the settings `given`; the last one counts.
    ///
    /// # Errors
    /// When there is no preset of that name.
    pub fn split(given: &[String]) -> Result<(Self, Line), Usage> {
        let mut preset = Self::default();
        let mut settings = Line::new();
        for given in given {
            let Some(name) = given.strip_prefix("preset=") else {
                settings.push(given.clone());
                continue;
            };
            preset = Self::ALL
                .into_iter()
                .find(|preset| preset.name() == name)
                .ok_or_else(|| unknown("preset", name, &Self::ALL.map(Self::name)))?;
        }
        Ok((preset, settings))
    }
}

/// Where the value of a setting came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The preset.
    Preset(Preset),
    /// The command line.
    CommandLine,
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Preset(preset) => write!(f, "preset {}", preset.name()),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

/// The settings of one run as they are given: `key=value`, `preset=NAME` among them.
pub type Line = Vec<String>;

/// A key of a study, and what it is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The name left of the `=`.
    pub key: String,
    /// The value right of it.
    pub value: String,
    /// The value without presets and command line.
    pub default: String,
    /// Where the value came from.
    pub origin: Origin,
    /// What it means: the documentation of the field.
    pub meaning: String,
}

/// The settings of a study as resolved.
#[derive(Clone, Debug)]
pub struct Resolved<C> {
    /// As the study reads them.
    pub config: C,
    /// As a person reads them, in alphabetical order.
    pub settings: Vec<Setting>,
}

/// The default of `C` with each `key=value` of a preset, and then of `overrides`, in place; a later
/// one wins.
///
/// Lists are separated by commas; an optional setting takes `none`.
///
/// # Errors
/// An override without `=`, an unknown key (the known ones and the nearest are named), or a
/// value that is not of the default's type.
///
/// # Panics
/// When `C` is not a struct with named fields.
pub fn resolve<C>(
    (preset, lines): (Preset, &[&str]),
    overrides: &[String],
) -> Result<Resolved<C>, Usage>
where
    C: Default + Serialize + DeserializeOwned + JsonSchema,
{
    let defaults = defaults::<C>();
    let mut values = defaults.clone();
    let mut origins = BTreeMap::new();
    let mut config = C::default();
    let lines = lines.iter().map(|line| (*line, Origin::Preset(preset)));
    let overrides = overrides
        .iter()
        .map(|line| (line.as_str(), Origin::CommandLine));
    for (given, origin) in lines.chain(overrides) {
        let (key, value, with) = set(given, &defaults, &values)?;
        values.insert(key.into(), value);
        origins.insert(key.to_owned(), origin);
        config = with;
    }
    let meanings = meanings::<C>();
    let settings = values.iter().map(|(key, value)| Setting {
        key: key.clone(),
        value: spelled(value),
        default: spelled(&defaults[key]),
        origin: origins.get(key).copied().unwrap_or(Origin::Default),
        meaning: meanings.get(key).cloned().unwrap_or_default(),
    });
    let settings = settings.collect();
    Ok(Resolved { config, settings })
}

/// Key and value of `given`, and `values` with them as a `C`.
fn set<'a, C: DeserializeOwned>(
    given: &'a str,
    defaults: &Map<String, Value>,
    values: &Map<String, Value>,
) -> Result<(&'a str, Value, C), Usage> {
    let (key, text) = split(given)?;
    let Some(default) = defaults.get(key) else {
        let known: Vec<&str> = defaults.keys().map(String::as_str).collect();
        return Err(unknown("setting", key, &known));
    };
    let refused = |why| {
        let default = spelled(default);
        Usage(format!("{given}: {why} (the default is {default})"))
    };
    let mut why = String::new();
    // One key at a time, so that an error belongs to it.
    for value in readings(text, default).map_err(refused)? {
        let mut values = values.clone();
        values.insert(key.into(), value.clone());
        match serde_json::from_value(Value::Object(values)) {
            Ok(config) => return Ok((key, value, config)),
            Err(error) => why = error.to_string(),
        }
    }
    Err(refused(why))
}

/// The two sides of `key=value`.
fn split(given: &str) -> Result<(&str, &str), Usage> {
    given
        .split_once('=')
        .ok_or_else(|| Usage(format!("{given:?} is not of the form key=value")))
}

/// The documentation of each field of `C`.
fn meanings<C: JsonSchema>() -> BTreeMap<String, String> {
    let schema = schemars::schema_for!(C).to_value();
    let Some(fields) = schema["properties"].as_object() else {
        return BTreeMap::new();
    };
    let text = |field: &Value| {
        field["description"]
            .as_str()
            .unwrap_or_default()
            .replace('\n', " ")
    };
    fields
        .iter()
        .map(|(key, field)| (key.clone(), text(field)))
        .collect()
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

/// The settings that have a value, by key.
///
/// # Panics
/// When `C` is not a struct with named fields.
pub fn table<C: Serialize>(config: &C) -> Map<String, Value> {
    let mut table = fields(config);
    table.retain(|_, value| !value.is_null());
    table
}

fn defaults<C: Default + Serialize>() -> Map<String, Value> {
    fields(&C::default())
}

fn fields<C: Serialize>(config: &C) -> Map<String, Value> {
    match serde_json::to_value(config) {
        Ok(Value::Object(map)) => map,
        other => panic!("a study's Config must be a struct with named fields, got {other:?}"),
    }
}
