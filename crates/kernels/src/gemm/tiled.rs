//! C = A B in tiles: splits C into tiles of the micro-kernel, and handles ragged edges.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::Product;
use super::float::Float;
use super::tile::{Tile, max_lines, max_rows};
use crate::simd::Level;

/// The columns of B in lines of [`Float::LINE`], as the micro-kernel reads them.
#[derive(Clone, Copy)]
pub struct Lines<T> {
    /// The first line of row 0.
    pub first: *const T,
    /// Elements from row to row, and from line to line.
    pub strides: [isize; 2],
    /// The line of row 0 that holds the last `n % LINE` columns, and its elements before them.
    pub rest: (*const T, usize),
}

impl<T: Float> Lines<T> {
    /// B where it is, with adjacent columns. The last line ends with the last column, so there
    /// must be at least one whole line.
    pub fn in_place(p: &Product<T>) -> Self {
        debug_assert!(p.n >= T::LINE && p.b_strides[1] == 1);
        let rest = p.b.wrapping_add(p.n - T::LINE);
        let strides = [p.b_strides[0], T::LINE.cast_signed()];
        Self {
            first: p.b,
            strides,
            rest: (rest, T::LINE - p.n % T::LINE),
        }
    }
}

/// C = A B, or C += A B; B is read from `lines` alone.
///
/// # Safety
/// Of [`Product`], with k rows of lines for n columns in place of B.
pub unsafe fn product<T: Float>(p: &Product<T>, lines: &Lines<T>, level: Level) {
    let rows = p.m.div_ceil(p.m.div_ceil(max_rows(level)).max(1));
    for strip in split(p.n / T::LINE, max_lines(level, rows)) {
        let b = lines
            .first
            .wrapping_offset(strip.start.cast_signed() * lines.strides[1]);
        let cols = strip.start * T::LINE..strip.end * T::LINE;
        // SAFETY: these lines hold these columns.
        unsafe { strip_of_tiles(p, b, lines.strides, 0, cols, level) };
    }
    let rest = p.n - p.n % T::LINE..p.n;
    if !rest.is_empty() {
        // SAFETY: this line holds these columns after the elements to skip.
        unsafe { strip_of_tiles(p, lines.rest.0, lines.strides, lines.rest.1, rest, level) };
    }
}

/// Some columns of C. `b` points at the line whose element `skip` is the first of these columns.
///
/// # Safety
/// Of [`product`]; the columns fill whole lines, no more than a tile holds, or lie in one.
unsafe fn strip_of_tiles<T: Float>(
    p: &Product<T>,
    b: *const T,
    b_strides: [isize; 2],
    skip: usize,
    cols: Range<usize>,
    level: Level,
) {
    let lines = cols.len().div_ceil(T::LINE);
    let whole = p.c_strides[1] == 1 && cols.len() == lines * T::LINE;
    for rows in split(p.m, max_rows(level)) {
        let a =
            p.a.wrapping_offset(rows.start.cast_signed() * p.a_strides[0]);
        let c = p.c.wrapping_offset(
            rows.start.cast_signed() * p.c_strides[0] + cols.start.cast_signed() * p.c_strides[1],
        );
        let (c_stride, add) = (p.c_strides[0], p.add);
        let tile = Tile {
            k: p.k,
            a,
            a_strides: p.a_strides,
            b,
            b_strides,
            c,
            c_stride,
            add,
        };
        let run = T::tile(level, rows.len(), lines);
        if whole {
            // SAFETY: the tile lies within C, its rows within A and its lines within B.
            unsafe { run(&tile) };
            continue;
        }
        let mut buffer = [const { MaybeUninit::<T>::uninit() }; BUFFER];
        let width = lines * T::LINE;
        debug_assert!(rows.len() * width <= BUFFER);
        let c_buffer = buffer.as_mut_ptr().cast::<T>();
        // SAFETY: as above, but the tile fills the buffer, from which it is copied to C.
        unsafe {
            run(&Tile {
                c: c_buffer,
                c_stride: width.cast_signed(),
                add: false,
                ..tile
            });
            for i in 0..rows.len() {
                for j in 0..cols.len() {
                    let c = c.offset(
                        i.cast_signed() * p.c_strides[0] + j.cast_signed() * p.c_strides[1],
                    );
                    let sum = *c_buffer.add(i * width + skip + j);
                    *c = if add { *c + sum } else { sum };
                }
            }
        }
    }
}

/// Elements of the largest tile: 24 accumulators of 16.
const BUFFER: usize = 24 * 16;

/// Splits 0..n into the fewest ranges of at most `max`, as even as can be.
fn split(n: usize, max: usize) -> impl Iterator<Item = Range<usize>> {
    let parts = n.div_ceil(max);
    (0..parts).map(move |i| n * i / parts..n * (i + 1) / parts)
}
