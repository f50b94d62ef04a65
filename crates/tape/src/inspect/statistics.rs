//! What a tape holds and costs: nodes, bytes, floating-point operations, time.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use wengert_kernels::Real;

use super::name;
use crate::adjoints::Adjoints;
use crate::backward::Watch;
use crate::graph::{Graph, Kind, NodeId};
use crate::op::Inputs;
use crate::state::State;
use crate::tape::Tape;
use crate::var::Var;

/// What a tape holds and costs; prints as a table.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// Name of the scalar type.
    pub scalar: &'static str,
    /// Number of leaves.
    pub leaves: usize,
    /// Number of constants.
    pub constants: usize,
    /// Number of views.
    pub views: usize,
    /// Bytes of values and workspaces.
    pub value_bytes: usize,
    /// Bytes of nodes, edges, constants of operations and, after a sweep, places of adjoints.
    pub bookkeeping_bytes: usize,
    /// The most bytes of adjoints at once in the last sweep; 0 if there was none.
    pub adjoint_bytes: usize,
    /// One entry for each operation that occurs, in alphabetical order.
    pub operations: Vec<OpStatistics>,
    /// Time that a sweep took outside the rules, mostly the gathered products for weight gradients;
    /// 0 unless measured by [`profile`].
    pub between_rules: Duration,
}

/// The share of one operation.
#[derive(Clone, Debug)]
pub struct OpStatistics {
    /// Its name.
    pub name: &'static str,
    /// How often it was recorded.
    pub count: usize,
    /// Bytes of its values and workspaces.
    pub bytes: usize,
    /// Floating-point operations of its values, see [`Op::flops`](crate::Op::flops).
    pub flops: u64,
    /// Time to compute its values; 0 unless measured by [`profile`].
    pub forward: Duration,
    /// Time of its rules in a sweep; 0 unless measured by [`profile`].
    pub backward: Duration,
}

/// Counts what is on a tape. Runs nothing.
pub fn statistics<T: Real>(tape: &Tape<T>) -> Statistics {
    count(&tape.state())
}

/// [`statistics`], and times: computes every value once more, into scratch memory, and sweeps from
/// `seeds` as [`Tape::backward`] does. Reading the clock costs some 50 ns for each node and pass.
///
/// # Panics
/// As [`Tape::backward`].
#[track_caller]
pub fn profile<T: Real>(tape: &Tape<T>, seeds: &[(Var<'_, T>, &[T])]) -> Statistics {
    let mut watch = Clock::new();
    tape.backward_watched(seeds, &mut watch);
    let state = tape.state();
    let mut statistics = count(&state);
    statistics.between_rules = watch.between;
    let mut forward = time_forward(&state);
    let mut backward: BTreeMap<&str, Duration> = BTreeMap::new();
    for (id, time) in watch.rules {
        *backward.entry(name(state.graph.node(id))).or_default() += time;
    }
    for op in &mut statistics.operations {
        op.forward = forward.remove(op.name).unwrap_or_default();
        op.backward = backward.remove(op.name).unwrap_or_default();
    }
    statistics
}

fn count<T: Real>(state: &State<T>) -> Statistics {
    let (graph, values) = (&state.graph, state.arena.values());
    let mut operations: BTreeMap<&str, OpStatistics> = BTreeMap::new();
    let mut inputs = [0; 3];
    for id in (0..graph.nodes.len()).map(|i| NodeId(i as u32)) {
        let node = graph.node(id);
        match node.kind {
            Kind::Leaf => inputs[0] += 1,
            Kind::Constant => inputs[1] += 1,
            Kind::View(_) => inputs[2] += 1,
            Kind::Op => {
                let op = node.op.expect("a node of kind Op has a rule");
                let x = Inputs::of(graph, values, id);
                let entry = operations.entry(op.name()).or_insert(OpStatistics {
                    name: op.name(),
                    count: 0,
                    bytes: 0,
                    flops: 0,
                    forward: Duration::ZERO,
                    backward: Duration::ZERO,
                });
                entry.count += 1;
                entry.bytes += (graph.len(id) + op.saved(&x)) * size_of::<T>();
                entry.flops += op.flops(&x, graph.shape(id));
            }
        }
    }
    let [leaves, constants, views] = inputs;
    Statistics {
        scalar: T::NAME,
        leaves,
        constants,
        views,
        value_bytes: size_of_val(values),
        bookkeeping_bytes: graph.bytes() + state.adjoints.bytes(),
        adjoint_bytes: state.adjoints.peak_bytes(),
        operations: operations.into_values().collect(),
        between_rules: Duration::ZERO,
    }
}

fn time_forward<T: Real>(state: &State<T>) -> BTreeMap<&'static str, Duration> {
    let (graph, values) = (&state.graph, state.arena.values());
    let mut times: BTreeMap<&'static str, Duration> = BTreeMap::new();
    let mut scratch = Vec::new();
    for id in (0..graph.nodes.len()).map(|i| NodeId(i as u32)) {
        let Some(op) = graph.node(id).op else {
            continue;
        };
        let x = Inputs::of(graph, values, id);
        let len = graph.len(id) + op.saved(&x);
        if scratch.len() < len {
            scratch.resize(len, T::ZERO);
        }
        let start = Instant::now();
        op.forward(&x, &mut scratch[..len]);
        *times.entry(op.name()).or_default() += start.elapsed();
    }
    times
}

/// Times the rules of a sweep.
struct Clock {
    /// When the last rule began or ended.
    last: Instant,
    rules: Vec<(NodeId, Duration)>,
    between: Duration,
}

impl Clock {
    fn new() -> Self {
        Self {
            last: Instant::now(),
            rules: Vec::new(),
            between: Duration::ZERO,
        }
    }

    /// Time since the last call.
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now - std::mem::replace(&mut self.last, now)
    }

    fn no_rule_ran(&mut self) {
        let time = self.lap();
        self.between += time;
    }
}

impl<T: Real> Watch<T> for Clock {
    fn before(&mut self, _id: NodeId, _adjoint: &[T]) {
        self.no_rule_ran();
    }

    fn after(&mut self, _graph: &Graph<T>, _adjoints: &Adjoints<T>, id: NodeId) {
        let time = self.lap();
        self.rules.push((id, time));
    }

    fn leaf(&mut self, _id: NodeId, _adjoint: Option<&[T]>) {
        self.no_rule_ran();
    }
}

impl Statistics {
    /// Number of operations recorded.
    pub fn operation_count(&self) -> usize {
        self.operations.iter().map(|op| op.count).sum()
    }

    /// Number of nodes: leaves, constants, views and operations.
    pub fn nodes(&self) -> usize {
        self.leaves + self.constants + self.views + self.operation_count()
    }

    /// Floating-point operations of all values.
    pub fn flops(&self) -> u64 {
        self.operations.iter().map(|op| op.flops).sum()
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = self.nodes();
        writeln!(
            f,
            "{nodes} nodes of {}: {} leaves, {} constants, {} views, {} operations",
            self.scalar,
            self.leaves,
            self.constants,
            self.views,
            self.operation_count(),
        )?;
        writeln!(
            f,
            "{} of values, {} of bookkeeping ({} a node), at most {} of adjoints",
            Bytes(self.value_bytes),
            Bytes(self.bookkeeping_bytes),
            Bytes(self.bookkeeping_bytes.checked_div(nodes).unwrap_or(0)),
            Bytes(self.adjoint_bytes),
        )?;
        let mut total = OpStatistics {
            name: "total",
            count: self.operation_count(),
            bytes: 0,
            flops: self.flops(),
            forward: Duration::ZERO,
            backward: self.between_rules,
        };
        for op in &self.operations {
            total.bytes += op.bytes;
            total.forward += op.forward;
            total.backward += op.backward;
        }
        let width = |op: &OpStatistics| op.name.len();
        let width = self.operations.iter().map(width).fold(13, usize::max);
        writeln!(
            f,
            "{:width$} {:>9} {:>11} {:>12} {:>11} {:>11}",
            "operation", "count", "values", "flop", "forward", "backward"
        )?;
        let mut row = |op: &OpStatistics| {
            let times = [op.forward, op.backward].map(|time| match time {
                Duration::ZERO => "-".to_owned(),
                time => format!("{time:.1?}"),
            });
            writeln!(
                f,
                "{:width$} {:>9} {:>11} {:>12} {:>11} {:>11}",
                op.name,
                op.count,
                Bytes(op.bytes).to_string(),
                op.flops,
                times[0],
                times[1],
            )
        };
        self.operations.iter().try_for_each(&mut row)?;
        if !self.between_rules.is_zero() {
            row(&OpStatistics {
                name: "between rules",
                count: 0,
                bytes: 0,
                flops: 0,
                forward: Duration::ZERO,
                backward: self.between_rules,
            })?;
        }
        row(&total)
    }
}

/// A number of bytes for people.
struct Bytes(usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        match units.iter().find(|(size, _)| self.0 >= *size) {
            Some((size, unit)) => write!(f, "{:.1} {unit}", self.0 as f64 / *size as f64),
            None => write!(f, "{} B", self.0),
        }
    }
}
