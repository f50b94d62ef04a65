//! Weight gradients of products with few rows, gathered over steps into taller products.
//!
//! The gradient of a weight matrix used at every step is a sum over steps of X_t^T G_t. With few
//! rows in X_t each product is slow (it reads and writes the whole gradient for little work), so
//! rows are stacked and multiplied [`STACK`] at a time: 2-6 % of a step at 16 rows and 8-27 % at 1
//! (measured 2026-11-22), and worse again if the stack grows without bound and leaves the cache.
//! Products are flushed at counted rows, so that the order of additions depends on nothing else: not
//! on the pieces in which a tape is swept, between which the rows wait.

use wengert_kernels::map::{Identity, zip};
use wengert_kernels::{Layout, Mat, MatMut, Real, StridedMut, Write, gemm};

use crate::adjoints::Adjoints;
use crate::grads::{open, open_window};
use crate::graph::{Graph, NodeId};
use crate::layouts::LayoutId;

/// Products with at least so many rows are fast on their own.
const FEW: usize = 128;
/// Rows multiplied at once.
const STACK: usize = 256;

/// Rows waiting for the product with one weight leaf.
struct Stack<T> {
    /// The leaf, and how the weight matrix lies in it (it may be a transposed view).
    owner: NodeId,
    offset: usize,
    layout: LayoutId,
    rows: usize,
    /// `STACK` rows of x and of the adjoint of the product.
    x: Vec<T>,
    g: Vec<T>,
}

/// The stacks of all weight leaves met in this sweep, and used-up ones for their memory.
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

    /// Whether a product with the left factor `xt` (a transposed x) is better gathered.
    #[inline]
    pub fn suits(xt: Mat<'_, T>) -> bool {
        let [_, rows] = xt.shape();
        rows < FEW
    }

    /// Adds `xt g` to the adjoint of `target`, a leaf or a view of one, now or later in the sweep.
    pub fn push(
        &mut self,
        graph: &Graph<T>,
        adjoints: &mut Adjoints<T>,
        target: NodeId,
        xt: Mat<'_, T>,
        g: Mat<'_, T>,
    ) {
        let [_, rows] = xt.shape();
        if rows == 0 {
            // Nothing to add, but the adjoint is 0, not absent.
            let window = open(graph, adjoints, target);
            if window.write == Write::Set {
                window.data.fill(T::ZERO);
            }
            return;
        }
        let at = self.find(graph, target);
        if self.stacks[at].rows + rows > STACK {
            self.stacks[at].flush(graph, adjoints);
        }
        let stack = &mut self.stacks[at];
        append(&mut stack.x, xt.t(), stack.rows);
        append(&mut stack.g, g, stack.rows);
        stack.rows += rows;
    }

    /// Finishes the products that wait for `leaf`.
    #[inline]
    pub fn flush(&mut self, graph: &Graph<T>, adjoints: &mut Adjoints<T>, leaf: NodeId) {
        for stack in &mut self.stacks[..self.in_use] {
            if stack.owner == leaf {
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
        let mut waiting = stacks.filter(|s| s.owner == leaf && s.rows > 0).peekable();
        waiting.peek()?;
        let mut sum = match adjoint {
            Some(adjoint) => adjoint.to_vec(),
            None => vec![T::ZERO; graph.len(leaf)],
        };
        for stack in waiting {
            stack.multiply(&mut sum, graph.layouts.get(stack.layout), Write::Add);
        }
        Some(sum)
    }

    /// Forgets the leaves, keeps the memory.
    pub fn clear(&mut self) {
        self.in_use = 0;
    }

    /// Forgets the leaves from the `nodes`-th node on.
    pub fn truncate(&mut self, nodes: usize) {
        let in_use = &mut self.stacks[..self.in_use];
        self.in_use = keep(in_use, |stack| stack.owner.index() < nodes);
    }

    fn find(&mut self, graph: &Graph<T>, target: NodeId) -> usize {
        let owner = graph.owner(target);
        let offset = graph.offset_in(owner, target);
        let layout = graph.node(target).layout;
        let same = |s: &Stack<T>| s.owner == owner && s.offset == offset && s.layout == layout;
        if let Some(at) = find_from(&self.stacks[..self.in_use], self.last, same) {
            self.last = at;
            return at;
        }
        if self.in_use == self.stacks.len() {
            let (x, g) = (Vec::new(), Vec::new());
            self.stacks.push(Stack {
                owner,
                offset,
                layout,
                rows: 0,
                x,
                g,
            });
        }
        let stack = &mut self.stacks[self.in_use];
        (stack.owner, stack.offset, stack.layout) = (owner, offset, layout);
        stack.rows = 0;
        self.in_use += 1;
        self.in_use - 1
    }
}

impl<T: Real> Stack<T> {
    fn flush(&mut self, graph: &Graph<T>, adjoints: &mut Adjoints<T>) {
        if self.rows == 0 {
            return;
        }
        let window = open_window(graph, adjoints, self.owner, self.offset, self.layout);
        self.multiply(window.data, window.layout, window.write);
        self.rows = 0;
    }

    /// Writes the product, or adds it, to the weight matrix's window of the leaf's whole adjoint.
    fn multiply(&self, adjoint: &mut [T], layout: &Layout, write: Write) {
        let ([.., m, n], [.., row, col]) = (layout.shape().slots(), layout.strides());
        let x = Mat::rows(&self.x[..self.rows * m], self.rows, m);
        let g = Mat::rows(&self.g[..self.rows * n], self.rows, n);
        let c = MatMut::new(adjoint, self.offset, [m, n], [row, col]);
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

/// Copies a matrix behind the first `rows` rows of `stack`.
fn append<T: Real>(stack: &mut Vec<T>, new: Mat<'_, T>, rows: usize) {
    let [count, width] = new.shape();
    let (from, to) = (rows * width, (rows + count) * width);
    if stack.len() < to {
        stack.resize(STACK * width, T::ZERO);
    }
    let strides = [0, 0, width as isize, 1];
    let dst = StridedMut {
        data: stack,
        offset: from,
        strides,
    };
    zip(
        Identity,
        [1, 1, count, width],
        [new.strided()],
        dst,
        Write::Set,
    );
}
