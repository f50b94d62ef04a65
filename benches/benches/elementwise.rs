//! Throughput of the elementary functions, ours against std, at each level, on 4096 elements.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wengert_kernels::math;
use wengert_kernels::simd::{self, Kernel, Level};

const LEN: usize = 4096;

/// `y[i] = f(x[i])`, compiled for the level in use.
struct Map<'a, T, F> {
    f: F,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Copy, F: Fn(T) -> T> Kernel for Map<'_, T, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (x, y) in self.x.iter().zip(self.y) {
            *y = (self.f)(*x);
        }
    }
}

macro_rules! float {
    ($c:ident, $float:ident; $($name:ident)*; std: $($std:ident)*) => {{
        // From -4 to 4, in [1/256, 16] for the logarithm.
        let x: Vec<$float> = (0..LEN).map(|i| (i as $float) / 512.0 - 4.0).collect();
        let positive: Vec<$float> = x.iter().map(|x| (x * x).max(1.0 / 256.0)).collect();
        let mut y = vec![0.0; LEN];
        for level in [Level::Avx512, Level::Avx2] {
            if simd::force(level) != level {
                continue;
            }
            let mut group = $c.benchmark_group(format!("{}/{level:?}", stringify!($float)));
            group.throughput(Throughput::Elements(LEN as u64));
            $(group.bench_function(stringify!($name), |b| {
                let x = if stringify!($name) == "ln" { &positive } else { &x };
                b.iter(|| {
                    let f = |x| math::$float::$name(x);
                    simd::dispatch(Map { f, x: black_box(x), y: black_box(&mut y) });
                });
            });)*
            group.finish();
        }
        let mut group = $c.benchmark_group(concat!(stringify!($float), "/std"));
        group.throughput(Throughput::Elements(LEN as u64));
        $(group.bench_function(stringify!($std), |b| {
            let x = if stringify!($std) == "ln" { &positive } else { &x };
            b.iter(|| {
                let f = |x: $float| x.$std();
                simd::dispatch(Map { f, x: black_box(x), y: black_box(&mut y) });
            });
        });)*
        group.bench_function("sigmoid", |b| {
            b.iter(|| {
                let f = |x: $float| 1.0 / (1.0 + (-x).exp());
                simd::dispatch(Map { f, x: black_box(&x), y: black_box(&mut y) });
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

criterion_group!(benches, elementwise);
criterion_main!(benches);
