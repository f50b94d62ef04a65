//! Views: reshapes, slices, transposes, flips and broadcasts. They move no element.

use std::ops::Range;
use std::panic::Location;

use wengert_kernels::layout::MAX_RANK;
use wengert_kernels::{Layout, Real, Shape};

use crate::graph::View;
use crate::var::Var;

/// Windows on the same elements. Their adjoint is the window of the whole's adjoint. All panic, with
/// shapes and the caller's line, on axes or ranges that do not exist.
impl<T: Real> Var<'_, T> {
    /// The same elements, row-major, under another shape. A view with gaps is copied first.
    #[track_caller]
    pub fn reshape(self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        if shape == self.shape() {
            return self;
        }
        let caller = Location::caller();
        assert!(
            shape.len() == self.len(),
            "reshape: {} to {shape}: {} elements to {} ({caller})",
            self.shape(),
            self.len(),
            shape.len(),
        );
        let x = self.contiguous();
        x.tape()
            .view(x, View::Reshape, &Layout::contiguous(shape), 0, caller)
    }

    /// The elements whose index along `axis` lies in `range`, and of these every `step`-th.
    #[track_caller]
    pub fn slice_step(self, axis: usize, range: Range<usize>, step: usize) -> Self {
        let caller = Location::caller();
        let (size, stride) = self.axis(axis, "slice", caller);
        assert!(
            range.start <= range.end && range.end <= size,
            "slice: {}: {range:?} is no range within 0..{size}, axis {axis} ({caller})",
            self.shape(),
        );
        assert!(
            step > 0,
            "slice: {}: step 0, but 1 or more is needed ({caller})",
            self.shape(),
        );
        let count = range.len().div_ceil(step);
        let mut axes = self.axes();
        axes[axis] = (count, stride * step as isize);
        let shift = stride * range.start as isize;
        self.windowed(View::Slice, &axes[..self.shape().rank()], shift, caller)
    }

    /// The elements whose index along `axis` lies in `range`.
    #[track_caller]
    pub fn slice(self, axis: usize, range: Range<usize>) -> Self {
        self.slice_step(axis, range, 1)
    }

    /// A range along the first axis: rows of a matrix, or steps of a sequence.
    #[track_caller]
    pub fn rows(self, range: Range<usize>) -> Self {
        self.slice(0, range)
    }

    /// The last axis in `N` equal parts: the gates of a recurrent cell.
    #[track_caller]
    pub fn split_cols<const N: usize>(self) -> [Self; N] {
        let caller = Location::caller();
        let shape = self.shape();
        let width = shape.dims().last().copied().unwrap_or(1);
        assert!(
            shape.rank() > 0 && N > 0 && width % N == 0,
            "split_cols: {shape}: the last axis does not split in {N} equal parts ({caller})"
        );
        let (last, part) = (shape.rank() - 1, width / N);
        // A loop: in a closure the caller's line would be this one.
        let mut parts = [self; N];
        for (i, to) in parts.iter_mut().enumerate() {
            *to = self.slice(last, i * part..(i + 1) * part);
        }
        parts
    }

    /// An axis cut into parts of these sizes, one after the other.
    #[track_caller]
    pub fn split(self, axis: usize, sizes: &[usize]) -> Vec<Self> {
        let caller = Location::caller();
        let (size, _) = self.axis(axis, "split", caller);
        let total: usize = sizes.iter().sum();
        assert!(
            total == size,
            "split: {}: sizes {sizes:?} add up to {total}, but axis {axis} has {size} ({caller})",
            self.shape(),
        );
        let mut start = 0;
        let mut parts = Vec::with_capacity(sizes.len());
        for size in sizes {
            parts.push(self.slice(axis, start..start + size));
            start += size;
        }
        parts
    }

    /// Two axes exchanged.
    #[track_caller]
    pub fn transpose(self, a: usize, b: usize) -> Self {
        let caller = Location::caller();
        self.axis(a, "transpose", caller);
        self.axis(b, "transpose", caller);
        let mut axes = self.axes();
        axes.swap(a, b);
        self.windowed(View::Transpose, &axes[..self.shape().rank()], 0, caller)
    }

    /// The last two axes exchanged: the transpose of a matrix, or of each of a batch.
    #[track_caller]
    pub fn t(self) -> Self {
        let (rank, caller) = (self.shape().rank(), Location::caller());
        assert!(
            rank >= 2,
            "t: {} has fewer than two axes ({caller})",
            self.shape()
        );
        self.transpose(rank - 2, rank - 1)
    }

    /// Axes in another order: axis i of the result is axis `order[i]` of this.
    #[track_caller]
    pub fn permute(self, order: &[usize]) -> Self {
        let (rank, caller) = (self.shape().rank(), Location::caller());
        assert!(
            order.len() == rank && (0..rank).all(|axis| order.contains(&axis)),
            "permute: {}: {order:?} is not an order of its {rank} axes ({caller})",
            self.shape(),
        );
        if order.is_sorted() {
            return self;
        }
        let axes = self.axes();
        let mut permuted = axes;
        permuted
            .iter_mut()
            .zip(order)
            .for_each(|(to, &from)| *to = axes[from]);
        self.windowed(View::Transpose, &permuted[..rank], 0, caller)
    }

    /// An axis in reverse order.
    #[track_caller]
    pub fn flip(self, axis: usize) -> Self {
        let caller = Location::caller();
        let (size, stride) = self.axis(axis, "flip", caller);
        let mut axes = self.axes();
        axes[axis] = (size, -stride);
        let shift = stride * (size as isize - 1);
        self.windowed(View::Flip, &axes[..self.shape().rank()], shift, caller)
    }

    /// The elements repeated along new leading axes and axes of size 1, up to `shape`. The adjoint
    /// of an element is the sum over its copies.
    #[track_caller]
    pub fn broadcast_to(self, shape: impl Into<Shape>) -> Self {
        let (shape, caller) = (shape.into(), Location::caller());
        let Some(layout) = self.layout().broadcast_to(shape) else {
            panic!(
                "broadcast_to: {} does not broadcast to {shape} ({caller})",
                self.shape()
            );
        };
        self.tape().view(self, View::Broadcast, &layout, 0, caller)
    }

    /// An axis of size 1 removed.
    #[track_caller]
    pub fn squeeze(self, axis: usize) -> Self {
        let caller = Location::caller();
        let (size, _) = self.axis(axis, "squeeze", caller);
        assert!(
            size == 1,
            "squeeze: {}: axis {axis} has size {size}, not 1 ({caller})",
            self.shape()
        );
        let mut axes = self.axes();
        axes.copy_within(axis + 1.., axis);
        self.windowed(View::Reshape, &axes[..self.shape().rank() - 1], 0, caller)
    }

    /// An axis of size 1 inserted before `axis`.
    #[track_caller]
    pub fn unsqueeze(self, axis: usize) -> Self {
        let (rank, caller) = (self.shape().rank(), Location::caller());
        check_room(axis, self.shape(), "unsqueeze", caller);
        let mut axes = self.axes();
        axes.copy_within(axis..MAX_RANK - 1, axis + 1);
        axes[axis] = (1, 0);
        self.windowed(View::Reshape, &axes[..=rank], 0, caller)
    }

    /// Size and stride of each axis, first axis first; the rest is padding.
    fn axes(self) -> [(usize, isize); MAX_RANK] {
        let layout = self.layout();
        let rank = layout.shape().rank();
        std::array::from_fn(|axis| {
            if axis < rank {
                layout.axis(axis)
            } else {
                (1, 0)
            }
        })
    }

    fn axis(self, axis: usize, what: &str, caller: &Location<'_>) -> (usize, isize) {
        let layout = self.layout();
        check_axis(axis, layout.shape(), what, caller);
        layout.axis(axis)
    }

    fn windowed(
        self,
        view: View,
        axes: &[(usize, isize)],
        shift: isize,
        caller: &'static Location<'static>,
    ) -> Self {
        self.tape()
            .view(self, view, &Layout::from_axes(axes), shift, caller)
    }
}

/// Panics if there is no such axis.
pub(super) fn check_axis(axis: usize, shape: Shape, what: &str, caller: &Location<'_>) {
    let rank = shape.rank();
    assert!(
        axis < rank,
        "{what}: {shape}: no axis {axis}: its {rank} are counted from 0 ({caller})"
    );
}

/// Panics if no axis can be inserted before this one.
pub(super) fn check_room(axis: usize, shape: Shape, what: &str, caller: &Location<'_>) {
    let rank = shape.rank();
    assert!(
        axis <= rank,
        "{what}: {shape}: no place {axis} for an axis, the last is {rank} ({caller})"
    );
    assert!(
        rank < MAX_RANK,
        "{what}: {shape}: it has {rank} axes already, the most there can be ({caller})"
    );
}
