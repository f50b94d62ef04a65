//! Softmax regression, with two classes logistic regression: a linear layer on features.

use anyhow::Result;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::dropout::Mode;
use wengert_rnn::optim::schedule;
use wengert_rnn::train::{Loss, Model, Trainer};
use wengert_rnn::{Adam, Leaves, Linear, Params};
use wengert_tape::{Tape, Var};

use crate::classify::{self, Classifier};
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::training::{Fixed, Training};

/// An example as numbers.
#[derive(Clone, PartialEq, Debug)]
pub struct Features {
    /// As many for each example.
    pub x: Vec<f32>,
    /// The class, from 0.
    pub class: usize,
}

/// `logits = x W + b`.
#[derive(Clone, Debug)]
pub struct Regression {
    layer: Linear,
    features: usize,
    classes: usize,
}

/// How the regression, or another network, is fitted.
#[derive(Clone, Copy, Debug)]
pub struct Fit {
    /// Times that each example is seen.
    pub epochs: usize,
    /// Examples of a step.
    pub batch: usize,
    /// Learning rate of Adam, falling to 0 along a cosine.
    pub rate: f64,
    /// Decoupled weight decay (Loshchilov & Hutter 2019); 0 is none.
    pub decay: f64,
    /// Seed of the order.
    pub seed: u64,
}

impl Regression {
    /// Of so many features and classes.
    pub fn new(features: usize, classes: usize) -> Self {
        Self {
            layer: Linear::new(features, classes),
            features,
            classes,
        }
    }

    /// Learns `examples`, as the training `name` of the run.
    ///
    /// # Errors
    /// As [`Training::run`].
    ///
    /// # Panics
    /// If there are no examples.
    pub fn fit(
        &self,
        run: &mut Run,
        name: &str,
        examples: &[Features],
        fit: Fit,
    ) -> Result<Params<f32>> {
        let params = self.layer.init(&mut stream(fit.seed, Purpose::Weights));
        fit.train(self, params, run, name, examples)
    }
}

impl Fit {
    /// Trains any `network` so from `params`, as the training `name` of the run.
    ///
    /// # Errors
    /// As [`Training::run`].
    ///
    /// # Panics
    /// If there are no examples.
    pub fn train<M: Model<f32> + Clone>(
        self,
        network: &M,
        params: Params<f32>,
        run: &mut Run,
        name: &str,
        examples: &[M::Example],
    ) -> Result<Params<f32>> {
        let mut supply = Fixed::new(examples, self.batch, self.seed);
        let steps = self.epochs as u64 * supply.per_epoch();
        let adam = Adam::new(self.rate, params.len()).with_decoupled_decay(self.decay);
        let mut trainer = Trainer::new(network.clone(), params, adam, self.seed)
            .with_schedule(schedule::cosine(steps, 0.0));
        let training = Training::new(name, steps, steps.div_ceil(10).max(1));
        let trained = training.run(run, &mut trainer, &mut supply, |_, _| Ok(Vec::new()))?;
        Ok(trained.params)
    }
}

impl Classifier for Regression {
    type Example = Features;

    fn classes(&self) -> usize {
        self.classes
    }

    fn class(example: &Features) -> usize {
        example.class
    }

    fn logits<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        examples: &[&Features],
        _: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let x: Vec<f32> = examples.iter().flat_map(|e| e.x.iter().copied()).collect();
        let x = tape.constant([examples.len(), self.features], &x);
        self.layer.apply(&leaves.take(), x)
    }
}

impl Model<f32> for Regression {
    type Example = Features;

    fn loss<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&Features],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        classify::loss(self, tape, leaves, shard, rng)
    }
}
