//! The training step of every configuration that frameworks are compared on (`step.rs`), and what it
//! costs relatively: a vanished against a healthy gradient, two threads against one, an LSTM of plain
//! operations against the built-in one. Goals: 1.1, 1.8 for batches of 32 and more, 1.25.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use rayon::ThreadPoolBuilder;
use wengert_benches::step::{Setting, Training};
use wengert_benches::{alternately_by_wall, is_measuring};

/// A network in training, in as many shards as the machine of the record has cores.
fn training(setting: &Setting) -> Box<dyn Training> {
    setting.training(&setting.draw(0), setting.batch.min(2))
}

fn named(name: &str) -> Setting {
    Setting::find(name).expect("a configuration")
}

fn each(c: &mut Criterion) {
    let mut group = c.benchmark_group("step");
    group.sample_size(10);
    group.measurement_time(Duration::from_secs(3));
    for setting in Setting::all() {
        let mut training = training(&setting);
        group.bench_function(setting.name, |b| b.iter(|| training.step()));
    }
    group.finish();
}

/// Steps of one turn: as in training, many follow each other.
fn turn(training: &mut dyn Training, setting: &Setting) {
    let steps = (2e9 / setting.flops()).ceil() as usize;
    for _ in 0..steps.min(100) {
        training.step();
    }
}

fn pair(what: &str, over: &str, under: &str) {
    let (over, under) = (named(over), named(under));
    let (mut a, mut b) = (training(&over), training(&under));
    let [_, _, ratio] = alternately_by_wall(21, || turn(&mut *a, &over), || turn(&mut *b, &under));
    println!("{what}: {} / {} {ratio:.2}", over.name, under.name);
}

fn threads(name: &str) {
    let setting = named(name);
    let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build();
    let [one, two] = [1, 2].map(|threads| pool(threads).expect("a pool of threads"));
    let (mut a, mut b) = (training(&setting), training(&setting));
    let [_, _, ratio] = alternately_by_wall(
        21,
        || one.install(|| turn(&mut *a, &setting)),
        || two.install(|| turn(&mut *b, &setting)),
    );
    println!("one thread over two: {name} {ratio:.2}");
}

fn ratios(_: &mut Criterion) {
    if !is_measuring() {
        return;
    }
    pair("vanished over healthy gradient", "E2", "E2a");
    pair("vanished over healthy gradient", "L2", "L2a");
    pair("plain operations over built-in", "L1own", "L1");
    for name in ["E1", "E2", "L1", "L2", "L3", "G1"] {
        threads(name);
    }
}

criterion_group!(benches, each, ratios);
criterion_main!(benches);
