//! The atlas: results of the field reproduced, as many as a budget of time takes.

use std::time::Duration;

use anyhow::{Result, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Session;
use super::arguments::Options;
use crate::config::{self, Preset, Usage, positive};
use crate::plan::Plan;

/// What the command takes.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Time for all of it.
    minutes: f64,
    /// Whether the studies run their preset `full`.
    full: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            minutes: 10.0,
            full: false,
        }
    }
}

/// What [`Settings`] are over in the preset `full`.
const FULL: &[&str] = &["minutes=120", "full=true"];

impl Session<'_> {
    /// Every study of the atlas that fits into the minutes, the shortest first.
    pub(super) fn atlas(&mut self, given: &[String], options: &Options) -> Result<()> {
        let (mut preset, settings) = Preset::split(given)?;
        if resolve(preset, &settings)?.full {
            preset = Preset::Full;
        }
        let budget = minutes(&resolve(preset, &settings)?)?;
        let plan = Plan::of_atlas(self.studies, preset);
        ensure!(!plan.runs.is_empty(), "no study here belongs to the atlas");
        self.plan("atlas", &plan, Some(budget), options)
    }
}

/// The time for `plan` where nobody says otherwise.
pub(super) fn budget(plan: &Plan) -> Result<Duration, Usage> {
    let (preset, _) = Preset::split(&plan.runs[0].settings)?;
    minutes(&resolve(preset, &[])?)
}

fn resolve(preset: Preset, settings: &[String]) -> Result<Settings, Usage> {
    let lines = match preset {
        Preset::Full => FULL,
        Preset::Smoke | Preset::Default => &[],
    };
    Ok(config::resolve((preset, lines), settings)?.config)
}

fn minutes(Settings { minutes, .. }: &Settings) -> Result<Duration, Usage> {
    positive("minutes", *minutes)?;
    Duration::try_from_secs_f64(60.0 * minutes)
        .map_err(|_| Usage(format!("minutes={minutes}: is longer than anybody waits")))
}
