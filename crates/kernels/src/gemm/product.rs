//! Products as kernels see them: sizes, pointers and strides.

use super::float::Parts;
use super::mat::{Mat, MatMut};

/// A strided operand: element (i, j) is at `at + i * strides[0] + j * strides[1]`.
#[derive(Clone, Copy)]
pub struct Operand<P> {
    pub at: P,
    pub strides: [isize; 2],
}

/// A product of `a` (m x k) and a B (k x n) into `c` (m x n), or onto it if `add`.
///
/// # Safety
/// An unsafe function that takes a product, and B in some form, reads and writes through them. The
/// caller promises that all elements the sizes and strides reach are valid, and that those of C are
/// distinct and none of them an element of A or B. They are not read unless `add`.
#[derive(Clone, Copy)]
pub struct Product<T> {
    pub m: usize,
    pub k: usize,
    pub n: usize,
    pub a: Operand<*const T>,
    pub c: Operand<*mut T>,
    pub add: bool,
}

impl<T: Copy> Product<T> {
    /// The product of `a` and some B of the shape `b`, called `name` in the message.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn new(
        name: &str,
        a: &Mat<'_, T>,
        b: [usize; 2],
        c: &mut MatMut<'_, T>,
        add: bool,
    ) -> Self {
        let ([m, k], [k_b, n]) = (a.shape(), b);
        assert!(
            k == k_b && c.shape() == [m, n],
            "{name}: {:?} x {b:?} into {:?}: need [m, k] x [k, n] into [m, n]",
            a.shape(),
            c.shape()
        );
        Self {
            m,
            k,
            n,
            a: Operand::from(a),
            c: Operand::from(c),
            add,
        }
    }

    /// C^T = B^T A^T, the same product: it, and A^T in the place of B.
    pub fn t(self, b: Operand<*const T>) -> (Self, Operand<*const T>) {
        (
            Self {
                m: self.n,
                n: self.m,
                a: b.t(),
                c: self.c.t(),
                ..self
            },
            self.a.t(),
        )
    }

    /// The sum of products that this one is, over `depth` columns of A and rows of B at a time.
    pub fn slices(
        self,
        b: Operand<*const T>,
        depth: usize,
    ) -> impl Iterator<Item = (Self, Operand<*const T>)> {
        // With k = 0 there is a product still: C may have to become 0.
        (0..self.k.max(1)).step_by(depth).map(move |l| {
            let a = Operand {
                at: self.a.element(0, l),
                ..self.a
            };
            let b = Operand {
                at: b.element(l, 0),
                ..b
            };
            (
                Self {
                    k: depth.min(self.k - l),
                    a,
                    add: self.add || l > 0,
                    ..self
                },
                b,
            )
        })
    }
}

impl<T: Parts> Product<T> {
    /// The products of floats that make up this one of numbers: each with the part of B it is of.
    /// The first to reach a part of C is the one to overwrite it.
    pub fn parts(self) -> impl Iterator<Item = (Product<T::Float>, usize)> {
        let of = |whole: usize| {
            (0..T::COUNT)
                .filter(move |i| i & whole == *i)
                .map(move |i| (whole, i))
        };
        (0..T::COUNT).flat_map(of).map(move |(whole, i)| {
            let Self { m, k, n, a, c, add } = self;
            (
                Product {
                    m,
                    k,
                    n,
                    a: a.part(i),
                    c: c.part(whole),
                    add: add || i != 0,
                },
                whole - i,
            )
        })
    }
}

impl<P: Copy> Operand<P> {
    /// The transpose.
    pub fn t(self) -> Self {
        let [row, col] = self.strides;
        Self {
            strides: [col, row],
            ..self
        }
    }
}

impl<T> Operand<*const T> {
    /// Where element (i, j) is.
    #[inline(always)]
    pub fn element(self, i: usize, j: usize) -> *const T {
        self.at.wrapping_offset(offset(self.strides, i, j))
    }
}

impl<T> Operand<*mut T> {
    /// Where element (i, j) is.
    #[inline(always)]
    pub fn element(self, i: usize, j: usize) -> *mut T {
        self.at.wrapping_offset(offset(self.strides, i, j))
    }
}

#[inline(always)]
fn offset([row, col]: [isize; 2], i: usize, j: usize) -> isize {
    i.cast_signed() * row + j.cast_signed() * col
}

impl<T: Parts> Operand<*const T> {
    /// Part `i` of every element.
    pub fn part(self, i: usize) -> Operand<*const T::Float> {
        let strides = self.strides.map(|s| s * T::COUNT.cast_signed());
        Operand {
            at: self.at.cast::<T::Float>().wrapping_add(i),
            strides,
        }
    }
}

impl<T: Parts> Operand<*mut T> {
    /// Part `i` of every element.
    pub fn part(self, i: usize) -> Operand<*mut T::Float> {
        let strides = self.strides.map(|s| s * T::COUNT.cast_signed());
        Operand {
            at: self.at.cast::<T::Float>().wrapping_add(i),
            strides,
        }
    }
}

impl<T> From<&Mat<'_, T>> for Operand<*const T> {
    fn from(mat: &Mat<'_, T>) -> Self {
        Self {
            at: mat.as_ptr(),
            strides: tame(mat.shape(), mat.strides()),
        }
    }
}

impl<T> From<&mut MatMut<'_, T>> for Operand<*mut T> {
    fn from(mat: &mut MatMut<'_, T>) -> Self {
        let strides = tame(mat.shape(), mat.strides());
        Self {
            at: mat.as_mut_ptr(),
            strides,
        }
    }
}

/// Strides, with 1 for those that reach no element and might be any number.
fn tame(shape: [usize; 2], strides: [isize; 2]) -> [isize; 2] {
    let idle = |axis: usize| shape.contains(&0) || shape[axis] == 1;
    [0, 1].map(|axis| if idle(axis) { 1 } else { strides[axis] })
}
