//! Can a recurrent network write a chorale in four voices?
//!
//! Bach's chorales, a chord of four voices at each sixteenth. At each step the network predicts the
//! four voices one after the other, from all chords before and the voices above, so that its
//! likelihood is one of whole pieces. Beside it are Markov chains, one for each voice: the score is
//! the number of bits that a chord takes in pieces whose tune was never seen. Then both write a chorale,
//! as MIDI files to listen to.

mod baselines;
pub mod keyboard;
pub mod model;
mod pieces;
mod plot;
mod score;
mod train;
mod write;

use std::path::Path;

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::{Activation, Cell, Elman, Gru, Lstm, Sampler};

use self::baselines::Chains;
use self::keyboard::Chord;
use self::model::{Network, Sizes};
use self::pieces::{Pieces, whole};
use self::score::Score;
use self::train::learn;
use crate::config::{Usage, positive, within};
use crate::data::chorales;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::study::Study;
use crate::table;
use crate::verdict::{Accept, Check, Verdict};

/// The study.
pub struct Music;

/// Models that are compared.
const MODELS: usize = 5;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cell: lstm, gru or elman.
    pub cell: Kind,
    /// Units of the cell.
    pub hidden: usize,
    /// Features of the chord before that the cell reads.
    pub features: usize,
    /// Units from which each voice is read.
    pub readout: usize,
    /// Dropout of what the cell puts out and of the units that a voice is read from.
    pub dropout: f64,
    /// Steps of training.
    pub steps: u64,
    /// Windows in a batch.
    pub batch: usize,
    /// Sixteenths in a window.
    pub window: usize,
    /// Learning rate of Adam, falling along half a cosine to a hundredth.
    pub rate: f64,
    /// Norm that gradients are clipped to.
    pub clip: f64,
    /// Semitones by which training transposes pieces up or down, within the ranges of the voices.
    pub transpose: i32,
    /// Sixteenths of a held-out piece that are gone on with.
    pub prompt: usize,
    /// Sixteenths of the pieces that are written, prompt included.
    pub length: usize,
    /// Temperature of what is written; at 1 the network's own distribution.
    pub temperature: f64,
    /// Fraction of the pieces to choose parameters by, and as much for the test.
    pub held_out: f64,
    /// The first so many pieces of the data; all of them by default.
    pub pieces: Option<usize>,
    /// Seed of split, weights, training windows and writing.
    pub seed: u64,
    /// A file of chorales in place of those that come with the program.
    pub data: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cell: Kind::Lstm,
            hidden: 192,
            features: 96,
            readout: 96,
            dropout: 0.2,
            steps: 3000,
            batch: 16,
            window: 96,
            rate: 0.004,
            clip: 1.0,
            transpose: 5,
            prompt: 32,
            length: 160,
            temperature: 0.8,
            held_out: 0.1,
            pieces: None,
            seed: 0,
            data: None,
        }
    }
}

/// A cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Long short-term memory, forget biases at 1.
    Lstm,
    /// The gated recurrent unit.
    Gru,
    /// Elman's, with tanh.
    Elman,
}

/// What was measured of a model on the test pieces.
struct Row {
    name: &'static str,
    score: Score,
    /// Bits of a chord in the validation pieces.
    validation: f64,
}

impl Study for Music {
    const NAME: &'static str = "music";
    const QUESTION: &'static str = "Can a recurrent network write a chorale in four voices?";
    const SECONDS: u32 = 80;
    const SMOKE: &'static [&'static str] = &[
        "hidden=16",
        "features=16",
        "readout=16",
        "steps=10",
        "batch=4",
        "window=16",
        "pieces=20",
        "length=48",
    ];
    const FULL: &'static [&'static str] = &[
        "hidden=256",
        "features=128",
        "readout=128",
        "dropout=0.3",
        "steps=6000",
        "window=128",
    ];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("hidden", config.hidden, 1..=2048)?;
        within("features", config.features, 1..=2048)?;
        within("readout", config.readout, 1..=2048)?;
        within("dropout", config.dropout, 0.0..=0.9)?;
        within("steps", config.steps, 1..=1_000_000)?;
        within("batch", config.batch, 1..=1024)?;
        within("window", config.window, 2..=1024)?;
        within("rate", config.rate, 1e-8..=1.0)?;
        positive("clip", config.clip)?;
        within("transpose", config.transpose, 0..=12)?;
        within("length", config.length, 2..=4096)?;
        within("prompt", config.prompt, 1..=config.length - 1)?;
        within("temperature", config.temperature, 0.01..=100.0)?;
        within("held_out", config.held_out, 0.01..=0.4)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let chorales = chorales::load(config.data.as_deref().map(Path::new))?;
        let count = config.pieces.unwrap_or(chorales.len()).min(chorales.len());
        let pieces = Pieces::part(&chorales[..count], config)?;
        let sizes = Sizes {
            features: config.features,
            hidden: config.hidden,
            readout: config.readout,
            dropout: config.dropout,
        };
        let (features, hidden) = (config.features, config.hidden);
        let symbols = pieces.keyboard.sizes();
        match config.cell {
            Kind::Lstm => {
                let cell = Lstm::new(features, hidden).with_forget_bias(1.0);
                study(config, run, &pieces, &Network::new(symbols, sizes, cell))
            }
            Kind::Gru => {
                let cell = Gru::new(features, hidden);
                study(config, run, &pieces, &Network::new(symbols, sizes, cell))
            }
            Kind::Elman => {
                let cell = Elman::new(features, hidden, Activation::Tanh);
                study(config, run, &pieces, &Network::new(symbols, sizes, cell))
            }
        }
    }
}

fn study<C: Cell<f32> + Sync + Clone>(
    config: &Config,
    run: &mut Run,
    pieces: &Pieces,
    network: &Network<C>,
) -> Result<Verdict> {
    let trained = learn(config, run, pieces, network.clone())?;
    let learnt = |pieces: &[Vec<Chord>]| {
        Score::new(pieces, &network.losses(&trained.params, &whole(pieces)))
    };
    let sides = [&pieces.train[..], &pieces.validation[..]];
    let mut progress = run.progress("chains", 2);
    let chains = [false, true].map(|metre| {
        let chains = Chains::choose(&pieces.keyboard, sides, config.transpose, metre);
        progress.step("").map(|()| chains)
    });
    drop(progress);
    let [chains, metric] = chains;
    let (chains, metric) = (chains?, metric?);
    let sizes = pieces.keyboard.sizes();
    let row = |name, score: &dyn Fn(&[Vec<Chord>]) -> Score| Row {
        name,
        score: score(&pieces.test),
        validation: score(&pieces.validation).bits(),
    };
    let rows = [
        row("network", &learnt),
        row("chains with metre", &|pieces| metric.score(pieces)),
        row("chains", &|pieces| chains.score(pieces)),
        row("repeating", &|part| {
            baselines::repeating(sizes, &pieces.train, part)
        }),
        row("even", &|part| baselines::even(sizes, part)),
    ];
    run.figure("training", &plot::training(&trained.history, &rows))?;
    run.figure("parts", &plot::parts(&rows))?;
    run.table("bits", &table(&rows))?;
    let orders = [
        ("chains", chains.orders()),
        ("chains with metre", metric.orders()),
    ];
    run.table("orders", &orders_table(&orders))?;
    for (part, row) in rows.iter().enumerate() {
        let values = [
            ("bits", row.score.bits()),
            ("moving_bits", row.score.moving),
        ];
        run.metrics_of(part as u64, &[("part", row.name)], &values)?;
    }
    let history = &trained.history;
    let title = "validation bits of a chord by step";
    run.sketch(title, &history.steps(), history.of("validation_bits"));

    let sampler = Sampler::new().temperature(config.temperature);
    let mut random = stream(config.seed, Purpose::Generation);
    let mut improvise = |prompt: &[Chord]| {
        network.improvise(
            &trained.params,
            prompt,
            config.length,
            &sampler,
            &mut random,
        )
    };
    let (bach, name) = (&pieces.test[0], &pieces.names[0]);
    let prompt = &bach[..config.prompt.min(bach.len())];
    let (continued, alone) = (improvise(prompt), improvise(&[]));
    let chained = chains.improvise(prompt, config.length, &sampler, &mut random);
    let bach = bach[..config.length.min(bach.len())].to_vec();
    let written = [
        ("bach", format!("Bach, {name}"), bach),
        (
            "network",
            "the network, from the same opening".into(),
            continued,
        ),
        ("network-alone", "the network, from nothing".into(), alone),
        (
            "chains",
            "the Markov chains, from the same opening".into(),
            chained,
        ),
    ];
    write::write(run, &pieces.keyboard, &written, config.prompt)?;
    Ok(Verdict::new(checks(&rows)))
}

fn table(rows: &[Row]) -> String {
    let rows = rows.iter().map(|row| {
        let [soprano, alto, tenor, bass] = row.score.voices.map(|bits| format!("{bits:.3}"));
        let [all, moving] = [row.score.bits(), row.score.moving].map(|bits| format!("{bits:.3}"));
        [row.name.into(), all, moving, soprano, alto, tenor, bass]
    });
    let header = [
        "bits a step",
        "chord",
        "where something moves",
        "soprano",
        "alto",
        "tenor",
        "bass",
    ];
    table::align(&header, rows)
}

fn orders_table(orders: &[(&str, String); 2]) -> String {
    let rows = orders
        .iter()
        .map(|(name, orders)| [(*name).into(), orders.clone()]);
    table::align(
        &[
            "chosen orders",
            "soprano, alto, tenor, bass (+: with transpositions)",
        ],
        rows,
    )
}

fn checks(rows: &[Row; MODELS]) -> Vec<Check> {
    let [network, others @ ..] = rows;
    let below = others.iter().map(|row| {
        Check::new(
            &format!("bits a chord below: {}", row.name),
            &format!("{:.3} bits on the same pieces", row.score.bits()),
            Accept::AtLeast(0.0),
            row.score.bits() - network.score.bits(),
        )
    });
    let mut checks: Vec<Check> = below.collect();
    for chains in &others[..2] {
        checks.push(Check::new(
            &format!("bits below where something moves: {}", chains.name),
            &format!("{:.3} bits on the same steps", chains.score.moving),
            Accept::AtLeast(0.0),
            chains.score.moving - network.score.moving,
        ));
    }
    checks
}
