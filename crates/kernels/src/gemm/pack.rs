//! Packing: the columns of B copied to aligned lines.

use super::float::Float;
use super::product::Strided;

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
/// # Safety
/// The elements that `b` reaches with its strides are valid, and so are [`len`] lines at `to`.
pub unsafe fn pack<T: Float>(b: Strided<*const T>, [k, n]: [usize; 2], to: *mut T) {
    let mut line = to;
    for first in (0..n).step_by(T::LINE) {
        let width = T::LINE.min(n - first);
        for row in 0..k {
            // SAFETY: `width` elements of this row are left from here on; this is one of `len`
            // lines.
            unsafe {
                for lane in 0..width {
                    *line.add(lane) = *b.element(row, first + lane);
                }
                for lane in width..T::LINE {
                    *line.add(lane) = T::ZERO;
                }
            }
            line = line.wrapping_add(T::LINE);
        }
    }
}
