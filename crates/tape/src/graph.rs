//! The Wengert list itself: nodes in the order they were recorded. Their values are in the arena.

use std::cell::RefCell;
use std::panic::Location;

use wengert_kernels::{Layout, Real, Shape};

use crate::layouts::{LayoutId, Layouts};
use crate::op::{Attributes, Op};
use crate::weights::Weights;

/// Index of a node. A node's inputs have smaller ids, so descending ids are a reverse order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// The position in the list, counted from 0.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where a node's value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The user; the sweep leaves its adjoint to be read.
    Leaf,
    /// The user; no adjoint.
    Constant,
    /// An operation on earlier nodes.
    Op,
    /// A window on the value of an earlier node, which owns the storage: value and adjoint are that
    /// window of the owner's.
    View(View),
}

/// How a view was made, for people to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "named after the methods of `Var`")]
pub enum View {
    Reshape,
    Slice,
    Transpose,
    Flip,
    Broadcast,
}

/// One entry of the list: 48 bytes, plus 4 for each input and 4 for its adjoint's place.
#[derive(Clone, Copy)]
pub(crate) struct Node<T: Real> {
    /// The rule; present exactly when `kind` is `Op`.
    pub op: Option<&'static dyn Op<T>>,
    /// The user's line.
    pub caller: &'static Location<'static>,
    /// Position of its first element in the arena.
    pub start: usize,
    pub layout: LayoutId,
    pub kind: Kind,
    /// Whether a leaf lies below: otherwise the sweep passes it by.
    pub needs_grad: bool,
    /// Whether its adjoint outlives the sweep.
    pub retained: bool,
    /// Whether its elements lie row-major without gaps.
    pub dense: bool,
    /// First of its inputs in `Graph::edges`; its last is where the next node's begin.
    first_edge: u32,
    /// Its row of `Graph::attributes`, or `NO_ATTRIBUTES`.
    attributes: u32,
}

const NO_ATTRIBUTES: u32 = u32::MAX;

/// Ends of one row's ranges of `Graph::{ints, reals}`; they begin where the row before ends.
#[derive(Clone, Copy)]
struct AttributeRow {
    ints_end: u32,
    reals_end: u32,
}

/// What [`Graph::push`] needs to know of a new node.
pub(crate) struct Entry<'a, T: Real> {
    pub op: Option<&'static dyn Op<T>>,
    pub kind: Kind,
    pub inputs: &'a [NodeId],
    pub attributes: Attributes<'a, T>,
    pub layout: LayoutId,
    pub start: usize,
    pub needs_grad: bool,
    pub caller: &'static Location<'static>,
}

/// Nodes, edges and constants. Kept at the high-water mark by [`Graph::clear`], so that recording
/// the same program again allocates nothing.
pub(crate) struct Graph<T: Real> {
    pub nodes: Vec<Node<T>>,
    pub layouts: Layouts,
    /// Lent to rules, which see the graph only to read.
    pub weights: RefCell<Weights<T>>,
    edges: Vec<NodeId>,
    attributes: Vec<AttributeRow>,
    ints: Vec<usize>,
    reals: Vec<T>,
}

impl<T: Real> Graph<T> {
    pub fn new() -> Self {
        Self {
            nodes: Vec::new(),
            layouts: Layouts::new(),
            weights: RefCell::new(Weights::new()),
            edges: Vec::new(),
            attributes: Vec::new(),
            ints: Vec::new(),
            reals: Vec::new(),
        }
    }

    /// Forgets all nodes, keeps the memory.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.edges.clear();
        self.attributes.clear();
        self.ints.clear();
        self.reals.clear();
        self.weights.get_mut().clear();
    }

    /// Where in the arena the values of the nodes from the `nodes`-th on begin, if any has one.
    pub fn storage_from(&self, nodes: usize) -> Option<usize> {
        let mut rest = self.nodes[nodes..].iter();
        let first = rest.find(|node| !matches!(node.kind, Kind::View(_)));
        first.map(|node| node.start)
    }

    /// Forgets the nodes from the `nodes`-th on, whose values begin at `start` in the arena.
    pub fn truncate(&mut self, nodes: usize, start: usize) {
        let dropped = &self.nodes[nodes..];
        let Some(first) = dropped.first() else {
            return;
        };
        self.edges.truncate(first.first_edge as usize);
        if let Some(with) = dropped.iter().find(|n| n.attributes != NO_ATTRIBUTES) {
            self.attributes.truncate(with.attributes as usize);
            let [ints, reals] = match self.attributes.last() {
                Some(row) => [row.ints_end, row.reals_end],
                None => [0, 0],
            };
            self.ints.truncate(ints as usize);
            self.reals.truncate(reals as usize);
        }
        self.nodes.truncate(nodes);
        self.weights.get_mut().truncate(start);
    }

    /// The layout that all of `ids` share, if they do and it has no gaps.
    #[inline]
    pub fn common_layout(&self, ids: &[NodeId]) -> Option<LayoutId> {
        let (&first, rest) = ids.split_first()?;
        let Node { layout, dense, .. } = *self.node(first);
        (dense && rest.iter().all(|&id| self.node(id).layout == layout)).then_some(layout)
    }

    /// Appends a node.
    #[inline(always)]
    pub fn push(&mut self, entry: &Entry<'_, T>) -> NodeId {
        let id = u32_or_panic(self.nodes.len(), "nodes");
        let first_edge = u32_or_panic(self.edges.len(), "edges");
        self.edges.extend(entry.inputs.iter().copied());
        let none = entry.attributes.ints.is_empty() && entry.attributes.reals.is_empty();
        let attributes = if none {
            NO_ATTRIBUTES
        } else {
            self.push_attributes(entry.attributes)
        };
        self.nodes.push(Node {
            op: entry.op,
            caller: entry.caller,
            start: entry.start,
            layout: entry.layout,
            kind: entry.kind,
            needs_grad: entry.needs_grad,
            retained: false,
            dense: self.layouts.contiguous(entry.layout) == entry.layout,
            first_edge,
            attributes,
        });
        NodeId(id)
    }

    fn push_attributes(&mut self, constants: Attributes<'_, T>) -> u32 {
        self.ints.extend_from_slice(constants.ints);
        self.reals.extend_from_slice(constants.reals);
        self.attributes.push(AttributeRow {
            ints_end: u32_or_panic(self.ints.len(), "indices"),
            reals_end: u32_or_panic(self.reals.len(), "constants"),
        });
        self.attributes.len() as u32 - 1
    }

    #[inline]
    pub fn node(&self, id: NodeId) -> &Node<T> {
        &self.nodes[id.index()]
    }

    #[inline]
    pub fn layout(&self, id: NodeId) -> &Layout {
        self.layouts.get(self.node(id).layout)
    }

    #[inline]
    pub fn shape(&self, id: NodeId) -> Shape {
        self.layout(id).shape()
    }

    /// Number of elements.
    #[inline]
    pub fn len(&self, id: NodeId) -> usize {
        self.layouts.len(self.node(id).layout)
    }

    #[inline]
    pub fn is_contiguous(&self, id: NodeId) -> bool {
        self.node(id).dense
    }

    /// The inputs of an `Op`; the owner, of a `View`; nothing, of others.
    #[inline]
    pub fn edges(&self, id: NodeId) -> &[NodeId] {
        let next = self.nodes.get(id.index() + 1);
        let end = next.map_or(self.edges.len(), |n| n.first_edge as usize);
        &self.edges[self.node(id).first_edge as usize..end]
    }

    #[inline]
    pub fn attributes(&self, id: NodeId) -> Attributes<'_, T> {
        let row = self.node(id).attributes as usize;
        if row == NO_ATTRIBUTES as usize {
            return Attributes::NONE;
        }
        let AttributeRow {
            ints_end,
            reals_end,
        } = self.attributes[row];
        let (first_int, first_real) = match row {
            0 => (0, 0),
            _ => (
                self.attributes[row - 1].ints_end,
                self.attributes[row - 1].reals_end,
            ),
        };
        Attributes {
            ints: &self.ints[first_int as usize..ints_end as usize],
            reals: &self.reals[first_real as usize..reals_end as usize],
        }
    }

    /// The node whose storage holds this one's value and adjoint: itself, or a view's owner.
    #[inline]
    pub fn owner(&self, id: NodeId) -> NodeId {
        match self.node(id).kind {
            Kind::View(_) => self.edges(id)[0],
            _ => id,
        }
    }

    /// Distance of a node's first element from that of `owner`.
    #[inline]
    pub fn offset_in(&self, owner: NodeId, id: NodeId) -> usize {
        self.node(id).start - self.node(owner).start
    }

    /// Bytes of bookkeeping in use: everything but values and adjoints.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.nodes[..])
            + size_of_val(&self.edges[..])
            + size_of_val(&self.attributes[..])
            + size_of_val(&self.ints[..])
            + size_of_val(&self.reals[..])
    }
}

#[inline]
fn u32_or_panic(n: usize, what: &str) -> u32 {
    match u32::try_from(n) {
        Ok(n) if n < NO_ATTRIBUTES => n,
        _ => panic!("tape: {n} {what}, but at most {NO_ATTRIBUTES} fit: reset the tape more often"),
    }
}
