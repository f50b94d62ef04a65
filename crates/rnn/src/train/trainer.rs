//! A step of training with all its parts, in their order.

use wengert_tape::Real;

use super::{Fault, Model, Shards, TrainingError};
use crate::checkpoint::{Reader, Snapshot, Writer};
use crate::disk::FileError;
use crate::norm::norm;
use crate::optim::{Average, Clip, Optimizer};
use crate::params::Params;
use crate::tensors::Element;

/// Samples in a shard where nothing else is set.
const SHARD: usize = 16;

/// A model in training, its parameters, and what each step does to them: the gradient of the batch,
/// clipping, the schedule's learning rate, the optimiser, and the running mean.
///
/// See [`train`](crate::train) for an example. All chance comes from one seed and the number of the
/// step; a trainer is a [`Snapshot`], so a run that goes on from a checkpoint gives the same bits.
pub struct Trainer<T: Real, M, O> {
    model: M,
    params: Params<T>,
    optimizer: O,
    shards: Shards<T>,
    clip: Option<Clip>,
    average: Option<Average<T>>,
    schedule: Box<dyn Fn(u64) -> f64 + Send + Sync>,
    rate: f64,
    seed: u64,
    steps: u64,
    /// Parameters and moments before the last update.
    before: Vec<Vec<T>>,
}

/// What a step did.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Report {
    /// Steps taken, this one included.
    pub steps: u64,
    /// The mean loss of the batch, before the step.
    pub loss: f64,
    /// Number of terms that it is the mean of.
    pub terms: usize,
    /// The Euclidean norm of the gradient, before it was clipped.
    pub norm: f64,
    /// Whether the gradient was clipped.
    pub clipped: bool,
    /// The learning rate.
    pub rate: f64,
    /// Elements of adjoints that vanished on the way back and were set to 0: see
    /// [`Tape::flush_below`](wengert_tape::Tape::flush_below).
    pub flushed: u64,
}

impl<T: Real, M: Model<T>, O: Optimizer<T>> Trainer<T, M, O> {
    /// Trains `params` of `model` by `optimizer`, at its learning rate, in shards of 16 samples.
    pub fn new(model: M, params: Params<T>, optimizer: O, seed: u64) -> Self {
        Self {
            model,
            params,
            rate: optimizer.rate(),
            optimizer,
            shards: Shards::new(SHARD),
            clip: None,
            average: None,
            schedule: Box::new(|_| 1.0),
            seed,
            steps: 0,
            before: Vec::new(),
        }
    }

    /// With shards of so many samples: fewer keep more threads busy, more make larger products. Not
    /// the number of threads but this decides how sums are rounded.
    ///
    /// # Panics
    /// If `size` is 0.
    #[track_caller]
    pub fn with_shard(self, size: usize) -> Self {
        let shards = Shards::new(size).with_flush_below(self.shards.flush_below());
        Self { shards, ..self }
    }

    /// With adjoints below `threshold` flushed to 0, instead of the usual 1e-30 in `f32` and 1e-300
    /// in `f64`; 0 keeps all. See [`Tape::flush_below`](wengert_tape::Tape::flush_below).
    ///
    /// # Panics
    /// If the threshold is negative, infinite or NaN.
    #[track_caller]
    pub fn with_flush_below(self, threshold: f64) -> Self {
        let shards = self.shards.with_flush_below(threshold);
        Self { shards, ..self }
    }

    /// With gradients clipped.
    pub fn with_clip(self, clip: Clip) -> Self {
        let clip = Some(clip);
        Self { clip, ..self }
    }

    /// With a learning rate multiplied by `factor` of the steps taken before, see
    /// [`schedule`](crate::optim::schedule).
    pub fn with_schedule(self, factor: impl Fn(u64) -> f64 + Send + Sync + 'static) -> Self {
        let schedule = Box::new(factor);
        Self { schedule, ..self }
    }

    /// With a running mean of the parameters.
    pub fn with_average(self, average: Average<T>) -> Self {
        let average = Some(average);
        Self { average, ..self }
    }

    /// Takes one step on a batch.
    ///
    /// # Errors
    /// When the loss, its gradient, or an updated parameter or moment is not finite, or the loss
    /// has no terms. The trainer is then as it was before the step.
    ///
    /// # Panics
    /// If the batch is empty; and a panic of the model passes through.
    #[track_caller]
    pub fn step(&mut self, batch: &[&M::Example]) -> Result<Report, TrainingError> {
        let key = [self.seed, self.steps];
        let mean = self.shards.mean(&self.model, &self.params, batch, key);
        let mut mean = mean.map_err(|fault| self.error(fault))?;
        let mut clip = self.clip.clone();
        let (norm, clipped) = match &mut clip {
            Some(clip) => {
                let found = clip.apply(&mut mean.gradient);
                (found.norm, found.clipped)
            }
            None => (norm(&mean.gradient), false),
        };
        let rate = self.rate * (self.schedule)(self.steps);
        self.update(rate, &mean.gradient)
            .map_err(|fault| self.error(fault))?;
        self.clip = clip;
        self.steps += 1;
        if let Some(average) = &mut self.average {
            average.update(self.params.values());
        }
        Ok(Report {
            steps: self.steps,
            loss: mean.loss,
            terms: mean.terms,
            norm,
            clipped,
            rate,
            flushed: mean.flushed,
        })
    }

    /// Lets the optimiser change the parameters, or nothing if the result is not finite.
    fn update(&mut self, rate: f64, gradient: &[T]) -> Result<(), Fault> {
        let Self {
            params,
            optimizer,
            before,
            ..
        } = self;
        let (old_rate, steps) = (optimizer.rate(), optimizer.state().steps());
        before.resize(1 + optimizer.state().moments().count(), Vec::new());
        let moments = optimizer.state().moments().map(|(_, moment)| moment);
        for (before, now) in before
            .iter_mut()
            .zip([params.values()].into_iter().chain(moments))
        {
            before.clear();
            before.extend_from_slice(now);
        }
        optimizer.set_rate(rate);
        optimizer.step(params.values_mut(), gradient);
        let mut found = params
            .first_non_finite()
            .map(|(name, _, value)| (name.to_owned(), value));
        for (name, moment) in optimizer.state().moments() {
            let bad = moment.iter().find(|m| !m.is_finite());
            found = found.or(bad.map(|&m| (format!("the moment {name}"), m)));
        }
        let Some((tensor, value)) = found else {
            return Ok(());
        };
        params.values_mut().copy_from_slice(&before[0]);
        optimizer.state_mut().reset(old_rate, steps, &before[1..]);
        Err(Fault::Update {
            tensor,
            value: value.to_f64(),
        })
    }

    fn error(&self, fault: Fault) -> TrainingError {
        TrainingError {
            step: self.steps,
            fault,
        }
    }

    /// Sets the learning rate that the schedule multiplies.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn set_rate(&mut self, rate: f64) {
        self.optimizer.set_rate(rate);
        self.rate = rate;
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The parameters.
    pub fn params(&self) -> &Params<T> {
        &self.params
    }

    /// The running mean of the parameters, if there is one.
    pub fn average(&self) -> Option<&Average<T>> {
        self.average.as_ref()
    }

    /// The limit of the gradient and its counts, if there is one.
    pub fn clip(&self) -> Option<&Clip> {
        self.clip.as_ref()
    }
}

/// All of it but the model, the schedule and the settings, which the program builds as before. The
/// size of the shards must be the same.
impl<T, M, O> Snapshot for Trainer<T, M, O>
where
    T: Real + Element,
    M: Model<T>,
    O: Optimizer<T>,
{
    fn save(&self, to: &mut Writer) {
        to.words("shard", &[self.shards.size() as u64]);
        to.words("run", &[self.seed, self.steps, self.rate.to_bits()]);
        to.part("params", &self.params);
        to.part("optimizer", self.optimizer.state());
        if let Some(clip) = &self.clip {
            to.part("clip", clip);
        }
        if let Some(average) = &self.average {
            to.part("average", average);
        }
    }

    fn restore(&mut self, from: &mut Reader) -> Result<(), FileError> {
        from.expect("shard", &[self.shards.size() as u64])?;
        let [seed, steps, rate] = from.words("run")?;
        (self.seed, self.steps, self.rate) = (seed, steps, f64::from_bits(rate));
        from.part("params", &mut self.params)?;
        from.part("optimizer", self.optimizer.state_mut())?;
        if let Some(clip) = &mut self.clip {
            from.part("clip", clip)?;
        }
        if let Some(average) = &mut self.average {
            from.part("average", average)?;
        }
        Ok(())
    }
}
