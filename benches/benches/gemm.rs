//! Matrix products in GFLOP/s: `matrixmultiply`, our `gemm`, and `packed_gemm` on a packed B.
//!
//! An element of throughput is one floating-point operation: `Gelem/s` reads GFLOP/s. Shapes are
//! m, k, n of C = A B; in TN A is the transpose of a stored matrix, in NT B is.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wengert_kernels::gemm::matrixmultiply;
use wengert_kernels::{Mat, MatMut, Packed, Real, gemm, packed_gemm};

/// Recurrent steps, their projections and weight gradients, and one matrix-vector product.
const SHAPES: [[usize; 3]; 10] = [
    [1, 128, 128],
    [8, 128, 128],
    [16, 128, 512],
    [32, 64, 64],
    [32, 128, 128],
    [32, 128, 512],
    [64, 256, 1024],
    [128, 512, 512],
    [6400, 64, 128],
    [128, 3200, 128],
];

fn products<T: Real>(criterion: &mut Criterion) {
    for [m, k, n] in SHAPES {
        let ramp = |len: usize| {
            (0..len)
                .map(|i| T::from_f64((i % 97) as f64 / 97.0))
                .collect()
        };
        let (a, b): (Vec<T>, Vec<T>) = (ramp(m * k), ramp(k * n));
        let mut c = vec![T::ZERO; m * n];
        let name = format!("gemm/{}/{m}x{k}x{n}", T::NAME);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(2 * (m * k * n) as u64));

        let (a_n, a_t) = (Mat::rows(&a, m, k), Mat::rows(&a, k, m).t());
        let (b_n, b_t) = (Mat::rows(&b, k, n), Mat::rows(&b, n, k).t());
        for (name, x, y) in [("nn", a_n, b_n), ("tn", a_t, b_n), ("nt", a_n, b_t)] {
            group.bench_function(format!("{name}/matrixmultiply"), |bencher| {
                bencher.iter(|| matrixmultiply(x, y, MatMut::rows(black_box(&mut c), m, n), false));
            });
            group.bench_function(format!("{name}/gemm"), |bencher| {
                bencher.iter(|| gemm(x, y, MatMut::rows(black_box(&mut c), m, n), false));
            });
        }
        let mut packed = Packed::new();
        packed.pack(b_n);
        group.bench_function("nn/packed", |bencher| {
            bencher
                .iter(|| packed_gemm(a_n, &packed, MatMut::rows(black_box(&mut c), m, n), false));
        });
    }
}

fn benches(criterion: &mut Criterion) {
    products::<f32>(criterion);
    products::<f64>(criterion);
}

criterion_group! {
    name = group;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(400));
    targets = benches
}
criterion_main!(group);
