//! Looking at a tape: as text, as a drawing, as numbers, and for the first value that is no number.
//!
//! Nothing here records: a tape can be inspected between any two operations.

mod dot;
mod finite;
mod fold;
mod print;
mod statistics;

pub use dot::dot;
pub use finite::{NonFinite, Part, backward_checked, first_non_finite};
pub use print::print;
pub use statistics::{OpStatistics, Statistics, profile, statistics};

use std::fmt;
use std::panic::Location;

use wengert_kernels::Real;

use crate::graph::{Kind, Node, View};

/// The operation, or what the node is instead.
fn name<T: Real>(node: &Node<T>) -> &'static str {
    match node.kind {
        Kind::Leaf => "leaf",
        Kind::Constant => "constant",
        Kind::Op => node.op.expect("a node of kind Op has a rule").name(),
        Kind::View(View::Reshape) => "reshape",
        Kind::View(View::Slice) => "slice",
        Kind::View(View::Transpose) => "transpose",
        Kind::View(View::Flip) => "flip",
        Kind::View(View::Broadcast) => "broadcast",
    }
}

/// A line of the user's, without directories: `my_cell.rs:88`.
struct Place(&'static Location<'static>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.file();
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        write!(f, "{file}:{}", self.0.line())
    }
}
