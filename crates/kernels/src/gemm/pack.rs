//! Packing: the columns of B copied to aligned lines.

use super::float::Float;
use super::product::Operand;
use super::tiled::Lines;
use crate::simd::{self, Kernel};

/// 64 bytes on a boundary of 64: one cache line, one AVX-512 register.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct CacheLine([u8; 64]);

/// Cache lines that a packed k x n matrix takes.
pub fn len<T: Float>([k, n]: [usize; 2]) -> usize {
    k * n.div_ceil(T::LINE)
}

/// Makes `buffer` at least `len` lines long, in its allocation if that has the room.
pub fn reserve(buffer: &mut Vec<CacheLine>, len: usize) {
    if buffer.len() < len {
        buffer.resize(len, CacheLine([0; 64]));
    }
}

/// Copies a k x n matrix to lines: all rows of the first `LINE` columns, then all rows of the next;
/// the last lines are filled up with zeros.
///
/// # Panics
/// If `to` is shorter than [`len`].
///
/// # Safety
/// The elements that `b` reaches with its strides are valid.
pub unsafe fn pack<T: Float>(
    b: Operand<*const T>,
    [k, n]: [usize; 2],
    to: &mut [CacheLine],
) -> Lines<T> {
    assert!(len::<T>([k, n]) <= to.len());
    let to = to.as_mut_ptr().cast();
    simd::dispatch(Pack { b, k, n, to });
    Lines::packed(to.cast(), [k, n])
}

/// Rows at a time where columns of B are contiguous: 4 and 8 pack 4.3 (f32) and 6.0 (f64) G elements
/// a second, row by row 3.8 and 3.4 (128 x 128, Zen 5, 2026-11-22).
const ROWS: usize = 8;

struct Pack<T: Float> {
    b: Operand<*const T>,
    k: usize,
    n: usize,
    to: *mut T::Line,
}

impl<T: Float> Kernel for Pack<T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { b, k, n, mut to } = self;
        for first in (0..n).step_by(T::LINE) {
            let lanes = T::LINE.min(n - first);
            let [down, along] = b.strides.map(|stride| stride == 1 && lanes == T::LINE);
            let blocks = if down { k / ROWS } else { 0 };
            for row in (0..blocks * ROWS).step_by(ROWS) {
                let mut lines = [T::ZEROS; ROWS];
                for lane in 0..T::LINE {
                    let column = b.element(row, first + lane).cast::<[T; ROWS]>();
                    // SAFETY: these rows of the column are ours to read, and adjacent.
                    for (line, x) in lines.iter_mut().zip(unsafe { column.read() }) {
                        line[lane] = x;
                    }
                }
                // SAFETY: there is a line for every row and LINE columns.
                unsafe { to.cast::<[T::Line; ROWS]>().write(lines) };
                to = to.wrapping_add(ROWS);
            }
            for row in blocks * ROWS..k {
                let mut line = T::ZEROS;
                if along {
                    // SAFETY: a line of this row is ours to read, and adjacent.
                    line = unsafe { b.element(row, first).cast::<T::Line>().read() };
                } else {
                    for lane in 0..lanes {
                        // SAFETY: this element is ours to read.
                        line[lane] = unsafe { *b.element(row, first + lane) };
                    }
                }
                // SAFETY: there is a line for every row and LINE columns.
                unsafe { to.write(line) };
                to = to.wrapping_add(1);
            }
        }
    }
}
