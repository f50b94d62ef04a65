//! Independent trials of one run: as many at once as there are threads, each on one of them.
//!
//! A trial is a computation with a result of its own, such as one network trained from one seed. A
//! trial that has ended is kept in a checkpoint, so that a run that was killed goes on with the
//! others; one that was under way starts again. Results come in the order of the trials, whichever
//! ended first, so that they have the same bytes for any number of threads.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use rayon::prelude::*;
use wengert_rnn::checkpoint::{Reader, Writer};

use crate::interrupt::{Interrupt, Interrupted};
use crate::progress::Progress;
use crate::run::Run;

/// What a trial found.
pub type Outcome = Vec<f64>;

/// What a trial asks at each of its steps.
#[derive(Clone, Copy, Debug)]
pub struct Watch<'a>(&'a Interrupt);

impl Watch<'_> {
    /// Stops here if the run was asked to stop.
    ///
    /// # Errors
    /// [`Interrupted`], for the trial to pass on.
    pub fn check(self) -> Result<(), Interrupted> {
        self.0.check()
    }
}

/// Runs the trials 0 to `count` - 1 and returns their outcomes in this order. `name` is that of the
/// checkpoint and the progress.
///
/// # Errors
/// Of the trials, [`Interrupted`] among them; a checkpoint that is damaged or cannot be written.
pub fn run(
    run: &Run,
    name: &str,
    count: usize,
    trial: impl Fn(usize, Watch) -> Result<Outcome> + Sync,
) -> Result<Vec<Outcome>> {
    let (path, architecture) = run.checkpoint(name)?;
    let outcomes = read(&path, &architecture, count)?;
    let mut progress = run.progress(name, count as u64);
    progress.jump(outcomes.iter().flatten().count() as u64);
    let left: Vec<usize> = (0..count).filter(|&i| outcomes[i].is_none()).collect();
    let state = Mutex::new((outcomes, progress));
    let watch = Watch(run.interrupt());
    left.into_par_iter()
        .with_max_len(1)
        .try_for_each(|number| {
            watch.check()?;
            let outcome = trial(number, watch)?;
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            let (outcomes, progress): &mut (Vec<Option<Outcome>>, Progress) = &mut state;
            outcomes[number] = Some(outcome);
            write(&path, &architecture, outcomes)?;
            progress.step("")?;
            anyhow::Ok(())
        })?;
    let (outcomes, _) = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(outcomes.into_iter().flatten().collect())
}

/// Where the outcome of a trial is in the checkpoint.
fn place(number: usize) -> String {
    format!("trial-{number}")
}

fn write(path: &Path, architecture: &str, outcomes: &[Option<Outcome>]) -> Result<()> {
    let mut to = Writer::new(architecture);
    let done = outcomes.iter().map(|outcome| u64::from(outcome.is_some()));
    to.words("done", &done.collect::<Vec<_>>());
    for (number, outcome) in outcomes.iter().enumerate() {
        if let Some(outcome) = outcome {
            to.values(&place(number), &[outcome.len()], outcome);
        }
    }
    Ok(to.write(path)?)
}

/// The outcomes of the trials that have ended.
fn read(path: &Path, architecture: &str, count: usize) -> Result<Vec<Option<Outcome>>> {
    let mut outcomes = vec![None; count];
    if !path.exists() {
        return Ok(outcomes);
    }
    let mut from = Reader::read(path, architecture)
        .context("cannot go on; delete the checkpoint to start the trials anew")?;
    let done: Vec<u64> = from.list("done")?;
    for (number, outcome) in outcomes.iter_mut().enumerate() {
        if done.get(number) == Some(&1) {
            *outcome = Some(from.list(&place(number))?);
        }
    }
    from.finish()?;
    Ok(outcomes)
}
