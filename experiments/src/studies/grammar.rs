//! Which formal languages does a recurrent network learn from their strings?
//!
//! Three kinds of them. The seven languages of Tomita (1982): a network reads a string of 0 and 1 and
//! accepts or rejects it. The embedded grammar of Reber: it predicts the next symbol, the last but
//! one from the second. And languages that must be counted, a^n b^n and nested brackets, where it is
//! asked about strings far longer than those of training.
//!
//! A prediction is right if every symbol that may come next has a greater logit than every other,
//! and a string if all its predictions are (Hochreiter & Schmidhuber 1997). Beside the networks
//! stand Markov chains of order 0 to 5, and the majority.

mod learn;
mod plot;
mod recogniser;
mod speller;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::{Activation, Cell, Elman, Gru, Lstm};

use self::learn::{Counted, Course, FEATURES, Row};
use crate::config::{Usage, positive, within};
use crate::encoder::Kind;
use crate::run::Run;
use crate::study::Study;
use crate::table;
use crate::verdict::{Accept, Check, Verdict};

/// The study.
pub struct Grammar;

/// A kind of language.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The embedded grammar of Reber.
    Reber,
    /// The seven languages of Tomita.
    Tomita,
    /// a^n b^n.
    Counting,
    /// Brackets of one kind, and of two.
    Brackets,
}

impl Part {
    const ALL: [Self; 4] = [Self::Reber, Self::Tomita, Self::Counting, Self::Brackets];
}

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The languages: reber, tomita, counting, brackets.
    pub parts: Vec<Part>,
    /// The cell: elman, gru or lstm. Counting is asked of all three.
    pub cell: Kind,
    /// Units of a network.
    pub hidden: usize,
    /// Units of the networks that learn a^n b^n.
    pub counters: usize,
    /// Steps of the optimiser for each language.
    pub steps: u64,
    /// Strings of a step.
    pub batch: usize,
    /// Learning rate of Adam, falling along a cosine.
    pub rate: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Strings to learn from, for each language but Tomita's.
    pub strings: usize,
    /// Length of the longest strings of Tomita's languages to learn from.
    pub length: usize,
    /// The largest n of a^n b^n, and the most pairs of brackets, to learn from.
    pub most: usize,
    /// The deepest nesting of brackets.
    pub depth: usize,
    /// Strings to be tested on, for each language but Tomita's.
    pub test: usize,
    /// Seed of strings, weights and order.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            parts: Part::ALL.to_vec(),
            cell: Kind::Lstm,
            hidden: 24,
            counters: 10,
            steps: 2000,
            batch: 32,
            rate: 0.01,
            clip: 1.0,
            strings: 1000,
            length: 12,
            most: 30,
            depth: 4,
            test: 300,
            seed: 0,
        }
    }
}

impl Study for Grammar {
    const NAME: &'static str = "grammar";
    const QUESTION: &'static str =
        "Which formal languages does a recurrent network learn from their strings?";
    const SECONDS: u32 = 20;
    const SMOKE: &'static [&'static str] = &[
        "hidden=8",
        "steps=10",
        "batch=8",
        "strings=50",
        "length=5",
        "most=5",
        "test=10",
    ];
    const FULL: &'static [&'static str] = &["hidden=32", "steps=4000", "strings=4000", "length=14"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("parts", config.parts.len(), 1..=Part::ALL.len())?;
        for (at, part) in config.parts.iter().enumerate() {
            if config.parts[..at].contains(part) {
                return Err(Usage(
                    format!("parts: {part:?} is there twice").to_lowercase(),
                ));
            }
        }
        within("hidden", config.hidden, 1..=1024)?;
        within("counters", config.counters, 1..=1024)?;
        within("steps", config.steps, 1..=1_000_000)?;
        within("batch", config.batch, 1..=4096)?;
        positive("rate", config.rate)?;
        positive("clip", config.clip)?;
        within("strings", config.strings, 1..=100_000)?;
        within("length", config.length, 1..=18)?;
        within("most", config.most, 1..=200)?;
        within("depth", config.depth, 1..=100)?;
        within("test", config.test, 1..=100_000)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        match config.cell {
            Kind::Elman => study(config, elman, run),
            Kind::Gru => study(config, gru, run),
            Kind::Lstm => study(config, lstm, run),
        }
    }
}

/// Learns all languages with the cell that `make` makes of a number of units.
fn study<C: Cell<f32> + Sync + Clone>(
    config: &Config,
    make: fn(usize) -> C,
    run: &mut Run,
) -> Result<Verdict> {
    let cell = make(config.hidden);
    let (mut rows, mut courses) = (Vec::new(), Vec::new());
    let (mut counted, mut by_length) = (Vec::new(), Vec::new());
    for part in &config.parts {
        match part {
            Part::Reber => {
                let (row, course) = learn::reber(cell.clone(), config, run)?;
                rows.push(row);
                courses.push(course);
            }
            Part::Tomita => {
                let (own, learnt) = learn::tomita(&cell, config, run)?;
                rows.extend(own);
                courses.extend(learnt);
            }
            Part::Counting => {
                let hidden = config.counters;
                for (row, course, own) in [
                    learn::counting("elman", elman(hidden), config, run)?,
                    learn::counting("gru", gru(hidden), config, run)?,
                    learn::counting("lstm", lstm(hidden), config, run)?,
                ] {
                    rows.push(row);
                    courses.push(course);
                    counted.push(own);
                }
            }
            Part::Brackets => {
                let (own, learnt, curves) = learn::brackets(&cell, config, run)?;
                rows.extend(own);
                courses.extend(learnt);
                by_length.extend(curves);
            }
        }
    }
    run.table("languages", &table(&rows))?;
    run.figure("training", &plot::training(&courses))?;
    if !counted.is_empty() {
        run.figure("counting", &plot::counting(&counted, config.most))?;
        run.figure("counters", &plot::counters(&counted))?;
    }
    if !by_length.is_empty() {
        run.figure("brackets", &plot::brackets(&by_length))?;
    }
    let Course { name, history } = &courses[0];
    let title = format!("{name}: loss by step");
    run.sketch(&title, &history.steps(), history.of("loss"));
    Ok(verdict(&rows, &counted, config))
}

fn elman(hidden: usize) -> Elman {
    Elman::new(FEATURES, hidden, Activation::Tanh)
}

fn gru(hidden: usize) -> Gru {
    Gru::new(FEATURES, hidden)
}

fn lstm(hidden: usize) -> Lstm {
    Lstm::new(FEATURES, hidden).with_forget_bias(1.0)
}

fn table(rows: &[Row]) -> String {
    let percent = |fraction: f64| format!("{:.2} %", 100.0 * fraction);
    let cells = rows.iter().map(|row| {
        [
            row.language.clone(),
            row.tested_on.clone(),
            row.strings.to_string(),
            percent(row.network),
            format!("{} (order {})", percent(row.chain), row.order),
            row.majority.map_or("-".into(), percent),
        ]
    });
    let header = [
        "language",
        "tested on",
        "strings",
        "network right",
        "chain right",
        "majority",
    ];
    table::align(&header, cells)
}

fn verdict(rows: &[Row], counted: &[Counted], config: &Config) -> Verdict {
    let (mut checks, most) = (Vec::new(), config.most as f64);
    for row in rows {
        let to_count = counted.iter().any(|own| row.language.ends_with(own.cell));
        if to_count {
            continue;
        }
        let name = format!("{}, {}", row.language, row.tested_on);
        let chain = format!("Markov chain of order {}, the same strings", row.order);
        if row.tested_on.contains("not seen") {
            let quantity = format!("{name}: strings right");
            let anchor = format!("the grammar itself, {} strings", row.strings);
            checks.push(Check::new(
                &quantity,
                &anchor,
                Accept::AtLeast(1.0),
                row.network,
            ));
        }
        let (quantity, above) = (format!("{name}: above the chain"), row.network - row.chain);
        checks.push(Check::new(&quantity, &chain, Accept::AtLeast(0.0), above));
    }
    for own in counted.iter().filter(|own| own.cell == "lstm") {
        checks.push(Check::new(
            "a^n b^n, lstm: all right up to n",
            "twice the n of training: it counts (Gers & Schmidhuber 2001)",
            Accept::AtLeast(2.0 * most),
            own.reach() as f64,
        ));
    }
    Verdict::new(checks)
}
