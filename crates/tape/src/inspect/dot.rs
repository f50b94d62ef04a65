//! A tape as a Graphviz drawing, in which time steps are folded into one cell.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use wengert_kernels::Real;

use super::fold::{Folding, Item, Repeat, repeat_at};
use super::{Place, name};
use crate::graph::{Graph, Kind, Node, NodeId};
use crate::tape::Tape;

/// The tape in the DOT language of Graphviz: `dot -Tsvg tape.dot > tape.svg` draws it.
///
/// Consecutive blocks of nodes with the same operations on the same lines, the same shapes and the
/// same connections are drawn once, in a frame that says how often they occur. A dashed edge
/// labelled `t-1` is a state carried over from the block before; an edge labelled `t=0` comes only
/// into the first block, one labelled `t=9` only out of that one; in a frame within a frame, the
/// letter is i. Inputs that differ from block to block are drawn as one, with their number. A tape
/// without repeats is drawn whole. Views that nothing reads are left out.
pub fn dot<T: Real>(tape: &Tape<T>) -> String {
    let state = tape.state();
    let drawing = Drawing::new(&state.graph);
    let mut text = String::new();
    drawing.write_to(&mut text).expect("writing to a string");
    text
}

struct Drawing<'g, T: Real> {
    graph: &'g Graph<T>,
    folding: Folding,
    /// How many inputs outside all repeats each node stands for.
    united: Vec<u32>,
    edges: BTreeMap<(NodeId, NodeId, Crossing), Edges>,
    /// Whether a node is drawn. A view that nothing reads is not: the views made from it read its
    /// owner.
    drawn: Vec<bool>,
}

/// How an edge crosses from one time step to another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Crossing {
    /// It does not.
    Within,
    /// From `lag` blocks before, in a repeat inside of `depth` others.
    Carried { depth: usize, lag: u32 },
}

/// A block, counted from 0, and the number of blocks in its repeat.
type Block = (u32, u32);

/// The edges that are drawn as one: for tail and head, the blocks in which they occur, of each
/// repeat around only this end, and the number of blocks it has.
struct Edges {
    /// Repeats around both ends.
    depth: usize,
    ends: [Vec<(BTreeSet<u32>, u32)>; 2],
}

impl<'g, T: Real> Drawing<'g, T> {
    fn new(graph: &'g Graph<T>) -> Self {
        let folding = Folding::of(graph);
        let mut united = vec![0; graph.nodes.len()];
        for id in (0..graph.nodes.len() as u32).map(NodeId) {
            let input = matches!(graph.node(id).kind, Kind::Leaf | Kind::Constant);
            if input && repeat_at(&folding.items, id).is_none() {
                united[folding.shown_as(id).index()] += 1;
            }
        }
        let edges = collect(graph, &folding);
        let mut drawn: Vec<bool> = graph.nodes.iter().map(is_no_view).collect();
        for (tail, ..) in edges.keys() {
            drawn[tail.index()] = true;
        }
        if let Some(result) = drawn.last_mut() {
            *result = true;
        }
        Self {
            graph,
            folding,
            united,
            edges,
            drawn,
        }
    }

    fn write_to(&self, to: &mut String) -> fmt::Result {
        writeln!(to, "digraph tape {{")?;
        writeln!(
            to,
            "  node [shape=box, style=\"rounded,filled\", fillcolor=white, \
             fontname=\"Helvetica\", fontsize=11, height=0.3, margin=\"0.12,0.06\"];"
        )?;
        writeln!(
            to,
            "  edge [fontname=\"Helvetica\", fontsize=10, arrowsize=0.7];"
        )?;
        self.items(to, &self.folding.items, 1)?;
        self.edges(to)?;
        writeln!(to, "}}")
    }

    fn items(&self, to: &mut String, items: &[Item], depth: usize) -> fmt::Result {
        let indent = "  ".repeat(depth);
        for item in items {
            match item {
                Item::Node(id) if self.folding.shown_as(*id) == *id && self.drawn[id.index()] => {
                    writeln!(to, "{indent}{}", self.node(*id, self.united[id.index()]))?;
                }
                Item::Node(_) => {}
                Item::Repeat(repeat) => self.repeat(to, repeat, depth, &indent)?,
            }
        }
        Ok(())
    }

    fn repeat(&self, to: &mut String, repeat: &Repeat, depth: usize, indent: &str) -> fmt::Result {
        if let [Item::Node(id)] = repeat.body[..] {
            return writeln!(to, "{indent}{}", self.node(id, repeat.count));
        }
        writeln!(to, "{indent}subgraph cluster_{} {{", repeat.start)?;
        writeln!(
            to,
            "{indent}  label=\"x {}\"; labeljust=r; style=\"rounded,filled\"; \
             color=\"#7f7f7f\"; fillcolor=\"#f4f4f4\"; fontname=\"Helvetica-Bold\";",
            repeat.count
        )?;
        self.items(to, &repeat.body, depth + 1)?;
        writeln!(to, "{indent}}}")
    }

    /// A node that stands for `count` alike, if not for 0.
    fn node(&self, id: NodeId, count: u32) -> String {
        let node = self.graph.node(id);
        let look = match node.kind {
            Kind::Leaf => ", style=filled, fillcolor=\"#ffd58a\"",
            Kind::Constant => ", style=filled, fillcolor=\"#dddddd\"",
            Kind::View(_) => ", style=\"rounded,dashed\"",
            Kind::Op => "",
        };
        let number = match count {
            0 | 1 => String::new(),
            n => format!(" x {n}"),
        };
        format!(
            "n{} [label=\"{}{number} {}\\n{}\"{look}];",
            id.0,
            escaped(name(node)),
            self.graph.shape(id),
            escaped(&Place(node.caller).to_string()),
        )
    }

    fn edges(&self, to: &mut String) -> fmt::Result {
        for ((tail, head, crossing), edges) in &self.edges {
            if !self.drawn[head.index()] {
                continue;
            }
            write!(to, "  n{} -> n{}", tail.0, head.0)?;
            match *crossing {
                Crossing::Carried { depth, lag } => write!(
                    to,
                    " [label=\" {}-{lag}\", style=dashed, constraint=false, color=\"#0072b2\", \
                     fontcolor=\"#0072b2\"]",
                    counter(depth)
                )?,
                Crossing::Within => {
                    let label = edges.label();
                    if !label.is_empty() {
                        write!(to, " [label=\" {label}\"]")?;
                    }
                }
            }
            writeln!(to, ";")?;
        }
        Ok(())
    }
}

fn is_no_view<T: Real>(node: &Node<T>) -> bool {
    !matches!(node.kind, Kind::View(_))
}

/// All edges, by the nodes that stand for their ends.
fn collect<T: Real>(
    graph: &Graph<T>,
    folding: &Folding,
) -> BTreeMap<(NodeId, NodeId, Crossing), Edges> {
    let mut drawn: BTreeMap<_, Edges> = BTreeMap::new();
    for head in (0..graph.nodes.len() as u32).map(NodeId) {
        for &tail in graph.edges(head) {
            let (depth, crossing, blocks) = cross(&folding.items, tail, head, 0);
            let [from, into] = [tail, head].map(|id| folding.shown_as(id));
            let edges = drawn.entry((from, into, crossing)).or_insert(Edges {
                depth,
                ends: [Vec::new(), Vec::new()],
            });
            for (end, blocks) in edges.ends.iter_mut().zip(blocks) {
                for (level, (block, of)) in blocks.into_iter().enumerate() {
                    if end.len() == level {
                        end.push((BTreeSet::new(), of));
                    }
                    end[level].0.insert(block);
                }
            }
        }
    }
    drawn
}

/// How many repeats are around both ends of an edge, how it crosses their blocks, and the blocks of
/// the repeats around one end only.
fn cross(
    items: &[Item],
    tail: NodeId,
    head: NodeId,
    depth: usize,
) -> (usize, Crossing, [Vec<Block>; 2]) {
    let parts = [tail, head].map(|id| repeat_at(items, id));
    if let [Some((repeat, from)), Some((same, into))] = parts
        && repeat.start == same.start
    {
        if from < into {
            let lag = into - from;
            return (depth, Crossing::Carried { depth, lag }, [vec![], vec![]]);
        }
        let [tail, head] = [tail, head].map(|id| repeat.last(id));
        return cross(&repeat.body, tail, head, depth + 1);
    }
    let blocks = [tail, head].map(|id| blocks(items, id));
    (depth, Crossing::Within, blocks)
}

/// The blocks a node is in, outermost first.
fn blocks(mut items: &[Item], mut id: NodeId) -> Vec<Block> {
    let mut blocks = Vec::new();
    while let Some((repeat, block)) = repeat_at(items, id) {
        blocks.push((block, repeat.count));
        (items, id) = (&repeat.body, repeat.last(id));
    }
    blocks
}

/// What counts the blocks of a repeat: t, and inside of others i, j, k.
fn counter(depth: usize) -> char {
    ['t', 'i', 'j', 'k'][depth.min(3)]
}

impl Edges {
    /// Which blocks, unless it is all of them.
    fn label(&self) -> String {
        let [tail, head] = self.ends.each_ref().map(|end| {
            let some = end
                .iter()
                .enumerate()
                .filter(|(_, (at, of))| (at.len() as u32) < *of);
            let names = some.filter_map(|(level, (at, _))| {
                let (first, last) = (at.first()?, at.last()?);
                let counter = counter(self.depth + level);
                Some(if first == last {
                    format!("{counter}={first}")
                } else {
                    format!("{counter}={first}..{last}")
                })
            });
            names.collect::<Vec<_>>().join(", ")
        });
        if tail.is_empty() || head.is_empty() {
            return tail + &head;
        }
        format!("{tail} to {head}")
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
