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
mod plot;
mod spell;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::dropout::Mode;
use wengert_rnn::metrics::{bits_per_symbol, error_rate};
use wengert_rnn::optim::{Clip, schedule};
use wengert_rnn::train::Trainer;
use wengert_rnn::{Activation, Adam, Cell, Elman, Gru, Lstm, Params};
use wengert_tape::Tape;

use self::beside::{medoid, nearest_names};
use self::model::{Alphabet, Captioner, Picture, Sizes};
use self::spell::{Choice, Spelt, rounds, spell};
use crate::config::{Usage, positive, within};
use crate::data::emoji::{self, Emoji, groups, on_white};
use crate::data::split;
use crate::encoder::Kind;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::study::Study;
use crate::table;
use crate::training::{Best, Fixed, Trained, Training};
use crate::verdict::{Accept, Check, Verdict};

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
            hidden: 128,
            seen: 256,
            embedding: 32,
            epochs: 100,
            batch: 32,
            rate: 0.002,
            clip: 1.0,
            dropout: 0.3,
            hide: 0.1,
            shift: 1,
            beam: 8,
            samples: 64,
            temperature: 1.0,
            validation: 0.15,
            held_out: 0.2,
            count: None,
            seed: 0,
            pictures: None,
            names: None,
        }
    }
}

/// Pictures with their names.
struct Parts {
    alphabet: Alphabet,
    train: Vec<Picture>,
    validation: Vec<Picture>,
    test: Vec<Picture>,
    /// Categories of the test pictures.
    categories: Vec<String>,
}

/// What somebody calls the pictures.
struct Captioned {
    who: &'static str,
    /// Its error rate on the validation pictures.
    validation: f64,
    /// Names of the test pictures.
    names: Vec<Vec<usize>>,
    /// Edits for each character of the true names.
    error: f64,
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
    const FULL: &'static [&'static str] = &["epochs=300", "hidden=256", "seen=512", "samples=256"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("hidden", config.hidden, 1..=4096)?;
        within("seen", config.seen, 1..=4096)?;
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

    let known = &parts.train;
    let (constant, near) = (medoid(known), nearest_names);
    let baselines = [
        Captioned::new(
            "nearest picture's name",
            &near(known, &parts.validation),
            near(known, &parts.test),
            &parts,
        ),
        Captioned::new(
            "best name for all",
            &vec![constant.clone(); parts.validation.len()],
            vec![constant; parts.test.len()],
            &parts,
        ),
    ];
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

impl Captioned {
    fn new(
        who: &'static str,
        validated: &[Vec<usize>],
        names: Vec<Vec<usize>>,
        parts: &Parts,
    ) -> Self {
        Self {
            who,
            validation: error_rate(validated, &true_names(&parts.validation)),
            error: error_rate(&names, &true_names(&parts.test)),
            names,
        }
    }
}

/// The names that the network gives, chosen in three ways.
fn ways(validated: Spelt, found: Spelt, parts: &Parts) -> [Captioned; 3] {
    let way = |who, validated: Vec<_>, found| Captioned::new(who, &validated, found, parts);
    [
        way("network, greedy", validated.greedy, found.greedy),
        way("network, beam search", validated.beam, found.beam),
        way(
            "network, fewest expected edits",
            validated.least,
            found.least,
        ),
    ]
}

/// The error rate if each test picture were called what another of them is called: how much of
/// the score is owed to the picture.
fn exchanged(captioned: &Captioned, test: &[Picture]) -> f64 {
    let mut names = captioned.names.clone();
    names.rotate_left(test.len() / 2);
    error_rate(&names, &true_names(test))
}

fn true_names(pictures: &[Picture]) -> Vec<&[usize]> {
    pictures.iter().map(|picture| &picture.name[..]).collect()
}

/// Of each category the same fraction for each part, by groups of variants.
fn parted(config: &Config) -> Result<Parts> {
    let path = |path: &Option<String>| path.clone().map(PathBuf::from);
    let [pictures, names] = [&config.pictures, &config.names].map(path);
    let mut all = emoji::load(pictures.as_deref(), names.as_deref())?;
    all.retain(|emoji| emoji.category != "Flags");
    let count = config.count.unwrap_or(usize::MAX).min(all.len());
    let used: Vec<Emoji> = (0..count)
        .map(|i| all[i * all.len() / count].clone())
        .collect();

    let mut known: Vec<&str> = used.iter().map(|emoji| &emoji.category[..]).collect();
    known.sort_unstable();
    known.dedup();
    let place = |emoji: &Emoji| known.iter().position(|name| *name == emoji.category);
    let categories: Vec<usize> = used.iter().filter_map(place).collect();
    let mut random = stream(config.seed, Purpose::Split);
    let fractions = (config.validation, config.held_out);
    let parts = split::stratified_parts(
        &groups(&used),
        &categories,
        fractions.0,
        fractions.1,
        &mut random,
    );
    let alphabet = Alphabet::of(used.iter().map(|emoji| &emoji.name[..]));
    let chosen = |part: &[usize]| -> Vec<Picture> {
        let pictures = part.iter().map(|i| picture(&used[*i], &alphabet));
        pictures.collect()
    };
    let chosen = Parts {
        train: chosen(&parts.train),
        validation: chosen(&parts.validation),
        test: chosen(&parts.test),
        categories: parts
            .test
            .iter()
            .map(|i| used[*i].category.clone())
            .collect(),
        alphabet,
    };
    ensure!(
        ![&chosen.train, &chosen.validation, &chosen.test]
            .iter()
            .any(|part| part.is_empty()),
        "{count} pictures are too few for validation={} and held_out={} of them",
        config.validation,
        config.held_out
    );
    Ok(chosen)
}

fn picture(emoji: &Emoji, alphabet: &Alphabet) -> Picture {
    let pixels = on_white(emoji);
    Picture {
        pixels: pixels.iter().map(|value| value.round() as u8).collect(),
        name: alphabet.encode(&emoji.name),
    }
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
    Training::new("network", steps, batches)
        .keep("validation_bits", Best::Lowest)
        .run(run, &mut trainer, &mut supply, |network, params| {
            Ok(vec![(
                "validation_bits",
                bits(network, params, &parts.validation),
            )])
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
            let (sum, count) = network.losses(&tape, &mut leaves, &block, &mut Mode::Evaluate);
            (f64::from(sum.item()), count)
        })
        .collect();
    let total: f64 = blocks.iter().map(|(sum, _)| sum).sum();
    let count: usize = blocks.iter().map(|(_, count)| count).sum();
    bits_per_symbol(total / count as f64)
}

fn table<'a>(
    all: impl Iterator<Item = &'a Captioned>,
    chosen: &Captioned,
    exchanged: f64,
    parts: &Parts,
) -> String {
    let truth = true_names(&parts.test);
    let share = |names: &[Vec<usize>], right: &dyn Fn(&[usize], &[usize]) -> bool| {
        let count = names
            .iter()
            .zip(&truth)
            .filter(|(name, truth)| right(name, truth));
        format!("{:.1} %", 100.0 * count.count() as f64 / truth.len() as f64)
    };
    let one_word = |name: &[usize], truth: &[usize]| {
        let [name, truth] = [name, truth].map(|name| parts.alphabet.decode(name));
        let words: Vec<&str> = truth.split(' ').collect();
        name.split(' ').any(|word| words.contains(&word))
    };
    let row = |captioned: &Captioned| {
        [
            captioned.who.to_owned(),
            format!("{:.3}", captioned.validation),
            format!("{:.3}", captioned.error),
            share(&captioned.names, &|name, truth| name == truth),
            share(&captioned.names, &one_word),
        ]
    };
    let last = [
        format!("{}, of another picture", chosen.who),
        String::new(),
        format!("{exchanged:.3}"),
        String::new(),
        String::new(),
    ];
    table::align(
        &[
            "edits per character",
            "validation",
            "test",
            "exact",
            "one word right",
        ],
        all.map(row).chain([last]),
    )
}

fn verdict(chosen: &Captioned, [nearest, constant]: &[Captioned; 2], exchanged: f64) -> Verdict {
    Verdict::new(vec![
        Check::new(
            "edits per character saved beside the nearest picture's name",
            "the same split",
            Accept::AtLeast(0.0),
            nearest.error - chosen.error,
        ),
        Check::new(
            "edits per character saved beside the best name for all",
            "the same split",
            Accept::AtLeast(0.0),
            constant.error - chosen.error,
        ),
        Check::new(
            "edits per character saved by looking at the right picture",
            "the same names, each given to another picture",
            Accept::AtLeast(0.0),
            exchanged - chosen.error,
        ),
    ])
}
