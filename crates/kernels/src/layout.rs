//! Shapes and strides of up to four axes. No data.
//!
//! Axes are stored right-aligned: a matrix occupies the last two of four slots and the leading ones
//! hold size 1 and stride 0. Broadcasting, which aligns axes from the right, then compares slot by
//! slot, and every kernel loops over exactly four axes.

use std::fmt;

/// The most axes a tensor can have.
pub const MAX_RANK: usize = 4;

/// Sizes of 0 to 4 axes. The product of the sizes fits in `isize`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    slots: [usize; MAX_RANK],
    rank: u8,
}

impl Shape {
    /// The shape of a single number: no axes, one element.
    pub const SCALAR: Self = Self {
        slots: [1; MAX_RANK],
        rank: 0,
    };

    /// The shape with these sizes.
    ///
    /// # Panics
    /// If there are more than 4 sizes, or their product overflows.
    #[track_caller]
    pub fn new(dims: &[usize]) -> Self {
        Self::try_new(dims).unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// The shape with these sizes.
    ///
    /// # Errors
    /// One line, if there are more than 4 sizes, or their product overflows.
    pub fn try_new(dims: &[usize]) -> Result<Self, String> {
        let rank = dims.len();
        if rank > MAX_RANK {
            return Err(format!(
                "shape {dims:?}: rank {rank}, but at most {MAX_RANK} axes"
            ));
        }
        let mut slots = [1; MAX_RANK];
        slots[MAX_RANK - rank..].copy_from_slice(dims);
        // Zero sizes are left out, so that no axis of an empty shape overflows in a kernel either.
        let nonzero = dims.iter().filter(|&&d| d > 0);
        match nonzero
            .into_iter()
            .try_fold(1usize, |n, &d| n.checked_mul(d))
        {
            Some(n) if isize::try_from(n).is_ok() => Ok(Self {
                slots,
                rank: rank as u8,
            }),
            _ => Err(format!("shape {dims:?}: the number of elements overflows")),
        }
    }

    /// The shape said by `shape`, for the function `what`.
    ///
    /// # Panics
    /// If it is none, with the caller's line.
    #[track_caller]
    pub fn of(shape: impl IntoShape, what: &str) -> Self {
        let caller = std::panic::Location::caller();
        match shape.into_shape() {
            Ok(shape) => shape,
            Err(problem) => panic!("{what}: {problem} ({caller})"),
        }
    }

    /// The sizes, first axis first.
    pub fn dims(&self) -> &[usize] {
        &self.slots[MAX_RANK - self.rank()..]
    }

    /// The sizes in four slots, right-aligned, leading slots 1.
    #[inline]
    pub fn slots(&self) -> [usize; MAX_RANK] {
        self.slots
    }

    /// Number of axes.
    #[inline]
    pub fn rank(&self) -> usize {
        usize::from(self.rank)
    }

    /// Number of elements: the product of the sizes, 1 for a scalar.
    #[inline]
    #[expect(
        clippy::len_without_is_empty,
        reason = "an empty tensor is `len() == 0`"
    )]
    pub fn len(&self) -> usize {
        let [a, b, c, d] = self.slots;
        a * b * c * d
    }

    /// The common shape of two operands: each axis, aligned from the right, has the same size in
    /// both or size 1 in one. `None` if they do not fit.
    #[inline]
    pub fn broadcast(&self, other: &Self) -> Option<Self> {
        if self == other {
            return Some(*self);
        }
        let mut slots = self.slots;
        for (size, &with) in slots.iter_mut().zip(&other.slots) {
            if *size == 1 {
                *size = with;
            } else if with != 1 && with != *size {
                return None;
            }
        }
        let shape = Self {
            slots,
            rank: self.rank.max(other.rank),
        };
        Self::try_new(shape.dims()).ok()
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, d) in self.dims().iter().enumerate() {
            write!(f, "{}{d}", if i > 0 { "," } else { "" })?;
        }
        f.write_str("]")
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What can be said as a shape: a [`Shape`], or sizes in an array or a slice, or the one size of a
/// vector. Unlike `Into<Shape>` it can refuse, so that the caller's line is named.
pub trait IntoShape {
    /// The shape.
    ///
    /// # Errors
    /// As [`Shape::try_new`].
    fn into_shape(self) -> Result<Shape, String>;
}

impl IntoShape for Shape {
    fn into_shape(self) -> Result<Shape, String> {
        Ok(self)
    }
}

impl<const N: usize> IntoShape for [usize; N] {
    fn into_shape(self) -> Result<Shape, String> {
        Shape::try_new(&self)
    }
}

impl IntoShape for &[usize] {
    fn into_shape(self) -> Result<Shape, String> {
        Shape::try_new(self)
    }
}

impl IntoShape for usize {
    fn into_shape(self) -> Result<Shape, String> {
        Shape::try_new(&[self])
    }
}

/// A shape and the distance, in elements, between neighbours along each axis.
///
/// Axes of size 1 have stride 0, so that equal layouts compare equal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Layout {
    shape: Shape,
    strides: [isize; MAX_RANK],
}

impl Layout {
    /// Row-major without gaps.
    pub fn contiguous(shape: Shape) -> Self {
        let mut strides = [0; MAX_RANK];
        let mut step = 1;
        for (stride, &size) in strides.iter_mut().zip(&shape.slots).rev() {
            *stride = if size == 1 { 0 } else { step };
            step *= size.max(1) as isize;
        }
        Self { shape, strides }
    }

    /// The sizes.
    #[inline]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The strides in four slots, right-aligned like [`Shape::slots`].
    #[inline]
    pub fn strides(&self) -> [isize; MAX_RANK] {
        self.strides
    }

    /// Whether elements lie row-major without gaps.
    pub fn is_contiguous(&self) -> bool {
        self.shape.len() == 0 || *self == Self::contiguous(self.shape)
    }

    /// Whether different indices reach different elements; false for a broadcast axis.
    pub fn is_injective(&self) -> bool {
        self.shape.len() == 0
            || self
                .shape
                .slots
                .iter()
                .zip(&self.strides)
                .all(|(&n, &s)| n == 1 || s != 0)
    }

    /// Size and stride of `axis`, counted from the first.
    ///
    /// # Panics
    /// If there is no such axis.
    pub fn axis(&self, axis: usize) -> (usize, isize) {
        assert!(axis < self.shape.rank(), "axis {axis} of {}", self.shape);
        let slot = MAX_RANK - self.shape.rank() + axis;
        (self.shape.slots[slot], self.strides[slot])
    }

    /// The layout with these axes, each a (size, stride) pair, first axis first.
    ///
    /// # Panics
    /// If the sizes are not a [`Shape`].
    #[track_caller]
    pub fn from_axes(axes: &[(usize, isize)]) -> Self {
        let mut dims = [0; MAX_RANK];
        let rank = axes.len().min(MAX_RANK);
        for (dim, axis) in dims.iter_mut().zip(axes) {
            *dim = axis.0;
        }
        let shape = Shape::new(&dims[..rank]);
        let mut strides = [0; MAX_RANK];
        for (stride, &(size, step)) in strides[MAX_RANK - rank..].iter_mut().zip(axes) {
            *stride = if size == 1 { 0 } else { step };
        }
        Self { shape, strides }
    }

    /// The same elements under another shape, if a row-major walk over both meets them in the same
    /// order without a copy. `None` if the counts differ or the strides do not allow it.
    pub fn reshape(&self, shape: Shape) -> Option<Self> {
        (shape.len() == self.shape.len() && self.is_contiguous()).then(|| Self::contiguous(shape))
    }

    /// The same elements repeated along axes of size 1 and new leading axes (stride 0). `None` if
    /// `shape` is not a broadcast of this shape.
    pub fn broadcast_to(&self, shape: Shape) -> Option<Self> {
        let fits = shape.rank() >= self.shape.rank()
            && self
                .shape
                .slots
                .iter()
                .zip(&shape.slots)
                .all(|(&from, &to)| from == to || from == 1);
        fits.then_some(Self {
            shape,
            strides: self.strides,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_aligns_from_the_right() {
        let fit = |a: &[usize], b: &[usize]| Shape::new(a).broadcast(&Shape::new(b));
        assert_eq!(fit(&[2, 3], &[3]), Some(Shape::new(&[2, 3])));
        assert_eq!(fit(&[2, 1], &[4]), Some(Shape::new(&[2, 4])));
        assert_eq!(fit(&[], &[0]), Some(Shape::new(&[0])));
        assert_eq!(fit(&[2], &[3]), None);
        assert_eq!(fit(&[0], &[2]), None);
    }

    #[test]
    fn overflowing_and_too_long_shapes_are_refused() {
        assert!(Shape::try_new(&[usize::MAX, 2]).is_err());
        assert!(Shape::try_new(&[usize::MAX, 2, 0]).is_err());
        assert!(Shape::try_new(&[1; 5]).is_err());
        assert_eq!(Shape::new(&[3, 0, 2]).len(), 0);
    }

    #[test]
    fn layouts_of_equal_meaning_are_equal() {
        let row = Layout::contiguous(Shape::new(&[1, 3]));
        assert_eq!(row, Layout::from_axes(&[(1, 77), (3, 1)]));
        assert!(row.is_contiguous());
        assert!(!Layout::from_axes(&[(3, 1), (2, 3)]).is_contiguous());
        assert!(
            !row.broadcast_to(Shape::new(&[2, 3]))
                .unwrap()
                .is_injective()
        );
    }
}
