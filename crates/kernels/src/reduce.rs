//! Pairwise sums: the error grows with the logarithm of the count (Higham 1993), and the order of
//! additions depends on nothing but the shape.

use crate::layout::MAX_RANK;
use crate::map::{Strided, StridedMut, Write, collapse};
use crate::real::Real;
use crate::simd::{self, Kernel};

/// Partial sums kept side by side; fixed, so that every instruction set adds in the same order.
const LANES: usize = 16;
/// Elements below which a run is summed without splitting it further.
const LEAF: usize = 128;
/// Columns summed side by side when rows are added up.
const COLUMNS: usize = 64;
/// Levels of pairwise merging; enough for 2^32 blocks.
const MAX_DEPTH: usize = 32;
/// Rows below which a block of rows is added in order.
const ROWS: usize = 8;

/// The sum of a slice; 0 if it is empty.
pub fn sum<T: Real>(x: &[T]) -> T {
    simd::dispatch(Sum([x]))
}

/// The sum of the products of two slices of one length.
///
/// # Panics
/// If the lengths differ.
pub fn dot<T: Real>(x: &[T], y: &[T]) -> T {
    assert_eq!(x.len(), y.len(), "dot: lengths differ");
    simd::dispatch(Sum([x, y]))
}

/// The sum over all indices of the product of the `N` slices' elements.
struct Sum<'a, T, const N: usize>([&'a [T]; N]);

impl<T: Real, const N: usize> Kernel for Sum<'_, T, N> {
    type Output = T;
    const WIDE: bool = T::WIDE;

    #[inline(always)]
    fn run(self) -> T {
        pairwise(self.0)
    }
}

#[inline(always)]
fn pairwise<T: Real, const N: usize>(x: [&[T]; N]) -> T {
    // An explicit stack in place of recursion, which could not be inlined into the dispatched
    // function: after leaf number i, as many partial sums are merged as i has trailing one bits.
    let n = x[0].len();
    if n <= LEAF {
        return leaf(x, 0, n);
    }
    let mut partial = [T::ZERO; MAX_DEPTH];
    let mut depth = 0;
    for (i, start) in (0..n).step_by(LEAF).enumerate() {
        let mut s = leaf(x, start, LEAF.min(n - start));
        for _ in 0..i.trailing_ones() {
            depth -= 1;
            s = partial[depth] + s;
        }
        partial[depth] = s;
        depth += 1;
    }
    partial[..depth]
        .iter()
        .rev()
        .copied()
        .reduce(|s, p| p + s)
        .unwrap_or(T::ZERO)
}

#[inline(always)]
fn leaf<T: Real, const N: usize>(x: [&[T]; N], start: usize, len: usize) -> T {
    let x: [&[T]; N] = std::array::from_fn(|k| &x[k][start..start + len]);
    let product = |i: usize| x[1..].iter().fold(x[0][i], |p, s| p * s[i]);
    let mut lanes = [T::ZERO; LANES];
    let whole = len / LANES * LANES;
    for i in (0..whole).step_by(LANES) {
        for (l, lane) in lanes.iter_mut().enumerate() {
            *lane += product(i + l);
        }
    }
    for i in whole..len {
        lanes[i - whole] += product(i);
    }
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for l in 0..width {
            lanes[l] += lanes[l + width];
        }
    }
    lanes[0]
}

/// Sums `src` over the axes along which `dst` has stride 0: dst = sum(src), or dst += sum(src).
///
/// `src` is indexed below `dims`. Axes of `dst` with size above 1 and stride 0 are summed over; this
/// undoes any broadcasting. Empty sums are 0.
///
/// # Panics
/// If an operand reaches outside its storage.
pub fn sum_into<T: Real>(
    dims: [usize; MAX_RANK],
    src: Strided<'_, T>,
    dst: StridedMut<'_, T>,
    write: Write,
) {
    // Nothing to add; and the elements that an empty view would have may not exist.
    if write == Write::Add && dims.contains(&0) {
        return;
    }
    simd::dispatch(SumInto {
        dims,
        src,
        dst,
        write,
    });
}

struct SumInto<'a, T> {
    dims: [usize; MAX_RANK],
    src: Strided<'a, T>,
    dst: StridedMut<'a, T>,
    write: Write,
}

impl<T: Real> Kernel for SumInto<'_, T> {
    type Output = ();
    const WIDE: bool = T::WIDE;

    #[inline(always)]
    fn run(self) {
        let Self {
            mut dims,
            mut src,
            mut dst,
            write,
        } = self;
        if !dims.contains(&0) {
            collapse(&mut dims, [&mut src.strides, &mut dst.strides].into_iter());
        }
        let summed: [bool; MAX_RANK] = std::array::from_fn(|a| dims[a] != 1 && dst.strides[a] == 0);
        let inner = MAX_RANK - 1;
        // Three groups of axes: kept outer ones, summed outer ones, and the innermost.
        let outer = |keep: bool| -> [usize; 3] {
            std::array::from_fn(|a| if summed[a] == keep { 1 } else { dims[a] })
        };
        let (kept, reduced) = (outer(true), outer(false));
        let rows = reduced.iter().product::<usize>();
        let row_start = |base: isize, row: usize| {
            let [_, d1, d2] = reduced;
            let index = [row / (d1 * d2), row / d2 % d1, row % d2];
            base + offset_of(index, &src.strides)
        };
        let mut store = |at: isize, y: T| {
            let y0 = &mut dst.data[at as usize];
            *y0 = match write {
                Write::Set => y,
                Write::Add => *y0 + y,
            };
        };
        let n = dims[inner];
        let step = src.strides[inner];
        for i in 0..kept[0] {
            for j in 0..kept[1] {
                for k in 0..kept[2] {
                    let from = src.offset as isize + offset_of([i, j, k], &src.strides);
                    let to = dst.offset as isize + offset_of([i, j, k], &dst.strides);
                    if summed[inner] {
                        let line = |row: usize| [sum_line(&src, row_start(from, row), n, step)];
                        let [y] = sum_rows::<T, 1>(rows, line);
                        store(to, y);
                        continue;
                    }
                    for first in (0..n).step_by(COLUMNS) {
                        let len = COLUMNS.min(n - first);
                        let y = sum_rows::<T, COLUMNS>(rows, |row| {
                            let at = row_start(from, row) + first as isize * step;
                            load(&src, at, len, step)
                        });
                        for (c, &y) in y[..len].iter().enumerate() {
                            store(to + (first + c) as isize * dst.strides[inner], y);
                        }
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn offset_of(index: [usize; 3], strides: &[isize; MAX_RANK]) -> isize {
    (0..3).map(|a| index[a] as isize * strides[a]).sum()
}

#[inline(always)]
fn sum_line<T: Real>(src: &Strided<'_, T>, start: isize, n: usize, step: isize) -> T {
    if n > 0 && step == 1 {
        return pairwise([&src.data[start as usize..][..n]]);
    }
    let blocks = n.div_ceil(LANES);
    let [y] = sum_rows::<T, 1>(blocks, |b| {
        let block = b * LANES..n.min((b + 1) * LANES);
        let at = |i: usize| src.data[(start + i as isize * step) as usize];
        [block.map(at).fold(T::ZERO, |s, x| s + x)]
    });
    y
}

#[inline(always)]
fn load<T: Real>(src: &Strided<'_, T>, start: isize, len: usize, step: isize) -> [T; COLUMNS] {
    let mut row = [T::ZERO; COLUMNS];
    if len > 0 && step == 1 {
        row[..len].copy_from_slice(&src.data[start as usize..][..len]);
    } else {
        for (i, x) in row[..len].iter_mut().enumerate() {
            *x = src.data[(start + i as isize * step) as usize];
        }
    }
    row
}

/// The sum of `rows` rows of `W` columns, blocks of [`ROWS`] rows added pairwise.
#[inline(always)]
fn sum_rows<T: Real, const W: usize>(rows: usize, row: impl Fn(usize) -> [T; W]) -> [T; W] {
    let add = |mut a: [T; W], b: [T; W]| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        a
    };
    let block = |start: usize| {
        let end = rows.min(start + ROWS);
        (start + 1..end).fold(row(start), |s, r| add(s, row(r)))
    };
    if rows == 0 {
        return [T::ZERO; W];
    }
    if rows <= ROWS {
        return block(0);
    }
    let mut partial = [[T::ZERO; W]; MAX_DEPTH];
    let mut depth = 0;
    for (i, start) in (0..rows).step_by(ROWS).enumerate() {
        let mut s = block(start);
        for _ in 0..i.trailing_ones() {
            depth -= 1;
            s = add(partial[depth], s);
        }
        partial[depth] = s;
        depth += 1;
    }
    partial[..depth]
        .iter()
        .rev()
        .copied()
        .reduce(|s, p| add(p, s))
        .unwrap_or([T::ZERO; W])
}
