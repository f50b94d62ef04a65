//! A tape as text, one node a line.

use std::fmt::{Display, Write};

use wengert_kernels::Real;

use super::{Place, name};
use crate::graph::{Graph, Kind, NodeId};
use crate::tape::Tape;

/// Constants of an operation that are printed; of more, the number.
const SHOWN: usize = 6;

/// The first `limit` nodes of a tape, one a line, and how many more there are.
///
/// A line names the node, what made it of which nodes (for a view, where it begins in its owner)
/// with which constants, its shape, and the user's line. `no grad` marks a result that no leaf
/// reaches, `retained` one whose adjoint outlives the sweep.
///
/// ```
/// use wengert_tape::{Tape, inspect};
///
/// let tape = Tape::<f64>::new();
/// let x = tape.leaf([2, 2], &[1.0, 2.0, 3.0, 4.0]);
/// let y = (x.rows(1..2) * 0.5).sum();
/// let text = inspect::print(&tape, 3);
/// let mut lines = text.lines();
/// assert!(lines.next().unwrap().starts_with("%0 = leaf [2,2]  "));
/// assert!(lines.next().unwrap().starts_with("%1 = slice of %0 at 2 [1,2]  "));
/// assert!(lines.next().unwrap().starts_with("%2 = scale(%1; 0.5) [1,2]  "));
/// assert_eq!(lines.next(), Some("2 more"));
/// ```
pub fn print<T: Real>(tape: &Tape<T>, limit: usize) -> String {
    let state = tape.state();
    let graph = &state.graph;
    let mut text = String::new();
    let nodes = graph.nodes.len();
    for id in (0..nodes.min(limit)).map(|i| NodeId(i as u32)) {
        line(&mut text, graph, state.arena.values(), id).expect("writing to a string");
    }
    if nodes > limit {
        writeln!(text, "{} more", nodes - limit).expect("writing to a string");
    }
    text
}

fn line<T: Real>(to: &mut String, graph: &Graph<T>, values: &[T], id: NodeId) -> std::fmt::Result {
    let node = graph.node(id);
    write!(to, "%{} = {}", id.0, name(node))?;
    match node.kind {
        Kind::Constant if graph.len(id) == 1 => write!(to, " {}", values[node.start])?,
        Kind::Constant | Kind::Leaf => {}
        Kind::View(_) => {
            let owner = graph.owner(id);
            write!(to, " of %{}", owner.0)?;
            match graph.offset_in(owner, id) {
                0 => {}
                offset => write!(to, " at {offset}")?,
            }
        }
        Kind::Op => {
            let constants = graph.attributes(id);
            to.push('(');
            list(to, graph.edges(id).iter().map(|x| format!("%{}", x.0)))?;
            if !(constants.ints.is_empty() && constants.reals.is_empty()) {
                to.push_str("; ");
                list(to, constants.ints.iter())?;
                list(to, constants.reals.iter())?;
            }
            to.push(')');
        }
    }
    write!(to, " {}", graph.shape(id))?;
    if matches!(node.kind, Kind::Op | Kind::View(_)) && !node.needs_grad {
        to.push_str(" no grad");
    }
    if node.retained {
        to.push_str(" retained");
    }
    writeln!(to, "  {}", Place(node.caller))
}

fn list(to: &mut String, items: impl ExactSizeIterator<Item = impl Display>) -> std::fmt::Result {
    let count = items.len();
    for (i, item) in items.take(SHOWN).enumerate() {
        write!(to, "{}{item}", if i > 0 { ", " } else { "" })?;
    }
    if count > SHOWN {
        write!(to, ", {} more", count - SHOWN)?;
    }
    Ok(())
}
