//! The micro-kernel: a tile of C in registers, one multiply-add chain over k for each element.
//!
//! Every element is `fma(a[k-1], b[k-1], ... fma(a[0], b[0], 0))`, added to C once if the product
//! accumulates. The chain depends neither on the instruction set nor on the tile an element falls
//! into: all levels give the same bits, and a row gives the same bits in any batch.
//!
//! The source is plain loops over arrays; compiled at opt-level 3, every tile listed here keeps its
//! accumulators in vector registers (seen in the disassembly of rustc 1.95, 2026-11-22: no spill in
//! any AVX-512 loop, 250 of 256 GFLOP/s peak; other shapes, such as 1 x 8, fall apart).

use super::float::Float;
use crate::simd::Level;

/// One tile's operands. B and C are read and written in lines: 64 bytes of adjacent columns.
#[derive(Clone, Copy)]
pub struct Tile<T> {
    /// Length of the chains.
    pub k: usize,
    /// A at the tile's first row; its strides from row to row and from column to column.
    pub a: *const T,
    pub a_strides: [isize; 2],
    /// B at the tile's first line; its strides from row to row and from line to line.
    pub b: *const T,
    pub b_strides: [isize; 2],
    /// C at the tile's first element, and its stride from row to row. Its lines are adjacent.
    pub c: *mut T,
    pub c_stride: isize,
    /// Whether the tile is added to C; otherwise C is not read.
    pub add: bool,
}

/// Computes one tile.
///
/// # Safety
/// The pointers reach, with their strides, elements valid for the shape the function was
/// [`select`]ed for, and the current machine has the level's instructions.
pub type TileFn<T> = unsafe fn(&Tile<T>);

/// Elements of the largest tile: 24 lines of 16.
pub const MAX_TILE: usize = 24 * 16;

/// Largest number of rows in a tile at `level`.
pub fn max_rows(level: Level) -> usize {
    match level {
        Level::Avx512 => 8,
        Level::Avx2 | Level::Portable => 6,
    }
}

/// Largest number of lines in a tile of `rows` at `level`: as the registers allow.
pub fn max_lines(level: Level, rows: usize) -> usize {
    match (level, rows) {
        (_, 1) | (Level::Avx512, 2) => 6,
        (Level::Avx512, 3..=4) => 4,
        (Level::Avx512, _) => 3,
        (_, 2) => 2,
        _ => 1,
    }
}

/// The function for tiles of `rows` x `lines` at `level`.
///
/// # Panics
/// If there is none: `rows` is not in 1..=`max_rows`, or `lines` not in 1..=`max_lines`.
pub fn select<T: Float>(level: Level, rows: usize, lines: usize) -> TileFn<T> {
    macro_rules! table {
        ($compiled:ident: $($m:literal: $($n:literal)*;)*) => {
            match (rows, lines) {
                $($(($m, $n) => $compiled::<T, $m, $n> as TileFn<T>,)*)*
                _ => unreachable!("no tile of {rows} rows and {lines} lines"),
            }
        };
    }
    macro_rules! narrow {
        ($compiled:ident) => {
            table!($compiled: 1: 1 2 3 4 5 6; 2: 1 2; 3: 1; 4: 1; 5: 1; 6: 1;)
        };
    }
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => table!(avx512:
            1: 1 2 3 4 5 6; 2: 1 2 3 4 5 6; 3: 1 2 3 4; 4: 1 2 3 4;
            5: 1 2 3; 6: 1 2 3; 7: 1 2 3; 8: 1 2 3;
        ),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => narrow!(avx2),
        _ => narrow!(portable),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
unsafe fn avx512<T: Float, const M: usize, const N: usize>(t: &Tile<T>) {
    // SAFETY: the caller's contract is the same.
    unsafe { tile::<T, M, N>(t) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<T: Float, const M: usize, const N: usize>(t: &Tile<T>) {
    // SAFETY: the caller's contract is the same.
    unsafe { tile::<T, M, N>(t) }
}

unsafe fn portable<T: Float, const M: usize, const N: usize>(t: &Tile<T>) {
    // SAFETY: the caller's contract is the same.
    unsafe { tile::<T, M, N>(t) }
}

#[inline(always)]
unsafe fn tile<T: Float, const M: usize, const N: usize>(t: &Tile<T>) {
    let mut sums = [[T::ZEROS; N]; M];
    let (mut a, mut b) = (t.a, t.b);
    for _ in 0..t.k {
        // SAFETY: the caller vouches for N lines in each of the k rows of B, and for
        // M rows of k elements of A. `wrapping_offset` lets the pointers pass the end after the
        // last round, where nothing is read.
        unsafe {
            let mut lines = [T::ZEROS; N];
            for (n, line) in lines.iter_mut().enumerate() {
                *line = b
                    .offset(n.cast_signed() * t.b_strides[1])
                    .cast::<T::Line>()
                    .read();
            }
            for (m, row) in sums.iter_mut().enumerate() {
                let x = *a.offset(m.cast_signed() * t.a_strides[0]);
                for (sum, line) in row.iter_mut().zip(&lines) {
                    for lane in 0..T::LINE {
                        sum[lane] = x.mul_add(line[lane], sum[lane]);
                    }
                }
            }
        }
        a = a.wrapping_offset(t.a_strides[1]);
        b = b.wrapping_offset(t.b_strides[0]);
    }
    for (m, row) in sums.iter().enumerate() {
        for (n, sum) in row.iter().enumerate() {
            // SAFETY: the caller vouches for M rows of N lines of C, and owns them.
            unsafe {
                let c =
                    t.c.offset(m.cast_signed() * t.c_stride)
                        .add(n * T::LINE)
                        .cast::<T::Line>();
                let mut y = *sum;
                if t.add {
                    let old = c.read();
                    for lane in 0..T::LINE {
                        y[lane] += old[lane];
                    }
                }
                c.write(y);
            }
        }
    }
}
