//! Finds the repeated blocks of a tape: the time steps of an unrolled recurrence.
//!
//! Two nodes are alike if they are the same operation on the same line with the same shape. A block
//! of nodes repeats if the next block is alike node by node, and each input either moves along by
//! one block, or stays the same outside, or moves from one place outside to another alike. The first
//! block may have an initial state from outside where later ones have the state of the block before.

use std::collections::HashMap;
use std::ops::Range;
use std::panic::Location;

use wengert_kernels::{Layout, Real};

use super::name;
use crate::graph::{Graph, Kind, NodeId};

/// One entry of a folded list.
#[derive(Debug, PartialEq)]
pub(super) enum Item {
    Node(NodeId),
    Repeat(Repeat),
}

/// `count` consecutive blocks of `period` nodes, shown as the last of them.
#[derive(Debug, PartialEq)]
pub(super) struct Repeat {
    pub start: u32,
    pub period: u32,
    pub count: u32,
    /// The last block, folded in turn.
    pub body: Vec<Item>,
}

impl Item {
    fn start(&self) -> u32 {
        match self {
            Self::Node(id) => id.0,
            Self::Repeat(repeat) => repeat.start,
        }
    }
}

/// The repeat among these items that a node is in, if any, and its block, counted from 0.
pub(super) fn repeat_at(items: &[Item], id: NodeId) -> Option<(&Repeat, u32)> {
    let after = items.partition_point(|item| item.start() <= id.0);
    match items[..after].last()? {
        Item::Node(_) => None,
        Item::Repeat(repeat) => Some((repeat, (id.0 - repeat.start) / repeat.period)),
    }
}

impl Repeat {
    /// The node in the last block at the same position in its block.
    pub fn last(&self, id: NodeId) -> NodeId {
        let position = (id.0 - self.start) % self.period;
        NodeId(self.start + (self.count - 1) * self.period + position)
    }
}

/// A list with its repeated blocks found.
pub(super) struct Folding {
    pub items: Vec<Item>,
    shown_as: Vec<NodeId>,
}

impl Folding {
    pub fn of<T: Real>(graph: &Graph<T>) -> Self {
        let mut search = Search::new(graph);
        let items = search.fold(0..graph.nodes.len() as u32);
        Self {
            items,
            shown_as: search.shown_as,
        }
    }

    /// The node that stands for this one.
    pub fn shown_as(&self, id: NodeId) -> NodeId {
        resolve(&self.shown_as, id)
    }
}

fn resolve(shown_as: &[NodeId], mut id: NodeId) -> NodeId {
    while shown_as[id.index()] != id {
        id = shown_as[id.index()];
    }
    id
}

/// What alike nodes have in common.
type Likeness = (&'static str, Layout, &'static Location<'static>);

/// Periods tried at a node: the distances to the next nodes alike.
const TRIES: usize = 256;

struct Search<'g, T: Real> {
    graph: &'g Graph<T>,
    /// Number of the node's likeness.
    alike: Vec<u32>,
    /// The next node alike.
    next: Vec<Option<u32>>,
    shown_as: Vec<NodeId>,
}

impl<'g, T: Real> Search<'g, T> {
    fn new(graph: &'g Graph<T>) -> Self {
        let ids = (0..graph.nodes.len() as u32).map(NodeId);
        let mut numbers: HashMap<Likeness, u32> = HashMap::new();
        let mut latest: Vec<u32> = Vec::new();
        let mut next = vec![None; graph.nodes.len()];
        let mut alike = Vec::with_capacity(graph.nodes.len());
        for id in ids.clone() {
            let node = graph.node(id);
            let fresh = numbers.len() as u32;
            let likeness = (name(node), *graph.layout(id), node.caller);
            let number = *numbers.entry(likeness).or_insert(fresh);
            match latest.get_mut(number as usize) {
                Some(before) => next[std::mem::replace(before, id.0) as usize] = Some(id.0),
                None => latest.push(id.0),
            }
            alike.push(number);
        }
        Self {
            graph,
            alike,
            next,
            shown_as: ids.collect(),
        }
    }

    fn fold(&mut self, range: Range<u32>) -> Vec<Item> {
        let mut items = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let Some(mut repeat) = self.longest_repeat(at, range.end) else {
                items.push(Item::Node(NodeId(at)));
                at += 1;
                continue;
            };
            self.unite(&repeat);
            at += repeat.period * repeat.count;
            repeat.body = self.fold(at - repeat.period..at);
            items.push(Item::Repeat(repeat));
        }
        items
    }

    /// The repeat that begins at a node and covers most, of these the one of most blocks; or the
    /// first that covers half of what is left, so that a long tape is not walked for every period.
    fn longest_repeat(&self, start: u32, end: u32) -> Option<Repeat> {
        let mut best: Option<Repeat> = None;
        let mut other = self.next[start as usize];
        for _ in 0..TRIES {
            let Some(begin) = other else { break };
            let period = begin - start;
            let covered = best.as_ref().map_or(0, |b| b.period * b.count);
            if begin + period > end || 2 * covered >= end - start {
                break;
            }
            let follows = |&at: &u32| self.follows(NodeId(at), period, start);
            let more = (begin..end).take_while(follows).count() as u32;
            let count = 1 + more / period;
            if count > 1 && period * count > covered && self.computes(start..begin) {
                best = Some(Repeat {
                    start,
                    period,
                    count,
                    body: Vec::new(),
                });
            }
            other = self.next[begin as usize];
        }
        best
    }

    /// Whether a block is not of inputs alone: those fold where they are used, or not at all, lest
    /// two weights of one shape become one.
    fn computes(&self, block: Range<u32>) -> bool {
        block.into_iter().any(|at| !self.is_input(NodeId(at)))
    }

    fn is_input(&self, id: NodeId) -> bool {
        matches!(self.graph.node(id).kind, Kind::Leaf | Kind::Constant)
    }

    /// Whether node `at` repeats the node one period before it, in blocks from `start` on.
    fn follows(&self, at: NodeId, period: u32, start: u32) -> bool {
        let before = NodeId(at.0 - period);
        let (xs, ys) = (self.graph.edges(before), self.graph.edges(at));
        let moves = |(x, y): (&NodeId, &NodeId)| {
            if y.0 >= start {
                // Along with the block; or the initial state came from outside.
                x.0 + period == y.0 || (x.0 < start && y.0 < at.0 - (at.0 - start) % period)
            } else {
                x == y || (x.0 < start && self.moves_outside(*x, *y, period, start))
            }
        };
        self.alike[before.index()] == self.alike[at.index()]
            && xs.len() == ys.len()
            && xs.iter().zip(ys).all(moves)
    }

    /// Whether two nodes before a block are shown as one, or are inputs that can be, or move with
    /// the block in the step before of a repeat that surrounds it.
    fn moves_outside(&self, x: NodeId, y: NodeId, period: u32, start: u32) -> bool {
        let both_inputs = self.is_input(x) && self.is_input(y);
        let alike = self.alike[x.index()] == self.alike[y.index()];
        let [x, y] = [x, y].map(|id| resolve(&self.shown_as, id));
        x == y || (both_inputs && alike) || (x.0 >= start && x.0 + period == y.0)
    }

    /// Shows all blocks as the last, and inputs from outside that move with the block as one. Last
    /// block first, so that of many inputs each points directly to the one that stands for them.
    fn unite(&mut self, repeat: &Repeat) {
        let after_first = repeat.start + repeat.period..repeat.start + repeat.period * repeat.count;
        for at in after_first.rev().map(NodeId) {
            let before = NodeId(at.0 - repeat.period);
            self.shown_as[before.index()] = repeat.last(before);
            for (&x, &y) in self.graph.edges(before).iter().zip(self.graph.edges(at)) {
                let (x, y) = (resolve(&self.shown_as, x), resolve(&self.shown_as, y));
                if y.0 < repeat.start && x != y {
                    self.shown_as[x.index()] = y;
                }
            }
        }
    }
}
