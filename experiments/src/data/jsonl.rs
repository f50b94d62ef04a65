//! JSON lines: one JSON value on each line.

use anyhow::Result;
use serde::de::DeserializeOwned;

use super::lines::{Line, lines};
use super::source::Source;

/// The value on each line of `source`, with its line. Errors say that `expected` was.
///
/// # Errors
/// What is no text, and a line that is not the JSON of a `T`: names line and column.
pub fn records<'a, T: DeserializeOwned>(
    source: &'a Source,
    expected: &str,
) -> Result<Vec<(Line<'a>, T)>> {
    let lines = lines(source, expected)?;
    let records = lines.into_iter().map(|line| {
        let value = serde_json::from_str(line.text).map_err(|error| {
            // The reader counts lines of its own; all it saw is one.
            let place = format!(" at line {} column {}", error.line(), error.column());
            let message = error.to_string();
            let what = message.strip_suffix(&place).unwrap_or(&message);
            line.error(format!(
                "column {}: {what}; expected {expected}",
                error.column().max(1)
            ))
        })?;
        Ok((line, value))
    });
    records.collect()
}
