//! Series of one number: a sensor, the air, the sun.
//!
//! Of those that come with the binary, the temperature of the sea is read every half hour, but for
//! 23 readings missing before 2016-07-08T13:30, one missing before 2016-06-14T14:00, and one read
//! twice (2017-03-21T16:30); it spans 13 months, so no season repeats. CO2 is weekly; 59 weeks have
//! no value, 18 of them in a row in 1964, the last in 1985. Sunspots are yearly.

use std::path::Path;

use anyhow::{Result, ensure};

use super::csv::Table;
use super::source::{Shipped, Source, shipped};

/// A series, in the order of its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// When each value was measured, as the file has it.
    pub times: Vec<String>,
    /// The values, finite; where one was missing, on the line between its neighbours.
    pub values: Vec<f64>,
    /// Indices of the values that were missing, ascending.
    pub filled: Vec<usize>,
}

/// The series that come with the binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Temperature of the sea in °C, every half hour from 2016-02-15 to 2017-03-22: 48 steps a day.
    SeaTemperature,
    /// CO2 in the air at Mauna Loa in ppm, weekly from 1958-03-29 to 2001-12-29: 52.18 steps a year.
    Co2,
    /// Number of sunspots, yearly from 1700 to 2008: 11 steps a cycle, about.
    Sunspots,
}

impl Set {
    /// Columns of time and value.
    fn columns(self) -> [&'static str; 2] {
        match self {
            Self::SeaTemperature => ["time (UTC)", "temperature (celsius)"],
            Self::Co2 => ["date", "co2"],
            Self::Sunspots => ["YEAR", "SUNACTIVITY"],
        }
    }

    fn shipped(self) -> Shipped {
        match self {
            Self::SeaTemperature => shipped!("sea_surface_temperature.csv.gz"),
            Self::Co2 => shipped!("co2.csv.gz"),
            Self::Sunspots => shipped!("sunspots.csv.gz"),
        }
    }
}

/// The series `set`; or that in the file at `path`, CSV with its columns.
///
/// # Errors
/// A file that cannot be read, or is not of the format, and a series that starts or ends with
/// missing values: names line, what came and what is expected.
pub fn load(set: Set, path: Option<&Path>) -> Result<Series> {
    let [time, value] = set.columns();
    parse(&Source::open(path, set.shipped())?, time, value)
}

/// The series in any CSV file, whose columns `time` and `value` name: fields of the latter are
/// numbers, or empty.
///
/// # Errors
/// As [`load`].
pub fn parse(source: &Source, time: &str, value: &str) -> Result<Series> {
    let table = Table::read(source)?;
    let times = table.column(time)?.texts().map(String::from).collect();
    let values = table.column(value)?.numbers_or_missing()?;
    let filled = (0..values.len()).filter(|step| values[*step].is_none());
    for (end, row) in [("first", 0), ("last", values.len() - 1)] {
        ensure!(
            values[row].is_some(),
            "{}: column {value}: the {end} value is missing; expected a finite number",
            table.place(row)
        );
    }
    Ok(Series {
        times,
        filled: filled.collect(),
        values: on_lines(&values),
    })
}

/// The values, a missing one on the line between its neighbours; the first and last are there.
fn on_lines(values: &[Option<f64>]) -> Vec<f64> {
    let mut filled: Vec<f64> = Vec::with_capacity(values.len());
    for (step, value) in values.iter().enumerate() {
        let Some(value) = *value else { continue };
        let start = filled.last().copied().unwrap_or(value);
        let steps = (step + 1 - filled.len()) as f64;
        for part in 1..=step - filled.len() {
            filled.push(start + (value - start) * part as f64 / steps);
        }
        filled.push(value);
    }
    filled
}
