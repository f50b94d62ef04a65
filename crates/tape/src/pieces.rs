//! Sweeping a recording in pieces, forgetting the end of it, and going through it again.
//!
//! A sweep down to a mark leaves adjoints at nodes before it. They wait there, and so do the rows of
//! weight gradients that are not yet multiplied, until a later sweep goes on from them: the same
//! additions in the same order as in one whole sweep, bit for bit. What is swept can be forgotten,
//! and the memory used again: for the piece of the computation that comes before it in time, or
//! after.

use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};

use wengert_kernels::Real;

use crate::backward::{Unwatched, Watch, sweep};
use crate::graph::{Node, NodeId};
use crate::state::State;
use crate::tape::Tape;
use crate::var::Var;

/// A position on a tape, between two nodes: see [`Tape::mark`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    recording: u64,
    nodes: usize,
}

/// A number that no other recording has: of another tape, or before a reset.
pub(crate) fn new_recording() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl<T: Real> Tape<T> {
    /// The end of the tape as it is now, to sweep back to ([`Tape::backward_to`]) or to rewind to
    /// ([`Tape::rewind`]). It means this position until the tape is reset or rewound beyond it.
    ///
    /// ```
    /// use wengert_tape::Tape;
    ///
    /// // y = w^4, a step at a time: one step is on the tape, its adjoint passes to the one before.
    /// let mut tape = Tape::<f64>::new();
    /// let w = tape.leaf([], &[2.0]).id();
    /// let mark = tape.mark();
    /// let mut gy = 1.0;
    /// for x in [8.0, 4.0, 2.0, 1.0] {
    ///     let x = tape.leaf([], &[x]);
    ///     let y = x * tape.var(w);
    ///     tape.backward_to(mark, &[(y, &[gy])]);
    ///     gy = x.grad().unwrap()[0];
    ///     tape.rewind(mark);
    /// }
    /// assert_eq!(gy, 16.0);
    /// assert_eq!(tape.var(w).grad(), Some(vec![4.0 * 8.0]));
    /// ```
    pub fn mark(&self) -> Mark {
        let state = self.state();
        Mark {
            recording: state.recording,
            nodes: state.graph.nodes.len(),
        }
    }

    /// Forgets all that was recorded after the mark, and keeps the memory. What was recorded before
    /// keeps its adjoints, to which later sweeps add; [`Tape::var`] gives its handles again.
    ///
    /// # Panics
    /// If the mark is of another tape, of before a reset, or beyond the end; or if an adjoint waits
    /// at an operation after the mark, where a sweep stopped: the gradient would lack it.
    #[track_caller]
    pub fn rewind(&mut self, mark: Mark) {
        let caller = Location::caller();
        self.check_mark("rewind", mark, caller);
        let mut state = self.state_mut(caller);
        if let Some(node) = state.waiting_from(mark.nodes) {
            panic!(
                "rewind: an adjoint waits at node {node}, after the mark at {}; sweep on with \
                 backward_to() first, or clear_grads() ({caller})",
                mark.nodes,
            );
        }
        state.truncate(mark.nodes);
    }

    /// Runs `f`, which must record what was recorded right after the mark, and gives it the handles
    /// of that recording instead of recording it again: those that `f` returns outlive no
    /// [`Tape::rewind`], but the values do.
    ///
    /// ```
    /// use wengert_tape::Tape;
    ///
    /// let mut tape = Tape::<f64>::new();
    /// let w = tape.leaf([2], &[3.0, 4.0]).id();
    /// let mark = tape.mark();
    /// tape.var(w).norm(); // dear, and the same at every step
    /// let steps = tape.mark();
    /// for _ in 0..3 {
    ///     let unit = tape.var(w) / tape.again(mark, || tape.var(w).norm());
    ///     assert_eq!(tape.len(), 3); // the weight, its norm, the quotient
    ///     assert_eq!(unit.to_vec(), [0.6, 0.8]);
    ///     tape.rewind(steps);
    /// }
    /// ```
    ///
    /// # Panics
    /// If the mark is of another tape, of before a reset, or beyond the end; or if `f` records
    /// something else than what is there.
    #[track_caller]
    pub fn again<R>(&self, mark: Mark, f: impl FnOnce() -> R) -> R {
        /// Ends the repetition, also where `f` panics.
        struct End<'a, T: Real>(&'a Tape<T>, Option<usize>);
        impl<T: Real> Drop for End<'_, T> {
            fn drop(&mut self) {
                self.0.state_mut(Location::caller()).again = self.1;
            }
        }
        let caller = Location::caller();
        self.check_mark("again", mark, caller);
        let outer = self.state_mut(caller).again.replace(mark.nodes);
        let _end = End(self, outer);
        f()
    }

    /// Sweeps backwards like [`Tape::backward`], but only over what was recorded after the mark and
    /// has not been swept. Adjoints that reach values recorded before wait there, for a later sweep
    /// to go on. In the end [`Tape::backward`], with the seeds that are left or none, sweeps the
    /// rest.
    ///
    /// [`Var::grad`] of a leaf recorded before the mark is the sum so far.
    ///
    /// # Panics
    /// As [`Tape::backward`]; and if the mark is of another tape, of before a reset or beyond the
    /// end, or the piece or an output was swept before.
    #[track_caller]
    pub fn backward_to(&self, mark: Mark, seeds: &[(Var<'_, T>, &[T])]) {
        let caller = Location::caller();
        self.check_mark("backward_to", mark, caller);
        self.sweep("backward_to", mark.nodes, seeds, &mut Unwatched, caller);
    }

    /// Sweeps the nodes from the `first`-th on that have not been swept.
    pub(crate) fn sweep(
        &self,
        what: &str,
        first: usize,
        seeds: &[(Var<'_, T>, &[T])],
        watch: &mut impl Watch<T>,
        caller: &'static Location<'static>,
    ) {
        let mut state = self.state_mut(caller);
        let end = state.swept.unwrap_or(usize::MAX);
        assert!(
            first < end,
            "{what}: this tape was swept before; call clear_grads() to sweep again ({caller})"
        );
        for (y, seed) in seeds {
            assert!(self.owns(*y), "{}", self.foreign(what, &[*y], caller));
            let node = state.graph.node(y.id());
            let shape = state.graph.shape(y.id());
            assert!(
                seed.len() == shape.len(),
                "{what}: output {shape} has {} elements, but its seed has {} ({caller})",
                shape.len(),
                seed.len(),
            );
            assert!(
                node.needs_grad,
                "{what}: no leaf lies below the output {shape}, so there is no gradient ({caller})"
            );
            assert!(
                y.id().index() < end,
                "{what}: the output {shape} is in the piece from node {end} on, which was swept \
                 before; rewind() forgets it ({caller})"
            );
        }
        // A first sweep has nothing to do behind its outputs; behind others, adjoints may wait.
        let end = match state.swept {
            None => seeds.iter().map(|(y, _)| y.id().index() + 1).max(),
            Some(_) => Some(end.min(state.graph.nodes.len())),
        };
        state.begin_sweep(first);
        for (y, seed) in seeds {
            state.seed(y.id(), seed);
        }
        let State {
            graph,
            arena,
            adjoints,
            deferred,
            ..
        } = &mut *state;
        let nodes = first as u32..end.unwrap_or(0) as u32;
        sweep(graph, arena.values(), adjoints, deferred, nodes, watch);
    }

    #[track_caller]
    fn check_mark(&self, what: &str, mark: Mark, caller: &Location<'_>) {
        let state = self.state();
        assert!(
            mark.recording == state.recording,
            "{what}: the mark is of another tape, or of this one before a reset ({caller})"
        );
        let len = state.graph.nodes.len();
        assert!(
            mark.nodes <= len,
            "{what}: the mark is at node {}, but the tape was rewound and ends at {len} ({caller})",
            mark.nodes,
        );
    }
}

impl<T: Real> State<T> {
    /// Where a recording is gone through again: the next node of it, which must be what `is` says.
    #[inline]
    pub(crate) fn recall(
        &mut self,
        what: &str,
        is: impl Fn(&Node<T>) -> bool,
        caller: &Location<'_>,
    ) -> Option<NodeId> {
        let first = self.again?;
        let rest = &self.graph.nodes[first..];
        // Copies are inserted before operations that want slices.
        let inserted = rest.iter().take_while(|node| !is(node));
        let inserted = inserted.take_while(|node| node.op.is_some_and(|op| op.name() == "copy"));
        let at = first + inserted.count();
        assert!(
            self.graph.nodes.get(at).is_some_and(is),
            "again: {what} is not what was recorded there, as node {at} ({caller})"
        );
        self.again = Some(at + 1);
        Some(NodeId(at as u32))
    }
}
