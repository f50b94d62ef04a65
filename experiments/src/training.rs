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

use crate::run::Run;

pub use history::History;
pub use supply::{Drawn, Fixed, Supply};

/// Between two checkpoints, at least; and so many times as long as writing one takes.
const PAUSE: Duration = Duration::from_secs(1);
const SHARE: u32 = 20;

/// A training of so many steps.
///
/// The same steps are taken however often the run is killed and resumed: all that they depend on
/// is in the checkpoint, which is written every second or so, and at the end.
pub struct Training<'a> {
    name: &'a str,
    steps: u64,
    every: u64,
    best: Option<(&'a str, Best)>,
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
        }
    }

    /// Keeps the parameters at which `measure`, one of those that training names, was best: of
    /// several the first. It must not be one of the test data.
    pub fn keep(self, measure: &'a str, best: Best) -> Self {
        let best = Some((measure, best));
        Self { best, ..self }
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
    /// If [`Training::keep`] named what `measure` does not.
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
        let mut state = State::new(path, architecture, current(trainer));
        state.restore(run, trainer, supply)?;
        let mut progress = run.progress(self.name, self.steps);
        progress.jump(trainer.steps());
        let mut last = String::new();
        while trainer.steps() < self.steps {
            let report = supply.batch(trainer.steps(), |batch| trainer.step(batch))?;
            state.history.note(&report);
            if trainer.steps().is_multiple_of(self.every) || trainer.steps() == self.steps {
                let values = measure(trainer.model(), &current(trainer))?;
                last = shown(&values);
                state.measured(&self, trainer, values);
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
            history: state.history,
        })
    }
}

/// What a checkpoint holds beside trainer and supply, and where it is.
struct State<T: Real> {
    path: PathBuf,
    architecture: String,
    history: History,
    best: Params<T>,
    written: Instant,
    pause: Duration,
}

impl<T: Real + Element> State<T> {
    fn new(path: PathBuf, architecture: String, params: Params<T>) -> Self {
        Self {
            path,
            architecture,
            history: History::default(),
            best: params,
            written: Instant::now(),
            pause: PAUSE,
        }
    }

    fn measured<M: Model<T>, O: Optimizer<T>>(
        &mut self,
        training: &Training<'_>,
        trainer: &Trainer<T, M, O>,
        values: Vec<(&'static str, f64)>,
    ) {
        self.history.measure(trainer.steps(), values);
        if let Some((name, best)) = training.best {
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
        Ok(())
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
