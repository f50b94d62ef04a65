//! Elementwise maps over strided operands: dst = f(a, b, ...), or dst += f(a, b, ...).
//!
//! The formula always runs over contiguous blocks, which vectorise: operands whose innermost stride
//! is not 1 (broadcast scalars, columns, flips) are first gathered, 64 elements at a time, into a
//! block on the stack. The walk over strides calls the formula's block loop through a pointer, so
//! that only that loop is compiled for each formula (and each instruction set): with the walk
//! inlined, the elementwise rules of the tape took three minutes to compile (2026-11-22).

mod runs;

use crate::layout::{Layout, MAX_RANK, Shape};
use crate::real::Real;
use runs::{Runs, zip_one, zip_runs, zip_whole};

/// What becomes of the old content of a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// It is overwritten and never read.
    Set,
    /// The result is added to it.
    Add,
}

/// An elementwise formula of `N` operands.
pub trait Formula<T, const N: usize>: Copy {
    /// The result for one element of each operand. Implementations are `#[inline(always)]`.
    fn at(self, x: [T; N]) -> T;
}

/// The formula y = x.
#[derive(Clone, Copy, Debug)]
pub struct Identity;

impl<T: Real> Formula<T, 1> for Identity {
    #[inline(always)]
    fn at(self, [x]: [T; 1]) -> T {
        x
    }
}

/// An operand to read: element (i, j, k, l) is `data[offset + i s0 + j s1 + k s2 + l s3]`.
#[derive(Clone, Copy, Debug)]
pub struct Strided<'a, T> {
    /// The storage.
    pub data: &'a [T],
    /// Position of the first element.
    pub offset: usize,
    /// Distance between neighbours along each of the four axes; 0 repeats.
    pub strides: [isize; MAX_RANK],
}

impl<'a, T> Strided<'a, T> {
    /// A whole slice, row-major under `shape`. Its strides also serve for a broadcast of the shape.
    pub fn dense(data: &'a [T], shape: Shape) -> Self {
        let (offset, strides) = (0, Layout::contiguous(shape).strides());
        Self {
            data,
            offset,
            strides,
        }
    }
}

/// An operand to write, addressed like [`Strided`].
#[derive(Debug)]
pub struct StridedMut<'a, T> {
    /// The storage.
    pub data: &'a mut [T],
    /// Position of the first element.
    pub offset: usize,
    /// Distance between neighbours along each of the four axes. With a stride of 0, [`Write::Add`]
    /// sums in index order and [`Write::Set`] keeps the last result.
    pub strides: [isize; MAX_RANK],
}

impl<'a, T> StridedMut<'a, T> {
    /// A whole slice, row-major under `shape`; where that has size 1, [`sum_into`] sums.
    ///
    /// [`sum_into`]: crate::reduce::sum_into
    pub fn dense(data: &'a mut [T], shape: Shape) -> Self {
        let (offset, strides) = (0, Layout::contiguous(shape).strides());
        Self {
            data,
            offset,
            strides,
        }
    }
}

/// `dst[i] = f(src[0][i], src[1][i], ...)` (or `+=`) over contiguous slices.
///
/// # Panics
/// If the slices differ in length.
#[inline]
pub fn zip_slices<T: Real, const N: usize, F: Formula<T, N>>(
    f: F,
    src: [&[T]; N],
    dst: &mut [T],
    write: Write,
) {
    assert!(
        src.iter().all(|s| s.len() == dst.len()),
        "zip_slices: lengths differ"
    );
    if let [y] = dst {
        zip_one(f, src.map(|s| s[0]), y, write);
    } else {
        zip_whole(f, src, dst, write);
    }
}

/// `dst = f(src[0], src[1], ...)` (or `+=`) over all indices below `dims`.
///
/// # Panics
/// If an operand reaches outside its storage.
pub fn zip<T: Real, const N: usize, F: Formula<T, N>>(
    f: F,
    dims: [usize; MAX_RANK],
    src: [Strided<'_, T>; N],
    dst: StridedMut<'_, T>,
    write: Write,
) {
    const { assert!(N < MAX_OPERANDS) };
    if dims.contains(&0) {
        return;
    }
    let mut walk = Walk {
        dims,
        src,
        dst,
        write,
    };
    let strides = walk.src.iter_mut().map(|s| &mut s.strides);
    collapse(&mut walk.dims, strides.chain([&mut walk.dst.strides]));
    walk.run(&|runs, src, dst, write| zip_runs(f, runs, src, dst, write));
}

/// `dst = src` over all indices below `dims`: [`zip`] with [`Identity`], by copies of whole runs.
///
/// # Panics
/// If an operand reaches outside its storage.
pub fn copy<T: Real>(
    mut dims: [usize; MAX_RANK],
    mut src: Strided<'_, T>,
    mut dst: StridedMut<'_, T>,
) {
    if dims.contains(&0) {
        return;
    }
    collapse(&mut dims, [&mut src.strides, &mut dst.strides].into_iter());
    let [d0, d1, d2, n] = dims;
    let runs = src.strides[3] == 1 && dst.strides[3] == 1 || n == 1;
    if !runs {
        return zip(Identity, dims, [src], dst, Write::Set);
    }
    for i in 0..d0 {
        for j in 0..d1 {
            for k in 0..d2 {
                let from = start(src.offset, &src.strides, [i, j, k]) as usize;
                let to = start(dst.offset, &dst.strides, [i, j, k]) as usize;
                dst.data[to..to + n].copy_from_slice(&src.data[from..from + n]);
            }
        }
    }
}

/// Where the run of the outer indices begins.
#[inline(always)]
fn start(offset: usize, strides: &[isize; MAX_RANK], outer: [usize; 3]) -> isize {
    let step: isize = (0..3).map(|a| outer[a] as isize * strides[a]).sum();
    offset as isize + step
}

/// The most operands one map has: value, two inputs, adjoint, and the destination.
const MAX_OPERANDS: usize = 5;

/// Merges axes that all operands walk without a gap into the innermost, so that runs are long.
#[inline(always)]
pub(crate) fn collapse<'a>(
    dims: &mut [usize; MAX_RANK],
    strides: impl Iterator<Item = &'a mut [isize; MAX_RANK]>,
) {
    let mut strides: [_; MAX_OPERANDS] = {
        let mut all = strides.fuse();
        std::array::from_fn(|_| all.next())
    };
    let inner = MAX_RANK - 1;
    for axis in (0..inner).rev() {
        let size = dims[inner];
        if dims[axis] == 1 {
            continue;
        }
        if size == 1 {
            // A column: its own axis becomes the innermost.
            strides
                .iter_mut()
                .flatten()
                .for_each(|s| s[inner] = s[axis]);
        } else if !strides
            .iter()
            .flatten()
            .all(|s| s[axis] == s[inner] * size as isize)
        {
            break;
        }
        dims[inner] *= dims[axis];
        dims[axis] = 1;
    }
}

/// Elements gathered at a time: enough for four vectors of the widest unit, few enough for L1.
const BLOCK: usize = 64;

/// A formula's loop over runs.
type Block<'f, T, const N: usize> = &'f dyn Fn(&Runs<N>, [&[T]; N], &mut [T], Write);

/// A walk over the blocks of a strided map.
struct Walk<'a, T, const N: usize> {
    dims: [usize; MAX_RANK],
    src: [Strided<'a, T>; N],
    dst: StridedMut<'a, T>,
    write: Write,
}

impl<T: Real, const N: usize> Walk<'_, T, N> {
    fn run(mut self, block: Block<'_, T, N>) {
        let [d0, d1, d2, n] = self.dims;
        let adjacent = self.dst.strides[3] == 1 && self.src.iter().all(|s| s.strides[3] == 1);
        // Slices start with their first run, so runs of falling offset are taken one by one.
        let rising = self.dst.strides[2] >= 0 && self.src.iter().all(|s| s.strides[2] >= 0);
        let count = if adjacent && rising { d2 } else { 1 };
        let runs = Runs {
            count,
            len: n,
            src_steps: std::array::from_fn(|k| self.src[k].strides[2]),
            dst_step: self.dst.strides[2],
        };
        for i in 0..d0 {
            for j in 0..d1 {
                for k in (0..d2).step_by(count) {
                    if adjacent {
                        self.run_adjacent([i, j, k], &runs, block);
                    } else {
                        self.run_innermost([i, j, k], block);
                    }
                }
            }
        }
    }

    fn run_adjacent(&mut self, outer: [usize; 3], runs: &Runs<N>, block: Block<'_, T, N>) {
        let src = std::array::from_fn(|k| {
            let Strided {
                data,
                offset,
                strides,
            } = &self.src[k];
            &data[start(*offset, strides, outer) as usize..]
        });
        let to = start(self.dst.offset, &self.dst.strides, outer) as usize;
        block(runs, src, &mut self.dst.data[to..], self.write);
    }

    /// A run with gaps, gathered and scattered in blocks.
    fn run_innermost(&mut self, outer: [usize; 3], block: Block<'_, T, N>) {
        let n = self.dims[3];
        let src_start: [isize; N] =
            std::array::from_fn(|k| start(self.src[k].offset, &self.src[k].strides, outer));
        let dst_start = start(self.dst.offset, &self.dst.strides, outer);
        let dst_step = self.dst.strides[3];
        let mut gathered = [[T::ZERO; BLOCK]; N];
        let mut result = [T::ZERO; BLOCK];
        for first in (0..n).step_by(BLOCK) {
            let len = BLOCK.min(n - first);
            for (k, buffer) in gathered.iter_mut().enumerate() {
                let (data, step) = (self.src[k].data, self.src[k].strides[3]);
                let from = src_start[k] + first as isize * step;
                match step {
                    0 => buffer[..len].fill(data[from as usize]),
                    1 => buffer[..len].copy_from_slice(&data[from as usize..][..len]),
                    _ => {
                        for (i, x) in buffer[..len].iter_mut().enumerate() {
                            *x = data[(from + i as isize * step) as usize];
                        }
                    }
                }
            }
            let src = std::array::from_fn(|k| &gathered[k][..len]);
            let one = Runs::one(len);
            if dst_step == 1 {
                let dst = &mut self.dst.data[(dst_start + first as isize) as usize..][..len];
                block(&one, src, dst, self.write);
                continue;
            }
            block(&one, src, &mut result[..len], Write::Set);
            for (i, &y) in result[..len].iter().enumerate() {
                let to = dst_start + (first + i) as isize * dst_step;
                let dst = &mut self.dst.data[to as usize];
                match self.write {
                    Write::Set => *dst = y,
                    Write::Add => *dst += y,
                }
            }
        }
    }
}
