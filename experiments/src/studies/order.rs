//! How much of a text is in the order of its characters?
//!
//! The same network learns three texts of the same characters: a text as it is; the same with the
//! words of each line shuffled; and with all characters shuffled. Each of the three parts (to learn
//! from, to choose by, held out) is shuffled on its own, so that the frequencies of the characters,
//! which are all that is left in the last text, cost the same number of bits in all three. What the
//! network saves against them is what it found in the order. How much order that takes is seen when
//! it reads no more than the last k characters before each prediction.

mod measure;
mod plot;
mod shuffle;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::{Activation, Elman, Gru, Lstm, Sampler, Until};

use self::measure::{Measured, measure};
use self::shuffle::Shuffle;
use crate::config::{Usage, positive, within};
use crate::corpus::Corpus;
use crate::encoder::Kind;
use crate::language::{Fit, Language, Layer};
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::study::Study;
use crate::table;
use crate::verdict::{Accept, Check, Mark, Verdict};

/// Characters of each text that are shown, and that its network writes.
const SHOWN: usize = 240;
/// Held-out characters that are needed at least: some after the longest context.
const LEAST: usize = 2 * measure::LONGEST;

/// The study.
pub struct Order;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cell: elman, gru or lstm.
    pub cell: Kind,
    /// Units of the network.
    pub hidden: usize,
    /// Numbers that each character is to the network.
    pub features: usize,
    /// Characters that a step of the optimiser predicts in a row.
    pub window: usize,
    /// Windows of a step.
    pub batch: usize,
    /// Steps of the optimiser, for each text.
    pub steps: u64,
    /// Learning rate of Adam, which falls to a twentieth of it along a cosine.
    pub rate: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Characters that the longest Markov chain looks back.
    pub order: usize,
    /// Characters of the text that are used, from its start; all if none.
    pub characters: Option<usize>,
    /// Seed of shuffles, weights and windows.
    pub seed: u64,
    /// A text in UTF-8 in place of that which comes with the program.
    pub data: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cell: Kind::Gru,
            hidden: 128,
            features: 32,
            window: 64,
            batch: 32,
            steps: 2500,
            rate: 0.005,
            clip: 1.0,
            order: 5,
            characters: None,
            seed: 0,
            data: None,
        }
    }
}

impl Config {
    fn fit(&self) -> Fit {
        Fit {
            steps: self.steps,
            batch: self.batch,
            window: self.window,
            rate: self.rate,
            clip: self.clip,
            seed: self.seed,
        }
    }
}

impl Study for Order {
    const NAME: &'static str = "order";
    const QUESTION: &'static str = "How much of a text is in the order of its characters?";
    const SECONDS: u32 = 80;
    const SMOKE: &'static [&'static str] = &[
        "characters=20000",
        "hidden=16",
        "features=8",
        "window=24",
        "batch=8",
        "steps=20",
        "order=3",
    ];
    const FULL: &'static [&'static str] = &["hidden=256", "features=64", "steps=4000"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("hidden", config.hidden, 1..=4096)?;
        within("features", config.features, 1..=4096)?;
        within("window", config.window, 2..=4096)?;
        within("batch", config.batch, 1..=4096)?;
        within("steps", config.steps, 1..=10_000_000)?;
        within("rate", config.rate, 1e-8..=1.0)?;
        positive("clip", config.clip)?;
        within("order", config.order, 1..=7)?;
        if let Some(characters) = config.characters {
            positive("characters", characters)?;
        }
        Ok(())
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let path = config.data.as_deref().map(Path::new);
        let corpus = Corpus::load(path, config.characters, LEAST.max(config.window + 1))?;
        let mut samples = String::new();
        let all = Shuffle::ALL
            .into_iter()
            .map(|shuffle| {
                let random = &mut stream(config.seed, Purpose::Inputs);
                let text = shuffle.of(&corpus, random);
                learn(config, run, shuffle, &text, &mut samples)
            })
            .collect::<Result<Vec<Measured>>>()?;
        run.sample("texts", &samples)?;
        run.figure("contexts", &plot::contexts(&all))?;
        run.figure("training", &plot::training(&all))?;
        run.table("texts", &table(&all))?;
        let [ordered, ..] = &all[..] else {
            unreachable!("there are three texts");
        };
        let contexts: Vec<f64> = measure::contexts().map(|k| (k as f64).log2()).collect();
        run.sketch(
            "bits per character of the text in order by log_2 of the characters read",
            &contexts,
            &ordered.by_context,
        );
        Ok(verdict(&all))
    }
}

/// Trains the network on one text, measures it, and lets it write.
fn learn(
    config: &Config,
    run: &mut Run,
    shuffle: Shuffle,
    text: &Corpus,
    samples: &mut String,
) -> Result<Measured> {
    let hidden = config.hidden;
    match config.cell {
        Kind::Elman => learn_by(config, run, shuffle, text, samples, |inputs| {
            Elman::new(inputs, hidden, Activation::Tanh)
        }),
        Kind::Gru => learn_by(config, run, shuffle, text, samples, |inputs| {
            Gru::new(inputs, hidden)
        }),
        Kind::Lstm => learn_by(config, run, shuffle, text, samples, |inputs| {
            Lstm::new(inputs, hidden).with_forget_bias(1.0)
        }),
    }
}

fn learn_by<C: Layer>(
    config: &Config,
    run: &mut Run,
    shuffle: Shuffle,
    text: &Corpus,
    samples: &mut String,
    cell: impl FnMut(usize) -> C,
) -> Result<Measured> {
    let language = Language::new(text.alphabet.len(), config.features, 1, 0.0, cell);
    let trained = language.fit(run, shuffle.name(), text, config.fit())?;
    let random = &mut stream(config.seed, Purpose::Generation);
    let until = Until::length(SHOWN);
    let prompt = &text.train()[..1];
    let params = &trained.params;
    let written = language.generate(params, &[prompt], &Sampler::new(), until, random);
    for (title, symbols) in [
        (shuffle.name().to_owned(), &text.train()[..SHOWN]),
        ("what its network writes".into(), &written[0]),
    ] {
        let symbols = text.alphabet.decode(symbols);
        writeln!(samples, "== {title} ==\n\n{symbols}\n")?;
    }
    Ok(measure(shuffle, &language, trained, text, config.order))
}

fn table(all: &[Measured]) -> String {
    let rows = all.iter().map(|text| {
        [
            text.shuffle.name().into(),
            format!("{:.3}", text.frequencies.mean),
            format!("{:.3} (order {})", text.chain.1.mean, text.chain.0),
            format!("{:.3}", text.network.mean),
            format!("{:.3}", text.frequencies.mean - text.network.mean),
        ]
    });
    let header = [
        "text",
        "frequencies",
        "best Markov chain",
        "network",
        "saved by order",
    ];
    table::align(&header, rows)
}

fn verdict(all: &[Measured]) -> Verdict {
    let [ordered, words, characters] = all else {
        unreachable!("there are three texts");
    };
    let entropy = characters.frequencies.mean;
    let above = |name: &str, anchor: &str, more: &Measured, less: &Measured| {
        let error = more.network.error.hypot(less.network.error);
        Check::new(
            &format!("bits lost, {name}"),
            anchor,
            Accept::AtLeast(3.0 * error),
            more.network.mean - less.network.mean,
        )
    };
    Verdict::new(vec![
        Check::new(
            "bits below the frequencies, characters shuffled",
            "there is nothing else to know; three standard errors",
            Accept::AtMost(3.0 * characters.saved.error),
            characters.saved.mean,
        )
        .marked(Mark::Derived),
        Check::new(
            "bits per character, characters shuffled",
            "the frequencies' on the same text, and 1 %",
            Accept::AtMost(1.01 * entropy),
            characters.network.mean,
        ),
        above(
            "characters shuffled",
            "the same text in order; three standard errors",
            characters,
            ordered,
        ),
        above(
            "words of a line shuffled",
            "the same text in order; three standard errors",
            words,
            ordered,
        ),
        above(
            "characters shuffled, not only words",
            "words of a line shuffled; three standard errors",
            characters,
            words,
        ),
    ])
}
