//! A training in a run: measured as it goes, shown, checkpointed, stopped and gone on with.

mod history;
mod supply;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use wengert_rnn::checkpoint::{Reader, Writer};
use wengert_rnn::tensors::Element;
use wengert_rnn::train::{Model, Report, Trainer};
use wengert_rnn::{Optimizer, Params};
use wengert_tape::Real;

use crate::run::{Run, Timing};

pub use history::History;
pub use supply::{Drawn, Fixed, Supply};

/// Between two checkpoints, at least; and so many times as long as writing one takes.
const PAUSE: Duration = Duration::from_secs(1);
const SHARE: u32 = 20;

/// A training of so many steps.
///
/// The same steps are taken however often the run is killed and resumed: all that they depend on
/// is in the checkpoint, which is written every second or so, and at the end.
#[derive(Clone, Copy)]
pub struct Training<'a> {
    name: &'a str,
    steps: u64,
    every: u64,
    best: Option<(&'a str, Best)>,
    bound: Option<Bound<'a>>,
}

/// A measure, and the value at which a training may end.
#[derive(Clone, Copy)]
struct Bound<'a> {
    measure: &'a str,
    best: Best,
    value: f64,
}

/// Which value of a measure is the best.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Best {
    /// Such as a loss.
    Lowest,
    /// Such as an accuracy.
    Highest,
}

/// What a training leaves.
#[derive(Clone, Debug)]
pub struct Trained<T> {
    /// The parameters: those of the best measurement if one was asked for, or the running mean if
    /// the trainer keeps one, or the last.
    pub params: Params<T>,
    /// What was measured.
    pub history: History,
    /// The step at which the bound was reached, see [`Training::until`].
    pub solved: Option<u64>,
}

impl<'a> Training<'a> {
    /// Takes `steps` steps, measures after every `every` and at the end, and calls itself `name` in
    /// the checkpoint, the metrics and the progress.
    ///
    /// # Panics
    /// If `every` is 0.
    #[track_caller]
    pub fn new(name: &'a str, steps: u64, every: u64) -> Self {
        assert!(every > 0, "training {name}: measured every 0 steps");
        Self {
            name,
            steps,
            every,
            best: None,
            bound: None,
        }
    }

    /// Keeps the parameters at which `measure`, one of those that training names, was best: of
    /// several the first. It must not be one of the test data.
    pub fn keep(self, measure: &'a str, best: Best) -> Self {
        let best = Some((measure, best));
        Self { best, ..self }
    }

    /// Ends at the first measurement in which `measure`, one of those that training names, is `value`
    /// or beyond it, towards the `best`: the task is solved.
    pub fn until(self, measure: &'a str, best: Best, value: f64) -> Self {
        let bound = Some(Bound {
            measure,
            best,
            value,
        });
        Self { bound, ..self }
    }

    /// The step of the last measurement, if it reached the bound.
    fn solved(&self, history: &History) -> Option<u64> {
        let bound = self.bound?;
        let last = history.of(bound.measure).last()?;
        let reached = match bound.best {
            Best::Lowest => *last <= bound.value,
            Best::Highest => *last >= bound.value,
        };
        reached.then(|| history.last().0)
    }

    /// Trains, on batches from `supply`.
    ///
    /// `measure` is given the parameters that would be used if training ended here (the running
    /// mean if the trainer keeps one) and names what it finds: the names go into the metrics, beside
    /// the mean `loss` and `gradient_norm` of the steps since.
    ///
    /// # Errors
    /// A step that cannot be taken, [`Interrupted`](crate::interrupt::Interrupted), a damaged
    /// checkpoint, a file that cannot be written.
    ///
    /// # Panics
    /// If [`Training::keep`] or [`Training::until`] named what `measure` does not.
    pub fn run<T, M, O, S>(
        self,
        run: &mut Run,
        trainer: &mut Trainer<T, M, O>,
        supply: &mut S,
        mut measure: impl FnMut(&M, &Params<T>) -> Result<Vec<(&'static str, f64)>>,
    ) -> Result<Trained<T>>
    where
        T: Real + Element,
        M: Model<T>,
        O: Optimizer<T>,
        S: Supply<M::Example>,
    {
        let (path, architecture) = run.checkpoint(self.name)?;
        let mut state = State::new(self, path, architecture, current(trainer));
        state.restore(run, trainer, supply)?;
        let mut progress = run.progress(self.name, self.steps);
        progress.jump(trainer.steps());
        let mut last = String::new();
        while trainer.steps() < self.steps && self.solved(&state.history).is_none() {
            let report = supply.batch(trainer.steps(), |batch| trainer.step(batch))?;
            state.history.note(&report);
            if trainer.steps().is_multiple_of(self.every) || trainer.steps() == self.steps {
                let values = measure(trainer.model(), &current(trainer))?;
                last = shown(&values);
                state.measured(trainer, values);
                record(run, self.name, &state.history)?;
            }
            state.write_now_and_then(run, trainer, supply)?;
            if let Err(interrupted) = progress.step(&beside(&report, &last)) {
                state.write(run, trainer, supply)?;
                return Err(interrupted.into());
            }
        }
        state.write(run, trainer, supply)?;
        let params = match self.best {
            Some(_) => state.best,
            None => current(trainer),
        };
        Ok(Trained {
            params,
            solved: self.solved(&state.history),
            history: state.history,
        })
    }
}

/// A training under way: what its checkpoint holds beside trainer and supply, and where it is.
struct State<'a, T: Real> {
    training: Training<'a>,
    path: PathBuf,
    architecture: String,
    history: History,
    best: Params<T>,
    /// When this session began, and the seconds that those before it took.
    began: Instant,
    before: f64,
    written: Instant,
    pause: Duration,
}

impl<'a, T: Real + Element> State<'a, T> {
    fn new(training: Training<'a>, path: PathBuf, architecture: String, params: Params<T>) -> Self {
        Self {
            training,
            path,
            architecture,
            history: History::default(),
            best: params,
            began: Instant::now(),
            before: 0.0,
            written: Instant::now(),
            pause: PAUSE,
        }
    }

    fn measured<M: Model<T>, O: Optimizer<T>>(
        &mut self,
        trainer: &Trainer<T, M, O>,
        values: Vec<(&'static str, f64)>,
    ) {
        self.history.measure(trainer.steps(), values);
        if let Some((name, best)) = self.training.best {
            let values = self.history.of(name);
            let (last, before) = values.split_last().expect("just measured");
            let better = |old: &f64| match best {
                Best::Lowest => last < old,
                Best::Highest => last > old,
            };
            // A measure that is no number is better than none.
            if before.iter().all(|old| old.is_nan() || better(old)) {
                self.best = current(trainer);
            }
        }
    }

    fn write_now_and_then<M, O, S>(
        &mut self,
        run: &mut Run,
        trainer: &Trainer<T, M, O>,
        supply: &S,
    ) -> Result<()>
    where
        M: Model<T>,
        O: Optimizer<T>,
        S: Supply<M::Example>,
    {
        if self.written.elapsed() < self.pause {
            return Ok(());
        }
        let started = Instant::now();
        self.write(run, trainer, supply)?;
        self.written = Instant::now();
        self.pause = PAUSE.max(started.elapsed() * SHARE);
        Ok(())
    }

    fn write<M, O, S>(&self, run: &mut Run, trainer: &Trainer<T, M, O>, supply: &S) -> Result<()>
    where
        M: Model<T>,
        O: Optimizer<T>,
        S: Supply<M::Example>,
    {
        let mut to = Writer::new(&self.architecture);
        to.words("metrics", &[run.metrics_position()?]);
        to.part("trainer", trainer);
        to.part("supply", supply);
        to.part("history", &self.history);
        to.part("best", &self.best);
        to.write(&self.path)?;
        run.time(Timing {
            part: self.training.name.into(),
            steps: trainer.steps(),
            seconds: self.before + self.began.elapsed().as_secs_f64(),
            solved: self.training.solved(&self.history),
        })
    }

    /// Goes on from the checkpoint, if there is one.
    fn restore<M, O, S>(
        &mut self,
        run: &mut Run,
        trainer: &mut Trainer<T, M, O>,
        supply: &mut S,
    ) -> Result<()>
    where
        M: Model<T>,
        O: Optimizer<T>,
        S: Supply<M::Example>,
    {
        if !self.path.exists() {
            return Ok(());
        }
        let mut from = Reader::read(&self.path, &self.architecture)
            .context("cannot go on; delete the checkpoint to train anew")?;
        let [position] = from.words("metrics")?;
        from.part("trainer", trainer)?;
        from.part("supply", supply)?;
        from.part("history", &mut self.history)?;
        from.part("best", &mut self.best)?;
        from.finish()?;
        (self.began, self.before) = (Instant::now(), run.timings().seconds(self.training.name));
        run.metrics_from(position)
    }
}

/// The parameters that would be used now.
fn current<T: Real, M: Model<T>, O: Optimizer<T>>(trainer: &Trainer<T, M, O>) -> Params<T> {
    let mut params = trainer.params().clone();
    if let Some(average) = trainer.average().filter(|_| trainer.steps() > 0) {
        params.values_mut().copy_from_slice(average.values());
    }
    params
}

/// Writes the last measurement down.
fn record(run: &mut Run, name: &str, history: &History) -> Result<()> {
    let (step, values) = history.last();
    run.metrics_of(step, &[("part", name)], &values)
}

fn beside(report: &Report, last: &str) -> String {
    format!("loss {:.4}  |g| {:.3}  {last}", report.loss, report.norm)
}

fn shown(values: &[(&'static str, f64)]) -> String {
    let words = values
        .iter()
        .map(|(name, value)| format!("{} {value:.4}", name.replace('_', " ")));
    words.collect::<Vec<_>>().join("  ")
}
