//! The `.ts` format of aeon and sktime: labelled time series of several channels.
//!
//! ```text
//! # a comment
//! @problemName JapaneseVowels
//! @dimensions 12
//! @classLabel true 1 2 3
//! @data
//! 1.5,1.2,0.9:-0.3,-0.1,0.4:...:2     channels between colons, values between commas, the label last
//! ```
//!
//! Series may differ in length. Timestamps, missing values and numeric targets are not read.

use anyhow::{Result, bail, ensure};

use super::lines::{Line, lines};
use super::source::Source;

/// Labelled series of the same channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// What the file calls itself; empty if it does not.
    pub name: String,
    /// Channels of each series.
    pub channels: usize,
    /// Names of the classes, in the order of the header.
    pub classes: Vec<String>,
    /// The series, in the order of the file.
    pub series: Vec<Series>,
}

/// A labelled series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// How many steps it has.
    pub steps: usize,
    /// [steps x channels], row-major, finite.
    pub values: Vec<f64>,
    /// Its class, as an index into the classes of the collection.
    pub class: usize,
}

const EXPECTED: &str = "a .ts file: lines that start with @, @data, then series";

/// Reads the format.
///
/// # Errors
/// What is no text, a header without class labels, and a series that does not agree with the
/// header or with itself: names line and channel, what came and what is expected.
pub fn parse(source: &Source) -> Result<Collection> {
    let lines = lines(source, EXPECTED)?;
    let mut lines = lines.iter().filter(|line| {
        let text = line.text.trim_start();
        !text.is_empty() && !text.starts_with('#')
    });
    let Header {
        name,
        dimensions,
        classes,
        equal_length,
    } = Header::read(source.name(), &mut lines)?;
    let mut channels = dimensions;
    let mut series: Vec<Series> = Vec::new();
    for line in lines {
        let read = read_series(line, channels, &classes)?;
        channels = Some(read.values.len() / read.steps);
        let steps = series.first().map_or(read.steps, |first| first.steps);
        if equal_length && read.steps != steps {
            let came = read.steps;
            return Err(line.error(format!(
                "{came} steps; expected {steps} as in the first series, for @equalLength is true"
            )));
        }
        series.push(read);
    }
    let Some(channels) = channels.filter(|_| !series.is_empty()) else {
        bail!(
            "{}: no series after @data; expected one on each line",
            source.name()
        );
    };
    Ok(Collection {
        name,
        channels,
        classes,
        series,
    })
}

#[derive(Default)]
struct Header {
    name: String,
    dimensions: Option<usize>,
    classes: Vec<String>,
    equal_length: bool,
}

impl Header {
    /// Takes the lines up to `@data`.
    fn read<'a>(file: &str, lines: &mut impl Iterator<Item = &'a Line<'a>>) -> Result<Self> {
        let mut header = Self::default();
        for line in lines {
            let mut words = line.text.split_whitespace();
            let key = words.next().unwrap_or_default().to_lowercase();
            let values: Vec<&str> = words.collect();
            if key == "@data" {
                ensure!(
                    !header.classes.is_empty(),
                    line.error("no @classLabel before @data; expected @classLabel true NAMES")
                );
                return Ok(header);
            }
            header.set(line, &key, &values)?;
        }
        bail!("{file}: no @data line; expected {EXPECTED}");
    }

    fn set(&mut self, line: &Line, key: &str, values: &[&str]) -> Result<()> {
        match key {
            "@problemname" => self.name = values.join(" "),
            "@dimensions" | "@dimension" => {
                let number = values.first().and_then(|value| value.parse().ok());
                let number = number.filter(|number| *number > 0);
                self.dimensions = Some(number.ok_or_else(|| {
                    let came = values.join(" ");
                    line.error(format!(
                        "{key} {came:?}; expected a number of channels from 1"
                    ))
                })?);
            }
            "@univariate" => {
                if truth(line, key, values)? {
                    self.dimensions = Some(1);
                }
            }
            "@equallength" => self.equal_length = truth(line, key, values)?,
            "@timestamps" | "@missing" | "@targetlabel" => ensure!(
                !truth(line, key, values)?,
                line.error(format!(
                    "{key} true; expected false: series of plain numbers with classes"
                ))
            ),
            "@classlabel" => {
                ensure!(
                    truth(line, key, values)? && values.len() > 1,
                    line.error("no class labels; expected @classLabel true NAMES")
                );
                self.classes = values[1..].iter().map(|name| (*name).to_owned()).collect();
            }
            // Only says how long all series are, which shows.
            "@serieslength" => {}
            _ => {
                let what = format!("{key:?} before @data; expected {EXPECTED}");
                return Err(line.error(what));
            }
        }
        Ok(())
    }
}

fn truth(line: &Line, key: &str, values: &[&str]) -> Result<bool> {
    match values.first() {
        Some(&"true") => Ok(true),
        Some(&"false") => Ok(false),
        _ => {
            let came = values.join(" ");
            Err(line.error(format!("{key} {came:?}; expected true or false")))
        }
    }
}

fn read_series(line: &Line, channels: Option<usize>, classes: &[String]) -> Result<Series> {
    let mut fields: Vec<&str> = line.text.split(':').collect();
    let label = fields.pop().unwrap_or_default().trim();
    let channels = channels.unwrap_or(fields.len()).max(1);
    if fields.len() != channels {
        let came = fields.len();
        return Err(line.error(format!(
            "{came} channels before the label; expected {channels} between colons"
        )));
    }
    let class = classes.iter().position(|class| class == label);
    let class = class.ok_or_else(|| {
        let classes = classes.join(", ");
        line.error(format!("label {label:?}; expected one of {classes}"))
    })?;
    let steps = fields[0].split(',').count();
    // Counted first, for a hostile line would else allocate the square of its length.
    for (channel, field) in fields.iter().enumerate() {
        let came = field.split(',').count();
        if came != steps {
            let channel = channel + 1;
            return Err(line.error(format!(
                "channel {channel} has {came} steps; expected {steps} as in channel 1"
            )));
        }
    }
    let mut values = vec![0.0; steps * channels];
    for (channel, field) in fields.iter().enumerate() {
        for (step, text) in field.split(',').enumerate() {
            let number = text.trim().parse().ok();
            let number = number.filter(|number: &f64| number.is_finite());
            values[step * channels + channel] = number.ok_or_else(|| {
                let (channel, step) = (channel + 1, step + 1);
                line.error(format!(
                    "channel {channel}, step {step}: {text:?}; expected a finite number"
                ))
            })?;
        }
    }
    Ok(Series {
        steps,
        values,
        class,
    })
}
