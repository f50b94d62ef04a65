//! The first value, or adjoint, that is infinite or no number.

use std::error::Error;
use std::fmt;
use std::panic::Location;

use wengert_kernels::{Real, Shape};

use super::name;
use crate::adjoints::Adjoints;
use crate::backward::Watch;
use crate::graph::{Graph, Kind, NodeId};
use crate::tape::Tape;
use crate::var::{Var, gather};

/// Where a computation first left the finite numbers: which operation, which element, which line.
#[derive(Clone, Debug, PartialEq)]
pub struct NonFinite {
    /// The node whose value it is, or whose rule ran.
    pub node: NodeId,
    /// Name of its operation, or `leaf` or `constant`.
    pub operation: &'static str,
    /// What is not finite.
    pub part: Part,
    /// Index of the first element that is not finite, first axis first.
    pub element: Vec<usize>,
    /// That element as printed: `NaN`, `inf`, `-inf`, or a dual number.
    pub value: String,
    /// The user's line.
    pub location: &'static Location<'static>,
}

/// What about a node is not finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The value of this leaf or constant, as it was given.
    Given,
    /// The value of this operation; every value before it on the tape is finite.
    Value,
    /// The cotangent that the sweep was given for it.
    Seed,
    /// What its rule made, of a finite adjoint of its value, for one of its inputs.
    AdjointOfInput {
        /// Position of the input.
        input: usize,
        /// Whether the values that the rule read are finite.
        finite_values: bool,
    },
    /// The adjoint of this leaf, summed from finite contributions of matrix products.
    AdjointOfLeaf,
}

/// One line: `ln: element [2] is -inf from finite inputs (src/model.rs:40:21)`.
impl fmt::Display for NonFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            part,
            element,
            value,
            location,
            ..
        } = self;
        write!(f, "{operation}: ")?;
        match part {
            Part::Given | Part::Value => write!(f, "element {element:?} is {value}")?,
            Part::Seed => write!(f, "seed element {element:?} is {value}")?,
            Part::AdjointOfInput { input, .. } => {
                write!(
                    f,
                    "adjoint of input {input}: element {element:?} is {value}"
                )?;
            }
            Part::AdjointOfLeaf => write!(f, "adjoint: element {element:?} is {value}")?,
        }
        match part {
            Part::Given | Part::Seed => {}
            Part::Value => f.write_str(" from finite inputs")?,
            Part::AdjointOfInput { finite_values, .. } => {
                let values = if *finite_values {
                    "finite"
                } else {
                    "non-finite"
                };
                write!(f, " from a finite adjoint and {values} values")?;
            }
            Part::AdjointOfLeaf => f.write_str(" from finite contributions")?,
        }
        write!(f, " ({location})")
    }
}

impl Error for NonFinite {}

/// The first value on the tape, in the order of recording, with an infinite or NaN element.
pub fn first_non_finite<T: Real>(tape: &Tape<T>) -> Option<NonFinite> {
    let state = tape.state();
    let (graph, values) = (&state.graph, state.arena.values());
    (0..graph.nodes.len())
        .map(|i| NodeId(i as u32))
        .filter(|&id| !matches!(graph.node(id).kind, Kind::View(_))) // its owner came before
        .find_map(|id| {
            let start = graph.node(id).start;
            let value = &values[start..start + graph.len(id)];
            let at = find(value)?;
            let part = match graph.node(id).kind {
                Kind::Op => Part::Value,
                _ => Part::Given,
            };
            Some(report(graph, id, part, graph.shape(id), at, value[at]))
        })
}

/// [`Tape::backward`] that looks at each adjoint: if the sweep makes one that is not finite, tells
/// where it did first. Several times slower than a sweep that does not look.
///
/// # Errors
/// The first non-finite adjoint, in the order of the sweep. The sweep is finished all the same.
///
/// # Panics
/// As [`Tape::backward`].
///
/// ```
/// use wengert_tape::{Tape, inspect};
///
/// let tape = Tape::<f64>::new();
/// let x = tape.leaf([2], &[4.0, 0.0]);
/// let loss = x.sqrt().sum();
/// let problem = inspect::backward_checked(&tape, &[(loss, &[1.0])]).unwrap_err();
/// assert!(problem.to_string().starts_with("sqrt: adjoint of input 0: element [1] is inf"));
/// ```
#[track_caller]
pub fn backward_checked<T: Real>(
    tape: &Tape<T>,
    seeds: &[(Var<'_, T>, &[T])],
) -> Result<(), NonFinite> {
    let mut watch = Checked { found: None };
    for (y, seed) in seeds {
        watch.look(y.id(), FoundPlace::Output, seed);
    }
    tape.backward_watched(seeds, &mut watch);
    let Some(found) = watch.found else {
        return Ok(());
    };
    let state = tape.state();
    Err(found.report(&state.graph, state.arena.values()))
}

/// Remembers the first non-finite adjoint of a sweep.
struct Checked<T> {
    found: Option<Found<T>>,
}

/// What a sweep has found, before the values are at hand.
struct Found<T> {
    node: NodeId,
    place: FoundPlace,
    at: usize,
    element: T,
}

#[derive(Clone, Copy)]
enum FoundPlace {
    Output,
    Input(usize),
    Leaf,
}

impl<T: Real> Checked<T> {
    fn look(&mut self, node: NodeId, place: FoundPlace, adjoint: &[T]) {
        if let (None, Some(at)) = (&self.found, find(adjoint)) {
            let element = adjoint[at];
            self.found = Some(Found {
                node,
                place,
                at,
                element,
            });
        }
    }
}

impl<T: Real> Watch<T> for Checked<T> {
    fn after(&mut self, graph: &Graph<T>, adjoints: &Adjoints<T>, id: NodeId) {
        for (i, &input) in graph.edges(id).iter().enumerate() {
            let owner = graph.owner(input);
            let Some(adjoint) = adjoints.get(owner).filter(|_| self.found.is_none()) else {
                continue;
            };
            let start = graph.offset_in(owner, input);
            if graph.is_contiguous(input) {
                let adjoint = &adjoint[start..start + graph.len(input)];
                self.look(id, FoundPlace::Input(i), adjoint);
            } else {
                let adjoint = gather(adjoint, start, graph.layout(input));
                self.look(id, FoundPlace::Input(i), &adjoint);
            }
        }
    }

    fn leaf(&mut self, id: NodeId, adjoint: Option<&[T]>) {
        if let Some(adjoint) = adjoint {
            self.look(id, FoundPlace::Leaf, adjoint);
        }
    }
}

impl<T: Real> Found<T> {
    fn report(self, graph: &Graph<T>, values: &[T]) -> NonFinite {
        let Self {
            node,
            place,
            at,
            element,
        } = self;
        let (part, shape) = match place {
            FoundPlace::Output => (Part::Seed, graph.shape(node)),
            FoundPlace::Leaf => (Part::AdjointOfLeaf, graph.shape(node)),
            FoundPlace::Input(input) => {
                let finite = |&id: &NodeId| {
                    find(&gather(values, graph.node(id).start, graph.layout(id))).is_none()
                };
                let finite_values = graph.edges(node).iter().chain([&node]).all(finite);
                let part = Part::AdjointOfInput {
                    input,
                    finite_values,
                };
                (part, graph.shape(graph.edges(node)[input]))
            }
        };
        report(graph, node, part, shape, at, element)
    }
}

/// Position of the first element that is not finite.
fn find<T: Real>(x: &[T]) -> Option<usize> {
    x.iter().position(|x| !x.is_finite())
}

fn report<T: Real>(
    graph: &Graph<T>,
    id: NodeId,
    part: Part,
    shape: Shape,
    at: usize,
    element: T,
) -> NonFinite {
    NonFinite {
        node: id,
        operation: name(graph.node(id)),
        part,
        element: index(shape, at),
        value: element.to_string(),
        location: graph.node(id).caller,
    }
}

/// The index of the element at a row-major position.
fn index(shape: Shape, mut at: usize) -> Vec<usize> {
    let mut index = vec![0; shape.rank()];
    for (i, size) in index.iter_mut().zip(shape.dims()).rev() {
        (*i, at) = (at % size, at / size);
    }
    index
}
