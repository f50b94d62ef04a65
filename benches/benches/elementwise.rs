//! Throughput of the elementary functions, ours against std, at each level, on 4096 elements.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wengert_kernels::math;
use wengert_kernels::simd::{self, Kernel, Level};

const LEN: usize = 4096;

/// Runs `y[i] = formula(x[i])` compiled for the level in use.
///
/// A kernel of its own for each formula, not one that takes a closure: a large closure stays out of
/// line, and is then compiled for the baseline.
macro_rules! map {
    ($x_slice:expr, $y_slice:expr, |$x:ident: $float:ident| $formula:expr) => {{
        struct Map<'a> {
            x: &'a [$float],
            y: &'a mut [$float],
        }
        impl Kernel for Map<'_> {
            type Output = ();
            #[inline(always)]
            fn run(self) {
                for (&$x, y) in self.x.iter().zip(self.y) {
                    *y = $formula;
                }
            }
        }
        simd::dispatch(Map {
            x: $x_slice,
            y: $y_slice,
        });
    }};
}

macro_rules! float {
    ($c:ident, $float:ident; $($name:ident)*; std: $($std:ident)*) => {{
        // From -4 to 4, in [1/256, 16] for the logarithm.
        let x: Vec<$float> = (0..LEN).map(|i| (i as $float) / 512.0 - 4.0).collect();
        let positive: Vec<$float> = x.iter().map(|x| (x * x).max(1.0 / 256.0)).collect();
        let mut y = vec![0.0; LEN];
        for level in [Level::Avx2, Level::Avx512] {
            if simd::force(level) != level {
                continue;
            }
            let mut group = $c.benchmark_group(format!("{}/{level:?}", stringify!($float)));
            group.throughput(Throughput::Elements(LEN as u64));
            $(group.bench_function(stringify!($name), |b| {
                let x = if stringify!($name) == "ln" { &positive } else { &x };
                b.iter(|| {
                    map!(black_box(x), black_box(&mut y), |x: $float| math::$float::$name(x));
                });
            });)*
            group.finish();
        }
        let mut group = $c.benchmark_group(concat!(stringify!($float), "/std"));
        group.throughput(Throughput::Elements(LEN as u64));
        $(group.bench_function(stringify!($std), |b| {
            let x = if stringify!($std) == "ln" { &positive } else { &x };
            b.iter(|| {
                map!(black_box(x), black_box(&mut y), |x: $float| x.$std());
            });
        });)*
        group.bench_function("sigmoid", |b| {
            b.iter(|| {
                map!(black_box(&x), black_box(&mut y), |x: $float| 1.0 / (1.0 + (-x).exp()));
            });
        });
        group.finish();
    }};
}

fn elementwise(c: &mut Criterion) {
    float!(c, f32; exp exp_m1 ln ln_1p softplus tanh tanh_derivative sigmoid sigmoid_derivative
        silu silu_derivative erf gelu gelu_derivative; std: exp exp_m1 ln ln_1p tanh);
    float!(c, f64; exp exp_m1 ln ln_1p softplus tanh tanh_derivative sigmoid sigmoid_derivative
        silu silu_derivative erf gelu gelu_derivative; std: exp exp_m1 ln ln_1p tanh);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    targets = elementwise
}
criterion_main!(benches);
