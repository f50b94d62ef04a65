//! Trials on several threads, stopped and gone on with.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_experiments::cli;
use wengert_experiments::figure::{Axis, Figure, Panel};
use wengert_experiments::interrupt::Interrupt;
use wengert_experiments::run::Run;
use wengert_experiments::study::{Entry, Study};
use wengert_experiments::trials;
use wengert_experiments::verdict::{Accept, Check, Verdict};

/// Trials that have started, in all runs of this process.
static STARTED: AtomicUsize = AtomicUsize::new(0);
/// Trials in a run.
const COUNT: usize = 12;

/// Sums of the first numbers, each in a trial of its own.
struct Sums;

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    /// The trial that asks the run to stop, once; 0 for none.
    stops: usize,
}

/// What the command line listens to.
static ASKED: Mutex<Option<Interrupt>> = Mutex::new(None);

impl Study for Sums {
    const NAME: &'static str = "sums";
    const QUESTION: &'static str = "What are the sums of the first numbers?";
    const SECONDS: u32 = 1;
    type Config = Config;

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let interrupt = ASKED.lock().unwrap().clone().unwrap();
        let marker = run.path().join("files");
        let outcomes = trials::run(run, "sums", COUNT, |number, watch| {
            STARTED.fetch_add(1, Ordering::SeqCst);
            if number == config.stops && number > 0 && !marker.exists() {
                std::fs::create_dir(&marker)?;
                interrupt.raise(2);
            }
            watch.check()?;
            Ok(vec![(0..=number).sum::<usize>() as f64, f64::INFINITY])
        })?;
        let sums: Vec<f64> = outcomes.iter().map(|outcome| outcome[0]).collect();
        for (step, sum) in sums.iter().enumerate() {
            run.metrics(step as u64, &[("sum", *sum)])?;
        }
        let x: Vec<f64> = (0..COUNT).map(|x| x as f64).collect();
        let panel = Panel::new(Axis::linear("x"), Axis::linear("y")).line("sum", &x, &sums);
        run.figure("sums", &Figure::new("Sums", "A curve.").panel(panel))?;
        run.file("sums.txt", format!("{outcomes:?}").as_bytes())?;
        let last = sums[COUNT - 1];
        let expected = Accept::Exactly((COUNT * (COUNT - 1) / 2) as f64);
        Ok(Verdict::new(vec![Check::new(
            "sum", "Gauss", expected, last,
        )]))
    }
}

const STUDIES: &[Entry] = &[Entry::of::<Sums>()];

/// Runs the command line; returns its exit code and how many trials were started.
fn run(arguments: &[&str]) -> (u8, usize) {
    let interrupt = Interrupt::default();
    *ASKED.lock().unwrap() = Some(interrupt.clone());
    let before = STARTED.load(Ordering::SeqCst);
    let line = ["experiment"].iter().chain(arguments).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = cli::run(line, STUDIES, &interrupt, &mut out, &mut err);
    (code, STARTED.load(Ordering::SeqCst) - before)
}

fn bytes(directory: &Path) -> Vec<Vec<u8>> {
    let names = [
        "metrics.jsonl",
        "files/sums.txt",
        "checkpoints/sums.safetensors",
    ];
    names
        .map(|name| std::fs::read(directory.join(name)).unwrap())
        .to_vec()
}

/// One test, for the trials are counted in the whole process.
#[test]
fn trials_are_kept_and_have_the_same_bytes_on_any_threads() {
    let home = tempfile::tempdir().unwrap();
    let place = |name: &str| home.path().join(name);
    let path = |name: &str| place(name).to_str().unwrap().to_owned();
    assert_eq!(
        run(&["sums", "stops=7", "--threads", "1", "--out", &path("a")]),
        (130, 8)
    );
    // The seven before the one that was stopped are not run again.
    assert_eq!(run(&["--resume", &path("a")]), (0, COUNT - 7));
    assert_eq!(run(&["--resume", &path("a")]).1, 0);
    let found = bytes(&place("a"));
    assert!(String::from_utf8_lossy(&found[1]).ends_with("[66.0, inf]]"));
    for threads in ["1", "2", "5"] {
        let name = format!("on-{threads}");
        let out = path(&name);
        assert_eq!(
            run(&["sums", "stops=7", "--threads", threads, "--out", &out]).0,
            130
        );
        assert_eq!(run(&["--resume", &out, "--threads", threads]).0, 0);
        assert_eq!(bytes(&place(&name)), found, "{threads} threads");
    }
}
