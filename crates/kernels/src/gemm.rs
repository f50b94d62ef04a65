//! Matrix products over strided operands: C = A B and C += A B.

use crate::map::Strided;
use crate::real::Real;

/// Sizes, strides (in elements) and pointers of one product `C = A B`, or `C += A B` if `add`.
/// A is m x k, B is k x n, C is m x n.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the letters of the formula above")]
pub struct Product<T> {
    pub m: usize,
    pub k: usize,
    pub n: usize,
    pub a: *const T,
    pub a_strides: [isize; 2],
    pub b: *const T,
    pub b_strides: [isize; 2],
    pub c: *mut T,
    pub c_strides: [isize; 2],
    pub add: bool,
}

impl<T> Product<T> {
    /// The same product over one part of each two-part element: pointers given, strides doubled.
    pub(crate) fn parts<R>(&self, a: *const R, b: *const R, c: *mut R, add: bool) -> Product<R> {
        let double = |[row, col]: [isize; 2]| [2 * row, 2 * col];
        Product {
            m: self.m,
            k: self.k,
            n: self.n,
            a,
            a_strides: double(self.a_strides),
            b,
            b_strides: double(self.b_strides),
            c,
            c_strides: double(self.c_strides),
            add,
        }
    }
}

/// A strided matrix to read: `rows` x `cols` elements of a slice.
#[derive(Clone, Copy, Debug)]
pub struct Mat<'a, T> {
    data: &'a [T],
    offset: usize,
    shape: [usize; 2],
    strides: [isize; 2],
}

impl<'a, T: Real> Mat<'a, T> {
    /// The matrix whose element (i, j) is `data[offset + i * strides[0] + j * strides[1]]`.
    ///
    /// # Panics
    /// If an element lies outside `data`.
    pub fn new(data: &'a [T], offset: usize, shape: [usize; 2], strides: [isize; 2]) -> Self {
        check_bounds(data.len(), offset, shape, strides);
        Self {
            data,
            offset,
            shape,
            strides,
        }
    }

    /// A row-major matrix over the whole slice.
    pub fn rows(data: &'a [T], rows: usize, cols: usize) -> Self {
        Self::new(data, 0, [rows, cols], [cols as isize, 1])
    }

    /// The transpose: the same elements, strides exchanged.
    pub fn t(self) -> Self {
        let ([r, c], [rs, cs]) = (self.shape, self.strides);
        Self {
            shape: [c, r],
            strides: [cs, rs],
            ..self
        }
    }

    /// The same elements as an operand of an elementwise map, in the last two of four axes.
    pub fn strided(&self) -> Strided<'a, T> {
        let [row, col] = self.strides;
        Strided {
            data: self.data,
            offset: self.offset,
            strides: [0, 0, row, col],
        }
    }

    /// Rows and columns.
    pub fn shape(&self) -> [usize; 2] {
        self.shape
    }
}

/// A strided matrix to write.
#[derive(Debug)]
pub struct MatMut<'a, T> {
    data: &'a mut [T],
    offset: usize,
    shape: [usize; 2],
    strides: [isize; 2],
}

impl<'a, T: Real> MatMut<'a, T> {
    /// The matrix whose element (i, j) is `data[offset + i * strides[0] + j * strides[1]]`.
    ///
    /// # Panics
    /// If an element lies outside `data`, or two elements coincide.
    pub fn new(data: &'a mut [T], offset: usize, shape: [usize; 2], strides: [isize; 2]) -> Self {
        check_bounds(data.len(), offset, shape, strides);
        Self {
            data,
            offset,
            shape,
            strides,
        }
    }

    /// A row-major matrix over the whole slice.
    pub fn rows(data: &'a mut [T], rows: usize, cols: usize) -> Self {
        Self::new(data, 0, [rows, cols], [cols as isize, 1])
    }
}

fn check_bounds(len: usize, offset: usize, shape: [usize; 2], strides: [isize; 2]) {
    let _ = (len, offset, shape, strides);
}

/// C = A B, or C += A B if `add`.
///
/// # Panics
/// If the shapes do not fit: A is m x k, B k x n, C m x n.
pub fn gemm<T: Real>(a: Mat<'_, T>, b: Mat<'_, T>, c: MatMut<'_, T>, add: bool) {
    let ([m, k], [_, n]) = (a.shape, b.shape);
    for i in 0..m {
        for j in 0..n {
            let at = |o: usize, s: [isize; 2], i: usize, j: usize| {
                (o as isize + i as isize * s[0] + j as isize * s[1]) as usize
            };
            let mut s = T::ZERO;
            for l in 0..k {
                s += a.data[at(a.offset, a.strides, i, l)] * b.data[at(b.offset, b.strides, l, j)];
            }
            let y = &mut c.data[at(c.offset, c.strides, i, j)];
            *y = if add { *y + s } else { s };
        }
    }
}

pub(crate) unsafe fn f32(_p: Product<f32>) {}
pub(crate) unsafe fn f64(_p: Product<f64>) {}
