//! Networks that each leave out another part of the training data.
//!
//! Together they are a committee, whose probabilities are the mean of its members'. What each says
//! of the part that it left out is an estimate of how one does on new data, to choose settings by.

use anyhow::Result;
use rand::rngs::ChaCha8Rng;
use rayon::prelude::*;
use wengert_rnn::dropout::Mode;
use wengert_rnn::metrics::{accuracy, largest};
use wengert_rnn::optim::{Average, Clip, schedule};
use wengert_rnn::train::{Loss, Model, Trainer};
use wengert_rnn::{Adam, CrossEntropy, Leaves, Params};
use wengert_tape::Tape;

use crate::classify::Classifier;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::training::{Fixed, History, Trained, Training};

/// Examples evaluated at once.
const BLOCK: usize = 64;
/// Examples of a shard: two threads are busy with a batch of 32.
const SHARD: usize = 16;
/// Decay of the running mean of the parameters at each step.
const DECAY: f64 = 0.98;
/// The learning rate falls to this part of its start.
const FLOOR: f64 = 0.05;
/// Members have seeds so far apart that no two runs share one.
const APART: u64 = 1 << 32;

/// A classifier that can be trained from nothing.
pub trait Learner: Classifier<Example: Clone> {
    /// Fresh parameters.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32>;
}

/// How members are trained: Adam at a rate that falls along a cosine, and at the end the running
/// mean of the parameters.
#[derive(Clone, Copy, Debug)]
pub struct Recipe<'a> {
    /// What members are called, with their number behind it.
    pub name: &'a str,
    /// Times that each sees its examples.
    pub epochs: usize,
    /// Examples of a step.
    pub batch: usize,
    /// Learning rate at the start.
    pub rate: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Decay of the weights, decoupled from the gradient (Loshchilov & Hutter 2019).
    pub decay: f64,
    /// Members that leave out the same part.
    pub repeats: usize,
    /// Seed of weights, order and noise.
    pub seed: u64,
}

/// What the training of a committee leaves.
#[derive(Clone, Debug)]
pub struct Committee {
    /// Parameters of each member.
    pub members: Vec<Params<f32>>,
    /// The course of each training, by epoch: `loss`, `gradient_norm`, `left_out_loss`,
    /// `left_out_accuracy`.
    pub histories: Vec<History>,
    /// Of each example, the mean probabilities by the members that left it out: [N, K].
    pub left_out: Vec<f64>,
}

impl Committee {
    /// Trains for each part as many members of `classifier` as the recipe says: `parts[i]` is the
    /// part of example i.
    ///
    /// # Errors
    /// As [`Training::run`].
    ///
    /// # Panics
    /// If a part is empty, or is all there is.
    pub fn train<C: Learner>(
        run: &mut Run,
        classifier: &C,
        examples: &[C::Example],
        parts: &[usize],
        recipe: &Recipe,
    ) -> Result<Self> {
        let count = 1 + parts.iter().copied().max().unwrap_or(0);
        let mut committee = Self {
            members: Vec::new(),
            histories: Vec::new(),
            left_out: vec![0.0; examples.len() * classifier.classes()],
        };
        let mut weights = stream(recipe.seed, Purpose::Weights);
        for number in 0..count * recipe.repeats {
            let params = classifier.init(&mut weights);
            let (left, learnt): (Vec<usize>, Vec<usize>) =
                (0..examples.len()).partition(|&i| parts[i] == number % count);
            let learnt: Vec<C::Example> = learnt.iter().map(|&i| examples[i].clone()).collect();
            let left_out: Vec<&C::Example> = left.iter().map(|&i| &examples[i]).collect();
            let name = format!("{}-{}", recipe.name, number + 1);
            let seed = recipe.seed.wrapping_add(APART * number as u64);
            let member = Member {
                classifier,
                params,
                seed,
            };
            let trained = member.train(run, &name, &learnt, &left_out, recipe)?;
            let rows = probabilities(classifier, &trained.params, &left_out);
            let width = classifier.classes();
            for (i, row) in left.into_iter().zip(rows.chunks(width)) {
                let means = committee.left_out[i * width..].iter_mut();
                means
                    .zip(row)
                    .for_each(|(mean, p)| *mean += p / recipe.repeats as f64);
            }
            committee.members.push(trained.params);
            committee.histories.push(trained.history);
        }
        Ok(committee)
    }

    /// The probabilities by each member, [B, K].
    pub fn each<C: Learner>(
        &self,
        classifier: &C,
        examples: &[&C::Example],
    ) -> impl Iterator<Item = Vec<f64>> {
        let members = self.members.iter();
        members.map(|params| probabilities(classifier, params, examples))
    }

    /// The mean probabilities of the members: [B, K].
    pub fn probabilities<C: Learner>(&self, classifier: &C, examples: &[&C::Example]) -> Vec<f64> {
        let mut means = vec![0.0; examples.len() * classifier.classes()];
        for own in self.each(classifier, examples) {
            for (mean, own) in means.iter_mut().zip(own) {
                *mean += own / self.members.len() as f64;
            }
        }
        means
    }

    /// A measure of the members' trainings by epoch: the mean over the members.
    pub fn mean_of(&self, name: &str) -> Vec<f64> {
        let columns: Vec<&[f64]> = self.histories.iter().map(|h| h.of(name)).collect();
        let mean = |at: usize| {
            let values = columns.iter().map(|column| column[at]);
            values.sum::<f64>() / columns.len() as f64
        };
        (0..columns[0].len()).map(mean).collect()
    }
}

/// The probabilities of the classes, [B, K].
pub fn probabilities<C: Learner>(
    classifier: &C,
    params: &Params<f32>,
    examples: &[&C::Example],
) -> Vec<f64> {
    let blocks = examples.par_chunks(BLOCK).map(|block| {
        let tape = Tape::new();
        let mut leaves = params.bind(&tape);
        let logits = classifier.logits(&tape, &mut leaves, block, &mut Mode::Evaluate);
        logits.softmax(1).to_vec()
    });
    let blocks: Vec<Vec<f32>> = blocks.collect();
    blocks.into_iter().flatten().map(f64::from).collect()
}

/// A member before its training.
struct Member<'a, C> {
    classifier: &'a C,
    params: Params<f32>,
    seed: u64,
}

impl<C: Learner> Member<'_, C> {
    fn train(
        self,
        run: &mut Run,
        name: &str,
        learnt: &[C::Example],
        left_out: &[&C::Example],
        recipe: &Recipe,
    ) -> Result<Trained<f32>> {
        let mut supply = Fixed::new(learnt, recipe.batch, self.seed);
        let every = supply.per_epoch();
        let steps = every * recipe.epochs as u64;
        let size = self.params.len();
        let adam = Adam::new(recipe.rate, size).with_decoupled_decay(recipe.decay);
        let mut trainer = Trainer::new(Trainable(self.classifier), self.params, adam, self.seed)
            .with_shard(SHARD)
            .with_clip(Clip::by_norm(recipe.clip))
            .with_schedule(schedule::cosine(steps, FLOOR))
            .with_average(Average::corrected(DECAY, size));
        let classes: Vec<usize> = left_out.iter().map(|example| C::class(example)).collect();
        let training = Training::new(name, steps, every);
        training.run(run, &mut trainer, &mut supply, |model, params| {
            let p = probabilities(model.0, params, left_out);
            Ok(vec![
                ("left_out_loss", cross_entropy(&p, &classes)),
                ("left_out_accuracy", right(&p, &classes)),
            ])
        })
    }
}

/// The mean negative logarithm of the probability of the class that is true.
pub fn cross_entropy(probabilities: &[f64], classes: &[usize]) -> f64 {
    let width = probabilities.len() / classes.len();
    let rows = probabilities.chunks(width).zip(classes);
    // The least that single precision tells from 0.
    let losses = rows.map(|(row, &class)| -row[class].max(f64::from(f32::MIN_POSITIVE)).ln());
    losses.sum::<f64>() / classes.len() as f64
}

/// The fraction of rows whose class is the most probable.
pub fn right(probabilities: &[f64], classes: &[usize]) -> f64 {
    let width = probabilities.len() / classes.len();
    accuracy(&largest(probabilities, width), classes)
}

/// A classifier as what a trainer takes: it learns by cross entropy.
struct Trainable<'a, C>(&'a C);

impl<C: Learner> Model<f32> for Trainable<'_, C> {
    type Example = C::Example;

    fn loss<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        shard: &[&C::Example],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, f32> {
        let classes: Vec<usize> = shard.iter().map(|example| C::class(example)).collect();
        let logits = self.0.logits(tape, leaves, shard, &mut Mode::Train(rng));
        Loss::of_sum(CrossEntropy::new().of(logits, &classes).sum(), shard.len())
    }
}
