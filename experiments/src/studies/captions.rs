//! Can a network name a small picture, letter by letter?
//!
//! One to many: layers see a picture of 16 x 16 pixels and give the state from which a recurrent
//! network spells its name. Variants of a picture (woman, man and person; all clocks; all keycaps)
//! are on one side of the split, so that a held-out picture is of something never seen; flags are left
//! out, as nobody can tell the name of a country from other flags. What is measured is the edit
//! distance to the true name, for each of its characters, beside the name of the nearest picture
//! and the best name for all. Training is stopped, and the way to choose names from probabilities
//! is chosen, on validation pictures.

mod beside;
mod model;
mod parts;
mod plot;
mod score;
mod spell;

use anyhow::Result;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::dropout::Mode;
use wengert_rnn::metrics::bits_per_symbol;
use wengert_rnn::optim::{Clip, schedule};
use wengert_rnn::train::Trainer;
use wengert_rnn::{Activation, Adam, Cell, Elman, Gru, Lstm, Params};
use wengert_tape::Tape;

use self::model::{Captioner, Picture, Sizes};
use self::parts::{Parts, parted};
use self::score::{exchanged, table, verdict, ways, without_network};
use self::spell::{Choice, rounds, spell};
use crate::config::{Usage, positive, within};
use crate::encoder::Kind;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::study::Study;
use crate::training::{Best, Fixed, Trained, Training};
use crate::verdict::Verdict;

/// Pictures of a block of the validation loss.
const BLOCK: usize = 64;

/// The study.
pub struct Captions;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Cell that spells: elman, gru or lstm.
    pub cell: Kind,
    /// Its units.
    pub hidden: usize,
    /// Units of each of the two layers that see the picture.
    pub seen: usize,
    /// Weight of telling which frequent words are in the name, beside its characters.
    pub weight: f64,
    /// Features of a character.
    pub embedding: usize,
    /// Times that training sees each picture.
    pub epochs: usize,
    /// Pictures of a step of the optimiser.
    pub batch: usize,
    /// Learning rate of Adam, falling along a cosine.
    pub rate: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Rate of dropout between layers.
    pub dropout: f64,
    /// Rate at which training hides colours of pixels.
    pub hide: f64,
    /// Pixels by which training moves a picture in each direction, at most.
    pub shift: usize,
    /// Names that beam search follows at once.
    pub beam: usize,
    /// Names drawn for each picture, to find that of the least expected edit distance.
    pub samples: usize,
    /// Temperature at which they are drawn.
    pub temperature: f64,
    /// Fraction of the pictures for validation.
    pub validation: f64,
    /// Fraction of the pictures held out for the test.
    pub held_out: f64,
    /// Pictures used, evenly spread over the file; none uses all.
    pub count: Option<usize>,
    /// Seed of split, weights, order, noise and names drawn.
    pub seed: u64,
    /// A file of pictures in place of those that come with the program; needs `names`.
    pub pictures: Option<String>,
    /// The file of their names.
    pub names: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cell: Kind::Gru,
            hidden: 192,
            seen: 256,
            weight: 1.0,
            embedding: 32,
            epochs: 120,
            batch: 16,
            rate: 0.0007,
            clip: 1.0,
            dropout: 0.4,
            hide: 0.3,
            shift: 1,
            beam: 8,
            samples: 256,
            temperature: 0.8,
            validation: 0.15,
            held_out: 0.2,
            count: None,
            seed: 0,
            pictures: None,
            names: None,
        }
    }
}

impl Study for Captions {
    const NAME: &'static str = "captions";
    const QUESTION: &'static str = "Can a network name a small picture, letter by letter?";
    const SECONDS: u32 = 60;
    const SMOKE: &'static [&'static str] = &[
        "count=200",
        "epochs=2",
        "hidden=16",
        "seen=16",
        "samples=8",
        "beam=2",
    ];
    const FULL: &'static [&'static str] = &["epochs=300", "hidden=256", "seen=512", "samples=1000"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("hidden", config.hidden, 1..=4096)?;
        within("seen", config.seen, 1..=4096)?;
        within("weight", config.weight, 0.0..=1e3)?;
        within("embedding", config.embedding, 1..=4096)?;
        within("epochs", config.epochs, 1..=100_000)?;
        within("batch", config.batch, 1..=4096)?;
        positive("rate", config.rate)?;
        positive("clip", config.clip)?;
        within("dropout", config.dropout, 0.0..=0.9)?;
        within("hide", config.hide, 0.0..=0.9)?;
        within("shift", config.shift, 0..=8)?;
        within("beam", config.beam, 1..=100)?;
        within("samples", config.samples, 1..=10_000)?;
        positive("temperature", config.temperature)?;
        within("validation", config.validation, 0.01..=0.49)?;
        within("held_out", config.held_out, 0.01..=0.49)?;
        within("count", config.count.unwrap_or(20), 20..=usize::MAX)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        match config.cell {
            Kind::Elman => answer(config, run, |inputs, hidden| {
                Elman::new(inputs, hidden, Activation::Tanh)
            }),
            Kind::Gru => answer(config, run, Gru::new),
            Kind::Lstm => answer(config, run, |inputs, hidden| {
                Lstm::new(inputs, hidden).with_forget_bias(1.0)
            }),
        }
    }
}

fn answer<C: Cell<f32> + Clone + Sync>(
    config: &Config,
    run: &mut Run,
    cell: fn(usize, usize) -> C,
) -> Result<Verdict> {
    let parts = parted(config)?;
    let sizes = Sizes {
        seen: config.seen,
        words: parts.train[0].words.len(),
        weight: config.weight,
        hidden: config.hidden,
        embedding: config.embedding,
        dropout: config.dropout,
        hide: config.hide,
        shift: config.shift,
    };
    let network = Captioner::new(parts.alphabet.clone(), sizes, cell);
    let trained = learn(&network, &parts, config, run)?;
    let longest = parts.train.iter().map(|picture| picture.name.len()).max();
    let choice = Choice {
        longest: longest.unwrap_or(1),
        beam: config.beam,
        samples: config.samples,
        temperature: config.temperature,
        seed: config.seed,
    };
    let count = [&parts.validation, &parts.test].map(|part| rounds(part.len()));
    let mut progress = run.progress("naming", count.iter().sum());
    let params = &trained.params;
    let validated = spell(&network, params, &parts.validation, choice, &mut progress)?;
    let found = spell(&network, params, &parts.test, choice, &mut progress)?;
    let networks = ways(validated, found, &parts);
    let chosen = networks
        .iter()
        .min_by(|a, b| a.validation.total_cmp(&b.validation))
        .expect("there are three ways");

    let baselines = without_network(&parts);
    run.figure(
        "training",
        &plot::training(&trained.history, &parts, config.batch),
    )?;
    run.figure("names", &plot::names(&parts, chosen, &baselines[0]))?;
    run.figure("categories", &plot::categories(&parts, chosen, &baselines))?;
    run.sample("names", &plot::list(&parts, chosen, &baselines[0]))?;
    run.sketch(
        "validation loss, bits per character, by step",
        &trained.history.steps(),
        trained.history.of("validation_bits"),
    );
    let exchanged = exchanged(chosen, &parts.test);
    let table = table(networks.iter().chain(&baselines), chosen, exchanged, &parts);
    run.table("captions", &table)?;
    Ok(verdict(chosen, &baselines, exchanged))
}

/// Trains the network, and keeps the parameters of the lowest validation loss.
fn learn<C: Cell<f32> + Clone + Sync>(
    network: &Captioner<C>,
    parts: &Parts,
    config: &Config,
    run: &mut Run,
) -> Result<Trained<f32>> {
    let params = network.init(&mut stream(config.seed, Purpose::Weights));
    let mut supply = Fixed::new(&parts.train, config.batch, config.seed)
        .by_length(|picture| picture.name.len(), 8);
    let batches = supply.per_epoch();
    let steps = config.epochs as u64 * batches;
    let adam = Adam::new(config.rate, params.len());
    let mut trainer = Trainer::new(network.clone(), params, adam, config.seed)
        .with_clip(Clip::by_norm(config.clip))
        .with_schedule(schedule::cosine(steps, 0.01));
    // Evenly spread, as the file is sorted by category; as many as there are for validation.
    let every = parts.train.len().div_ceil(parts.validation.len());
    let measured: Vec<Picture> = parts.train.iter().step_by(every).cloned().collect();
    Training::new("network", steps, batches)
        .keep("validation_bits", Best::Lowest)
        .run(run, &mut trainer, &mut supply, |network, params| {
            Ok(vec![
                ("training_bits", bits(network, params, &measured)),
                ("validation_bits", bits(network, params, &parts.validation)),
            ])
        })
}

/// Bits per character of the names of `pictures`, stops among them.
fn bits<C: Cell<f32> + Sync>(
    network: &Captioner<C>,
    params: &Params<f32>,
    pictures: &[Picture],
) -> f64 {
    let blocks: Vec<(f64, usize)> = pictures
        .par_chunks(BLOCK)
        .map(|block| {
            let tape = Tape::new();
            let block: Vec<&Picture> = block.iter().collect();
            let mut leaves = params.bind(&tape);
            let sums = network.losses(&tape, &mut leaves, &block, &mut Mode::Evaluate);
            (f64::from(sums.characters.item()), sums.count)
        })
        .collect();
    let total: f64 = blocks.iter().map(|(sum, _)| sum).sum();
    let count: usize = blocks.iter().map(|(_, count)| count).sum();
    bits_per_symbol(total / count as f64)
}
