//! The cost of one recorded operation, forward and backward, where the arithmetic is next to
//! nothing: chains of operations on 1x16 tensors and on scalars.
//!
//! Goals (ns an operation): 50 on tensors; on scalars 40 up to 10^5 operations and 55 at 10^7.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use wengert_benches::{is_measuring, seconds};
use wengert_tape::inspect::statistics;
use wengert_tape::{Real, Shape, Tape, Var};

/// Records one link of a chain: x, and the leaves a and b.
type Link<T> = for<'t> fn(Var<'t, T>, [Var<'t, T>; 2]) -> Var<'t, T>;

/// A chain of `ops` operations on tensors of one shape.
struct Chain<T: Real> {
    name: &'static str,
    shape: Shape,
    /// Operations of one link.
    step: usize,
    link: Link<T>,
    ops: usize,
}

impl<T: Real> Chain<T> {
    /// Forgets, records the chain, sweeps back. Neither values nor adjoints grow or decay much: a
    /// is -1, and x is attracted to a cycle.
    fn run(&self, tape: &mut Tape<T>) {
        tape.reset();
        let filled = |x: f64| vec![T::from_f64(x); self.shape.len()];
        let mut x = tape.leaf(self.shape, &filled(0.3));
        let (a, b) = (
            tape.leaf(self.shape, &filled(-1.0)),
            tape.leaf(self.shape, &filled(0.1)),
        );
        for _ in 0..self.ops / self.step {
            x = (self.link)(x, [a, b]);
        }
        let seed = filled(1.0);
        tape.backward(&[(x, &seed)]);
    }
}

fn tensors() -> [Chain<f32>; 2] {
    let shape = Shape::new(&[1, 16]);
    let ops = 3000;
    [
        Chain {
            name: "1x16 f32, mul add",
            shape,
            step: 2,
            link: |x, [a, b]| x * a + b,
            ops,
        },
        Chain {
            name: "1x16 f32, mul add tanh",
            shape,
            step: 3,
            link: |x, [a, b]| (x * a + b).tanh(),
            ops,
        },
    ]
}

fn scalars() -> [Chain<f64>; 3] {
    [10_000, 100_000, 10_000_000].map(|ops| Chain {
        name: "scalar f64, mul add",
        shape: Shape::SCALAR,
        step: 2,
        link: |x, [a, b]| x * a + b,
        ops,
    })
}

fn chains(c: &mut Criterion) {
    for chain in &tensors() {
        sample(c, chain);
    }
    for chain in &scalars()[..2] {
        sample(c, chain);
    }
}

fn sample<T: Real>(c: &mut Criterion, chain: &Chain<T>) {
    let mut tape = Tape::new();
    let mut group = c.benchmark_group("overhead");
    group.throughput(Throughput::Elements(chain.ops as u64));
    group.sample_size(20);
    group.measurement_time(Duration::from_secs(2));
    group.bench_function(BenchmarkId::new(chain.name, chain.ops), |b| {
        b.iter(|| chain.run(&mut tape));
    });
    group.finish();
}

/// Prints a line a chain, the longest included, which is too long for criterion's samples.
fn summary(_: &mut Criterion) {
    if is_measuring() {
        tensors().iter().for_each(report);
        scalars().iter().for_each(report);
    }
}

fn report<T: Real>(chain: &Chain<T>) {
    let mut tape = Tape::new();
    let runs = (20_000_000 / chain.ops).clamp(5, 1001);
    let ns = 1e9 / chain.ops as f64 * seconds(runs, || chain.run(&mut tape));
    let bytes = statistics(&tape).bookkeeping_bytes as f64 / chain.ops as f64;
    let (name, ops) = (chain.name, chain.ops);
    println!("{name:24} {ops:>9} ops {ns:6.1} ns/op {bytes:5.1} bytes/op of bookkeeping");
}

criterion_group!(benches, chains, summary);
criterion_main!(benches);
