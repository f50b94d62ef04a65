//! The networks and the regression as they are trained, and what they answer.

use anyhow::Result;
use rayon::prelude::*;
use wengert_rnn::dropout::Mode;
use wengert_rnn::metrics::{accuracy, largest};
use wengert_rnn::optim::{Clip, schedule};
use wengert_rnn::train::{Model, Trainer};
use wengert_rnn::{Adam, Params};
use wengert_tape::Tape;

use super::model::{Frame, Image, Rows, Whole, features};
use super::plot::Course;
use super::{Config, Parts};
use crate::baselines::majority::majority;
use crate::baselines::nearest::nearest;
use crate::baselines::regression::{Fit, Regression};
use crate::classify::answers::Answers;
use crate::classify::{Classifier, classify, labels, score};
use crate::data::mnist::CLASSES;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::training::{Fixed, Trained, Training};

/// Images evaluated at once after each row.
const BLOCK: usize = 250;
/// Training images on which the networks are measured, as many as there are for validation.
const MEASURED: usize = 1000;

/// What was learned.
pub(super) struct Networks {
    pub rows: Rows,
    by_rows: Trained<f32>,
    whole: Whole,
    at_once: Trained<f32>,
    regression: Regression,
    weights: Params<f32>,
}

impl Networks {
    pub fn learn(frame: Frame, parts: &Parts, config: &Config, run: &mut Run) -> Result<Self> {
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
    pub fn answers(&self, train: &[Image], images: &[Image]) -> Result<[Answers; 5]> {
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
    pub fn after_each_row(&self, images: &[Image]) -> Vec<f64> {
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
        after.collect()
    }

    pub fn courses(&self, parts: &Parts, config: &Config) -> [Course<'_>; 2] {
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
