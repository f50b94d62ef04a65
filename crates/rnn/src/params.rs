//! Parameters: named tensors outside any tape, in one flat slice, and their leaves on a tape.

use std::ops::Range;

use wengert_tape::{IntoShape, Real, Shape, Tape, Var};

use crate::cell::Vars;

/// The parameters of a model: named tensors, one behind the other in one slice, so that
/// optimisers, norms and sums over shards of a batch are plain loops.
#[derive(Clone, PartialEq, Debug)]
pub struct Params<T> {
    places: Vec<Place>,
    values: Vec<T>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Place {
    name: String,
    shape: Shape,
    range: Range<usize>,
}

/// One named tensor of [`Params`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Parameter<'a, T> {
    /// Its name, PyTorch's where there is one: `weight_hh_l0`.
    pub name: &'a str,
    /// Its shape.
    pub shape: Shape,
    /// Its elements, row-major.
    pub values: &'a [T],
}

impl<T: Real> Default for Params<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Real> Params<T> {
    /// No parameters.
    pub fn new() -> Self {
        Self {
            places: Vec::new(),
            values: Vec::new(),
        }
    }

    /// With one tensor more, whose elements (row-major, zero until then) `fill` sets.
    ///
    /// # Panics
    /// If there is a parameter of that name.
    #[track_caller]
    pub fn with(mut self, name: &str, shape: impl IntoShape, fill: impl FnOnce(&mut [T])) -> Self {
        let shape = Shape::of(shape, "parameter");
        let start = self.values.len();
        self.values.resize(start + shape.len(), T::ZERO);
        fill(&mut self.values[start..]);
        self.place(name.to_owned(), shape, start);
        self
    }

    /// With all tensors of `part` more, `prefix` before their names.
    ///
    /// # Panics
    /// If there is a parameter of such a name.
    #[track_caller]
    pub fn with_part(mut self, prefix: &str, part: Self) -> Self {
        let start = self.values.len();
        self.values.extend(part.values);
        for place in part.places {
            self.place(
                format!("{prefix}{}", place.name),
                place.shape,
                start + place.range.start,
            );
        }
        self
    }

    #[track_caller]
    fn place(&mut self, name: String, shape: Shape, start: usize) {
        assert!(
            self.find(&name).is_none(),
            "params: there is a parameter {name} already"
        );
        let range = start..start + shape.len();
        self.places.push(Place { name, shape, range });
    }

    fn find(&self, name: &str) -> Option<&Place> {
        self.places.iter().find(|place| place.name == name)
    }

    #[track_caller]
    fn range(&self, name: &str) -> Range<usize> {
        let Some(place) = self.find(name) else {
            let names: Vec<&str> = self.iter().map(|p| p.name).collect();
            panic!(
                "params: no parameter {name}; there are {}",
                names.join(", ")
            );
        };
        place.range.clone()
    }

    /// Number of elements of all tensors.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The elements of all tensors, in order.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// The elements of all tensors, in order, to change.
    pub fn values_mut(&mut self) -> &mut [T] {
        &mut self.values
    }

    /// The tensors, in order.
    pub fn iter(&self) -> impl Iterator<Item = Parameter<'_, T>> {
        self.places.iter().map(|place| Parameter {
            name: &place.name,
            shape: place.shape,
            values: &self.values[place.range.clone()],
        })
    }

    /// The elements of one tensor, row-major.
    ///
    /// # Panics
    /// If there is no parameter of that name.
    #[track_caller]
    pub fn get(&self, name: &str) -> &[T] {
        &self.values[self.range(name)]
    }

    /// The elements of one tensor, row-major, to change.
    ///
    /// # Panics
    /// If there is no parameter of that name.
    #[track_caller]
    pub fn get_mut(&mut self, name: &str) -> &mut [T] {
        let range = self.range(name);
        &mut self.values[range]
    }

    /// Puts the tensors on a tape, as leaves.
    #[track_caller]
    pub fn bind<'t>(&self, tape: &'t Tape<T>) -> Leaves<'t, T> {
        let mut vars = Vec::with_capacity(self.places.len());
        for p in self.iter() {
            vars.push(tape.leaf(p.shape, p.values));
        }
        Leaves { vars, taken: 0 }
    }
}

/// [`Params`] on a tape.
#[derive(Debug)]
pub struct Leaves<'t, T: Real> {
    vars: Vec<Var<'t, T>>,
    taken: usize,
}

impl<'t, T: Real> Leaves<'t, T> {
    /// The next leaves, as many as a part of the model has: parts are taken in the order in which
    /// they were added to the [`Params`].
    ///
    /// # Panics
    /// If there are not so many left.
    #[track_caller]
    pub fn take<W: Vars<'t, T>>(&mut self) -> W {
        let left = self.vars[self.taken..].len();
        W::from_fn(|_| {
            let Some(&leaf) = self.vars.get(self.taken) else {
                panic!("leaves: {left} left of {}, more wanted", self.vars.len())
            };
            self.taken += 1;
            leaf
        })
    }

    /// All leaves, in the order of the [`Params`].
    pub fn vars(&self) -> &[Var<'t, T>] {
        &self.vars
    }

    /// After a sweep, the gradient in the order of [`Params::values`]; 0 where the sweep did not
    /// reach.
    pub fn gradient(&self) -> Vec<T> {
        let mut gradient = Vec::new();
        for leaf in &self.vars {
            leaf.with_grad(|g| match g {
                Some(g) => gradient.extend_from_slice(g),
                None => gradient.resize(gradient.len() + leaf.len(), T::ZERO),
            });
        }
        gradient
    }
}
