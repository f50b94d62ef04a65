//! Elementwise maps with several results over columns of matrices: the gates of a recurrent cell lie
//! side by side, and what one formula computes of them goes to several places.

use crate::map::Write;
use crate::real::Real;
use crate::simd::{self, Kernel};

/// An elementwise formula of `N` operands with `M` results.
pub trait Formulas<T, const N: usize, const M: usize>: Copy {
    /// The results for one element of each operand. Implementations are `#[inline(always)]`.
    fn at(self, x: [T; N]) -> [T; M];
}

/// Adjacent columns of a row-major matrix, to read.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a, T> {
    /// The matrix.
    pub data: &'a [T],
    /// Its number of columns.
    pub stride: usize,
    /// The first of the columns meant.
    pub first: usize,
}

/// A row-major matrix to write to.
#[derive(Debug)]
pub struct RowsMut<'a, T> {
    /// The matrix.
    pub data: &'a mut [T],
    /// Its number of columns.
    pub stride: usize,
    /// Whether results overwrite or are added.
    pub write: Write,
}

/// Elements computed side by side: one AVX-512 register of f32.
const LANES: usize = 16;

/// For every element of `rows` x `width` of each of `src`: result k of the formula goes to the
/// matrix `dst[to[k].0]`, to the columns from `to[k].1` on.
///
/// # Panics
/// If rows reach outside their matrix, or a result has no matrix.
pub fn zip_rows<T: Real, const N: usize, const M: usize, const K: usize>(
    f: impl Formulas<T, N, M>,
    [rows, width]: [usize; 2],
    src: [Columns<'_, T>; N],
    dst: [RowsMut<'_, T>; K],
    to: [(usize, usize); M],
) {
    simd::dispatch(ZipRows {
        f,
        rows,
        width,
        src,
        dst,
        to,
    });
}

struct ZipRows<'a, T, F, const N: usize, const M: usize, const K: usize> {
    f: F,
    rows: usize,
    width: usize,
    src: [Columns<'a, T>; N],
    dst: [RowsMut<'a, T>; K],
    to: [(usize, usize); M],
}

impl<T, F, const N: usize, const M: usize, const K: usize> Kernel for ZipRows<'_, T, F, N, M, K>
where
    T: Real,
    F: Formulas<T, N, M>,
{
    type Output = ();
    const WIDE: bool = T::WIDE;

    #[inline(always)]
    fn run(mut self) {
        let Self { f, width, src, .. } = self;
        let whole = width - width % LANES;
        for row in 0..self.rows {
            let mut x = [&[][..]; N];
            for k in 0..N {
                x[k] = &src[k].data[row * src[k].stride + src[k].first..][..width];
            }
            // Operands and results pass through arrays: a loop over so many slices would not
            // vectorise, for fear that they overlap. (`map` of so many stays out of line.)
            let mut block = [[T::ZERO; LANES]; N];
            for first in (0..whole).step_by(LANES) {
                for k in 0..N {
                    block[k].copy_from_slice(&x[k][first..first + LANES]);
                }
                self.store(row, first, &lanes(f, &block), LANES);
            }
            let rest = width - whole;
            if rest > 0 {
                for k in 0..N {
                    block[k][..rest].copy_from_slice(&x[k][whole..]);
                }
                self.store(row, whole, &lanes(f, &block), rest);
            }
        }
    }
}

impl<T: Real, F, const N: usize, const M: usize, const K: usize> ZipRows<'_, T, F, N, M, K> {
    /// Stores `len` results of a row, from a column on.
    #[inline(always)]
    fn store(&mut self, row: usize, first: usize, y: &[[T; LANES]; M], len: usize) {
        for k in 0..M {
            let (matrix, column) = self.to[k];
            let RowsMut {
                data,
                stride,
                write,
            } = &mut self.dst[matrix];
            let to = &mut data[row * *stride + column + first..][..len];
            match write {
                Write::Set => to.copy_from_slice(&y[k][..len]),
                Write::Add => to.iter_mut().zip(&y[k]).for_each(|(to, &y)| *to += y),
            }
        }
    }
}

#[inline(always)]
fn lanes<T: Real, const N: usize, const M: usize>(
    f: impl Formulas<T, N, M>,
    x: &[[T; LANES]; N],
) -> [[T; LANES]; M] {
    let mut y = [[T::ZERO; LANES]; M];
    for lane in 0..LANES {
        let results = f.at(std::array::from_fn(|k| x[k][lane]));
        // By index: with an iterator over the results they stay in memory.
        for k in 0..M {
            y[k][lane] = results[k];
        }
    }
    y
}
