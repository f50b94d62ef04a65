//! The command line: which study, with which settings, into which directory.

use std::any::Any;
use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use serde_json::Value;

use crate::config::{self, Usage};
use crate::run::{self, Run};
use crate::study::{Entry, Job};
use crate::table;

/// Exit code of a mistake in usage or configuration.
const USAGE: u8 = 2;
/// Exit code of bad data, or of a file that cannot be read or written.
const FAILURE: u8 = 1;

/// Studies of how gradients travel through time, each with a verdict against the value it names.
#[derive(Parser)]
#[command(name = "experiment", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The study to run; without one, the tour of all of them
    name: Option<String>,
    /// Settings of the study; `list NAME` shows them
    #[arg(value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// A new or empty directory for the results [default: runs/NAME-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// List the studies, or the settings of one
    List {
        /// The study whose settings to show
        name: Option<String>,
    },
}

/// Runs the command line `arguments` (the program's name first) over `studies` and returns the
/// exit code: 0, 2 for a mistake in usage or configuration, 1 for data and I/O.
///
/// An error is one line on `err`. A reader of `out` who has left (`experiment | head`) does not
/// stop a run: the directory is the product.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    studies: &[Entry],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let Err(error) = dispatch(arguments, studies, &mut Lenient(out)) else {
        return 0;
    };
    let line = format!("{error:#}")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    // Nobody is left to tell when stderr is closed too.
    let _ = writeln!(err, "error: {line}");
    if error.is::<Usage>() { USAGE } else { FAILURE }
}

fn dispatch(
    arguments: impl IntoIterator<Item = OsString>,
    studies: &[Entry],
    out: &mut dyn Write,
) -> Result<()> {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return parse_failure(&error, out),
    };
    match (arguments.command, arguments.name) {
        (Some(Command::List { name: None }), _) => list(studies, out),
        (Some(Command::List { name: Some(name) }), _) => describe(find(&name, studies)?, out),
        (None, Some(name)) => {
            let study = find(&name, studies)?;
            let job = study.prepare(&arguments.overrides)?;
            let directory = directory(arguments.out, &name)?;
            let done = execute(study, job, &directory, out)?;
            say(out, &format!("\n{}", done.shown))
        }
        (None, None) => tour(studies, arguments.out, out),
    }
}

/// Help and version go to `out`; clap's other messages become one line.
fn parse_failure(error: &clap::Error, out: &mut dyn Write) -> Result<()> {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        return say(out, &error.to_string());
    }
    let text = error.to_string();
    let what = text
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned();
    Err(Usage(format!("{what} (see experiment --help)")).into())
}

fn find<'a>(name: &str, studies: &'a [Entry]) -> Result<&'a Entry, Usage> {
    studies
        .iter()
        .find(|study| study.name == name)
        .ok_or_else(|| {
            let known: Vec<&str> = studies
                .iter()
                .map(|study| study.name)
                .chain(["list"])
                .collect();
            config::unknown("study or command", name, &known)
        })
}

fn list(studies: &[Entry], out: &mut dyn Write) -> Result<()> {
    let rows = studies.iter().map(|study| {
        [
            study.name.into(),
            format!("{} s", study.seconds),
            study.question.into(),
        ]
    });
    let table = table::align(&["study", "takes", "question"], rows);
    say(out, &table)
}

fn describe(study: &Entry, out: &mut dyn Write) -> Result<()> {
    let rows = study
        .settings()
        .into_iter()
        .map(|setting| [setting.key, setting.default]);
    let table = table::align(&["key", "default"], rows);
    say(out, &format!("{}\n\n{table}", study.question))
}

/// The directory asked for, or a fresh one under `runs`.
fn directory(asked: Option<PathBuf>, name: &str) -> Result<PathBuf> {
    match asked {
        Some(path) => run::claim(&path).map(|()| path),
        None => run::fresh_directory(name),
    }
}

fn tour(studies: &[Entry], asked: Option<PathBuf>, out: &mut dyn Write) -> Result<()> {
    let directory = directory(asked, "tour")?;
    let (mut rows, mut summaries) = (Vec::new(), Vec::new());
    for study in studies {
        let job = study.prepare(&[])?;
        let started = Instant::now();
        let done = execute(study, job, &directory.join(study.name), out)?;
        say(out, &format!("\n{}\n", done.shown))?;
        let took = format!("{:.1} s", started.elapsed().as_secs_f64());
        rows.push([study.name.to_owned(), done.outcome, took]);
        summaries.push(done.summary);
    }
    run::write_summary(&directory, &Value::Array(summaries))?;
    say(out, &table::align(&["study", "verdict", "took"], rows))
}

/// What a finished study has to show.
struct Done {
    /// Its tables, the checks, and where everything is recorded.
    shown: String,
    outcome: String,
    summary: Value,
}

/// Runs one study into `directory`, after a line that says so.
fn execute(study: &Entry, job: Job, directory: &Path, out: &mut dyn Write) -> Result<Done> {
    let Entry {
        name,
        question,
        seconds,
        ..
    } = study;
    say(out, &format!("{name}: {question} (about {seconds} s)\n"))?;
    let mut run = Run::create(directory, study, &job.config)?;
    let verdict = catch_unwind(AssertUnwindSafe(|| job.run(&mut run)))
        .unwrap_or_else(|payload| Err(panicked(&*payload)))
        .with_context(|| study.name)?;
    let figures = run.figures().iter();
    let figures: Vec<String> = figures
        .map(|path| format!("  {}\n", path.display()))
        .collect();
    let tables: Vec<String> = run
        .tables()
        .iter()
        .map(|table| format!("{table}\n"))
        .collect();
    let shown = format!(
        "{}{}recorded in {}\n{}",
        tables.concat(),
        verdict.to_table(),
        directory.display(),
        figures.concat(),
    );
    Ok(Done {
        shown,
        outcome: verdict.outcome().to_string(),
        summary: run.finish(study, &verdict)?,
    })
}

/// A panic is a mistake in the program, and still one line.
fn panicked(payload: &(dyn Any + Send)) -> anyhow::Error {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    let message = text.unwrap_or("without a message");
    anyhow!("stopped by a mistake in the program: {message} (RUST_BACKTRACE=1 tells where)")
}

fn say(out: &mut dyn Write, text: &str) -> Result<()> {
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .context("cannot write to stdout")
}

/// A writer that outlives its reader: once the pipe is broken, output goes nowhere.
struct Lenient<'a>(&'a mut dyn Write);

impl Write for Lenient<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        forgive(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        forgive(self.0.flush(), ())
    }
}

fn forgive<V>(result: io::Result<V>, instead: V) -> io::Result<V> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(instead),
        other => other,
    }
}
