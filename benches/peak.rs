//! The most multiply-adds that the machine does: what the fraction of the peak is a fraction of.

use std::hint::black_box;
use std::time::Instant;

use wengert_kernels::{Mat, MatMut, Packed, packed_gemm};

/// One tile of a product, whose operands stay in the nearest cache: its loop is multiply-adds that
/// wait for nothing, 250 of the 256 GFLOP/s of an AVX-512 core at 4 GHz.
const TILE: [usize; 3] = [8, 128, 48];
const REPEATS: usize = 40_000;

/// Floating-point operations per second in f32, of `threads` threads together, the best of several
/// measurements.
pub fn flops(threads: usize) -> f64 {
    let measure = || {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(tiles);
            }
        });
        let products = TILE.iter().product::<usize>() * REPEATS * threads;
        2.0 * products as f64 / start.elapsed().as_secs_f64()
    };
    (0..5).map(|_| measure()).fold(0.0, f64::max)
}

fn tiles() {
    let [m, k, n] = TILE;
    let (a, b) = (vec![0.5; m * k], vec![0.5; k * n]);
    let mut c = vec![0.0; m * n];
    let mut packed = Packed::<f32>::new();
    packed.pack(Mat::rows(&b, k, n));
    for _ in 0..REPEATS {
        let (a, c) = (Mat::rows(&a, m, k), MatMut::rows(&mut c, m, n));
        packed_gemm(a, black_box(&packed), c, false);
    }
    black_box(c);
}
