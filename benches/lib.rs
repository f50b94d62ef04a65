//! What the benchmarks share: times as medians, and ratios measured alternately.
//!
//! Times here are those of the thread on a processor, so that waiting for one is not counted, but
//! where several threads work: there the clock on the wall counts. Absolute times still drift between
//! machines and with their load; ratios of runs that take turns on one machine do so least, and are
//! what `RECORD.md` keeps. Criterion's times include the wait.

#![forbid(unsafe_code)]

pub mod hand;
pub mod own_lstm;
pub mod peak;
#[path = "peers/protocol.rs"]
pub mod protocol;
pub mod step;

use std::time::Instant;

use cpu_time::ThreadTime;

/// Median seconds of `runs` calls of `f`, after one to warm up.
///
/// # Panics
/// If `runs` is 0.
pub fn seconds(runs: usize, mut f: impl FnMut()) -> f64 {
    f();
    median((0..runs).map(|_| time(&mut f)).collect())
}

/// Median seconds of `a` and of `b`, and the median ratio a/b, over `runs` turns a, b, a, b, ...
/// after one turn to warm up.
///
/// # Panics
/// If `runs` is 0.
pub fn alternately(runs: usize, mut a: impl FnMut(), mut b: impl FnMut()) -> [f64; 3] {
    in_turns(runs, || time(&mut a), || time(&mut b))
}

/// [`alternately`] by the clock on the wall, for what works on several threads.
///
/// # Panics
/// If `runs` is 0.
pub fn alternately_by_wall(runs: usize, mut a: impl FnMut(), mut b: impl FnMut()) -> [f64; 3] {
    in_turns(runs, || wall(&mut a), || wall(&mut b))
}

fn in_turns(runs: usize, mut a: impl FnMut() -> f64, mut b: impl FnMut() -> f64) -> [f64; 3] {
    a();
    b();
    let turns: Vec<[f64; 2]> = (0..runs).map(|_| [a(), b()]).collect();
    let column = |f: fn(&[f64; 2]) -> f64| median(turns.iter().map(f).collect());
    [column(|t| t[0]), column(|t| t[1]), column(|t| t[0] / t[1])]
}

/// Whether cargo asked for measurements: `cargo test --benches` only wants to see the code run.
pub fn is_measuring() -> bool {
    std::env::args().any(|arg| arg == "--bench")
}

fn time(f: &mut impl FnMut()) -> f64 {
    let start = ThreadTime::now();
    f();
    start.elapsed().as_secs_f64()
}

fn wall(f: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    f();
    start.elapsed().as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    assert!(!times.is_empty(), "a median of no runs");
    times.sort_by(f64::total_cmp);
    let middle = times.len() / 2;
    if times.len() % 2 == 1 {
        times[middle]
    } else {
        0.5 * (times[middle - 1] + times[middle])
    }
}
