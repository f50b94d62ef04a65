//! One run, from the claim of its directory to its report.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use serde_json::Value;

use super::Session;
use super::arguments::Options;
use crate::interrupt::Interrupted;
use crate::run::{Directory, Mode, Run};
use crate::study::{Entry, Job};
use crate::verdict::Verdict;
use crate::{report, sketch, tensorboard};

/// Columns and lines of a curve on the terminal.
const WIDTH: usize = 72;
const HEIGHT: usize = 12;

impl Session<'_> {
    /// Runs one study and says what came of it.
    pub(super) fn alone(
        &mut self,
        study: &Entry,
        job: Job,
        path: &Path,
        mode: Mode,
        options: &Options,
    ) -> Result<()> {
        let done = self.execute(study, job, Directory::claim(path, mode)?, options)?;
        self.say(&format!("\n{}", done.shown))
    }

    /// Runs one study into `directory`, after a line that says so.
    pub(super) fn execute(
        &mut self,
        study: &Entry,
        job: Job,
        directory: Directory,
        options: &Options,
    ) -> Result<Done> {
        let Entry {
            name,
            question,
            seconds,
            ..
        } = study;
        self.say(&format!("{name}: {question} (about {seconds} s)\n"))?;
        let path = directory.path().to_owned();
        let mut run = Run::start(directory, &job, self.interrupt)?;
        let verdict = catch_unwind(AssertUnwindSafe(|| job.run(&mut run)))
            .unwrap_or_else(|payload| Err(panicked(&*payload)))
            .with_context(|| study.name);
        let verdict = match verdict {
            Ok(verdict) => verdict,
            Err(error) => return Err(stopped(run, error, &path)),
        };
        let shown = shown(&run, &verdict);
        let summary = run.finish(&verdict)?;
        if options.tensorboard {
            tensorboard::write(&path)?;
        }
        let page = report::write(&path)?;
        Ok(Done {
            shown: format!("{shown}report: {}\n", page.display()),
            outcome: verdict.outcome().to_string(),
            summary,
        })
    }
}

/// What a finished study has to show.
pub(super) struct Done {
    /// Its sketches and tables, the checks, and where everything is recorded.
    pub shown: String,
    pub outcome: String,
    pub summary: Value,
}

/// Records that the run in `path` stopped before its end, and returns the error to be told.
fn stopped(run: Run, error: anyhow::Error, path: &Path) -> anyhow::Error {
    let recorded = run.stop().and_then(|recorded| {
        if recorded {
            report::write(path)?;
        }
        Ok(())
    });
    match (error.downcast_ref::<Interrupted>(), recorded) {
        (Some(interrupted), Ok(())) => go_on(*interrupted, path),
        (Some(_), Err(second)) => second,
        (None, _) => error,
    }
}

/// What to tell when a run in `path` was interrupted.
pub(super) fn go_on(interrupted: Interrupted, path: &Path) -> anyhow::Error {
    let line = format!(
        "{interrupted}; go on with: experiment --resume {}",
        path.display()
    );
    anyhow::Error::new(interrupted).context(line)
}

fn shown(run: &Run, verdict: &Verdict) -> String {
    let sketches = run.sketches().iter();
    let sketches =
        sketches.map(|s| format!("{}\n", sketch::sketch(&s.title, &s.x, &s.y, WIDTH, HEIGHT)));
    let tables = run.tables().iter().map(|table| format!("{table}\n"));
    let timings = run.timings().to_table();
    let timings = timings.map(|table| format!("{table}\n"));
    let figures = run.figures().map(|path| format!("  {}\n", path.display()));
    format!(
        "{}{}recorded in {}\n{}",
        sketches.chain(tables).chain(timings).collect::<String>(),
        verdict.to_table(),
        run.path().display(),
        figures.collect::<String>(),
    )
}

/// A panic is a mistake in the program, and still one line.
fn panicked(payload: &(dyn Any + Send)) -> anyhow::Error {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    let message = text.unwrap_or("without a message");
    anyhow!("stopped by a mistake in the program: {message} (RUST_BACKTRACE=1 tells where)")
}
