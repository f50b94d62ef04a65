//! A series as it is forecast: what is known at each step, in which units, and which steps are for
//! what.

use std::ops::Range;
use std::path::Path;

use anyhow::{Result, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::baselines::series::changes;
use crate::data::series::{self, Set};
use crate::data::split::{self, Periods};
use crate::forecast::Window;

/// Horizons of a forecast.
pub(super) const HORIZONS: usize = 4;

/// A series to forecast.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The temperature of the sea, every half hour.
    Sea,
    /// Carbon dioxide in the air, weekly.
    Co2,
    /// Numbers of sunspots, yearly.
    Sunspots,
}

/// What is known of a kind of series beforehand.
pub(super) struct Facts {
    pub name: &'static str,
    pub unit: &'static str,
    /// Steps ahead that are forecast, ascending, and how they are called.
    pub horizons: [usize; HORIZONS],
    pub spans: [&'static str; HORIZONS],
    /// Which of them is drawn.
    pub shown: usize,
    /// Steps of a season.
    pub season: usize,
    /// Past seasons whose changes the network is shown.
    pub seasons: usize,
    /// Orders of autoregression to choose from.
    pub orders: &'static [usize],
    /// The last changes that the network is shown at each step.
    pub lags: usize,
    /// Steps over which the present size of changes is measured.
    pub reach: usize,
    /// Steps that are read before the first forecast, and steps to forecast from, in a window.
    pub warm: usize,
    pub scored: usize,
    /// Whether the level itself says what comes: where there is a floor.
    pub level: bool,
    /// Parts of the series to choose settings by, and to be tested on.
    pub held_out: [f64; 2],
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sea, Self::Co2, Self::Sunspots];

    pub(super) fn facts(self) -> Facts {
        match self {
            Self::Sea => Facts {
                name: "sea temperature",
                unit: "°C",
                horizons: [1, 6, 24, 48],
                spans: ["30 min", "3 h", "12 h", "24 h"],
                shown: 1,
                season: 48,
                seasons: 2,
                orders: &[1, 2, 4, 8, 16, 24, 48, 96],
                lags: 12,
                reach: 336,
                warm: 96,
                scored: 96,
                level: false,
                // A fourth of 13 months: the same months of the year before are for training.
                held_out: [0.125, 0.125],
            },
            Self::Co2 => Facts {
                name: "CO2",
                unit: "ppm",
                horizons: [1, 4, 13, 52],
                spans: ["1 week", "4 weeks", "13 weeks", "52 weeks"],
                shown: 2,
                season: 52,
                seasons: 2,
                orders: &[1, 2, 4, 8, 16, 26, 53, 60, 106],
                lags: 60,
                reach: 260,
                warm: 52,
                scored: 52,
                level: false,
                held_out: [0.2, 0.2],
            },
            Self::Sunspots => Facts {
                name: "sunspots",
                unit: "spots",
                horizons: [1, 2, 5, 11],
                spans: ["1 year", "2 years", "5 years", "11 years"],
                shown: 2,
                season: 11,
                seasons: 1,
                orders: &[1, 2, 3, 4, 6, 8, 9, 10, 12, 16],
                lags: 11,
                reach: 44,
                warm: 22,
                scored: 22,
                level: true,
                // Train to 1880, validation to 1920: the test begins as that of Weigend et al. 1990.
                held_out: [40.0 / 309.0, 88.0 / 309.0],
            },
        }
    }

    fn set(self) -> Set {
        match self {
            Self::Sea => Set::SeaTemperature,
            Self::Co2 => Set::Co2,
            Self::Sunspots => Set::Sunspots,
        }
    }
}

/// A series, and what a network is shown of it.
pub(super) struct Record {
    pub facts: Facts,
    pub times: Vec<String>,
    pub values: Vec<f64>,
    pub periods: Periods,
    /// Numbers that are known at each step.
    pub width: usize,
    inputs: Vec<f32>,
    /// The present size of changes, at each step.
    sizes: Vec<f64>,
    /// The root mean square of changes over each horizon, in units of the size.
    units: [f64; HORIZONS],
}

impl Record {
    /// Reads the series of a kind, from the file at `path` if one is given.
    pub fn load(kind: Kind, path: Option<&Path>) -> Result<Self> {
        let series = series::load(kind.set(), path)?;
        let facts = kind.facts();
        let [validation, test] = facts.held_out;
        let periods = split::in_time(series.values.len(), validation, test);
        let room = facts.first() + facts.warm + 2 * facts.scored + facts.horizons[HORIZONS - 1];
        let shortest = [
            periods.train.len(),
            periods.validation.len(),
            periods.test.len(),
        ];
        let longest = facts.horizons[HORIZONS - 1] + 1;
        ensure!(
            shortest[0] > room && shortest[1] > longest && shortest[2] > longest,
            "{}: {} values are too few: parts of {shortest:?} for training, validation and test",
            facts.name,
            series.values.len()
        );
        Ok(Self::new(facts, series.times, series.values, periods))
    }

    fn new(facts: Facts, times: Vec<String>, values: Vec<f64>, periods: Periods) -> Self {
        let sizes = sizes(&values, facts.reach, periods.train.end);
        let mut record = Self {
            facts,
            times,
            values,
            periods,
            width: 0,
            inputs: Vec::new(),
            sizes,
            units: [1.0; HORIZONS],
        };
        let origins = record.facts.first()..record.last_origin(record.periods.train.end);
        for index in 0..HORIZONS {
            let squares = origins
                .clone()
                .map(|origin| record.target(origin, index).powi(2));
            record.units[index] = (squares.sum::<f64>() / origins.len() as f64)
                .sqrt()
                .max(1e-9);
        }
        for step in 0..record.values.len() {
            let known = record.known(step);
            record.width = known.len();
            record.inputs.extend(known.into_iter().map(|x| x as f32));
        }
        record
    }

    /// Steps to forecast from whose forecasts all lie in a part.
    pub fn origins(&self, part: &Range<usize>) -> Range<usize> {
        part.start - 1..self.last_origin(part.end)
    }

    /// The end of the origins whose targets are before the step `end`.
    fn last_origin(&self, end: usize) -> usize {
        end - self.facts.horizons[HORIZONS - 1]
    }

    /// First steps of the windows that training is shown.
    pub fn starts(&self) -> Range<usize> {
        let steps = self.facts.warm + self.facts.scored;
        self.facts.first()..self.last_origin(self.periods.train.end) - steps + 1
    }

    /// The window from a step on.
    pub fn window(&self, start: usize) -> Window {
        let (from, end) = (
            start + self.facts.warm,
            start + self.facts.warm + self.facts.scored,
        );
        let targets = (from..end).flat_map(|origin| (0..HORIZONS).map(move |i| (origin, i)));
        Window {
            inputs: self.inputs[start * self.width..end * self.width].to_vec(),
            targets: targets
                .map(|(origin, i)| self.target(origin, i) as f32)
                .collect(),
        }
    }

    /// The window that ends with `end`, to forecast from its last steps.
    pub fn window_before(&self, end: usize) -> Window {
        let start = end - self.facts.warm - self.facts.scored;
        Window {
            inputs: self.inputs[start * self.width..end * self.width].to_vec(),
            targets: Vec::new(),
        }
    }

    /// The change from an origin over a horizon, in its unit.
    fn target(&self, origin: usize, index: usize) -> f64 {
        let change = self.values[origin + self.facts.horizons[index]] - self.values[origin];
        change / (self.sizes[origin] * self.units[index])
    }

    /// The value that the output of the network for an origin and a horizon stands for.
    pub fn value(&self, origin: usize, index: usize, output: f64) -> f64 {
        self.values[origin] + output * self.sizes[origin] * self.units[index]
    }

    /// What the network is shown at a step: all of it is known then.
    fn known(&self, step: usize) -> Vec<f64> {
        let facts = &self.facts;
        let size = self.sizes[step];
        // Before the first value nothing changed.
        let at = |step: Option<usize>| self.values[step.unwrap_or(0)];
        let change = |lag: usize| at(step.checked_sub(lag)) - at(step.checked_sub(lag + 1));
        let mut known: Vec<f64> = (0..facts.lags).map(|lag| change(lag) / size).collect();
        for season in 1..=facts.seasons {
            let then = step.checked_sub(season * facts.season);
            for (horizon, unit) in facts.horizons.iter().zip(self.units) {
                let later = then.map(|then| then + horizon);
                known.push((at(later) - at(then)) / (size * unit));
            }
        }
        let day = step.saturating_sub(facts.season - 1)..=step;
        let mean = self.values[day.clone()].iter().sum::<f64>() / day.count() as f64;
        known.push((self.values[step] - mean) / (size * self.units[HORIZONS - 1]));
        if facts.level {
            let train = &self.values[self.periods.train.clone()];
            let mean = train.iter().sum::<f64>() / train.len() as f64;
            known.push(self.values[step] / mean - 1.0);
        }
        known
    }
}

impl Facts {
    /// The first step at which all inputs are of the series.
    fn first(&self) -> usize {
        (self.seasons * self.season).max(self.lags + 1)
    }
}

/// The root mean square of the last changes, at most `reach` of them, at each step; not less than a
/// third of that in training, which ends before `end`.
fn sizes(values: &[f64], reach: usize, end: usize) -> Vec<f64> {
    let squares: Vec<f64> = changes(values)
        .iter()
        .map(|change| change * change)
        .collect();
    let mean = |squares: &[f64]| squares.iter().sum::<f64>() / squares.len().max(1) as f64;
    let floor = (mean(&squares[..end - 1]) / 9.0).max(f64::MIN_POSITIVE);
    let recent = |step: usize| mean(&squares[step.saturating_sub(reach)..step]);
    (0..values.len())
        .map(|step| recent(step).max(floor).sqrt())
        .collect()
}
