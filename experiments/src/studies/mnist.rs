//! Can a recurrent network read handwriting of full size, 28 rows of 28 pixels?
//!
//! The same images are read in two ways on the same tape: many to one, a row of pixels at each step
//! and the class from the last state; and one to one, all pixels at once through feed-forward layers.
//! In training images are moved by a few pixels, which the networks cannot learn by heart. Beside them
//! are the nearest neighbour, softmax regression and the most frequent class. Settings are chosen on
//! validation images; the test images are looked at once, at the end.

mod model;
mod plot;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::dropout::Mode;
use wengert_rnn::metrics::{Confusion, accuracy, largest};
use wengert_rnn::optim::{Clip, schedule};
use wengert_rnn::train::{Model, Trainer};
use wengert_rnn::{Adam, Params};
use wengert_tape::Tape;

use self::model::{Frame, Image, Rows, Whole, features};
use self::plot::Course;
use crate::baselines::majority::majority;
use crate::baselines::nearest::nearest;
use crate::baselines::regression::{Fit, Regression};
use crate::classify::answers::{Answers, table};
use crate::classify::plot::{confusion, mistakes};
use crate::classify::{Classifier, classify, labels, score};
use crate::config::{Usage, positive, within};
use crate::data::idx::Images;
use crate::data::mnist::{self, CLASSES};
use crate::data::split;
use crate::encoder::Kind;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::study::Study;
use crate::training::{Fixed, Trained, Training};
use crate::verdict::{Accept, Check, Verdict};

/// Images evaluated at once after each row.
const BLOCK: usize = 250;
/// Training images on which the networks are measured, as many as there are for validation.
const MEASURED: usize = 1000;

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
    const SECONDS: u32 = 60;
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
        let after = networks.after_each_row(&parts.test)?;
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

/// What was learned.
struct Networks {
    rows: Rows,
    by_rows: Trained<f32>,
    whole: Whole,
    at_once: Trained<f32>,
    regression: Regression,
    weights: Params<f32>,
}

impl Networks {
    fn learn(frame: Frame, parts: &Parts, config: &Config, run: &mut Run) -> Result<Self> {
        let weights = || stream(config.seed, Purpose::Weights);
        let rows = Rows::new(frame, config.cell, config.layers, config.hidden);
        let start = rows.init(&mut weights());
        let by_rows = train(&rows, start, ("rows", config.rate), parts, config, run)?;
        let whole = Whole::new(frame, config.dense, config.dropout);
        let start = whole.init(&mut weights());
        let at_once = ("all pixels", config.dense_rate);
        let at_once = train(&whole, start, at_once, parts, config, run)?;
        let regression = Regression::new(frame.rows * frame.columns, CLASSES);
        let fit = Fit {
            epochs: config.epochs,
            batch: config.batch,
            rate: config.dense_rate,
            decay: 0.0,
            seed: config.seed,
        };
        let seen = features(&parts.train);
        Ok(Self {
            weights: regression.fit(run, "softmax regression", &seen, fit)?,
            rows,
            by_rows,
            whole,
            at_once,
            regression,
        })
    }

    /// The answers to `images` of networks and baselines that learned from `train`.
    fn answers(&self, train: &[Image], images: &[Image]) -> Result<[Answers; 5]> {
        let (seen, truth) = (labels(&self.rows, train), labels(&self.rows, images));
        let pixels = |images| -> Vec<&[u8]> {
            let images: &[Image] = images;
            images.iter().map(|image| &image.pixels[..]).collect()
        };
        let neighbours = nearest(&pixels(train), &pixels(images));
        let neighbours = neighbours.into_iter().map(|i| seen[i]);
        let (by_rows, at_once) = (&self.by_rows.params, &self.at_once.params);
        let answer = |name, parameters, classes| Answers::new(name, parameters, classes, &truth);
        Ok([
            answer(
                "recurrent, row by row",
                by_rows.len(),
                classify(&self.rows, by_rows, images)?,
            ),
            answer(
                "feed-forward, all pixels",
                at_once.len(),
                classify(&self.whole, at_once, images)?,
            ),
            answer("nearest neighbour", 0, neighbours.collect()),
            answer(
                "softmax regression",
                self.weights.len(),
                classify(&self.regression, &self.weights, &features(images))?,
            ),
            answer("majority class", 0, vec![majority(&seen); images.len()]),
        ])
    }

    /// The accuracy on `images` of the answers read from the state after each row.
    fn after_each_row(&self, images: &[Image]) -> Result<Vec<f64>> {
        let blocks: Vec<Vec<Vec<usize>>> = images
            .par_chunks(BLOCK)
            .map(|block| {
                let tape = Tape::new();
                let block: Vec<&Image> = block.iter().collect();
                let mut leaves = self.by_rows.params.bind(&tape);
                let mut mode = Mode::Evaluate;
                let logits = self.rows.each(&tape, &mut leaves, &block, &mut mode);
                let answers = largest(&logits.to_vec(), CLASSES);
                answers.chunks(block.len()).map(<[_]>::to_vec).collect()
            })
            .collect();
        let truth = labels(&self.rows, images);
        let steps = blocks.first().map_or(0, Vec::len);
        let after = (0..steps).map(|t| {
            let answers: Vec<usize> = blocks.iter().flat_map(|block| &block[t]).copied().collect();
            accuracy(&answers, &truth)
        });
        Ok(after.collect())
    }

    fn courses(&self, parts: &Parts, config: &Config) -> [Course<'_>; 2] {
        let batches = parts.train.len().div_ceil(config.batch) as u64;
        let course = |name, trained| {
            let trained: &Trained<f32> = trained;
            Course {
                name,
                history: &trained.history,
                batches,
            }
        };
        [
            course("recurrent, row by row", &self.by_rows),
            course("feed-forward, all pixels", &self.at_once),
        ]
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

/// Trains `network` from `start` by Adam at a rate, under a name, and measures it after each epoch.
fn train<N>(
    network: &N,
    start: Params<f32>,
    (name, rate): (&str, f64),
    parts: &Parts,
    config: &Config,
    run: &mut Run,
) -> Result<Trained<f32>>
where
    N: Classifier<Example = Image> + Model<f32, Example = Image> + Clone,
{
    let mut supply = Fixed::new(&parts.train, config.batch, config.seed);
    let batches = supply.per_epoch();
    let steps = config.epochs as u64 * batches;
    let adam = Adam::new(rate, start.len());
    let mut trainer = Trainer::new(network.clone(), start, adam, config.seed)
        .with_shard(config.batch.div_ceil(2))
        .with_clip(Clip::by_norm(config.clip))
        .with_schedule(schedule::cosine(steps, 0.01));
    // In the order of the file the first would all be of one class.
    let every = parts.train.len().div_ceil(MEASURED);
    let measured: Vec<Image> = parts.train.iter().step_by(every).cloned().collect();
    Training::new(name, steps, batches).run(run, &mut trainer, &mut supply, |network, params| {
        Ok(vec![
            ("accuracy", score(network, params, &measured)?),
            (
                "validation_accuracy",
                score(network, params, &parts.validation)?,
            ),
        ])
    })
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
