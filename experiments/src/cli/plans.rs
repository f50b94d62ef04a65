//! Many runs: the tour, a study over a grid of settings, and the runs of a plan one by one.

use std::env;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::arguments::Options;
use super::execute::go_on;
use super::{Session, find, place};
use crate::config::Usage;
use crate::interrupt::Interrupted;
use crate::plan::{Plan, Planned, Seconds, State};
use crate::report;
use crate::run::{Directory, Mode, write_json};
use crate::study::{Entry, Job};
use crate::table;

/// The tour shows the studies that take at most so many seconds.
const TOUR: u32 = 20;
/// What a job array sets.
const INDEX: &str = "SLURM_ARRAY_TASK_ID";

impl Session<'_> {
    /// All studies that answer within seconds.
    pub(super) fn tour(&mut self, options: &Options) -> Result<()> {
        let short = self.studies.iter().filter(|study| study.seconds <= TOUR);
        let plan = Plan::of_studies(short, &[]);
        let left = self.studies.len() - plan.runs.len();
        self.plan("tour", &plan, None, options)?;
        if left > 0 {
            self.say(&format!(
                "{left} studies that take longer are not on the tour: experiment list names them, experiment all runs them\n"
            ))?;
        }
        Ok(())
    }

    /// Every run of `plan` that is not complete, in one directory; with a `budget` those that are
    /// likely to end within it.
    pub(super) fn plan(
        &mut self,
        name: &str,
        plan: &Plan,
        budget: Option<Duration>,
        options: &Options,
    ) -> Result<()> {
        // All settings are checked before the first run.
        let jobs: Vec<(&Planned, &Entry, Job)> = plan
            .runs
            .iter()
            .map(|planned| prepare(planned, self.studies).map(|(study, job)| (planned, study, job)))
            .collect::<Result<_>>()?;
        let (path, mode) = place(options, name)?;
        let directory = Directory::claim(&path, mode)?;
        plan.settle(&path)?;
        let (mut rows, mut summaries, mut failures) = (Vec::new(), Vec::new(), Vec::new());
        let (mut left_out, mut seconds) = (Vec::new(), Seconds::read(&path)?);
        let begun = Instant::now();
        for (planned, study, job) in jobs {
            let name = &planned.name;
            let complete = planned.state(&path)? == State::Complete;
            let likely = Duration::from_secs(study.seconds_of(job.preset).into());
            let fits = budget.is_none_or(|budget| begun.elapsed() + likely <= budget);
            if !complete && !fits {
                left_out.push(format!("{name} (about {} s)", likely.as_secs()));
                continue;
            }
            let started = Instant::now();
            let part = self.part(planned, study, job, &path, options);
            if !complete {
                seconds.add(name, started.elapsed().as_secs_f64(), &path)?;
            }
            let row = match part {
                Ok((outcome, summary)) => {
                    summaries.push(summary);
                    outcome
                }
                Err(error) if error.is::<Interrupted>() => {
                    report::write(&path)?;
                    return Err(go_on(error.downcast()?, &path));
                }
                Err(error) => {
                    failures.push(format!("{name}: {error:#}"));
                    "failed".into()
                }
            };
            let took = seconds.of(name).map(|seconds| format!("{seconds:.1} s"));
            rows.push([name.clone(), row, took.unwrap_or_default()]);
        }
        write_json(&path.join("summary.json"), &Value::Array(summaries))?;
        let page = report::write(&path)?;
        let table = table::align(&["run", "verdict", "took"], rows);
        self.say(&format!("{table}report: {}\n", page.display()))?;
        if !left_out.is_empty() {
            self.say(&format!(
                "left out for want of time: {}; go on with more: experiment atlas minutes=N --resume {}\n",
                left_out.join(", "),
                path.display()
            ))?;
        }
        drop(directory);
        if let Some(first) = failures.first() {
            bail!(
                "{} of {} runs failed; {first}",
                failures.len(),
                plan.runs.len()
            );
        }
        Ok(())
    }

    /// One run of a plan in `path`: its outcome and its summary. A complete one is not run again.
    fn part(
        &mut self,
        planned: &Planned,
        study: &Entry,
        job: Job,
        path: &Path,
        options: &Options,
    ) -> Result<(String, Value)> {
        if planned.state(path)? == State::Complete {
            let summary = planned.summary(path)?.unwrap_or_default();
            return Ok((outcome(&summary), summary));
        }
        let directory = Directory::claim(&path.join(&planned.name), Mode::Resume)?;
        let done = self.execute(study, job, directory, options)?;
        self.say(&format!("\n{}\n", done.shown))?;
        Ok((done.outcome, done.summary))
    }

    /// One run of the plan in the file `from`.
    pub(super) fn planned(
        &mut self,
        from: &Path,
        index: Option<usize>,
        options: &Options,
    ) -> Result<()> {
        let plan = Plan::read(from)?;
        let index = match index {
            Some(index) => index,
            None => from_environment()?,
        };
        let count = plan.runs.len();
        let planned = plan.runs.get(index).ok_or_else(|| {
            Usage(format!(
                "--index {index}: the plan has the runs 0 to {}",
                count - 1
            ))
        })?;
        let (study, job) = prepare(planned, self.studies)?;
        let home = home(from, options)?;
        std::fs::create_dir_all(&home)
            .with_context(|| format!("cannot create {}", home.display()))?;
        plan.settle(&home)?;
        if planned.state(&home)? == State::Complete && !options.overwrite {
            return self.say(&format!(
                "{} is complete\n",
                home.join(&planned.name).display()
            ));
        }
        let mode = if options.overwrite {
            Mode::Overwrite
        } else {
            Mode::Resume
        };
        self.alone(study, job, &home.join(&planned.name), mode, options)
    }

    /// Writes the plan of a run for each combination of settings.
    pub(super) fn sweep_plan(
        &mut self,
        name: &str,
        settings: &[String],
        file: &Path,
    ) -> Result<()> {
        let study = find(name, self.studies)?;
        let mut plan = Plan::of_settings(study, &study.expand(settings)?);
        for planned in &mut plan.runs {
            study.prepare(&planned.settings)?;
            if planned.name.is_empty() {
                planned.name = name.into();
            }
        }
        ensure!(
            !file.exists(),
            "{} exists; give --output a new file",
            file.display()
        );
        plan.write(file)?;
        let (count, shown) = (plan.runs.len(), file.display());
        self.say(&format!(
            "{count} runs in {shown}; run each with: experiment run --from {shown} --index N, N from 0 to {}\n",
            count - 1
        ))
    }

    /// How far the runs of the plan in `file` have come.
    pub(super) fn sweep_status(&mut self, file: &Path) -> Result<()> {
        let plan = Plan::read(file)?;
        let home = file.with_extension("");
        let mut complete = 0;
        let mut rows = Vec::new();
        for (index, planned) in plan.runs.iter().enumerate() {
            let (state, verdict) = match planned.state(&home)? {
                State::Missing => ("missing", String::new()),
                State::Unfinished => ("unfinished", String::new()),
                State::Complete => {
                    complete += 1;
                    let summary = planned.summary(&home)?.unwrap_or_default();
                    ("complete", outcome(&summary))
                }
            };
            rows.push([
                index.to_string(),
                planned.name.clone(),
                state.into(),
                verdict,
            ]);
        }
        let table = table::align(&["index", "run", "state", "verdict"], rows);
        self.say(&format!(
            "{table}{complete} of {} complete\n",
            plan.runs.len()
        ))
    }
}

/// The study and the job of a planned run.
fn prepare<'a>(planned: &Planned, studies: &'a [Entry]) -> Result<(&'a Entry, Job)> {
    let study = find(&planned.study, studies)?;
    Ok((study, study.prepare(&planned.settings)?))
}

/// Where the runs of the plan in `file` go: beside it, unless --out says otherwise.
fn home(file: &Path, options: &Options) -> Result<PathBuf> {
    if options.resume.is_some() {
        return Err(Usage("--resume: a planned run goes on by itself".into()).into());
    }
    let home = options
        .out
        .clone()
        .unwrap_or_else(|| file.with_extension(""));
    if home == file {
        return Err(Usage(format!(
            "{}: the name of a plan needs an extension",
            file.display()
        ))
        .into());
    }
    Ok(home)
}

fn from_environment() -> Result<usize> {
    let Ok(text) = env::var(INDEX) else {
        return Err(Usage(format!("--index is missing, and {INDEX} is not set")).into());
    };
    let index = text.parse();
    Ok(index.map_err(|_| Usage(format!("{INDEX}={text}: expected a whole number")))?)
}

/// The verdict of a summary, in a word or two.
fn outcome(summary: &Value) -> String {
    summary["verdict"]["outcome"].as_str().unwrap_or("-").into()
}
