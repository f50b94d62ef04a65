//! The adjoints of one operation's inputs, as its rule sees them.
//!
//! Everything a rule would otherwise repeat is here, once: fan-out (the first contribution
//! overwrites, later ones add), un-broadcasting, windows of views, and pruning.

mod products;

use wengert_kernels::layout::MAX_RANK;
use wengert_kernels::map::{Formula, Identity, zip, zip_slices};
use wengert_kernels::reduce::sum_into;
use wengert_kernels::{Layout, Real, Shape, Strided, StridedMut, Write};

use crate::adjoints::{Adjoints, Taken};
use crate::deferred::Deferred;
use crate::graph::{Graph, Kind, NodeId};
use crate::layouts::LayoutId;

/// Adds contributions to the adjoints of one operation's inputs. Inputs that no leaf reaches are
/// passed by: every method does nothing for them.
pub struct Grads<'a, T: Real> {
    graph: &'a Graph<T>,
    adjoints: &'a mut Adjoints<T>,
    deferred: &'a mut Deferred<T>,
    ids: &'a [NodeId],
    layout: LayoutId,
    /// The input that gains the adjoint of the value as it is.
    heir: Option<NodeId>,
}

/// The window of an owner's adjoint that belongs to an input.
pub(crate) struct Window<'a, T> {
    /// The owner's whole adjoint.
    pub data: &'a mut [T],
    /// Position of the input's first element in it.
    pub offset: usize,
    /// How the input lies in it.
    pub layout: &'a Layout,
    /// Whether the content is to be overwritten or added to.
    pub write: Write,
}

impl<'a, T: Real> Window<'a, T> {
    fn strided(self) -> (StridedMut<'a, T>, Write) {
        let strides = self.layout.strides();
        (
            StridedMut {
                data: self.data,
                offset: self.offset,
                strides,
            },
            self.write,
        )
    }
}

/// Opens the adjoint of `id` for a contribution that covers all of `id`.
#[inline]
pub(crate) fn open<'a, T: Real>(
    graph: &'a Graph<T>,
    adjoints: &'a mut Adjoints<T>,
    id: NodeId,
) -> Window<'a, T> {
    let owner = graph.owner(id);
    let (offset, layout) = (graph.offset_in(owner, id), graph.node(id).layout);
    open_window(graph, adjoints, owner, offset, layout)
}

/// Opens the adjoint of `owner` for a contribution that covers all of a window on it.
#[inline]
pub(crate) fn open_window<'a, T: Real>(
    graph: &'a Graph<T>,
    adjoints: &'a mut Adjoints<T>,
    owner: NodeId,
    offset: usize,
    layout: LayoutId,
) -> Window<'a, T> {
    let (len, all) = (graph.len(owner), graph.node(owner).layout);
    let (same, layout) = (layout == all, graph.layouts.get(layout));
    let whole = same || (layout.shape().len() == len && layout.is_injective());
    let (data, write) = adjoints.open(owner, len, whole);
    Window {
        data,
        offset,
        layout,
        write,
    }
}

impl<'a, T: Real> Grads<'a, T> {
    #[inline]
    pub(crate) fn new(
        graph: &'a Graph<T>,
        adjoints: &'a mut Adjoints<T>,
        deferred: &'a mut Deferred<T>,
        ids: &'a [NodeId],
        layout: LayoutId,
    ) -> Self {
        Self {
            graph,
            adjoints,
            deferred,
            ids,
            layout,
            heir: None,
        }
    }

    #[inline]
    pub(crate) fn heir(&self) -> Option<NodeId> {
        self.heir
    }

    /// The shape of the value.
    #[inline]
    pub fn shape(&self) -> Shape {
        self.graph.layouts.get(self.layout).shape()
    }

    /// Whether a leaf lies below input `i`: a rule may save the work of preparing a contribution.
    #[inline]
    pub fn wants(&self, i: usize) -> bool {
        self.graph.node(self.ids[i]).needs_grad
    }

    /// `gx_i += f(operands)`, elementwise over the shape of the value; where the input was
    /// broadcast to that shape, the contributions of its copies are summed pairwise.
    #[inline]
    pub fn zip<F: Formula<T, N>, const N: usize>(
        &mut self,
        i: usize,
        f: F,
        operands: [Strided<'_, T>; N],
    ) {
        self.zip_over(i, self.shape(), f, operands);
    }

    /// [`Grads::zip`] over the indices of `shape` instead of the value's: for rules whose inputs
    /// are larger than their value.
    pub fn zip_over<F: Formula<T, N>, const N: usize>(
        &mut self,
        i: usize,
        shape: Shape,
        f: F,
        operands: [Strided<'_, T>; N],
    ) {
        if !self.wants(i) {
            return;
        }
        let id = self.ids[i];
        let layout = self.graph.layout(id);
        let dims = shape.slots();
        if layout.shape().slots() == dims && layout.is_injective() {
            let (dst, write) = open(self.graph, self.adjoints, id).strided();
            zip(f, dims, operands, dst, write);
            return;
        }
        let mut scratch = self.adjoints.scratch(shape.len());
        let dst = StridedMut::dense(&mut scratch.data, shape);
        zip(f, dims, operands, dst, Write::Set);
        self.sum_to(id, dims, Strided::dense(&scratch.data, shape));
        self.adjoints.recycle(scratch);
    }

    /// [`Grads::zip`] where value, operands and input are known to be slices of one shape.
    #[inline]
    pub(crate) fn zip_slices<F: Formula<T, N>, const N: usize>(
        &mut self,
        i: usize,
        f: F,
        operands: [&[T]; N],
    ) {
        if !self.wants(i) {
            return;
        }
        let (id, len) = (self.ids[i], self.graph.layouts.len(self.layout));
        if matches!(self.graph.node(id).kind, Kind::View(_)) {
            let window = open(self.graph, self.adjoints, id);
            let dst = &mut window.data[window.offset..][..len];
            return zip_slices(f, operands, dst, window.write);
        }
        let (dst, write) = self.adjoints.open(id, len, true);
        zip_slices(f, operands, dst, write);
    }

    /// Whether input `i` has the shape of the value and no gaps.
    #[inline]
    pub(crate) fn is_plain(&self, i: usize) -> bool {
        // The value's layout has no gaps, and equal layouts have equal ids.
        self.graph.node(self.ids[i]).layout == self.layout
    }

    /// `gx_i += g`, where `g` has the shape of the value; sums over the axes along which the input
    /// was broadcast.
    #[inline]
    pub fn add(&mut self, i: usize, g: &[T]) {
        if !self.wants(i) {
            return;
        }
        if self.is_plain(i) {
            self.zip_slices(i, Identity, [g]);
        } else {
            let shape = self.shape();
            self.sum_to(self.ids[i], shape.slots(), Strided::dense(g, shape));
        }
    }

    /// `gx_i += gy`, for a rule that passes the adjoint `gy` of the value on as it is. Once the rule
    /// has run, the first such input takes over the buffer itself, if it has none.
    #[inline]
    pub fn pass(&mut self, i: usize, gy: &[T]) {
        let id = self.ids[i];
        let owns = !matches!(self.graph.node(id).kind, Kind::View(_));
        if self.heir.is_none() && owns && self.is_plain(i) && self.wants(i) {
            self.heir = Some(id);
        } else {
            self.add(i, gy);
        }
    }

    /// Adds `src`, indexed below `dims`, to the adjoint of a node broadcast to it.
    fn sum_to(&mut self, id: NodeId, dims: [usize; MAX_RANK], src: Strided<'_, T>) {
        let (dst, write) = open(self.graph, self.adjoints, id).strided();
        // A view can repeat elements along axes of its own: they are summed over in the same way.
        sum_into(dims, src, dst, write);
    }

    /// `gx_i[j] += f(j)` for every element j, row-major, of an input without gaps.
    ///
    /// # Panics
    /// If the input has gaps, which does not happen to operations whose access is
    /// [`Access::Dense`](crate::Access::Dense).
    pub fn map(&mut self, i: usize, f: impl Fn(usize) -> T) {
        self.update(i, |gx, write| match write {
            Write::Set => gx.iter_mut().enumerate().for_each(|(j, gx)| *gx = f(j)),
            Write::Add => gx.iter_mut().enumerate().for_each(|(j, gx)| *gx += f(j)),
        });
    }

    /// Hands `f` the adjoint of an input without gaps, zeroed if this is the first contribution:
    /// `f` adds to as many elements as it likes.
    ///
    /// # Panics
    /// If the input has gaps, which does not happen to operations whose access is
    /// [`Access::Dense`](crate::Access::Dense).
    pub fn scatter(&mut self, i: usize, f: impl FnOnce(&mut [T])) {
        self.update(i, |gx, write| {
            if write == Write::Set {
                gx.fill(T::ZERO);
            }
            f(gx);
        });
    }

    /// Hands `f` the adjoint of an input without gaps; `f` overwrites or adds to every element, as
    /// it is told.
    ///
    /// # Panics
    /// If the input has gaps, which does not happen to operations whose access is
    /// [`Access::Dense`](crate::Access::Dense).
    pub fn update(&mut self, i: usize, f: impl FnOnce(&mut [T], Write)) {
        if !self.wants(i) {
            return;
        }
        let id = self.ids[i];
        assert!(
            self.graph.is_contiguous(id),
            "the adjoint of a view with gaps is not a slice"
        );
        let window = open(self.graph, self.adjoints, id);
        f(
            &mut window.data[window.offset..][..self.graph.len(id)],
            window.write,
        );
    }

    /// [`Grads::update`] of several inputs at once, for rules that compute their contributions
    /// together. Inputs that are passed by have room too, to be overwritten for nothing.
    ///
    /// # Panics
    /// If an input has gaps, which does not happen to operations whose access is
    /// [`Access::Dense`](crate::Access::Dense).
    pub fn update_each<const N: usize>(
        &mut self,
        inputs: [usize; N],
        f: impl FnOnce([(&mut [T], Write); N]),
    ) {
        let mut rooms = inputs.map(|i| self.room(self.ids[i]));
        f(rooms
            .each_mut()
            .map(|(room, write)| (&mut room.data[..], *write)));
        for (i, (room, _)) in inputs.into_iter().zip(rooms) {
            self.gain(self.ids[i], room);
        }
    }

    /// The adjoint of a node moved out, or for a view a new buffer.
    fn room(&mut self, id: NodeId) -> (Taken<T>, Write) {
        assert!(
            self.graph.is_contiguous(id),
            "the adjoint of a view with gaps is not a slice"
        );
        match self.adjoints.take(id) {
            Some(adjoint) => (adjoint, Write::Add),
            None => (self.adjoints.scratch(self.graph.len(id)), Write::Set),
        }
    }

    /// Makes a buffer the adjoint of a node, or adds it, if there is one or the node is a view.
    fn gain(&mut self, id: NodeId, gain: Taken<T>) {
        let node = self.graph.node(id);
        if !node.needs_grad {
            return self.adjoints.recycle(gain);
        }
        if !matches!(node.kind, Kind::View(_)) && self.adjoints.get(id).is_none() {
            return self.adjoints.put(id, gain);
        }
        let window = open(self.graph, self.adjoints, id);
        let dst = &mut window.data[window.offset..][..gain.data.len()];
        zip_slices(Identity, [&gain.data], dst, window.write);
        self.adjoints.recycle(gain);
    }
}
