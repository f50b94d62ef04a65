//! Lists and ranges of settings: many runs on one line.

use serde::Serialize;
use serde_json::Value;

use super::{Line, Usage, defaults, split};

/// Runs that one line may stand for.
const MOST: usize = 10_000;

/// Every single setting that the lists and ranges of `overrides` stand for, in order, the last one
/// varying fastest: `hidden=16,64 seed=0..2` is four. A list where the default of `C` is a list is
/// one value. Ranges are of whole numbers: `0..3` is 0, 1, 2, and `0..=3` has 3 too.
///
/// # Errors
/// As [`resolve`](super::resolve) for unknown keys; and when a range is empty, or there are more than 10 000.
pub fn expand<C: Default + Serialize>(overrides: &[String]) -> Result<Vec<Line>, Usage> {
    let defaults = defaults::<C>();
    let mut all = vec![Vec::new()];
    for given in overrides {
        let (key, text) = split(given)?;
        let values = match defaults.get(key) {
            None | Some(Value::Array(_) | Value::Null) => vec![text.to_owned()],
            Some(_) => alternatives(given, text)?,
        };
        if all.len() * values.len() > MOST {
            return Err(Usage(format!("{given}: more than {MOST} runs")));
        }
        let with = |line: &Line, value: &String| {
            let mut line = line.clone();
            line.push(format!("{key}={value}"));
            line
        };
        all = all
            .iter()
            .flat_map(|line| values.iter().map(move |value| with(line, value)))
            .collect();
    }
    Ok(all)
}

/// What `text` lists: values between commas, ranges among them.
fn alternatives(given: &str, text: &str) -> Result<Vec<String>, Usage> {
    let mut values = Vec::new();
    for part in text.split(',') {
        let Some((low, high)) = part.split_once("..") else {
            values.push(part.trim().to_owned());
            continue;
        };
        let (high, past) = high.strip_prefix('=').map_or((high, 0), |high| (high, 1));
        let ends = (low.trim().parse::<u64>(), high.trim().parse::<u64>());
        let (Ok(low), Ok(high)) = ends else {
            return Err(Usage(format!(
                "{given}: a range is two whole numbers, as in 0..5 (without 5) or 0..=5"
            )));
        };
        let end = high.saturating_add(past);
        if low >= end || end - low > MOST as u64 {
            return Err(Usage(format!(
                "{given}: the range has {} values",
                end.saturating_sub(low)
            )));
        }
        values.extend((low..end).map(|value| value.to_string()));
    }
    Ok(values)
}
