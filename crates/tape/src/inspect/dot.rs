//! A tape as a Graphviz drawing, in which time steps are folded into one cell.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use wengert_kernels::Real;

use super::fold::{Folding, Item, repeat_at};
use super::{Place, name};
use crate::graph::{Graph, Kind, NodeId};
use crate::tape::Tape;

/// The tape in the DOT language of Graphviz: `dot -Tsvg tape.dot > tape.svg` draws it.
///
/// Consecutive blocks of nodes with the same operations on the same lines, the same shapes and the
/// same connections are drawn once, in a frame that says how often they occur. A dashed edge
/// labelled `t-1` is a state carried over from the block before; an edge labelled `t=0` comes only
/// into the first block, one labelled `t=9` only out of that one. Inputs that differ from block to
/// block are drawn as one, with their number. A tape without repeats is drawn whole.
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
}

/// How an edge crosses from one time step to another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Crossing {
    /// It does not.
    Within,
    /// From `0` steps before.
    Carried(u32),
}

/// The steps in which one drawn edge occurs, at its tail and at its head.
#[derive(Default)]
struct Steps {
    tail: BTreeSet<u32>,
    head: BTreeSet<u32>,
    /// Blocks of the repeats that tail and head are in, if not in the same.
    of: [u32; 2],
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
        Self {
            graph,
            folding,
            united,
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
                Item::Node(id) if self.folding.shown_as(*id) == *id => {
                    writeln!(to, "{indent}{}", self.node(*id))?;
                }
                Item::Node(_) => {}
                Item::Repeat(repeat) => {
                    writeln!(to, "{indent}subgraph cluster_{} {{", repeat.start)?;
                    writeln!(
                        to,
                        "{indent}  label=\"x {}\"; labeljust=r; style=\"rounded,filled\"; \
                         color=\"#7f7f7f\"; fillcolor=\"#f4f4f4\"; fontname=\"Helvetica-Bold\";",
                        repeat.count
                    )?;
                    self.items(to, &repeat.body, depth + 1)?;
                    writeln!(to, "{indent}}}")?;
                }
            }
        }
        Ok(())
    }

    fn node(&self, id: NodeId) -> String {
        let node = self.graph.node(id);
        let look = match node.kind {
            Kind::Leaf => ", style=filled, fillcolor=\"#ffd58a\"",
            Kind::Constant => ", style=filled, fillcolor=\"#dddddd\"",
            Kind::View(_) => ", style=\"rounded,dashed\"",
            Kind::Op => "",
        };
        let number = match self.united[id.index()] {
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
        let mut drawn: BTreeMap<(NodeId, NodeId, Crossing), Steps> = BTreeMap::new();
        for head in (0..self.graph.nodes.len() as u32).map(NodeId) {
            for &tail in self.graph.edges(head) {
                let ends = [tail, head].map(|id| self.folding.shown_as(id));
                let (crossing, parted) = cross(&self.folding.items, tail, head);
                let steps = drawn.entry((ends[0], ends[1], crossing)).or_default();
                let [from, into] = parted;
                if let Some((block, of)) = from {
                    steps.tail.insert(block);
                    steps.of[0] = of;
                }
                if let Some((block, of)) = into {
                    steps.head.insert(block);
                    steps.of[1] = of;
                }
            }
        }
        for ((tail, head, crossing), steps) in drawn {
            write!(to, "  n{} -> n{}", tail.0, head.0)?;
            match crossing {
                Crossing::Carried(lag) => write!(
                    to,
                    " [label=\"t-{lag}\", style=dashed, constraint=false, color=\"#0072b2\", \
                     fontcolor=\"#0072b2\"]"
                )?,
                Crossing::Within => {
                    let label = steps.label();
                    if !label.is_empty() {
                        write!(to, " [label=\"{label}\"]")?;
                    }
                }
            }
            writeln!(to, ";")?;
        }
        Ok(())
    }
}

/// A block, counted from 0, and the number of blocks in its repeat.
type Block = (u32, u32);

/// How the edge from `tail` to `head` crosses blocks: between those of one repeat, or, if the ends
/// are in different ones, the blocks of both.
fn cross(items: &[Item], tail: NodeId, head: NodeId) -> (Crossing, [Option<Block>; 2]) {
    let parts = [tail, head].map(|id| repeat_at(items, id));
    if let [Some((repeat, from)), Some((same, into))] = parts
        && repeat.start == same.start
    {
        if from < into {
            return (Crossing::Carried(into - from), [None, None]);
        }
        let [tail, head] = [tail, head].map(|id| repeat.last(id));
        return cross(&repeat.body, tail, head);
    }
    let blocks = parts.map(|part| part.map(|(repeat, block)| (block, repeat.count)));
    (Crossing::Within, blocks)
}

impl Steps {
    /// Which steps, unless it is all of them.
    fn label(&self) -> String {
        let [tail, head] = [(&self.tail, self.of[0]), (&self.head, self.of[1])].map(|(at, of)| {
            match (at.first(), at.last()) {
                (Some(first), Some(last)) if (at.len() as u32) < of => {
                    if first == last {
                        format!("t={first}")
                    } else {
                        format!("t={first}..{last}")
                    }
                }
                _ => String::new(),
            }
        });
        match (tail.is_empty(), head.is_empty()) {
            (false, false) => format!("{tail} to {head}"),
            _ => tail + &head,
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
