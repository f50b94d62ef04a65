//! Weight gradients of products with few rows, gathered over steps into taller products.
//!
//! The gradient of a weight matrix used at every step is a sum over steps of X_t^T G_t. With few
//! rows in X_t each product is slow (it reads and writes the whole gradient for little work), so
//! rows are stacked and multiplied [`STACK`] at a time: 2-6 % of a step at 16 rows and 8-27 % at 1
//! (measured 2026-11-22), and worse again if the stack grows without bound and leaves the cache.
//! Products are flushed at counted rows, so that the order of additions depends on nothing else.

use wengert_kernels::map::{Identity, zip};
use wengert_kernels::{Mat, MatMut, Real, StridedMut, Write, gemm};

use crate::adjoints::Adjoints;
use crate::grads::open;
use crate::graph::{Graph, NodeId};
use crate::layouts::LayoutId;

/// Products with at least so many rows are fast on their own.
const FEW: usize = 32;
/// Rows multiplied at once.
const STACK: usize = 128;

/// Rows waiting for the product with one weight leaf.
struct Stack<T> {
    /// The leaf, and how the weight matrix lies in it (it may be a transposed view).
    owner: NodeId,
    offset: usize,
    layout: LayoutId,
    /// A node of that layout and offset: its adjoint's window is the destination.
    target: NodeId,
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

    /// Forgets the leaves, keeps the memory.
    pub fn clear(&mut self) {
        self.in_use = 0;
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
                target,
                rows: 0,
                x,
                g,
            });
        }
        let stack = &mut self.stacks[self.in_use];
        (stack.owner, stack.offset, stack.layout) = (owner, offset, layout);
        (stack.target, stack.rows) = (target, 0);
        self.in_use += 1;
        self.in_use - 1
    }
}

impl<T: Real> Stack<T> {
    fn flush(&mut self, graph: &Graph<T>, adjoints: &mut Adjoints<T>) {
        if self.rows == 0 {
            return;
        }
        let window = open(graph, adjoints, self.target);
        let ([.., m, n], [.., row, col]) = (window.layout.shape().slots(), window.layout.strides());
        let x = Mat::rows(&self.x[..self.rows * m], self.rows, m);
        let g = Mat::rows(&self.g[..self.rows * n], self.rows, n);
        let c = MatMut::new(window.data, window.offset, [m, n], [row, col]);
        gemm(x.t(), g, c, window.write == Write::Add);
        self.rows = 0;
    }
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
