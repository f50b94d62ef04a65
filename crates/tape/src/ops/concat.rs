//! Joining and splitting along an axis.

use std::panic::Location;

use wengert_kernels::layout::MAX_RANK;
use wengert_kernels::{Real, Shape};

use super::AnyOp;
use super::view::check_room;
use crate::draw::{Draw, Example};
use crate::grads::Grads;
use crate::op::{Attributes, Inputs, Op};
use crate::var::Var;

/// Inputs one behind the other along the axis in `ints`.
#[derive(Debug)]
struct Concat;

/// The value as `outer` blocks, each of one run for each input: the run lengths are the products of
/// the sizes from the axis on.
fn run_lengths<T: Real>(x: &Inputs<'_, T>) -> impl Iterator<Item = usize> {
    (0..x.len()).map(|i| x.shape(i).dims()[x.ints()[0]..].iter().product())
}

/// Calls `copy(input, position in the input, position in the value, length)` for each run.
fn for_each_run<T: Real>(x: &Inputs<'_, T>, mut copy: impl FnMut(usize, usize, usize, usize)) {
    let outer: usize = x.shape(0).dims()[..x.ints()[0]].iter().product();
    let mut to = 0;
    for block in 0..outer {
        for (i, run) in run_lengths(x).enumerate() {
            copy(i, block * run, to, run);
            to += run;
        }
    }
}

impl<T: Real> Op<T> for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        let &[axis] = x.ints() else {
            return Err("one axis is needed".to_owned());
        };
        let first = x.shape(0);
        if axis >= first.rank() {
            let rank = first.rank();
            return Err(format!("no axis {axis}: its {rank} are counted from 0"));
        }
        let mut dims = [0; MAX_RANK];
        let dims = &mut dims[..first.rank()];
        dims.copy_from_slice(first.dims());
        for i in 1..x.len() {
            let shape = x.shape(i);
            let fits = |a: usize| a == axis || shape.dims()[a] == first.dims()[a];
            if shape.rank() != first.rank() || !(0..first.rank()).all(fits) {
                return Err(format!("{shape} differs from {first} off axis {axis}"));
            }
            dims[axis] += shape.dims()[axis];
        }
        Shape::try_new(dims)
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        for_each_run(x, |i, from, to, len| {
            y[to..to + len].copy_from_slice(&x.slice(i)[from..from + len]);
        });
    }
    fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        for_each_run(x, |i, from, to, len| {
            gx.scatter(i, |gx| {
                gx[from..from + len]
                    .iter_mut()
                    .zip(&gy[to..])
                    .for_each(|(gx, &g)| *gx += g);
            });
        });
    }
    fn flops(&self, _x: &Inputs<'_, T>, _shape: Shape) -> u64 {
        0
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let sizes: [usize; 3] = draw.sizes();
        let rank = draw.int(1..4);
        let axis = draw.int(0..rank);
        let inputs: Vec<_> = (0..draw.int(1..4))
            .map(|_| {
                let mut dims = sizes;
                dims[axis] = draw.size();
                draw.tensor(Shape::new(&dims[..rank]), &[-2.0..2.0])
            })
            .collect();
        Example::new(inputs).with_ints(&[axis])
    }
}

/// The inputs one behind the other along an axis.
///
/// # Panics
/// If there are none, they differ in rank or in the size of another axis, or there is no such axis.
#[track_caller]
pub fn concat<'t, T: Real>(parts: &[Var<'t, T>], axis: usize) -> Var<'t, T> {
    join(parts, axis, "concat")
}

/// The inputs, all of one shape, side by side along a new axis.
///
/// # Panics
/// If there are none, they differ in shape, `axis` is beyond the rank, or the rank is 4 already.
#[track_caller]
pub fn stack<'t, T: Real>(parts: &[Var<'t, T>], axis: usize) -> Var<'t, T> {
    // A loop: in a closure the caller's line would be this one.
    let caller = Location::caller();
    let mut raised = Vec::with_capacity(parts.len());
    for x in parts {
        let (shape, first) = (x.shape(), parts[0].shape());
        check_room(axis, shape, "stack", caller);
        assert!(
            shape == first,
            "stack: {first} x {shape}: the shapes must be equal ({caller})"
        );
        raised.push(x.unsqueeze(axis));
    }
    join(&raised, axis, "stack")
}

#[track_caller]
fn join<'t, T: Real>(parts: &[Var<'t, T>], axis: usize, what: &str) -> Var<'t, T> {
    let caller = Location::caller();
    let Some(first) = parts.first() else {
        panic!("{what}: of no parts; at least one is needed ({caller})")
    };
    let attributes = Attributes {
        ints: &[axis],
        reals: &[],
    };
    first.tape().apply(&Concat, parts, attributes)
}

pub(super) const OPS: &[&dyn AnyOp] = &[&Concat];
