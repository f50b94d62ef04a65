//! The command line: which study, with which settings, into which directory.

mod arguments;
mod atlas;
mod compare;
mod execute;
mod plans;
mod show;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use clap::error::ErrorKind;
use rayon::ThreadPoolBuilder;

use self::arguments::{Arguments, Command, Options, Sweep, What};
use crate::config::{self, Usage};
use crate::interrupt::{Interrupt, Interrupted};
use crate::plan::{self, Plan};
use crate::report;
use crate::run::{self, Mode, Record};
use crate::study::Entry;

/// Exit code of a mistake in usage or configuration.
const USAGE: u8 = 2;
/// Exit code of bad data, or of a file that cannot be read or written.
const FAILURE: u8 = 1;

/// Where output goes. It is sent to the thread pool that `--threads` makes.
pub type Out<'a> = &'a mut (dyn Write + Send);

/// Runs the command line `arguments` (the program's name first) over `studies` and returns the
/// exit code: 0, 2 for a mistake in usage or configuration, 1 for data and I/O, and what a shell
/// expects after `interrupt`: 130, 143.
///
/// An error is one line on `err`. A reader of `out` who has left (`experiment | head`) does not
/// stop a run: the directory is the product.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    studies: &[Entry],
    interrupt: &Interrupt,
    out: Out<'_>,
    err: &mut dyn Write,
) -> u8 {
    let mut out = Lenient(out);
    let mut session = Session {
        studies,
        interrupt,
        out: &mut out,
    };
    let Err(error) = session.dispatch(arguments) else {
        return 0;
    };
    let interrupted = error.downcast_ref::<Interrupted>();
    let text = match interrupted {
        Some(_) => error.to_string(),
        None => format!("error: {error:#}"),
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    // Nobody is left to tell when stderr is closed too.
    let _ = writeln!(err, "{}", words.join(" "));
    match interrupted {
        Some(interrupted) => interrupted.exit_code(),
        None if error.is::<Usage>() => USAGE,
        None => FAILURE,
    }
}

/// One command line at work.
struct Session<'a> {
    studies: &'a [Entry],
    interrupt: &'a Interrupt,
    out: Out<'a>,
}

impl Session<'_> {
    fn dispatch(&mut self, arguments: impl IntoIterator<Item = OsString>) -> Result<()> {
        let arguments = match Arguments::try_parse_from(arguments) {
            Ok(arguments) => arguments,
            Err(error) => return self.parse_failure(&error),
        };
        wengert_tape::simd::wanted().map_err(Usage)?;
        match arguments.command {
            None => on_threads(&arguments.options, || {
                self.study(
                    arguments.name.as_deref(),
                    &arguments.settings,
                    &arguments.options,
                )
            }),
            Some(Command::All { settings, options }) => on_threads(&options, || {
                let plan = Plan::of_studies(self.studies, &settings);
                self.plan("all", &plan, None, &options)
            }),
            Some(Command::Atlas { settings, options }) => {
                on_threads(&options, || self.atlas(&settings, &options))
            }
            Some(Command::Run {
                from,
                index,
                options,
            }) => on_threads(&options, || self.planned(&from, index, &options)),
            Some(Command::List) => self.list(),
            Some(Command::Show {
                what: What::Config { name, settings },
            }) => self.show_config(&name, &settings),
            Some(Command::Report { directory }) => self.report(directory),
            Some(Command::Compare { directories }) => self.compare(&directories),
            Some(Command::Sweep {
                what:
                    Sweep::Plan {
                        name,
                        settings,
                        output,
                    },
            }) => self.sweep_plan(&name, &settings, &output),
            Some(Command::Sweep {
                what: Sweep::Status { file },
            }) => self.sweep_status(&file),
        }
    }

    /// Help and version go to `out`; clap's other messages become one line.
    fn parse_failure(&mut self, error: &clap::Error) -> Result<()> {
        if matches!(
            error.kind(),
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
        ) {
            return self.say(&error.to_string());
        }
        let text = error.to_string();
        let what = text
            .lines()
            .take_while(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        let what = what.trim_start_matches("error: ");
        Err(Usage(format!("{what} (see experiment --help)")).into())
    }

    /// A study by name with its settings, one run or many; or the tour; or what a directory holds.
    fn study(&mut self, name: Option<&str>, settings: &[String], options: &Options) -> Result<()> {
        let Some(name) = name else {
            return match &options.resume {
                Some(directory) if directory.join(plan::FILE).exists() => {
                    let plan = Plan::read(&directory.join(plan::FILE))?;
                    let budget = plan.atlas.then(|| atlas::budget(&plan)).transpose()?;
                    self.plan("", &plan, budget, options)
                }
                Some(directory) => {
                    let Record {
                        study,
                        preset,
                        mut settings,
                        ..
                    } = Record::read(directory)?;
                    settings.insert(0, format!("preset={}", preset.name()));
                    self.study(Some(&study), &settings, options)
                }
                None => self.tour(options),
            };
        };
        let study = find(name, self.studies)?;
        let mut lines = study.expand(settings)?;
        if lines.len() > 1 {
            return self.plan(name, &Plan::of_settings(study, &lines), None, options);
        }
        let job = study.prepare(&lines.swap_remove(0))?;
        let (directory, mode) = place(options, name)?;
        self.alone(study, job, &directory, mode, options)
    }

    fn report(&mut self, directory: Option<PathBuf>) -> Result<()> {
        let directory = match directory {
            Some(directory) => directory,
            None => run::latest()?,
        };
        let page = report::write(&directory)?;
        self.say(&format!("{}\n", page.display()))
    }

    fn say(&mut self, text: &str) -> Result<()> {
        self.out
            .write_all(text.as_bytes())
            .and_then(|()| self.out.flush())
            .context("cannot write to stdout")
    }
}

/// The study called `name`.
fn find<'a>(name: &str, studies: &'a [Entry]) -> Result<&'a Entry, Usage> {
    studies
        .iter()
        .find(|study| study.name == name)
        .ok_or_else(|| {
            let known: Vec<&str> = studies
                .iter()
                .map(|study| study.name)
                .chain(arguments::COMMANDS)
                .collect();
            config::unknown("study or command", name, &known)
        })
}

/// The directory that was asked for, or a new one under `runs`, and what may be in it.
fn place(options: &Options, name: &str) -> Result<(PathBuf, Mode)> {
    Ok(match options {
        Options {
            resume: Some(directory),
            ..
        } => (directory.clone(), Mode::Resume),
        Options {
            out: Some(directory),
            overwrite: true,
            ..
        } => (directory.clone(), Mode::Overwrite),
        Options {
            out: Some(directory),
            ..
        } => (directory.clone(), Mode::New),
        Options { out: None, .. } => (run::fresh(name)?, Mode::New),
    })
}

/// Does `work` on as many threads as asked for; by default there is one for each processor.
fn on_threads<V: Send>(options: &Options, work: impl FnOnce() -> Result<V> + Send) -> Result<V> {
    let Some(threads) = options.threads else {
        return work();
    };
    config::within("--threads", threads, 1..=1024)?;
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.context("cannot start threads")?.install(work)
}

/// A writer that outlives its reader: once the pipe is broken, output goes nowhere.
struct Lenient<'a>(Out<'a>);

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
