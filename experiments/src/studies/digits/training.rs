//! Training a classifier of images, and counting what it gets right.

use anyhow::{Result, bail, ensure};
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use wengert_rnn::metrics::{accuracy, largest};
use wengert_rnn::{Adam, Optimizer, Params, clip_norm};
use wengert_tape::Tape;

use super::model::{Crop, Model};
use super::{Config, labels};
use crate::data::digits::{CLASSES, Digit, SIDE};
use crate::random::{Purpose, stream};

/// Images evaluated at once.
const BLOCK: usize = 256;
/// The mean of the parameters reaches back over this part of the steps, about.
const AVERAGED: f32 = 0.2;

/// A model in training, on images it has been given.
pub(super) struct Training<'a, M> {
    model: M,
    config: &'a Config,
    /// Rows of the smallest crop.
    shortest: usize,
    images: Vec<&'a Digit>,
    params: Params<f32>,
    /// What images are classified by: a running mean of `params` (Polyak & Juditsky 1992), without
    /// the noise of the last batches.
    averaged: Params<f32>,
    steps: f32,
    adam: Adam<f32>,
    tape: Tape<f32>,
    order: ChaCha8Rng,
    crops: ChaCha8Rng,
}

/// Means over the batches of an epoch.
pub(super) struct Epoch {
    pub loss: f64,
    /// Of the whole gradient, before clipping.
    pub norm: f64,
}

impl<'a, M: Model> Training<'a, M> {
    /// Draws parameters; crops have at least `shortest` rows.
    pub fn new(model: M, config: &'a Config, images: Vec<&'a Digit>, shortest: usize) -> Self {
        let params = model.init(&mut stream(config.seed, Purpose::Weights));
        Self {
            adam: Adam::new(config.rate, params.len()),
            model,
            config,
            shortest,
            images,
            averaged: params.clone(),
            params,
            steps: 0.0,
            tape: Tape::new(),
            order: stream(config.seed, Purpose::Order),
            crops: stream(config.seed, Purpose::Augmentation),
        }
    }

    /// Batches of an epoch.
    pub fn batches(&self) -> usize {
        self.images.len().div_ceil(self.config.batch)
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.params.len()
    }

    /// Shows every image once, in random order; `each` hears of the loss and the gradient's norm.
    ///
    /// # Errors
    /// When the loss is not finite.
    pub fn epoch(&mut self, mut each: impl FnMut(f64, f64)) -> Result<Epoch> {
        self.images.shuffle(&mut self.order);
        let mut sum = Epoch {
            loss: 0.0,
            norm: 0.0,
        };
        let batches = self.batches();
        for batch in 0..batches {
            let start = batch * self.config.batch;
            let end = self.images.len().min(start + self.config.batch);
            let (loss, norm) = self.step(start, end);
            ensure!(
                loss.is_finite(),
                "the loss is {loss}: learning rate {} is too large",
                self.config.rate
            );
            each(loss, norm);
            sum.loss += loss / batches as f64;
            sum.norm += norm / batches as f64;
        }
        Ok(sum)
    }

    /// One step of the optimiser on images `start` to `end`; the loss, and the gradient's norm.
    fn step(&mut self, start: usize, end: usize) -> (f64, f64) {
        let mut batch = Vec::with_capacity(end - start);
        for image in &self.images[start..end] {
            let rows = self.crops.random_range(self.shortest..=SIDE);
            let first = self.crops.random_range(0..=SIDE - rows);
            batch.push((*image, Crop { first, rows }));
        }
        self.tape.reset();
        let (leaves, logits) = self.model.logits(&self.params, &self.tape, &batch);
        let loss = logits.cross_entropy(&labels(&self.images[start..end]));
        loss.backward();
        let (loss, mut gradient) = (f64::from(loss.item()), leaves.gradient());
        let norm = clip_norm(&mut gradient, self.config.clip);
        self.adam.step(self.params.values_mut(), &gradient);
        self.steps += 1.0;
        let share = 1.0 / (AVERAGED * self.steps).max(1.0);
        let values = self.params.values().iter();
        for (mean, value) in self.averaged.values_mut().iter_mut().zip(values) {
            *mean += share * (value - *mean);
        }
        (loss, norm)
    }

    /// The class that each image, whole, is taken for.
    ///
    /// # Errors
    /// When a logit is not finite.
    pub fn classify(&mut self, images: &[&Digit]) -> Result<Vec<usize>> {
        let mut classes = Vec::with_capacity(images.len());
        for block in images.chunks(BLOCK) {
            self.tape.reset();
            let batch: Vec<_> = block.iter().map(|image| (*image, Crop::WHOLE)).collect();
            let (_, logits) = self.model.logits(&self.averaged, &self.tape, &batch);
            let logits = logits.to_vec();
            if let Some(logit) = logits.iter().find(|logit| !logit.is_finite()) {
                bail!(
                    "a logit is {logit}: learning rate {} is too large",
                    self.config.rate
                );
            }
            classes.extend(largest(&logits, CLASSES));
        }
        Ok(classes)
    }

    /// The fraction of `images` that are taken for what they are.
    ///
    /// # Errors
    /// As [`Training::classify`].
    pub fn accuracy(&mut self, images: &[&Digit]) -> Result<f64> {
        Ok(accuracy(&self.classify(images)?, &labels(images)))
    }
}
