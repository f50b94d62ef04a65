//! Strided matrices over slices: the operands of a product.

use crate::map::Strided;

/// A strided matrix to read: `rows` x `cols` elements of a slice.
///
/// Strides may be negative (a reversed axis) or zero (a broadcast one).
#[derive(Clone, Copy, Debug)]
pub struct Mat<'a, T> {
    data: &'a [T],
    offset: usize,
    shape: [usize; 2],
    strides: [isize; 2],
}

impl<'a, T> Mat<'a, T> {
    /// The matrix whose element (i, j) is `data[offset + i * strides[0] + j * strides[1]]`.
    ///
    /// # Panics
    /// If an element lies outside `data`.
    #[track_caller]
    pub fn new(data: &'a [T], offset: usize, shape: [usize; 2], strides: [isize; 2]) -> Self {
        check_bounds(data.len(), offset, shape, strides);
        Self {
            data,
            offset,
            shape,
            strides,
        }
    }

    /// The row-major matrix of the first `rows * cols` elements.
    ///
    /// # Panics
    /// If `data` is shorter.
    #[track_caller]
    pub fn rows(data: &'a [T], rows: usize, cols: usize) -> Self {
        Self::new(data, 0, [rows, cols], [cols.cast_signed(), 1])
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

    /// Position of element (0, 0) in the slice.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Rows and columns.
    pub fn shape(&self) -> [usize; 2] {
        self.shape
    }

    /// Elements from one row to the next, and from one column to the next.
    pub fn strides(&self) -> [isize; 2] {
        self.strides
    }

    /// Where element (0, 0) is; where it would be, if the matrix is empty.
    pub(crate) fn as_ptr(&self) -> *const T {
        self.data.as_ptr().wrapping_add(self.offset)
    }
}

/// A strided matrix to write: `rows` x `cols` distinct elements of a slice.
#[derive(Debug)]
pub struct MatMut<'a, T> {
    data: &'a mut [T],
    offset: usize,
    shape: [usize; 2],
    strides: [isize; 2],
}

impl<'a, T> MatMut<'a, T> {
    /// The matrix whose element (i, j) is `data[offset + i * strides[0] + j * strides[1]]`.
    ///
    /// # Panics
    /// If an element lies outside `data`, or two elements coincide.
    #[track_caller]
    pub fn new(data: &'a mut [T], offset: usize, shape: [usize; 2], strides: [isize; 2]) -> Self {
        check_bounds(data.len(), offset, shape, strides);
        check_distinct(shape, strides);
        Self {
            data,
            offset,
            shape,
            strides,
        }
    }

    /// The row-major matrix of the first `rows * cols` elements.
    ///
    /// # Panics
    /// If `data` is shorter.
    #[track_caller]
    pub fn rows(data: &'a mut [T], rows: usize, cols: usize) -> Self {
        Self::new(data, 0, [rows, cols], [cols.cast_signed(), 1])
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

    /// Rows and columns.
    pub fn shape(&self) -> [usize; 2] {
        self.shape
    }

    /// Elements from one row to the next, and from one column to the next.
    pub fn strides(&self) -> [isize; 2] {
        self.strides
    }

    /// Where element (0, 0) is; where it would be, if the matrix is empty.
    pub(crate) fn as_mut_ptr(&mut self) -> *mut T {
        self.data.as_mut_ptr().wrapping_add(self.offset)
    }
}

/// Panics unless every element of the matrix lies within `len` elements. An empty matrix has none.
#[track_caller]
fn check_bounds(len: usize, offset: usize, shape: [usize; 2], strides: [isize; 2]) {
    if shape.contains(&0) {
        return;
    }
    let [row, col] = [0, 1].map(|axis| (shape[axis] as i128 - 1) * strides[axis] as i128);
    let first = (offset as i128)
        .saturating_add(row.min(0))
        .saturating_add(col.min(0));
    let last = (offset as i128)
        .saturating_add(row.max(0))
        .saturating_add(col.max(0));
    assert!(
        first >= 0 && last < len as i128,
        "matrix: shape {shape:?} with strides {strides:?} from {offset} reaches elements {first} \
         to {last} of a slice of {len}"
    );
}

/// Panics if two elements coincide, that is if `i * strides[0] + j * strides[1]` is 0 for some
/// (i, j) other than (0, 0) with |i| < rows and |j| < cols.
#[track_caller]
fn check_distinct(shape: [usize; 2], strides: [isize; 2]) {
    let [rows, cols] = shape;
    let [row, col] = strides.map(isize::unsigned_abs);
    // Nearly every matrix steps over its whole other axis with one of the strides. Bounds are
    // checked, so the products do not overflow unless an axis of length 1 has a wild stride.
    let steps_over = |stride: usize, extent: Option<usize>| extent.is_some_and(|e| stride > e);
    let row_major = || steps_over(row, (cols - 1).checked_mul(col)) && (col > 0 || cols == 1);
    let col_major = || steps_over(col, (rows - 1).checked_mul(row)) && (row > 0 || rows == 1);
    if shape.contains(&0) || shape == [1, 1] || row_major() || col_major() {
        return;
    }
    // The solutions (i, j) are the multiples of (col, -row) / gcd(row, col).
    let gcd = gcd(row, col).max(1);
    let distinct = if row == 0 && col == 0 {
        false
    } else {
        col / gcd >= rows || row / gcd >= cols
    };
    assert!(
        distinct,
        "matrix: shape {shape:?} with strides {strides:?} has coinciding elements"
    );
}

fn gcd(mut a: usize, mut b: usize) -> usize {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
