//! The tape: records operations as they run, and sweeps back over them.

use std::cell::{Ref, RefCell, RefMut};
use std::fmt;
use std::panic::Location;

use wengert_kernels::map;
use wengert_kernels::{IntoShape, Layout, Real, Shape, Strided, StridedMut};

use crate::backward::{Unwatched, Watch};
use crate::graph::{Kind, Node, NodeId, View};
use crate::op::{Attributes, Op};
use crate::pieces::new_recording;
use crate::state::State;
use crate::var::Var;

/// A record of a computation, in the order it ran: the Wengert list.
///
/// [`Var`]s are created by [`Tape::leaf`] and [`Tape::constant`] and by operations on them. After a
/// backward sweep ([`Var::backward`]) each leaf holds its adjoint ([`Var::grad`]). [`Tape::reset`]
/// forgets the computation and keeps the memory: from the second step of a training loop on, the
/// tape allocates nothing.
///
/// A tape is used by one thread at a time; it can be sent to another. To use several cores, give
/// each a tape of its own and a share of the batch.
///
/// ```
/// use wengert_tape::Tape;
///
/// let mut tape = Tape::<f64>::new();
/// for step in 1..=3 {
///     let x = tape.leaf([2], &[f64::from(step), 1.0]);
///     let loss = (x * x).sum();
///     loss.backward();
///     assert_eq!(x.grad(), Some(vec![2.0 * f64::from(step), 2.0]));
///     tape.reset();
/// }
/// ```
pub struct Tape<T: Real> {
    state: RefCell<State<T>>,
}

impl<T: Real> Default for Tape<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Real> Tape<T> {
    /// An empty tape.
    pub fn new() -> Self {
        Self {
            state: RefCell::new(State::new()),
        }
    }

    /// Forgets everything recorded and keeps the memory. No [`Var`] can outlive it:
    ///
    /// ```compile_fail,E0502
    /// let mut tape = wengert_tape::Tape::<f64>::new();
    /// let x = tape.leaf([1], &[1.0]);
    /// tape.reset();
    /// x.item();
    /// ```
    pub fn reset(&mut self) {
        let state = self.state.get_mut();
        state.clear_grads();
        state.recording = new_recording();
        state.graph.clear();
        state.arena.clear();
    }

    /// Number of nodes recorded: leaves, constants, operations and views.
    pub fn len(&self) -> usize {
        self.state().graph.nodes.len()
    }

    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The handle of a recorded value, by its [`Var::id`]: after [`Tape::rewind`], which no handle
    /// outlives, that of a value which remains.
    ///
    /// # Panics
    /// If there is no such node.
    #[inline]
    #[track_caller]
    pub fn var(&self, id: NodeId) -> Var<'_, T> {
        let (node, len) = (id.index(), self.len());
        assert!(node < len, "var: no node {node}, there are {len}");
        Var::new(self, id)
    }

    /// Records an input to differentiate by, with its elements in row-major order.
    ///
    /// # Panics
    /// If `values` has not as many elements as `shape`.
    #[track_caller]
    pub fn leaf(&self, shape: impl IntoShape, values: &[T]) -> Var<'_, T> {
        let shape = Shape::of(shape, "leaf");
        self.push_input(shape, values, Kind::Leaf, Location::caller())
    }

    /// Records an input that is not differentiated by.
    ///
    /// # Panics
    /// If `values` has not as many elements as `shape`.
    #[track_caller]
    pub fn constant(&self, shape: impl IntoShape, values: &[T]) -> Var<'_, T> {
        let shape = Shape::of(shape, "constant");
        self.push_input(shape, values, Kind::Constant, Location::caller())
    }

    /// Records a constant without axes.
    #[track_caller]
    pub fn scalar(&self, value: f64) -> Var<'_, T> {
        self.push_input(
            Shape::SCALAR,
            &[T::from_f64(value)],
            Kind::Constant,
            Location::caller(),
        )
    }

    /// Records a constant of zeros, for example an initial state.
    #[track_caller]
    pub fn zeros(&self, shape: impl IntoShape) -> Var<'_, T> {
        let (shape, caller) = (Shape::of(shape, "zeros"), Location::caller());
        let zero = |y: &mut [T]| y.fill(T::ZERO);
        let id = self
            .state_mut(caller)
            .push_input(shape, Kind::Constant, zero, caller);
        Var::new(self, id)
    }

    fn push_input(
        &self,
        shape: Shape,
        values: &[T],
        kind: Kind,
        caller: &'static Location<'static>,
    ) -> Var<'_, T> {
        assert!(
            values.len() == shape.len(),
            "{}: {shape} has {} elements, but {} values came ({caller})",
            if kind == Kind::Leaf {
                "leaf"
            } else {
                "constant"
            },
            shape.len(),
            values.len(),
        );
        let copy = |y: &mut [T]| y.copy_from_slice(values);
        let id = self.state_mut(caller).push_input(shape, kind, copy, caller);
        Var::new(self, id)
    }

    /// Records `op` on `inputs` and computes its value.
    ///
    /// # Panics
    /// If an input belongs to another tape, or if the operation refuses the inputs: the message
    /// names the operation, all shapes, the problem, and the caller's line.
    #[track_caller]
    pub fn apply<'t>(
        &'t self,
        op: &'static dyn Op<T>,
        inputs: &[Var<'t, T>],
        attributes: Attributes<'_, T>,
    ) -> Var<'t, T> {
        let caller = Location::caller();
        let own = inputs.iter().all(|x| self.owns(*x));
        assert!(own, "{}", self.foreign(op.name(), inputs, caller));
        let recorded = self
            .state_mut(caller)
            .record(op, inputs, attributes, caller);
        match recorded {
            Ok(id) => Var::new(self, id),
            Err(refusal) => panic!("{refusal}"),
        }
    }

    /// Records the value of `x` as a constant.
    pub(crate) fn detach<'t>(
        &'t self,
        x: Var<'t, T>,
        caller: &'static Location<'static>,
    ) -> Var<'t, T> {
        let mut state = self.state_mut(caller);
        let constant = |node: &Node<T>| node.kind == Kind::Constant;
        if let Some(id) = state.recall("detach", constant, caller) {
            drop(state);
            return Var::new(self, id);
        }
        let State { graph, arena, .. } = &mut *state;
        let layout = *graph.layout(x.id());
        let shape = layout.shape();
        let start = arena.used();
        let (before, data) = arena.extend(shape.len());
        let src = Strided {
            data: before,
            offset: graph.node(x.id()).start,
            strides: layout.strides(),
        };
        let dst = StridedMut::dense(data, shape);
        map::copy(shape.slots(), src, dst);
        let id = state.push_node(shape, start, Kind::Constant, caller);
        drop(state);
        Var::new(self, id)
    }

    /// Records a window on the elements of `x`.
    pub(crate) fn view<'t>(
        &'t self,
        x: Var<'t, T>,
        view: View,
        layout: &Layout,
        shift: isize,
        caller: &'static Location<'static>,
    ) -> Var<'t, T> {
        let id = self
            .state_mut(caller)
            .push_view(view, x.id(), layout, shift, caller);
        Var::new(self, id)
    }

    /// Sweeps backwards from several outputs at once, each with its cotangent: afterwards the
    /// adjoint of each leaf x is the sum over outputs y of `seed_y^T dy/dx`. After
    /// [`Tape::backward_to`] it sweeps the rest.
    ///
    /// # Panics
    /// If a seed has not as many elements as its output, an output is of another tape or has no
    /// leaf below it, or the tape was swept before and [`Tape::clear_grads`] has not been called.
    #[track_caller]
    pub fn backward(&self, seeds: &[(Var<'_, T>, &[T])]) {
        self.backward_watched(seeds, &mut Unwatched);
    }

    #[track_caller]
    pub(crate) fn backward_watched(&self, seeds: &[(Var<'_, T>, &[T])], watch: &mut impl Watch<T>) {
        self.sweep("backward", 0, seeds, watch, Location::caller());
    }

    /// From now on adjoints smaller than `threshold` in absolute value become 0 in sweeps, before
    /// their node's rule reads them; with 0 none do. At first the threshold is 1e-30 on a tape of
    /// `f32`, 1e-300 of `f64`. A dual number goes only when its tangents are as small.
    ///
    /// A gradient that vanishes through time does not reach 0: it ends among the subnormal numbers,
    /// with which many processors compute 20 to 100 times slower. Leaves, and intermediate values
    /// that [retain](Var::retain) theirs, keep adjoints of any size.
    ///
    /// ```
    /// let mut tape = wengert_tape::Tape::<f32>::new();
    /// for (threshold, gradient, flushed) in [(1e-30, 0.0, 1), (0.0, 2e-36, 0)] {
    ///     tape.flush_below(threshold);
    ///     let x = tape.leaf([1], &[1.0]);
    ///     (x * 2.0 * 1e-36).sum().backward(); // the adjoint of 2 x is 1e-36
    ///     assert_eq!(x.grad(), Some(vec![gradient]));
    ///     assert_eq!(tape.flushed(), flushed);
    ///     tape.reset();
    /// }
    /// ```
    ///
    /// # Panics
    /// If the threshold is negative, infinite or NaN.
    #[track_caller]
    pub fn flush_below(&self, threshold: f64) {
        let caller = Location::caller();
        assert!(
            threshold.is_finite() && threshold >= 0.0,
            "flush_below: threshold {threshold}, but it must be 0 or positive and finite ({caller})"
        );
        self.state_mut(caller).adjoints.flush_below = threshold;
    }

    /// Elements of adjoints that were not 0 and became 0 for being below the threshold of
    /// [`Tape::flush_below`], since adjoints were forgotten last.
    pub fn flushed(&self) -> u64 {
        self.state().adjoints.flushed
    }

    /// Forgets all adjoints, so that the tape can be swept again.
    #[track_caller]
    pub fn clear_grads(&self) {
        self.state_mut(Location::caller()).clear_grads();
    }

    pub(crate) fn state(&self) -> Ref<'_, State<T>> {
        self.state.borrow()
    }

    /// # Panics
    /// If a value is being read: `Var::with` holds the tape while its closure runs.
    pub(crate) fn state_mut(&self, caller: &Location<'_>) -> RefMut<'_, State<T>> {
        self.state.try_borrow_mut().unwrap_or_else(|_| {
            panic!(
                "tape: changed inside Var::with or Var::with_grad, which only read; \
                 copy the values out first ({caller})"
            )
        })
    }

    #[inline]
    pub(crate) fn owns(&self, x: Var<'_, T>) -> bool {
        std::ptr::eq(self, x.tape())
    }

    /// What is wrong with inputs of which one is not on this tape.
    #[cold]
    pub(crate) fn foreign(
        &self,
        what: &str,
        inputs: &[Var<'_, T>],
        caller: &Location<'_>,
    ) -> String {
        let at = inputs.iter().position(|x| !self.owns(*x)).unwrap_or(0);
        let shape = inputs[at].shape();
        format!(
            "{what}: operand {at}, {shape}, belongs to another tape; all must be of one ({caller})"
        )
    }
}

impl<T: Real> fmt::Debug for Tape<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tape")
            .field("nodes", &self.len())
            .finish_non_exhaustive()
    }
}
