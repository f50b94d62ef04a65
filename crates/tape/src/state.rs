//! What a tape holds, and how a node is appended to it.

use std::panic::Location;

use wengert_kernels::map::{Identity, zip};
use wengert_kernels::{Layout, Real, Shape, Strided, StridedMut};

use crate::adjoints::Adjoints;
use crate::arena::Arena;
use crate::deferred::Deferred;
use crate::grads::open;
use crate::graph::{Entry, Graph, Kind, Node, NodeId, View};
use crate::op::{Access, Attributes, Inputs, Op};
use crate::ops::Copy;
use crate::pieces::new_recording;
use crate::var::Var;

/// All that a tape holds.
pub(crate) struct State<T: Real> {
    pub graph: Graph<T>,
    pub arena: Arena<T>,
    pub adjoints: Adjoints<T>,
    pub deferred: Deferred<T>,
    /// Inputs of the operation being recorded.
    pending: Vec<NodeId>,
    /// Once a sweep has run: the nodes from here on have been swept, those before wait.
    pub swept: Option<usize>,
    /// Tells its marks from others.
    pub recording: u64,
    /// While a recording is gone through again: its next node.
    pub again: Option<usize>,
}

impl<T: Real> State<T> {
    pub fn new() -> Self {
        Self {
            graph: Graph::new(),
            arena: Arena::new(),
            adjoints: Adjoints::new(),
            deferred: Deferred::new(),
            pending: Vec::new(),
            swept: None,
            recording: new_recording(),
            again: None,
        }
    }

    /// Appends an input, whose elements `fill` sets.
    pub fn push_input(
        &mut self,
        shape: Shape,
        kind: Kind,
        fill: impl FnOnce(&mut [T]),
        caller: &'static Location<'static>,
    ) -> NodeId {
        if let Some(id) = self.recall("this input", |node| node.kind == kind, caller) {
            return id;
        }
        let start = self.arena.used();
        self.arena.extend(shape.len());
        fill(self.arena.slice_mut(start, shape.len()));
        self.push_node(shape, start, kind, caller)
    }

    /// Appends an input whose value is in the arena.
    pub fn push_node(
        &mut self,
        shape: Shape,
        start: usize,
        kind: Kind,
        caller: &'static Location<'static>,
    ) -> NodeId {
        let layout = self.graph.layouts.intern_contiguous(shape);
        let needs_grad = kind == Kind::Leaf;
        let (inputs, attributes) = (&[][..], Attributes::NONE);
        self.graph.push(&Entry {
            op: None,
            kind,
            inputs,
            attributes,
            layout,
            start,
            needs_grad,
            caller,
        })
    }

    /// Appends a window on `parent`, or rather on the owner of its storage.
    pub fn push_view(
        &mut self,
        view: View,
        parent: NodeId,
        layout: &Layout,
        shift: isize,
        caller: &'static Location<'static>,
    ) -> NodeId {
        let kind = Kind::View(view);
        if let Some(id) = self.recall("this view", |node| node.kind == kind, caller) {
            return id;
        }
        let owner = self.graph.owner(parent);
        let empty = layout.shape().len() == 0;
        let layout = self.graph.layouts.intern(layout);
        self.graph.push(&Entry {
            op: None,
            kind,
            inputs: &[owner],
            attributes: Attributes::NONE,
            layout,
            // An empty window stays at its parent's place: past it, the storage may end.
            start: match self.graph.node(parent).start {
                start if empty => start,
                start => start.wrapping_add_signed(shift),
            },
            needs_grad: self.graph.node(owner).needs_grad,
            caller,
        })
    }

    /// Appends an operation and computes its value; inserts copies where it wants slices.
    pub fn record(
        &mut self,
        op: &'static dyn Op<T>,
        inputs: &[Var<'_, T>],
        attributes: Attributes<'_, T>,
        caller: &'static Location<'static>,
    ) -> Result<NodeId, String> {
        let same = |node: &Node<T>| node.op.is_some_and(|own| own.name() == op.name());
        if let Some(id) = self.recall(op.name(), same, caller) {
            return Ok(id);
        }
        let Self {
            graph,
            arena,
            pending,
            ..
        } = self;
        pending.clear();
        pending.extend(inputs.iter().map(|x| x.id()));
        let access = op.access();
        if access == Access::Dense {
            for id in &mut *pending {
                if !graph.is_contiguous(*id) {
                    let (strided, none) = (Access::Strided, Attributes::NONE);
                    *id = record_op(graph, arena, (&Copy, strided), &[*id], none, caller)?;
                }
            }
        }
        record_op(graph, arena, (op, access), pending, attributes, caller)
    }

    /// Makes room for the adjoints; from now on the nodes from the `first`-th on are swept.
    pub fn begin_sweep(&mut self, first: usize) {
        self.adjoints.extend(self.graph.nodes.len());
        self.swept = Some(first);
    }

    pub fn clear_grads(&mut self) {
        self.adjoints.clear();
        self.deferred.clear();
        self.swept = None;
    }

    /// The first operation from the `nodes`-th node on where an adjoint waits for a sweep.
    pub fn waiting_from(&self, nodes: usize) -> Option<usize> {
        let unswept = nodes..self.swept?.min(self.graph.nodes.len());
        unswept.into_iter().find(|&node| {
            let id = NodeId(node as u32);
            self.graph.node(id).kind == Kind::Op && self.adjoints.get(id).is_some()
        })
    }

    /// Forgets the nodes from the `nodes`-th on, and all that is theirs.
    pub fn truncate(&mut self, nodes: usize) {
        let start = self.graph.storage_from(nodes);
        let start = start.unwrap_or_else(|| self.arena.used());
        self.graph.truncate(nodes, start);
        self.arena.truncate(start);
        self.adjoints.truncate(nodes);
        self.deferred.truncate(nodes);
        if self.swept.is_some_and(|from| nodes <= from) {
            self.swept = Some(usize::MAX);
        }
    }

    /// Adds a cotangent to the adjoint of an output.
    pub fn seed(&mut self, id: NodeId, seed: &[T]) {
        let layout = *self.graph.layout(id);
        let src = Strided::dense(seed, layout.shape());
        let window = open(&self.graph, &mut self.adjoints, id);
        let dst = StridedMut {
            data: window.data,
            offset: window.offset,
            strides: layout.strides(),
        };
        zip(Identity, layout.shape().slots(), [src], dst, window.write);
    }
}

/// Appends an operation and computes its value.
#[inline]
fn record_op<T: Real>(
    graph: &mut Graph<T>,
    arena: &mut Arena<T>,
    (op, access): (&'static dyn Op<T>, Access),
    ids: &[NodeId],
    attributes: Attributes<'_, T>,
    caller: &'static Location<'static>,
) -> Result<NodeId, String> {
    let (layout, saved) = match graph.common_layout(ids) {
        Some(layout) if access == Access::Elementwise => (layout, 0),
        _ => {
            let x = Inputs::new(graph, arena.values(), ids, attributes);
            let shape = op
                .shape(&x)
                .map_err(|problem| refusal(op, &x, &problem, caller))?;
            let saved = op.saved(&x);
            (graph.layouts.intern_contiguous(shape), saved)
        }
    };
    let start = arena.used();
    let (before, y) = arena.extend(graph.layouts.len(layout) + saved);
    op.forward(&Inputs::new(graph, before, ids, attributes), y);
    let needs_grad = ids.iter().any(|&i| graph.node(i).needs_grad);
    Ok(graph.push(&Entry {
        op: Some(op),
        kind: Kind::Op,
        inputs: ids,
        attributes,
        layout,
        start,
        needs_grad,
        caller,
    }))
}

/// One line: the operation, all shapes, the problem, and the user's line.
fn refusal<T: Real>(
    op: &dyn Op<T>,
    x: &Inputs<'_, T>,
    problem: &str,
    caller: &Location<'_>,
) -> String {
    let shapes: Vec<String> = (0..x.len()).map(|i| x.shape(i).to_string()).collect();
    format!(
        "{}: {}: {problem} ({caller})",
        op.name(),
        shapes.join(" x ")
    )
}
