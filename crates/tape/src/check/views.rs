//! Inputs that are views of larger leaves, and inputs that are the same leaf.
//!
//! An operation reads its inputs through strides and adds to windows of adjoints; a check on plain
//! leaves would see neither.

use wengert_kernels::layout::MAX_RANK;
use wengert_kernels::{Dual, Real, Shape};

use super::subject::{AnySubject, Subject};
use crate::draw::{Draw, Example, Tensor};
use crate::tape::Tape;
use crate::var::Var;

/// Views in a chain, at most.
const MAX_VIEWS: usize = 3;

/// One view, as a method of `Var`.
#[derive(Clone, Copy, Debug)]
enum Step {
    Slice {
        axis: usize,
        start: usize,
        end: usize,
        step: usize,
    },
    Transpose(usize, usize),
    Flip(usize),
    Reshape(Shape),
    Broadcast(Shape),
}

impl Step {
    fn apply<T: Real>(self, x: Var<'_, T>) -> Var<'_, T> {
        match self {
            Self::Slice {
                axis,
                start,
                end,
                step,
            } => x.slice_step(axis, start..end, step),
            Self::Transpose(a, b) => x.transpose(a, b),
            Self::Flip(axis) => x.flip(axis),
            Self::Reshape(shape) => x.reshape(shape),
            Self::Broadcast(shape) => x.broadcast_to(shape),
        }
    }
}

/// A subject whose inputs are made from leaves by chains of views.
pub(super) struct Viewed<'a> {
    inner: &'a dyn AnySubject,
    /// Of each input: its leaf and the chain that leads to it.
    inputs: Vec<(usize, Vec<Step>)>,
}

impl Viewed<'_> {
    fn inputs<'t, T: Real>(&self, leaves: &[Var<'t, T>]) -> Vec<Var<'t, T>> {
        let input = |(leaf, chain): &(usize, Vec<Step>)| {
            chain.iter().fold(leaves[*leaf], |x, step| step.apply(x))
        };
        self.inputs.iter().map(input).collect()
    }
}

impl Subject<f64> for Viewed<'_> {
    fn call<'t>(&self, tape: &'t Tape<f64>, x: &[Var<'t, f64>]) -> Var<'t, f64> {
        self.inner.call(tape, &self.inputs(x))
    }
}

impl Subject<Dual<f64>> for Viewed<'_> {
    fn call<'t>(&self, tape: &'t Tape<Dual<f64>>, x: &[Var<'t, Dual<f64>>]) -> Var<'t, Dual<f64>> {
        self.inner.call(tape, &self.inputs(x))
    }
}

/// A random way to make the inputs of an example from leaves: the subject that does so, and its
/// leaves. With `repeats`, elements may stand for several of an input, and a leaf for two inputs.
pub(super) fn viewed<'a>(
    inner: &'a dyn AnySubject,
    example: &Example,
    draw: &mut Draw,
    repeats: bool,
) -> (Viewed<'a>, Vec<Tensor>) {
    let mut leaves = example.inputs.clone();
    let mut chains = vec![Vec::new(); leaves.len()];
    for (leaf, chain) in leaves.iter_mut().zip(&mut chains) {
        for _ in 0..draw.int(0..MAX_VIEWS + 1) {
            if let Some((parent, step)) = unview(leaf, draw, repeats) {
                *leaf = parent;
                chain.insert(0, step);
            }
        }
    }
    let mut sources: Vec<usize> = (0..leaves.len()).collect();
    if repeats && draw.flag() {
        share(&mut sources, &leaves, &example.fixed);
    }
    let inputs = sources.into_iter().zip(chains).collect();
    (Viewed { inner, inputs }, leaves)
}

/// Lets the first two leaves of one shape be one.
fn share(sources: &mut [usize], leaves: &[Tensor], fixed: &[usize]) {
    for b in 0..leaves.len() {
        for a in 0..b {
            let active = !fixed.contains(&a) && !fixed.contains(&b);
            if active && leaves[a].shape == leaves[b].shape {
                sources[b] = a;
                return;
            }
        }
    }
}

/// A tensor of which a random view is `x`, and that view. `None` if the view drawn does not apply.
fn unview(x: &Tensor, draw: &mut Draw, repeats: bool) -> Option<(Tensor, Step)> {
    let dims = x.shape.dims().to_vec();
    let rank = dims.len();
    let kind = draw.int(0..if repeats { 5 } else { 4 });
    if kind == 3 {
        let parent = reshaped(&dims, draw)?;
        return Some((
            Tensor::new(parent, x.values.clone()),
            Step::Reshape(x.shape),
        ));
    }
    if rank == 0 {
        return None;
    }
    let axis = draw.int(0..rank);
    let mut parent = dims.clone();
    match kind {
        0 => {
            let (start, after, step) = (draw.int(0..3), draw.int(0..3), draw.int(1..3));
            let end = start + (dims[axis].max(1) - 1) * step + usize::from(dims[axis] > 0);
            parent[axis] = end + after;
            let parent = filled(&parent, draw);
            let to = |index: &mut [usize]| index[axis] = start + index[axis] * step;
            Some((
                scattered(x, parent, to),
                Step::Slice {
                    axis,
                    start,
                    end,
                    step,
                },
            ))
        }
        1 => {
            let other = draw.int(0..rank);
            parent.swap(axis, other);
            let parent = filled(&parent, draw);
            let to = |index: &mut [usize]| index.swap(axis, other);
            Some((scattered(x, parent, to), Step::Transpose(axis, other)))
        }
        2 => {
            let parent = filled(&parent, draw);
            let to = |index: &mut [usize]| index[axis] = dims[axis] - 1 - index[axis];
            Some((scattered(x, parent, to), Step::Flip(axis)))
        }
        _ => {
            if dims[axis] == 0 {
                return None;
            }
            parent[axis] = 1;
            let parent = filled(&parent, draw);
            let to = |index: &mut [usize]| index[axis] = 0;
            Some((scattered(x, parent, to), Step::Broadcast(x.shape)))
        }
    }
}

/// Another shape with as many elements: an axis of size 1 more, or two neighbours merged.
fn reshaped(dims: &[usize], draw: &mut Draw) -> Option<Shape> {
    let mut dims = dims.to_vec();
    if dims.len() > 1 && draw.flag() {
        let at = draw.int(0..dims.len() - 1);
        let size = dims.remove(at);
        dims[at] *= size;
    } else {
        dims.insert(draw.int(0..dims.len() + 1), 1);
    }
    (dims.len() <= MAX_RANK).then(|| Shape::new(&dims))
}

/// What surrounds a window: numbers that no rule should read.
fn filled(dims: &[usize], draw: &mut Draw) -> Tensor {
    draw.tensor(Shape::new(dims), &[10.0..20.0])
}

/// `parent` with the elements of `x` at other indices.
fn scattered(x: &Tensor, mut parent: Tensor, to: impl Fn(&mut [usize])) -> Tensor {
    let dims = x.shape.dims();
    for (at, &value) in x.values.iter().enumerate() {
        let mut rest = at;
        let mut index = vec![0; dims.len()];
        for (index, &size) in index.iter_mut().zip(dims).rev() {
            *index = rest % size;
            rest /= size;
        }
        to(&mut index);
        let sizes = parent.shape.dims().iter();
        let position = index
            .iter()
            .zip(sizes)
            .fold(0, |position, (i, size)| position * size + i);
        parent.values[position] = value;
    }
    parent
}
