//! The sweep: reverse-mode differentiation is this loop.
//!
//! The list is in recording order, so every use of a node comes after it. Walking backwards, when a
//! node's turn comes all its uses have added to its adjoint: it is complete, and its rule passes it
//! on to the node's inputs. On an unrolled recurrent network this is back-propagation through time.
//!
//! A sweep may stop on its way: the adjoints of the nodes before wait there, and a later sweep goes
//! on from them.

use std::ops::Range;

use wengert_kernels::Real;

use crate::adjoints::Adjoints;
use crate::deferred::Deferred;
use crate::grads::Grads;
use crate::graph::{Graph, Kind, NodeId};
use crate::op::Inputs;

/// Passes the adjoints present at these nodes on to their inputs, back to the leaves if the range
/// starts at 0. `watch` sees each node's complete adjoint just before and just after its rule runs.
pub(crate) fn sweep<T: Real>(
    graph: &Graph<T>,
    values: &[T],
    adjoints: &mut Adjoints<T>,
    deferred: &mut Deferred<T>,
    nodes: Range<u32>,
    watch: &mut impl Watch<T>,
) {
    for id in nodes.rev().map(NodeId) {
        let node = graph.node(id);
        let Some(op) = node.op else {
            if node.kind == Kind::Leaf {
                deferred.flush(graph, adjoints, id);
                watch.leaf(id, adjoints.get(id));
            }
            continue; // constants have no adjoint, and a view's is its owner's
        };
        // Moved out, so that the rule can write to all others: no aliasing, even for x * x.
        let Some(mut gy) = adjoints.take(id) else {
            continue;
        };
        if !node.retained {
            adjoints.flush(&mut gy);
        }
        let x = Inputs::of(graph, values, id);
        let y = &values[node.start..node.start + graph.len(id) + op.saved(&x)];
        watch.before(id, &gy.data);
        let mut gx = Grads::new(graph, adjoints, deferred, x.ids(), node.layout);
        op.vjp(&x, y, &gy.data, &mut gx);
        let heir = gx.heir();
        adjoints.settle(id, gy, node.retained, heir);
        watch.after(graph, adjoints, id);
    }
}

/// Looks on while a sweep runs.
pub(crate) trait Watch<T: Real> {
    /// The adjoint of an operation's value is complete; its rule runs next.
    fn before(&mut self, _id: NodeId, _adjoint: &[T]) {}
    /// The rule has run and added to the adjoints of the operation's inputs.
    fn after(&mut self, _graph: &Graph<T>, _adjoints: &Adjoints<T>, _id: NodeId) {}
    /// The adjoint of a leaf is complete, if it has one.
    fn leaf(&mut self, _id: NodeId, _adjoint: Option<&[T]>) {}
}

/// Looks away: costs nothing.
pub(crate) struct Unwatched;

impl<T: Real> Watch<T> for Unwatched {}
