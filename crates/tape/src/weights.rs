//! Weight matrices laid out for products once, for all the steps that multiply by them.
//!
//! A product reads its right factor by rows. Of the two products with a weight matrix, forward and
//! backward, one reads it transposed, and would lay it out anew at each step of a sequence. Whether
//! a factor is kept depends on its shape alone, so that the bits of a product depend on nothing
//! else: the kernel for packed factors adds in another order than that for few rows.

use wengert_kernels::{Mat, MatMut, Packed, Real, gemm, packed_gemm};

use crate::deferred::{find_from, keep};

/// A factor of a product: a matrix, and whether it is a weight, used again at other steps.
#[derive(Clone, Copy, Debug)]
pub struct Factor<'a, T> {
    pub(crate) mat: Mat<'a, T>,
    pub(crate) weight: bool,
}

impl<T> Factor<'_, T> {
    /// The transpose: the same elements, strides exchanged.
    #[must_use]
    pub fn t(self) -> Self {
        Self {
            mat: self.mat.t(),
            ..self
        }
    }
}

impl<'a, T> From<Mat<'a, T>> for Factor<'a, T> {
    fn from(mat: Mat<'a, T>) -> Self {
        Self { mat, weight: false }
    }
}

/// Smallest and largest number of elements of a kept factor: laying out a smaller one costs
/// nothing, and a larger one is used too seldom to be worth a second copy.
const KEPT: std::ops::RangeInclusive<usize> = 256..=1 << 22;

/// Where a matrix lies in the arena: offset, shape, strides.
type Place = (usize, [usize; 2], [isize; 2]);

/// The factors laid out since the last reset, of values still on the tape: those never change.
pub(crate) struct Weights<T> {
    kept: Vec<Kept<T>>,
    in_use: usize,
    /// Where the factor found last is: a network asks for its weights in turn.
    last: usize,
}

struct Kept<T> {
    place: Place,
    packed: Packed<T>,
}

impl<T: Real> Weights<T> {
    pub fn new() -> Self {
        Self {
            kept: Vec::new(),
            in_use: 0,
            last: 0,
        }
    }

    /// Forgets the factors, keeps the memory.
    pub fn clear(&mut self) {
        self.in_use = 0;
    }

    /// Forgets the factors that lie in the arena from `start` on.
    pub fn truncate(&mut self, start: usize) {
        let in_use = &mut self.kept[..self.in_use];
        self.in_use = keep(in_use, |kept| kept.place.0 < start);
    }

    /// C = A B, or C += A B.
    pub fn gemm(&mut self, a: Mat<'_, T>, b: Factor<'_, T>, c: MatMut<'_, T>, add: bool) {
        match self.find(b) {
            Some(packed) => packed_gemm(a, packed, c, add),
            None => gemm(a, b.mat, c, add),
        }
    }

    /// The kept layout of a weight that does not lie by rows, if it is of a size to gain.
    fn find(&mut self, b: Factor<'_, T>) -> Option<&Packed<T>> {
        let (shape, strides) = (b.mat.shape(), b.mat.strides());
        let by_columns = strides[0] == 1 && shape[1] > 1;
        if !(T::WIDE && b.weight && by_columns && KEPT.contains(&(shape[0] * shape[1]))) {
            return None;
        }
        let place = (b.mat.offset(), shape, strides);
        let known = find_from(&self.kept[..self.in_use], self.last, |kept| {
            kept.place == place
        });
        if let Some(at) = known {
            self.last = at;
            return Some(&self.kept[at].packed);
        }
        if self.in_use == self.kept.len() {
            let packed = Packed::new();
            self.kept.push(Kept { place, packed });
        }
        let kept = &mut self.kept[self.in_use];
        self.in_use += 1;
        kept.place = place;
        kept.packed.pack(b.mat);
        Some(&kept.packed)
    }
}
