//! Random test inputs, as operations describe their domains.

use std::ops::Range;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_kernels::Shape;

/// A shape and its elements, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor<T = f64> {
    /// The sizes.
    pub shape: Shape,
    /// As many elements as the shape has.
    pub values: Vec<T>,
}

impl<T> Tensor<T> {
    /// The tensor of this shape with these elements.
    ///
    /// # Panics
    /// If `values` has not as many elements as `shape`.
    #[track_caller]
    pub fn new(shape: impl Into<Shape>, values: impl Into<Vec<T>>) -> Self {
        let (shape, values) = (shape.into(), values.into());
        assert!(
            values.len() == shape.len(),
            "tensor: shape {shape} has {} elements, but {} values came",
            shape.len(),
            values.len(),
        );
        Self { shape, values }
    }
}

/// Inputs on which a rule is tested, with the constants of the application.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Values of the inputs.
    pub inputs: Vec<Tensor>,
    /// Integer constants, see [`Attributes`](crate::Attributes).
    pub ints: Vec<usize>,
    /// Real constants, see [`Attributes`](crate::Attributes).
    pub reals: Vec<f64>,
    /// Positions of inputs that the rule does not differentiate by, such as masks.
    pub fixed: Vec<usize>,
}

impl Example {
    /// An example without constants.
    pub fn new(inputs: impl IntoIterator<Item = Tensor>) -> Self {
        let inputs = inputs.into_iter().collect();
        Self {
            inputs,
            ints: Vec::new(),
            reals: Vec::new(),
            fixed: Vec::new(),
        }
    }

    /// The same example with integer constants.
    #[must_use]
    pub fn with_ints(self, ints: &[usize]) -> Self {
        Self {
            ints: ints.to_vec(),
            ..self
        }
    }

    /// The same example with inputs that the rule does not differentiate by.
    #[must_use]
    pub fn with_fixed(self, fixed: &[usize]) -> Self {
        Self {
            fixed: fixed.to_vec(),
            ..self
        }
    }

    /// The same example with real constants.
    #[must_use]
    pub fn with_reals(self, reals: &[f64]) -> Self {
        Self {
            reals: reals.to_vec(),
            ..self
        }
    }
}

/// A seeded source of shapes and values.
#[derive(Debug)]
pub struct Draw {
    random: ChaCha8Rng,
    max: usize,
}

impl Draw {
    /// The source with this seed, whose axes have sizes up to `max`, often 0 and 1.
    pub fn new(seed: u64, max: usize) -> Self {
        Self {
            random: ChaCha8Rng::seed_from_u64(seed),
            max,
        }
    }

    /// A whole number from `range`.
    ///
    /// # Panics
    /// If the range is empty.
    pub fn int(&mut self, range: Range<usize>) -> usize {
        self.random.random_range(range)
    }

    /// True half of the time.
    pub fn flag(&mut self) -> bool {
        self.int(0..2) == 1
    }

    /// A size: 0 or 1 more often than others.
    pub fn size(&mut self) -> usize {
        match self.int(0..8) {
            0 => 0,
            1 => 1.min(self.max),
            _ => self.int(0..self.max + 1),
        }
    }

    /// A size that is not 0.
    pub fn nonzero(&mut self) -> usize {
        self.size().max(1)
    }

    /// `N` sizes.
    pub fn sizes<const N: usize>(&mut self) -> [usize; N] {
        std::array::from_fn(|_| self.size())
    }

    /// A shape of 0 to 3 axes.
    pub fn shape(&mut self) -> Shape {
        let sizes = self.sizes::<3>();
        let rank = self.int(0..4);
        Shape::new(&sizes[..rank])
    }

    /// A shape of 1 to 3 axes without zeros.
    pub fn nonempty_shape(&mut self) -> Shape {
        let sizes: [usize; 3] = std::array::from_fn(|_| self.nonzero());
        let rank = self.int(1..4);
        Shape::new(&sizes[..rank])
    }

    /// Shapes of which `shape` is a broadcast: leading axes dropped, others set to 1, or `shape`.
    pub fn broadcast_of(&mut self, shape: Shape) -> Shape {
        if self.flag() {
            return shape;
        }
        let skip = self.int(0..shape.rank() + 1);
        let sizes: Vec<usize> = shape.dims()[skip..]
            .iter()
            .map(|&d| if self.flag() { 1 } else { d })
            .collect();
        Shape::new(&sizes)
    }

    /// Two shapes that fit each other, often after broadcasting of one or both.
    pub fn broadcast_pair(&mut self) -> (Shape, Shape) {
        let shape = self.shape();
        match (self.broadcast_of(shape), self.broadcast_of(shape)) {
            // Both may have lost an axis that each alone would have kept: then the result is
            // smaller than `shape`, which is as good.
            (a, b) if a.broadcast(&b).is_some() => (a, b),
            _ => (shape, shape),
        }
    }

    /// A number from one of the intervals, evenly.
    pub fn real(&mut self, domain: &[Range<f64>]) -> f64 {
        let interval = domain[self.int(0..domain.len())].clone();
        self.random.random_range(interval)
    }

    /// A tensor with every element from one of the intervals.
    pub fn tensor(&mut self, shape: Shape, domain: &[Range<f64>]) -> Tensor {
        Tensor {
            shape,
            values: (0..shape.len()).map(|_| self.real(domain)).collect(),
        }
    }

    /// A direction: numbers between -1 and 1, the largest in size 1.
    pub(crate) fn direction(&mut self, len: usize) -> Vec<f64> {
        let v: Vec<f64> = (0..len)
            .map(|_| self.real(&[-1.0..-0.01, 0.01..1.0]))
            .collect();
        let largest = v.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        v.iter().map(|v| v / largest).collect()
    }

    /// A tensor whose elements differ from each other by at least 0.1 and from 0 by 0.05, in random
    /// order: no ties within reach of a finite difference. About half are negative.
    pub fn distinct(&mut self, shape: Shape) -> Tensor {
        let n = shape.len();
        let mut values: Vec<f64> = (0..n)
            .map(|i| 0.2 * (i as f64 - (n / 2) as f64) + self.random.random_range(0.05..0.15))
            .collect();
        for i in (1..n).rev() {
            values.swap(i, self.int(0..i + 1));
        }
        Tensor { shape, values }
    }
}
