//! C = A B in tiles: splits C into tiles of the micro-kernel, and handles its ragged edges.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::float::Float;
use super::product::{Operand, Product};
use super::tile::{MAX_TILE, Tile, max_lines, max_rows, select};
use crate::simd::Level;

/// The columns of B in lines of [`Kernels::LINE`](super::float::Kernels::LINE), as the micro-kernel reads them.
#[derive(Clone, Copy)]
pub struct Lines<T> {
    /// The first line of row 0.
    first: *const T,
    /// Elements from row to row, and from line to line.
    strides: [isize; 2],
    /// The line of row 0 that holds the last `n % LINE` columns, and its elements before them.
    rest: (*const T, usize),
}

impl<T: Float> Lines<T> {
    /// An n-column B where it is, with adjacent columns. Its last line ends with its last column,
    /// so there must be at least one whole line.
    pub fn in_place(b: Operand<*const T>, n: usize) -> Self {
        debug_assert!(n >= T::LINE && b.strides[1] == 1);
        let strides = [b.strides[0], T::LINE.cast_signed()];
        Self {
            first: b.at,
            strides,
            rest: (b.element(0, n - T::LINE), T::LINE - n % T::LINE),
        }
    }

    /// A k x n matrix in lines, as [`pack`](super::pack::pack) lays them out.
    pub fn packed(first: *const T, [k, n]: [usize; 2]) -> Self {
        let strides = [T::LINE, k * T::LINE].map(usize::cast_signed);
        let rest = first.wrapping_add(n / T::LINE * k * T::LINE);
        Self {
            first,
            strides,
            rest: (rest, 0),
        }
    }
}

/// C = A B, or C += A B, with the columns of B in `lines`.
///
/// # Safety
/// Of [`Product`].
pub unsafe fn product<T: Float>(p: &Product<T>, lines: &Lines<T>, level: Level) {
    let rows = split(p.m, max_rows(level))
        .map(|rows| rows.len())
        .max()
        .unwrap_or(0);
    for strip in split(p.n / T::LINE, max_lines(level, rows)) {
        let b = lines
            .first
            .wrapping_offset(strip.start.cast_signed() * lines.strides[1]);
        let cols = strip.start * T::LINE..strip.end * T::LINE;
        // SAFETY: these lines hold these columns.
        unsafe { strip_of_tiles(p, (b, 0), lines.strides, cols, level) };
    }
    let rest = p.n - p.n % T::LINE..p.n;
    if !rest.is_empty() {
        // SAFETY: this line holds these columns after the elements to skip.
        unsafe { strip_of_tiles(p, lines.rest, lines.strides, rest, level) };
    }
}

/// Some columns of C, the first of them in B at element `skip` of the line at `b`.
///
/// # Safety
/// Of [`Product`]. The columns fill whole lines, as many as a tile can hold, or lie in one.
unsafe fn strip_of_tiles<T: Float>(
    p: &Product<T>,
    (b, skip): (*const T, usize),
    b_strides: [isize; 2],
    cols: Range<usize>,
    level: Level,
) {
    let lines = cols.len().div_ceil(T::LINE);
    let width = lines * T::LINE;
    let whole = p.c.strides[1] == 1 && cols.len() == width;
    for rows in split(p.m, max_rows(level)) {
        let tile = Tile {
            k: p.k,
            a: p.a.element(rows.start, 0),
            a_strides: p.a.strides,
            b,
            b_strides,
            c: p.c.element(rows.start, cols.start),
            c_stride: p.c.strides[0],
            add: p.add,
        };
        let run = select::<T>(level, rows.len(), lines);
        if whole {
            // SAFETY: the tile lies within C, its rows within A and its lines within B.
            unsafe { run(&tile) };
            continue;
        }
        let mut buffer = [const { MaybeUninit::<T>::uninit() }; MAX_TILE];
        assert!(rows.len() * width <= MAX_TILE);
        let sums = buffer.as_mut_ptr().cast::<T>();
        // SAFETY: as above, but the tile goes to the buffer, which has the room, and from there
        // those of its columns that are asked for to C.
        unsafe {
            run(&Tile {
                c: sums,
                c_stride: width.cast_signed(),
                add: false,
                ..tile
            });
            let sums = Operand {
                at: sums.wrapping_add(skip),
                strides: [width.cast_signed(), 1],
            };
            let c = Operand { at: tile.c, ..p.c };
            copy(sums, c, [rows.len(), cols.len()], p.add);
        }
    }
}

/// C = X, or C += X, in the order of C's elements.
///
/// # Safety
/// The elements that `x` and `c` reach are valid.
unsafe fn copy<T: Float>(x: Operand<*mut T>, c: Operand<*mut T>, shape: [usize; 2], add: bool) {
    let by_columns = c.strides[0].abs() < c.strides[1].abs();
    let (x, c) = if by_columns { (x.t(), c.t()) } else { (x, c) };
    let [rows, cols] = if by_columns {
        [shape[1], shape[0]]
    } else {
        shape
    };
    for i in 0..rows {
        for j in 0..cols {
            // SAFETY: the caller vouches for these elements.
            unsafe {
                let (x, c) = (*x.element(i, j), c.element(i, j));
                *c = if add { *c + x } else { x };
            }
        }
    }
}

/// Splits 0..n into the fewest ranges of at most `max`, as even as can be.
fn split(n: usize, max: usize) -> impl Iterator<Item = Range<usize>> {
    let parts = n.div_ceil(max);
    (0..parts).map(move |i| n * i / parts..n * (i + 1) / parts)
}
