//! Weight gradients of products with few rows, gathered over steps into taller products.
//!
//! The gradient of a weight matrix used at every step is a sum over steps of X_t^T G_t. With few
//! rows in X_t each product is slow (it reads and writes the whole gradient for little work), so
//! rows are stacked and multiplied together: 2-6 % of a step at 16 rows and 8-27 % at 1 (measured
//! 2026-11-22), and worse again if the stack grows without bound and leaves the cache. The weights
//! of one affine map share the rows of G. Products are flushed at counted rows, so that the order of
//! additions depends on nothing else: not on the pieces in which a tape is swept, between which the
//! rows wait.

use wengert_kernels::map::copy;
use wengert_kernels::{Layout, Mat, MatMut, Real, StridedMut, Write, gemm};

use crate::adjoints::Adjoints;
use crate::grads::open_window;
use crate::graph::{Graph, NodeId};
use crate::layouts::LayoutId;

/// Rows multiplied at once, for gradients of up to `LARGE` elements and for larger ones: these
/// leave the nearest caches between two products, and come back at a cost.
const STACK: [usize; 2] = [128, 256];
const LARGE: usize = 1 << 17;

/// A weight matrix: the leaf, and how the matrix lies in it (it may be a transposed view).
#[derive(Clone, Copy, PartialEq, Eq)]
struct Target {
    owner: NodeId,
    offset: usize,
    layout: LayoutId,
}

impl Target {
    fn of<T: Real>(graph: &Graph<T>, id: NodeId) -> Self {
        let owner = graph.owner(id);
        Self {
            owner,
            offset: graph.offset_in(owner, id),
            layout: graph.node(id).layout,
        }
    }
}

/// Rows waiting for the products with some weights.
struct Stack<T> {
    /// The weights, and rows of the x of each.
    weights: Vec<(Target, Vec<T>)>,
    /// Rows of the adjoint of the affine map.
    g: Vec<T>,
    rows: usize,
    /// How many rows there is room for.
    room: usize,
}

/// The stacks of all weights met in this sweep, and used-up ones for their memory.
pub(crate) struct Deferred<T> {
    stacks: Vec<Stack<T>>,
    in_use: usize,
    /// Where the stack found last is: a network asks for its weights in turn.
    last: usize,
}

impl<T: Real> Deferred<T> {
    pub fn new() -> Self {
        Self {
            stacks: Vec::new(),
            in_use: 0,
            last: 0,
        }
    }

    /// Whether products with the left factors `xt` (each a transposed x) and a right factor of this
    /// width are better gathered: copying the rows must cost less than reading and writing the
    /// gradient each time.
    pub fn suits(xt: &[Mat<'_, T>], width: usize) -> bool {
        let (height, rows) = (height(xt), xt[0].shape()[1]);
        let gradient = height * width;
        let room = room(gradient);
        (1..room).contains(&rows) && rows * (height + width) * room < gradient * (room - rows)
    }

    /// Adds `xt g` to the adjoint of each of `targets`, leaves or views of leaves, now or later in
    /// the sweep.
    pub fn push(
        &mut self,
        graph: &Graph<T>,
        adjoints: &mut Adjoints<T>,
        targets: &[NodeId],
        xt: &[Mat<'_, T>],
        g: Mat<'_, T>,
    ) {
        let [rows, width] = g.shape();
        let at = self.find(graph, targets, room(height(xt) * width));
        let stack = &mut self.stacks[at];
        if stack.rows + rows > stack.room {
            stack.flush(graph, adjoints);
        }
        for ((_, x), xt) in stack.weights.iter_mut().zip(xt) {
            append(x, xt.t(), stack.rows, stack.room);
        }
        append(&mut stack.g, g, stack.rows, stack.room);
        stack.rows += rows;
    }

    /// Finishes the products that wait for `leaf`.
    #[inline]
    pub fn flush(&mut self, graph: &Graph<T>, adjoints: &mut Adjoints<T>, leaf: NodeId) {
        for stack in &mut self.stacks[..self.in_use] {
            if stack.is_for(leaf) {
                stack.flush(graph, adjoints);
            }
        }
    }

    /// The adjoint of `leaf`, so far `adjoint`, with the rows that wait for it, if there are any.
    pub fn with_waiting(
        &self,
        graph: &Graph<T>,
        adjoint: Option<&[T]>,
        leaf: NodeId,
    ) -> Option<Vec<T>> {
        let stacks = self.stacks[..self.in_use].iter();
        let mut waiting = stacks.filter(|s| s.is_for(leaf) && s.rows > 0).peekable();
        waiting.peek()?;
        let mut sum = match adjoint {
            Some(adjoint) => adjoint.to_vec(),
            None => vec![T::ZERO; graph.len(leaf)],
        };
        for stack in waiting {
            for (target, x) in stack.weights.iter().filter(|(t, _)| t.owner == leaf) {
                let layout = graph.layouts.get(target.layout);
                stack.multiply(x, target.offset, layout, &mut sum, Write::Add);
            }
        }
        Some(sum)
    }

    /// Forgets the weights, keeps the memory.
    pub fn clear(&mut self) {
        self.in_use = 0;
    }

    /// Forgets the weights from the `nodes`-th node on.
    pub fn truncate(&mut self, nodes: usize) {
        let in_use = &mut self.stacks[..self.in_use];
        let before = |(target, _): &(Target, _)| target.owner.index() < nodes;
        self.in_use = keep(in_use, |stack| stack.weights.iter().all(before));
    }

    fn find(&mut self, graph: &Graph<T>, ids: &[NodeId], room: usize) -> usize {
        let targets = || ids.iter().map(|&id| Target::of(graph, id));
        let same = |s: &Stack<T>| targets().eq(s.weights.iter().map(|(target, _)| *target));
        if let Some(at) = find_from(&self.stacks[..self.in_use], self.last, same) {
            self.last = at;
            return at;
        }
        if self.in_use == self.stacks.len() {
            self.stacks.push(Stack {
                weights: Vec::new(),
                g: Vec::new(),
                rows: 0,
                room,
            });
        }
        let stack = &mut self.stacks[self.in_use];
        (stack.rows, stack.room) = (0, room);
        stack.weights.truncate(ids.len());
        for (i, target) in targets().enumerate() {
            match stack.weights.get_mut(i) {
                Some((old, _)) => *old = target,
                None => stack.weights.push((target, Vec::new())),
            }
        }
        self.in_use += 1;
        self.in_use - 1
    }
}

/// Rows of a gradient: columns of all x together.
fn height<T>(xt: &[Mat<'_, T>]) -> usize {
    xt.iter().map(|xt| xt.shape()[0]).sum()
}

/// Rows of a stack for a gradient of so many elements.
fn room(gradient: usize) -> usize {
    STACK[usize::from(gradient > LARGE)]
}

impl<T: Real> Stack<T> {
    fn is_for(&self, leaf: NodeId) -> bool {
        self.weights.iter().any(|(target, _)| target.owner == leaf)
    }

    fn flush(&mut self, graph: &Graph<T>, adjoints: &mut Adjoints<T>) {
        if self.rows == 0 {
            return;
        }
        for (target, x) in &self.weights {
            let window = open_window(graph, adjoints, target.owner, target.offset, target.layout);
            self.multiply(x, target.offset, window.layout, window.data, window.write);
        }
        self.rows = 0;
    }

    /// Writes the product of `x` and the adjoints, or adds it, to the weight matrix's window of the
    /// leaf's whole adjoint.
    fn multiply(&self, x: &[T], offset: usize, layout: &Layout, adjoint: &mut [T], write: Write) {
        let ([.., m, n], [.., row, col]) = (layout.shape().slots(), layout.strides());
        let x = Mat::rows(&x[..self.rows * m], self.rows, m);
        let g = Mat::rows(&self.g[..self.rows * n], self.rows, n);
        let c = MatMut::new(adjoint, offset, [m, n], [row, col]);
        gemm(x.t(), g, c, write == Write::Add);
    }
}

/// Moves the items that `is` says to keep to the front, in their order; returns how many they are.
pub(crate) fn keep<I>(items: &mut [I], is: impl Fn(&I) -> bool) -> usize {
    let mut kept = 0;
    for i in 0..items.len() {
        if is(&items[i]) {
            items.swap(kept, i);
            kept += 1;
        }
    }
    kept
}

/// The position of an item, searched for from behind the position `last` on and then around.
pub(crate) fn find_from<I>(items: &[I], last: usize, is: impl Fn(&I) -> bool) -> Option<usize> {
    let (before, after) = items.split_at(items.len().min(last + 1));
    let behind = after.iter().position(&is).map(|at| before.len() + at);
    behind.or_else(|| before.iter().position(&is))
}

/// Copies a matrix behind the first `rows` rows of a stack with room for so many.
fn append<T: Real>(stack: &mut Vec<T>, new: Mat<'_, T>, rows: usize, room: usize) {
    let [count, width] = new.shape();
    let (offset, end) = (rows * width, (rows + count) * width);
    if stack.len() < end {
        stack.resize(room * width, T::ZERO);
    }
    let strides = [0, 0, width as isize, 1];
    let dst = StridedMut {
        data: stack,
        offset,
        strides,
    };
    copy([1, 1, count, width], new.strided(), dst);
}
