//! Can a recurrent network read handwriting of full size, 28 rows of 28 pixels?
//!
//! The same images are read in two ways on the same tape: many to one, a row of pixels at each step
//! and the class from the last state; and one to one, all pixels at once through feed-forward layers.
//! In training images are moved by a few pixels, which the networks cannot learn by heart. Beside them
//! are the nearest neighbour, softmax regression and the most frequent class. Settings are chosen on
//! validation images; the test images are looked at once, at the end.

mod model;
mod networks;
mod plot;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::metrics::Confusion;

use self::model::{Frame, Image};
use self::networks::Networks;
use crate::classify::answers::{Answers, table};
use crate::classify::labels;
use crate::classify::plot::{confusion, mistakes};
use crate::config::{Usage, positive, within};
use crate::data::idx::Images;
use crate::data::mnist::{self, CLASSES};
use crate::data::split;
use crate::encoder::Kind;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::study::Study;
use crate::verdict::{Accept, Check, Verdict};

/// The study.
pub struct Mnist;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Cell of the recurrent network: elman, gru or lstm.
    pub cell: Kind,
    /// Its layers.
    pub layers: usize,
    /// Units of each of its layers.
    pub hidden: usize,
    /// Units of each hidden layer of the feed-forward network.
    pub dense: usize,
    /// Rate of dropout in the feed-forward network.
    pub dropout: f64,
    /// Times that training sees each image.
    pub epochs: usize,
    /// Images of a step of the optimiser.
    pub batch: usize,
    /// Learning rate of Adam for the recurrent network, falling along a cosine.
    pub rate: f64,
    /// Learning rate of Adam for the feed-forward network and the regression.
    pub dense_rate: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Pixels by which training moves an image in each direction, at most.
    pub shift: usize,
    /// Fraction of the images for validation.
    pub validation: f64,
    /// Fraction of the images held out for the test.
    pub held_out: f64,
    /// Images used, evenly spread over the file; none uses all.
    pub count: Option<usize>,
    /// Seed of split, weights, order and shifts.
    pub seed: u64,
    /// An idx file of images in place of those that come with the program; needs `labels`.
    pub images: Option<String>,
    /// The idx file of their labels.
    pub labels: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cell: Kind::Gru,
            layers: 1,
            hidden: 128,
            dense: 256,
            dropout: 0.3,
            epochs: 30,
            batch: 64,
            rate: 0.003,
            dense_rate: 0.001,
            clip: 1.0,
            shift: 2,
            validation: 0.1,
            held_out: 0.2,
            count: None,
            seed: 0,
            images: None,
            labels: None,
        }
    }
}

/// Images of one frame in three parts.
struct Parts {
    train: Vec<Image>,
    validation: Vec<Image>,
    test: Vec<Image>,
}

impl Study for Mnist {
    const NAME: &'static str = "mnist";
    const QUESTION: &'static str =
        "Can a recurrent network read handwriting of full size, 28 rows of 28 pixels?";
    const SECONDS: u32 = 40;
    const SMOKE: &'static [&'static str] = &["count=500", "epochs=2", "hidden=24", "dense=32"];
    const FULL: &'static [&'static str] = &["epochs=150", "hidden=256", "dense=512"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("layers", config.layers, 1..=16)?;
        within("hidden", config.hidden, 1..=4096)?;
        within("dense", config.dense, 1..=4096)?;
        within("dropout", config.dropout, 0.0..=0.9)?;
        within("epochs", config.epochs, 1..=100_000)?;
        within("batch", config.batch, 1..=4096)?;
        positive("rate", config.rate)?;
        positive("dense_rate", config.dense_rate)?;
        positive("clip", config.clip)?;
        within("shift", config.shift, 0..=14)?;
        within("validation", config.validation, 0.01..=0.49)?;
        within("held_out", config.held_out, 0.01..=0.49)?;
        within(
            "count",
            config.count.unwrap_or(CLASSES),
            CLASSES..=usize::MAX,
        )
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let path = |path: &Option<String>| path.clone().map(PathBuf::from);
        let [images, labelled] = [&config.images, &config.labels].map(path);
        let images = mnist::load(images.as_deref(), labelled.as_deref())?;
        let parts = parted(&images, config)?;
        let frame = Frame {
            rows: images.rows,
            columns: images.columns,
            shift: config.shift,
        };
        let networks = Networks::learn(frame, &parts, config, run)?;
        let test = networks.answers(&parts.train, &parts.test)?;
        let [by_rows, .., regression, majority] = &test;

        let validated = networks.answers(&parts.train, &parts.validation)?;
        let beside = validated[2..4].iter().map(|a| (a.name, a.accuracy));
        let figure = plot::training(
            &networks.courses(&parts, config),
            &beside.collect::<Vec<_>>(),
        );
        run.figure("training", &figure)?;
        let after = networks.after_each_row(&parts.test);
        let figure = plot::rows(&after, &[regression, majority]);
        run.figure("rows", &figure)?;
        run.sketch(
            "held-out accuracy by rows seen",
            &(1..=after.len()).map(|t| t as f64).collect::<Vec<_>>(),
            &after,
        );
        let truth = labels(&networks.rows, &parts.test);
        let figure = confusion(
            "Which digits are taken for which, read row by row",
            "Confusion matrix of the held-out images: almost all lie on the diagonal.",
            &Confusion::new(CLASSES, &by_rows.classes, &truth),
        );
        run.figure("confusion", &figure)?;
        let shown = |i: usize| plot::shown(&parts.test[i], images.columns);
        if let Some(sheet) = mistakes(&by_rows.classes, &truth, shown) {
            run.figure("mistakes", &sheet)?;
        }
        run.table("classifiers", &table(&test))?;
        Ok(verdict(&test))
    }
}

/// Of each class the same fraction for each part.
fn parted(images: &Images, config: &Config) -> Result<Parts> {
    let count = config.count.unwrap_or(usize::MAX).min(images.len());
    let used: Vec<Image> = (0..count)
        .map(|i| i * images.len() / count)
        .map(|i| Image {
            pixels: images.image(i).to_vec(),
            class: usize::from(images.labels[i]),
        })
        .collect();
    let content: Vec<&[u8]> = used.iter().map(|image| &image.pixels[..]).collect();
    let classes: Vec<usize> = used.iter().map(|image| image.class).collect();
    let mut random = stream(config.seed, Purpose::Split);
    let fractions = (config.validation, config.held_out);
    let parts = split::stratified_parts(&content, &classes, fractions.0, fractions.1, &mut random);
    let chosen = |part: &[usize]| -> Vec<Image> { part.iter().map(|i| used[*i].clone()).collect() };
    let parts = Parts {
        train: chosen(&parts.train),
        validation: chosen(&parts.validation),
        test: chosen(&parts.test),
    };
    ensure!(
        ![&parts.train, &parts.validation, &parts.test]
            .iter()
            .any(|part| part.is_empty()),
        "{count} images are too few for validation={} and held_out={} of them",
        config.validation,
        config.held_out
    );
    Ok(parts)
}

fn verdict([rows, whole, nearest, regression, majority]: &[Answers; 5]) -> Verdict {
    Verdict::new(vec![
        Check::new(
            "held-out accuracy, row by row",
            "the aim of this study, own split",
            Accept::AtLeast(0.95),
            rows.accuracy,
        ),
        Check::new(
            "row by row above the nearest neighbour",
            "the same split",
            Accept::AtLeast(0.0),
            rows.accuracy - nearest.accuracy,
        ),
        Check::new(
            "row by row above softmax regression",
            "the same split, all pixels at once",
            Accept::AtLeast(0.0),
            rows.accuracy - regression.accuracy,
        ),
        Check::new(
            "feed-forward above softmax regression",
            "the same split, two layers less",
            Accept::AtLeast(0.0),
            whole.accuracy - regression.accuracy,
        ),
        Check::new(
            "row by row above the majority class",
            "the same split",
            Accept::AtLeast(1.0 - 2.0 / CLASSES as f64),
            rows.accuracy - majority.accuracy,
        ),
    ])
}
