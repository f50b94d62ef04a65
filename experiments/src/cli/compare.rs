//! Runs side by side: the settings in which they differ, and what each measured.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::Session;
use crate::fit::mean;
use crate::plan::{self, Plan};
use crate::run::Record;
use crate::table::{grid, significant};

/// One run as it is compared.
struct Compared {
    name: String,
    record: Record,
    summary: Value,
}

impl Session<'_> {
    /// Tables of the runs in `directories`; the runs of a plan each count for themselves.
    pub(super) fn compare(&mut self, directories: &[PathBuf]) -> Result<()> {
        let mut runs = Vec::new();
        for directory in directories {
            if directory.join(plan::FILE).exists() {
                let plan = Plan::read(&directory.join(plan::FILE))?;
                for planned in &plan.runs {
                    runs.push(read(&directory.join(&planned.name))?);
                }
            } else {
                runs.push(read(directory)?);
            }
        }
        let text = format!("{}\n{}", settings(&runs), measurements(&runs));
        self.say(&text)
    }
}

fn read(directory: &Path) -> Result<Compared> {
    let summary = plan::summary(directory)?;
    let summary =
        summary.with_context(|| format!("{} holds no finished run", directory.display()))?;
    Ok(Compared {
        name: directory.display().to_string(),
        record: Record::read(directory)?,
        summary,
    })
}

/// A row for each run: its study, the settings that are not the same in all, and its verdict.
fn settings(runs: &[Compared]) -> String {
    let keys: BTreeSet<&String> = runs
        .iter()
        .flat_map(|run| run.record.config.keys())
        .collect();
    let spelled = |run: &Compared, key: &str| {
        let value = run.record.config.get(key);
        value.map_or("-".into(), Value::to_string)
    };
    let differ = |key: &&&String| {
        runs.iter()
            .any(|run| spelled(run, key) != spelled(&runs[0], key))
    };
    let keys: Vec<&String> = keys.iter().filter(differ).copied().collect();
    let mut header = vec!["run".to_owned(), "study".to_owned()];
    header.extend(keys.iter().map(|key| (*key).clone()));
    header.push("verdict".into());
    let rows = runs.iter().map(|run| {
        let mut row = vec![run.name.clone(), run.record.study.clone()];
        row.extend(keys.iter().map(|key| spelled(run, key)));
        let outcome = run.summary["verdict"]["outcome"].as_str();
        row.push(outcome.unwrap_or("-").into());
        row
    });
    grid(std::iter::once(header).chain(rows))
}

/// A row for each quantity, with what each run measured, and the mean.
fn measurements(runs: &[Compared]) -> String {
    let mut quantities: Vec<(&str, &str)> = Vec::new();
    for check in runs.iter().flat_map(checks) {
        let (quantity, expected) = (text(&check["quantity"]), text(&check["expected"]));
        match quantities.iter_mut().find(|(known, _)| *known == quantity) {
            None => quantities.push((quantity, expected)),
            Some((_, before)) if *before != expected => *before = "its own in each",
            Some(_) => {}
        }
    }
    let mut header = vec!["quantity".to_owned(), "expected".to_owned()];
    header.extend((1..=runs.len()).map(|number| format!("run {number}")));
    header.push("mean".into());
    let rows = quantities.iter().map(|&(quantity, expected)| {
        let measured: Vec<Option<f64>> = runs
            .iter()
            .map(|run| {
                let check = checks(run).find(|check| text(&check["quantity"]) == quantity)?;
                check["measured"].as_f64()
            })
            .collect();
        let known: Vec<f64> = measured.iter().flatten().copied().collect();
        let all = (!known.is_empty()).then(|| mean(&known));
        let mut row = vec![quantity.to_owned(), expected.to_owned()];
        row.extend(measured.into_iter().chain([all]).map(short));
        row
    });
    grid(std::iter::once(header).chain(rows))
}

fn checks(run: &Compared) -> impl Iterator<Item = &Value> {
    let checks = run.summary["verdict"]["checks"].as_array();
    checks.into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn short(value: Option<f64>) -> String {
    value.map_or("-".into(), |value| significant(value, 5))
}
