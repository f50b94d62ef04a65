//! The handle of a recorded value.

use std::fmt;
use std::panic::Location;

use wengert_kernels::map;
use wengert_kernels::{Layout, Real, Shape, Strided, StridedMut};

use crate::graph::{Kind, NodeId};
use crate::op::{Attributes, Op};
use crate::ops::Copy;
use crate::tape::Tape;

/// A value on a [`Tape`]: a number, vector, matrix or tensor of up to four axes.
///
/// A `Var` is a small `Copy` handle. Operators and methods record operations and return new `Var`s;
/// the operands' axes are aligned from the right and broadcast as in NumPy. Methods panic on shapes
/// that do not fit, naming the operation, the shapes and the caller's line; each says which do.
///
/// A `Var` stays on its tape's thread:
///
/// ```compile_fail,E0277
/// let tape = wengert_tape::Tape::<f64>::new();
/// let x = tape.leaf([1], &[1.0]);
/// std::thread::scope(|scope| {
///     scope.spawn(move || x.item());
/// });
/// ```
#[derive(Clone, Copy)]
pub struct Var<'t, T: Real> {
    tape: &'t Tape<T>,
    id: NodeId,
}

impl<'t, T: Real> Var<'t, T> {
    #[inline]
    pub(crate) fn new(tape: &'t Tape<T>, id: NodeId) -> Self {
        Self { tape, id }
    }

    /// The tape it is recorded on.
    #[inline]
    pub fn tape(self) -> &'t Tape<T> {
        self.tape
    }

    /// Its place on the tape.
    #[inline]
    pub fn id(self) -> NodeId {
        self.id
    }

    /// Its shape.
    #[inline]
    pub fn shape(self) -> Shape {
        self.layout().shape()
    }

    /// Number of elements.
    #[inline]
    #[expect(
        clippy::len_without_is_empty,
        reason = "an empty tensor is `len() == 0`"
    )]
    pub fn len(self) -> usize {
        self.shape().len()
    }

    pub(crate) fn layout(self) -> Layout {
        *self.tape.state().graph.layout(self.id)
    }

    /// Whether a leaf lies below it.
    pub fn needs_grad(self) -> bool {
        self.tape.state().graph.node(self.id).needs_grad
    }

    /// A copy of the elements, row-major.
    pub fn to_vec(self) -> Vec<T> {
        self.with(<[T]>::to_vec)
    }

    /// The only element.
    ///
    /// # Panics
    /// If there is not exactly one.
    #[track_caller]
    pub fn item(self) -> T {
        let (shape, caller) = (self.shape(), Location::caller());
        assert!(
            shape.len() == 1,
            "item: {shape} has {} elements, not 1 ({caller})",
            shape.len()
        );
        self.with(|values| values[0])
    }

    /// Lets `read` see the elements, row-major, without a copy unless the view has gaps.
    ///
    /// # Panics
    /// If `read` records on the same tape.
    pub fn with<R>(self, read: impl FnOnce(&[T]) -> R) -> R {
        let state = self.tape.state();
        let start = state.graph.node(self.id).start;
        if state.graph.is_contiguous(self.id) {
            return read(&state.arena.values()[start..start + state.graph.len(self.id)]);
        }
        read(&gather(
            state.arena.values(),
            start,
            state.graph.layout(self.id),
        ))
    }

    /// The adjoint left by the last sweep, row-major: of leaves, of [`Var::retain`]ed values, and
    /// of their views. `None` if the sweep did not reach it or did not keep it.
    ///
    /// The adjoint of a view is that window of its owner's: where views overlap, it holds the
    /// contributions through all of them.
    pub fn grad(self) -> Option<Vec<T>> {
        self.with_grad(|grad| grad.map(<[T]>::to_vec))
    }

    /// Lets `read` see the adjoint of [`Var::grad`] without a copy unless the view has gaps.
    ///
    /// # Panics
    /// If `read` records on the same tape.
    pub fn with_grad<R>(self, read: impl FnOnce(Option<&[T]>) -> R) -> R {
        let state = self.tape.state();
        let owner = state.graph.owner(self.id);
        let (swept, deferred) = (state.adjoints.get(owner), &state.deferred);
        let with_waiting = deferred.with_waiting(&state.graph, swept, owner);
        let Some(adjoint) = with_waiting.as_deref().or(swept) else {
            return read(None);
        };
        let start = state.graph.offset_in(owner, self.id);
        if state.graph.is_contiguous(self.id) {
            return read(Some(&adjoint[start..start + state.graph.len(self.id)]));
        }
        read(Some(&gather(adjoint, start, state.graph.layout(self.id))))
    }

    /// Keeps the adjoint of this intermediate value after the sweep, for [`Var::grad`]. A view gets
    /// a node of its own (a copy), so that its adjoint is that of what is computed from the result,
    /// not of everything that overlaps it: use the returned value from here on.
    #[must_use = "a view is copied: use the returned value from here on"]
    #[track_caller]
    pub fn retain(self) -> Self {
        let kept = match self.kind() {
            Kind::View(_) => self.apply(&Copy),
            _ => self,
        };
        let mut state = kept.tape.state_mut(Location::caller());
        state.graph.nodes[kept.id.index()].retained = true;
        kept
    }

    /// The same value as a constant: no adjoint passes.
    #[track_caller]
    pub fn detach(self) -> Self {
        self.tape.detach(self, Location::caller())
    }

    /// The same value in row-major order without gaps: itself, or a copy.
    #[track_caller]
    pub fn contiguous(self) -> Self {
        if self.layout().is_contiguous() {
            self
        } else {
            self.apply(&Copy)
        }
    }

    /// Sweeps backwards from this scalar: afterwards [`Var::grad`] of a leaf is the gradient.
    ///
    /// # Panics
    /// If there is more than one element (see [`Tape::backward`] for other outputs), no leaf below,
    /// or the tape was swept before and [`Tape::clear_grads`] has not been called.
    #[track_caller]
    pub fn backward(self) {
        let (shape, caller) = (self.shape(), Location::caller());
        assert!(
            shape.len() == 1,
            "backward: the loss {shape} is not a scalar; give Tape::backward a seed ({caller})"
        );
        self.tape.backward(&[(self, &[T::ONE])]);
    }

    /// Records a unary operation without constants.
    #[track_caller]
    pub fn apply(self, op: &'static dyn Op<T>) -> Self {
        self.tape.apply(op, &[self], Attributes::NONE)
    }

    pub(crate) fn kind(self) -> Kind {
        self.tape.state().graph.node(self.id).kind
    }
}

/// Prints shape and elements, for debugging.
impl<T: Real> fmt::Debug for Var<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{} {} {:?}", self.id.0, self.shape(), self.to_vec())
    }
}

/// The elements of a view with gaps, row-major.
pub(crate) fn gather<T: Real>(data: &[T], offset: usize, layout: &Layout) -> Vec<T> {
    let mut values = vec![T::ZERO; layout.shape().len()];
    let src = Strided {
        data,
        offset,
        strides: layout.strides(),
    };
    let dst = StridedMut::dense(&mut values, layout.shape());
    map::copy(layout.shape().slots(), src, dst);
    values
}
