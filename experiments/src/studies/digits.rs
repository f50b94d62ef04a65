//! Can a simple recurrent network read handwriting, a row of pixels at each step?
//!
//! The images are shown from the top, eight pixels at a time, and the class is read from the last
//! state: what the first rows showed has to be carried through the recurrence. In training the
//! sequences are unequal, for rows are cut off at the top and the bottom. Beside it, on the same tape,
//! a feed-forward network sees all pixels at once.

mod model;
mod plot;

use std::path::Path;

use anyhow::{Result, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::Adam;
use wengert_rnn::metrics::Confusion;
use wengert_rnn::optim::{Average, Clip};
use wengert_rnn::train::Trainer;

use self::model::{Layers, Rows, features};
use crate::baselines::majority::majority;
use crate::baselines::nearest::nearest;
use crate::baselines::regression::{Fit, Regression};
use crate::classify::answers::{Answers, table};
use crate::classify::plot::{confusion, mistakes};
use crate::classify::{classify, labels, score};
use crate::config::{Usage, positive, within};
use crate::data::digits::{self, CLASSES, Digit, PIXELS, SIDE};
use crate::data::split;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::study::Study;
use crate::training::{Fixed, Trained, Training};
use crate::verdict::{Accept, Check, Mark, Verdict};

/// The study.
pub struct Digits;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Units of the network.
    pub hidden: usize,
    /// Units of the feed-forward network beside it.
    pub dense: usize,
    /// Times that training sees each image.
    pub epochs: usize,
    /// Images of a step of the optimiser.
    pub batch: usize,
    /// Learning rate of Adam.
    pub rate: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Rows of the smallest crop that training shows.
    pub shortest: usize,
    /// Fraction of the images that training never sees.
    pub held_out: f64,
    /// Seed of split, weights, order and crops.
    pub seed: u64,
    /// A file of images in place of those that come with the program.
    pub data: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            hidden: 96,
            dense: 128,
            epochs: 100,
            batch: 32,
            rate: 0.004,
            clip: 1.0,
            shortest: 6,
            held_out: 0.25,
            seed: 0,
            data: None,
        }
    }
}

impl Study for Digits {
    const NAME: &'static str = "digits";
    const QUESTION: &'static str =
        "Can a simple recurrent network read handwriting, a row of pixels at each step?";
    const SECONDS: u32 = 3;
    const SMOKE: &'static [&'static str] = &["epochs=5"];
    const FULL: &'static [&'static str] = &["epochs=300"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("hidden", config.hidden, 1..=4096)?;
        within("dense", config.dense, 1..=4096)?;
        within("epochs", config.epochs, 1..=100_000)?;
        within("batch", config.batch, 1..=4096)?;
        positive("rate", config.rate)?;
        positive("clip", config.clip)?;
        within("shortest", config.shortest, 1..=SIDE)?;
        within("held_out", config.held_out, 0.01..=0.99)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let images = digits::load(config.data.as_deref().map(Path::new))?;
        let (train, test) = parted(&images, config);
        ensure!(
            !train.is_empty() && !test.is_empty(),
            "{} images are too few to hold out {} of them",
            images.len(),
            config.held_out
        );
        let network = Rows::new(config.hidden, config.shortest);
        let mut supply = Fixed::new(&train, config.batch, config.seed);
        let trained = learn(&network, &mut supply, [&train, &test], config, run)?;
        let regression = Regression::new(PIXELS, CLASSES);
        let fit = Fit {
            epochs: config.epochs,
            batch: config.batch,
            rate: config.rate,
            decay: 0.0,
            seed: config.seed,
        };
        let (whole, whole_test) = (features(&train), features(&test));
        let weights = regression.fit(run, "softmax regression", &whole, fit)?;
        let layers = Layers::new(config.dense);
        let start = layers.init(&mut stream(config.seed, Purpose::Weights));
        let layered = fit.train(&layers, start, run, "feed-forward network", &whole)?;
        let (seen, labels) = (labels(&network, &train), labels(&network, &test));
        let pixels = |images: &[Digit]| images.iter().map(|image| image.pixels).collect::<Vec<_>>();
        let neighbours = nearest(&pixels(&train), &pixels(&test));
        let answer = |name, parameters, classes| Answers::new(name, parameters, classes, &labels);
        let all = [
            answer(
                "Elman network",
                trained.params.len(),
                classify(&network, &trained.params, &test)?,
            ),
            answer(
                "nearest neighbour",
                0,
                neighbours.into_iter().map(|i| seen[i]).collect(),
            ),
            answer(
                "softmax regression",
                weights.len(),
                classify(&regression, &weights, &whole_test)?,
            ),
            answer(
                "feed-forward network",
                layered.len(),
                classify(&layers, &layered, &whole_test)?,
            ),
            answer("majority class", 0, vec![majority(&seen); test.len()]),
        ];
        run.figure(
            "training",
            &plot::training(&trained.history, supply.per_epoch(), &all[1..4]),
        )?;
        let classes = &all[0].classes;
        let figure = confusion(
            "Which digits are taken for which",
            "Confusion matrix of the held-out images: almost all lie on the diagonal.",
            &Confusion::new(CLASSES, classes, &labels),
        );
        run.figure("confusion", &figure)?;
        if let Some(sheet) = mistakes(classes, &labels, |i| plot::shown(&test[i])) {
            run.figure("mistakes", &sheet)?;
        }
        run.table("classifiers", &table(&all))?;
        Ok(verdict(&all))
    }
}

/// Images to learn from, and images held out: of each class the same fraction.
fn parted(images: &[Digit], config: &Config) -> (Vec<Digit>, Vec<Digit>) {
    let content: Vec<_> = images.iter().map(|image| image.pixels).collect();
    let classes: Vec<_> = images.iter().map(Digit::class).collect();
    let mut random = stream(config.seed, Purpose::Split);
    let parts = split::stratified(&content, &classes, config.held_out, &mut random);
    let chosen = |part: &[usize]| part.iter().map(|i| images[*i].clone()).collect();
    (chosen(&parts.train), chosen(&parts.test))
}

/// Trains the network, and measures it after each epoch.
fn learn(
    network: &Rows,
    supply: &mut Fixed<'_, Digit>,
    [train, test]: [&[Digit]; 2],
    config: &Config,
    run: &mut Run,
) -> Result<Trained<f32>> {
    let params = network.init(&mut stream(config.seed, Purpose::Weights));
    let batches = supply.per_epoch();
    let steps = config.epochs as u64 * batches;
    // The mean of the parameters reaches back over a tenth of the steps, about.
    let decay = 1.0 - 1.0 / (0.1 * steps as f64).max(1.0);
    let adam = Adam::new(config.rate, params.len());
    let mut trainer = Trainer::new(network.clone(), params.clone(), adam, config.seed)
        .with_clip(Clip::by_norm(config.clip))
        .with_average(Average::corrected(decay, params.len()));
    let trained = Training::new("network", steps, batches).run(
        run,
        &mut trainer,
        supply,
        |network, params| {
            Ok(vec![
                ("accuracy", score(network, params, train)?),
                ("held_out_accuracy", score(network, params, test)?),
            ])
        },
    )?;
    let held_out = trained.history.of("held_out_accuracy");
    run.sketch(
        "held-out accuracy by step",
        &trained.history.steps(),
        held_out,
    );
    Ok(trained)
}

fn verdict([network, nearest, regression, layers, majority]: &[Answers; 5]) -> Verdict {
    let above = |other: &Answers| network.accuracy - other.accuracy;
    Verdict::new(vec![
        Check::new(
            "held-out accuracy",
            "the aim of this study, own split",
            Accept::AtLeast(0.97),
            network.accuracy,
        ),
        Check::new(
            "accuracy above softmax regression",
            "the same split, all pixels at once",
            Accept::AtLeast(0.0),
            above(regression),
        ),
        Check::new(
            "feed-forward accuracy above softmax regression",
            "the same split, one layer less",
            Accept::AtLeast(0.0),
            layers.accuracy - regression.accuracy,
        ),
        Check::new(
            "accuracy above the majority class",
            "the same split",
            Accept::AtLeast(1.0 - 2.0 / CLASSES as f64),
            above(majority),
        ),
        Check::new(
            "accuracy of the nearest neighbour",
            "98.00 % on the official split (Kaynak 1995)",
            Accept::Absolute {
                value: 0.98,
                tolerance: 0.015,
            },
            nearest.accuracy,
        )
        .marked(Mark::FromMemory),
    ])
}
