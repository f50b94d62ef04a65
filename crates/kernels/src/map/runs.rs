//! The loops of a map: over runs of adjacent elements, and for a single element.

use super::{Formula, Write};
use crate::real::Real;
use crate::simd::{self, Kernel};

/// Runs of adjacent elements: one, or several as far apart in each operand as its step tells.
#[derive(Clone, Copy)]
pub struct Runs<const N: usize> {
    pub count: usize,
    pub len: usize,
    pub src_steps: [isize; N],
    pub dst_step: isize,
}

impl<const N: usize> Runs<N> {
    /// A single one of so many elements.
    pub fn one(len: usize) -> Self {
        Self {
            count: 1,
            len,
            src_steps: [0; N],
            dst_step: 0,
        }
    }
}

/// A formula over runs, of which the first ones start the slices.
///
/// # Panics
/// If a run reaches outside its slice.
#[inline]
pub fn zip_runs<T: Real, const N: usize, F: Formula<T, N>>(
    f: F,
    runs: &Runs<N>,
    src: [&[T]; N],
    dst: &mut [T],
    write: Write,
) {
    simd::dispatch(ZipRuns {
        f,
        runs,
        src,
        dst,
        write,
    });
}

/// The innermost loops.
struct ZipRuns<'a, T, F, const N: usize> {
    f: F,
    runs: &'a Runs<N>,
    src: [&'a [T]; N],
    dst: &'a mut [T],
    write: Write,
}

impl<T: Real, const N: usize, F: Formula<T, N>> Kernel for ZipRuns<'_, T, F, N> {
    type Output = ();
    const WIDE: bool = T::WIDE;

    #[inline(always)]
    fn run(self) {
        let Self {
            f,
            runs,
            src,
            dst,
            write,
        } = self;
        for run in 0..runs.count {
            let mut own = src;
            for k in 0..N {
                let start = run.cast_signed() * runs.src_steps[k];
                own[k] = &src[k][start.cast_unsigned()..][..runs.len];
            }
            let start = run.cast_signed() * runs.dst_step;
            let dst = &mut dst[start.cast_unsigned()..][..runs.len];
            zip_run(f, own, dst, write);
        }
    }
}

/// A formula over slices that have the length of `dst`: in a kernel of their own, for short ones
/// take as long as what surrounds the loop.
#[inline]
pub fn zip_whole<T: Real, const N: usize, F: Formula<T, N>>(
    f: F,
    src: [&[T]; N],
    dst: &mut [T],
    write: Write,
) {
    simd::dispatch(ZipWhole { f, src, dst, write });
}

struct ZipWhole<'a, T, F, const N: usize> {
    f: F,
    src: [&'a [T]; N],
    dst: &'a mut [T],
    write: Write,
}

impl<T: Real, const N: usize, F: Formula<T, N>> Kernel for ZipWhole<'_, T, F, N> {
    type Output = ();
    const WIDE: bool = T::WIDE;

    #[inline(always)]
    fn run(self) {
        zip_run(self.f, self.src, self.dst, self.write);
    }
}

/// # Panics
/// If a slice is shorter than `dst`.
#[inline(always)]
fn zip_run<T: Real, const N: usize, F: Formula<T, N>>(
    f: F,
    src: [&[T]; N],
    dst: &mut [T],
    write: Write,
) {
    for x in src {
        assert!(x.len() >= dst.len(), "a slice is too short");
    }
    // SAFETY: i is an index of `dst`, and no slice is shorter.
    let load = |i: usize| std::array::from_fn(|k| unsafe { *src[k].get_unchecked(i) });
    // The formula is called from the loops, not from closures: a large closure with two callers
    // stays out of line, where it is compiled for the baseline (gelu ran 70 times slower).
    match write {
        Write::Set => {
            for (i, y) in dst.iter_mut().enumerate() {
                *y = f.at(load(i));
            }
        }
        Write::Add => {
            for (i, y) in dst.iter_mut().enumerate() {
                *y += f.at(load(i));
            }
        }
    }
}

/// A formula of single elements.
#[inline]
pub fn zip_one<T: Real, const N: usize, F: Formula<T, N>>(
    f: F,
    x: [T; N],
    y: &mut T,
    write: Write,
) {
    simd::dispatch(ZipOne { f, x, y, write });
}

/// A single element, whose time is that of entering the loop: a function of its own takes half.
struct ZipOne<'a, T, F, const N: usize> {
    f: F,
    x: [T; N],
    y: &'a mut T,
    write: Write,
}

impl<T: Real, const N: usize, F: Formula<T, N>> Kernel for ZipOne<'_, T, F, N> {
    type Output = ();
    const WIDE: bool = T::WIDE;

    #[inline(always)]
    fn run(self) {
        let value = self.f.at(self.x);
        *self.y = match self.write {
            Write::Set => value,
            Write::Add => *self.y + value,
        };
    }
}
