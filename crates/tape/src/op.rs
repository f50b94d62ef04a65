//! The contract of an operation: its shape, its value, and its vector-Jacobian product.

use std::fmt::Debug;

use wengert_kernels::{Layout, Mat, MatMut, Real, Shape, Strided};

use crate::draw::{Draw, Example};
use crate::grads::Grads;
use crate::graph::{Graph, Kind, NodeId};
use crate::weights::Factor;

/// A differentiable operation.
///
/// A rule is its formula; the engine does the rest, once: it checks that the inputs belong to the
/// tape, copies views with gaps where the rule wants slices, finds room for the value, sums over
/// fan-out and over broadcast axes, and passes by inputs that no leaf reaches. An operation of your
/// own, in your own crate, is applied by [`Tape::apply`](crate::Tape::apply) and goes the same way
/// as every built-in one; [`check::op`](crate::check::op) verifies it.
///
/// ```
/// use wengert_kernels::{Real, Shape};
/// use wengert_tape::{Draw, Example, Grads, Inputs, Op, Tape, check};
///
/// /// y = x^3
/// #[derive(Debug)]
/// struct Cube;
///
/// impl<T: Real> Op<T> for Cube {
///     fn name(&self) -> &'static str {
///         "cube"
///     }
///     fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
///         Ok(x.shape(0))
///     }
///     fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
///         y.iter_mut().zip(x.slice(0)).for_each(|(y, &x)| *y = x * x * x);
///     }
///     fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
///         let x = x.slice(0);
///         gx.map(0, |i| T::from_f64(3.0) * x[i] * x[i] * gy[i]);
///     }
///     fn example(&self, draw: &mut Draw) -> Example {
///         let shape = draw.shape();
///         Example::new([draw.tensor(shape, &[-2.0..2.0])])
///     }
/// }
///
/// let tape = Tape::<f64>::new();
/// let x = tape.leaf([2], &[1.0, 2.0]);
/// x.apply(&Cube).sum().backward();
/// assert_eq!(x.grad(), Some(vec![3.0, 12.0]));
/// check::op(&Cube).assert_agrees();
/// ```
pub trait Op<T: Real>: Debug + Send + Sync {
    /// Name in messages, prints and statistics: the method's.
    fn name(&self) -> &'static str;

    /// The shape of the value.
    ///
    /// # Errors
    /// What is wrong with the inputs, e.g. `inner 128 != 64`; the engine adds the operation, all
    /// shapes and the user's line, and panics.
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String>;

    /// Elements of workspace that `forward` fills behind the value and `vjp` reads again.
    fn saved(&self, _x: &Inputs<'_, T>) -> usize {
        0
    }

    /// How the rule reads its inputs.
    fn access(&self) -> Access {
        Access::Dense
    }

    /// Writes the value, row-major, and the workspace behind it. All of `y` must be written; what
    /// it held before is unspecified (NaN in debug builds).
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]);

    /// Adds `gy^T dy/dx_i` to the adjoint of each input `i`. `y` is value and workspace as `forward`
    /// left them, `gy` has the value's length.
    fn vjp(&self, x: &Inputs<'_, T>, y: &[T], gy: &[T], gx: &mut Grads<'_, T>);

    /// Floating-point operations of `forward`, for statistics; by default one for each element.
    fn flops(&self, _x: &Inputs<'_, T>, shape: Shape) -> u64 {
        shape.len() as u64
    }

    /// Random inputs from the domain on which the rule is tested, away from kinks.
    fn example(&self, draw: &mut Draw) -> Example;
}

/// How a rule reads its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Through [`Inputs::slice`]: the engine hands it copies of views with gaps.
    Dense,
    /// Through [`Inputs::strided`], [`Inputs::mat`] or [`Inputs::try_slice`].
    Strided,
    /// Like `Strided`; and the value has the shape to which the inputs broadcast and no workspace,
    /// so that for inputs of one shape the engine need not ask.
    Elementwise,
}

/// The constants of one application of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a, T> {
    /// Axes, indices, sizes.
    pub ints: &'a [usize],
    /// Slopes, bounds, exponents: constants of the formula, not differentiated.
    pub reals: &'a [T],
}

impl<T> Attributes<'_, T> {
    /// No constants.
    pub const NONE: Self = Self {
        ints: &[],
        reals: &[],
    };
}

/// What a rule reads: the values and shapes of its inputs, and its constants.
#[derive(Clone, Copy)]
pub struct Inputs<'a, T: Real> {
    graph: &'a Graph<T>,
    values: &'a [T],
    ids: &'a [NodeId],
    attributes: Attributes<'a, T>,
}

impl<'a, T: Real> Inputs<'a, T> {
    #[inline]
    pub(crate) fn new(
        graph: &'a Graph<T>,
        values: &'a [T],
        ids: &'a [NodeId],
        attributes: Attributes<'a, T>,
    ) -> Self {
        Self {
            graph,
            values,
            ids,
            attributes,
        }
    }

    /// What the rule of the recorded operation `id` reads.
    #[inline]
    pub(crate) fn of(graph: &'a Graph<T>, values: &'a [T], id: NodeId) -> Self {
        Self::new(graph, values, graph.edges(id), graph.attributes(id))
    }

    #[inline]
    pub(crate) fn ids(&self) -> &'a [NodeId] {
        self.ids
    }

    /// Number of inputs.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "an operation knows its arity")]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Shape of input `i`.
    #[inline]
    pub fn shape(&self, i: usize) -> Shape {
        self.layout(i).shape()
    }

    /// Shape and strides of input `i`.
    #[inline]
    pub fn layout(&self, i: usize) -> &'a Layout {
        self.graph.layout(self.ids[i])
    }

    /// Elements of input `i`, row-major.
    ///
    /// # Panics
    /// If the input has gaps, which does not happen to operations whose access is
    /// [`Access::Dense`].
    #[inline]
    pub fn slice(&self, i: usize) -> &'a [T] {
        self.try_slice(i).expect("an input without gaps")
    }

    /// Elements of input `i`, row-major, unless it has gaps.
    #[inline]
    pub fn try_slice(&self, i: usize) -> Option<&'a [T]> {
        let id = self.ids[i];
        let start = self.graph.node(id).start;
        self.graph
            .is_contiguous(id)
            .then(|| &self.values[start..start + self.graph.len(id)])
    }

    /// The elements of all inputs, of which there are `N`, if they have one shape and no gaps.
    #[inline]
    pub(crate) fn plain<const N: usize>(&self) -> Option<[&'a [T]; N]> {
        let len = self.graph.layouts.len(self.graph.common_layout(self.ids)?);
        let mut slices = [&[][..]; N];
        for (slice, id) in slices.iter_mut().zip(self.ids) {
            *slice = &self.values[self.graph.node(*id).start..][..len];
        }
        Some(slices)
    }

    /// Elements of input `i` with its strides, which also serve for any broadcast of its shape.
    #[inline]
    pub fn strided(&self, i: usize) -> Strided<'a, T> {
        let offset = self.graph.node(self.ids[i]).start;
        Strided {
            data: self.values,
            offset,
            strides: self.layout(i).strides(),
        }
    }

    /// Input `i` as a factor of a product: the matrix of its last two axes, at `batch` along the
    /// axis before.
    ///
    /// # Panics
    /// If it has fewer than two axes.
    #[inline]
    pub fn mat(&self, i: usize, batch: usize) -> Factor<'a, T> {
        let layout = self.layout(i);
        let ([_, batches, rows, cols], [_, step, row, col]) =
            (layout.shape().slots(), layout.strides());
        let start = self.graph.node(self.ids[i]).start;
        let offset = start.wrapping_add_signed(batch as isize * step);
        let owner = self.graph.owner(self.ids[i]);
        Factor {
            mat: Mat::new(self.values, offset, [rows, cols], [row, col]),
            weight: batches == 1 && self.graph.node(owner).kind == Kind::Leaf,
        }
    }

    /// C = A B, or C += A B if `add`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[inline]
    pub fn gemm(&self, a: Factor<'_, T>, b: Factor<'_, T>, c: MatMut<'_, T>, add: bool) {
        self.graph.weights.borrow_mut().gemm(a.mat, b, c, add);
    }

    /// The integer constants given to [`Tape::apply`](crate::Tape::apply).
    #[inline]
    pub fn ints(&self) -> &'a [usize] {
        self.attributes.ints
    }

    /// The real constants given to [`Tape::apply`](crate::Tape::apply).
    #[inline]
    pub fn reals(&self) -> &'a [T] {
        self.attributes.reals
    }
}
