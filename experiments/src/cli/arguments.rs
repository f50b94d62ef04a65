//! What the command line takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The names of the commands, for suggestions.
pub(super) const COMMANDS: [&str; 8] = [
    "all", "atlas", "compare", "list", "report", "run", "show", "sweep",
];

/// Studies of how gradients travel through time, each with a verdict against the value it names.
///
/// Without a study: the tour, all studies that answer within seconds. A setting that is given several
/// values, hidden=16,64 or seed=0..5, makes a run of each.
#[derive(Parser)]
#[command(name = "experiment", version, args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The study to run; `experiment list` names them
    pub name: Option<String>,
    /// Its settings, and preset=smoke or preset=full; `experiment show config NAME` explains them
    #[arg(value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    #[command(flatten)]
    pub options: Options,
}

/// How to run.
#[derive(Args)]
pub(super) struct Options {
    /// A new or empty directory for the results [default: runs/NAME-TIME]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    pub out: Option<PathBuf>,
    /// Go on with the run in DIR, after a kill or an interruption
    #[arg(long, value_name = "DIR")]
    pub resume: Option<PathBuf>,
    /// Delete the run that is in the directory of --out
    #[arg(long, requires = "out")]
    pub overwrite: bool,
    /// Threads to train on; results do not depend on it [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Write a TensorBoard event file too
    #[arg(long)]
    pub tensorboard: bool,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Run every study
    All {
        /// Settings of all of them: preset=smoke, seed=1
        #[arg(value_name = "KEY=VALUE")]
        settings: Vec<String>,
        #[command(flatten)]
        options: Options,
    },
    /// Reproduce published results of the field, side by side on one page
    Atlas {
        /// minutes=10, the time that all of it may take; full=true for the best answers, in two hours
        #[arg(value_name = "KEY=VALUE")]
        settings: Vec<String>,
        #[command(flatten)]
        options: Options,
    },
    /// List the studies: what each asks, and how long it takes
    List,
    /// Show what a study can be set to
    Show {
        #[command(subcommand)]
        what: What,
    },
    /// Write the report of a run again, from its files
    Report {
        /// The directory of the run [default: the latest in runs/]
        directory: Option<PathBuf>,
    },
    /// Compare runs: settings that differ, and what was measured
    Compare {
        /// Directories of runs
        #[arg(required = true)]
        directories: Vec<PathBuf>,
    },
    /// Plan many runs in a file, to be run one by one, by a job array for example
    Sweep {
        #[command(subcommand)]
        what: Sweep,
    },
    /// Run one of the runs of a plan; one that was started is gone on with
    Run {
        /// The file that `experiment sweep plan` wrote
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// Which run, from 0 [default: the environment's SLURM_ARRAY_TASK_ID]
        #[arg(long, value_name = "N")]
        index: Option<usize>,
        #[command(flatten)]
        options: Options,
    },
}

#[derive(Subcommand)]
pub(super) enum What {
    /// Every key of a study: its value, default, origin and meaning
    Config {
        /// The study
        name: String,
        /// Settings, to see what they come to
        #[arg(value_name = "KEY=VALUE")]
        settings: Vec<String>,
    },
}

#[derive(Subcommand)]
pub(super) enum Sweep {
    /// Write a plan of a run for each combination of settings
    Plan {
        /// The study
        name: String,
        /// Settings, with lists and ranges: hidden=16,64 seed=0..5
        #[arg(value_name = "KEY=VALUE")]
        settings: Vec<String>,
        /// The file to write
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Show how far the runs of a plan have come
    Status {
        /// The file that `experiment sweep plan` wrote
        file: PathBuf,
    },
}
