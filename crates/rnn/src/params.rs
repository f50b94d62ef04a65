//! Parameters: named tensors outside any tape, in one flat slice, and their leaves on a tape.

use std::ops::Range;
use std::sync::Arc;

use wengert_tape::{IntoShape, NodeId, Real, Shape, Tape, Var};

use crate::vars::FromVars;

/// The parameters of a model: named tensors, one behind the other in one slice, so that
/// optimisers, norms and sums over shards of a batch are plain loops.
///
/// They consist of parts, those added by [`Params::with_part`] and the runs of single tensors
/// between them. [`Leaves::take`] hands them out one by one. Equal are those with equal tensors and
/// parts.
#[derive(Clone, Debug)]
pub struct Params<T> {
    /// Shared with the leaves of every step of training.
    places: Arc<Vec<Place>>,
    values: Vec<T>,
    /// Whether the next tensor starts a part.
    closed: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Place {
    name: String,
    shape: Shape,
    range: Range<usize>,
    starts_part: bool,
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

impl<T: PartialEq> PartialEq for Params<T> {
    fn eq(&self, other: &Self) -> bool {
        self.places == other.places && self.values == other.values
    }
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
            places: Arc::default(),
            values: Vec::new(),
            closed: true,
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
        let starts_part = std::mem::replace(&mut self.closed, false);
        self.place(name.to_owned(), shape, start, starts_part);
        self
    }

    /// With all parts of `part` more, `prefix` before the names of their tensors.
    ///
    /// # Panics
    /// If there is a parameter of such a name.
    #[track_caller]
    pub fn with_part(mut self, prefix: &str, part: Self) -> Self {
        let start = self.values.len();
        self.values.extend(part.values);
        for place in part.places.iter() {
            self.place(
                format!("{prefix}{}", place.name),
                place.shape,
                start + place.range.start,
                place.starts_part,
            );
        }
        self.closed = true;
        self
    }

    /// With the tensors of `part` more, `prefix` before their names, in the part that the next
    /// tensor belongs to: layers that a model takes as one.
    #[track_caller]
    pub(crate) fn with_tensors(mut self, prefix: &str, part: &Self) -> Self {
        for p in part.iter() {
            let name = format!("{prefix}{}", p.name);
            self = self.with(&name, p.shape, |values| values.copy_from_slice(p.values));
        }
        self
    }

    #[track_caller]
    fn place(&mut self, name: String, shape: Shape, start: usize, starts_part: bool) {
        assert!(
            self.find(&name).is_none(),
            "params: there is a parameter {name} already"
        );
        let range = start..start + shape.len();
        Arc::make_mut(&mut self.places).push(Place {
            name,
            shape,
            range,
            starts_part,
        });
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

    /// The name, shape and elements of each tensor, to change.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, Shape, &mut [T])> {
        let mut rest = &mut self.values[..];
        self.places.iter().map(move |place| {
            let (values, after) = std::mem::take(&mut rest).split_at_mut(place.range.len());
            rest = after;
            (&place.name[..], place.shape, values)
        })
    }

    /// The first element that is infinite or no number: the name of its tensor, its position there,
    /// row-major, and the element.
    pub fn first_non_finite(&self) -> Option<(&str, usize, T)> {
        self.non_finite_of(&self.values)
    }

    /// The first such element of `values`, of which there is one for each of ours.
    pub(crate) fn non_finite_of(&self, values: &[T]) -> Option<(&str, usize, T)> {
        // Nearly always there is none, and a loop that does not stop early is vector code.
        let any = values.iter().fold(false, |any, x| any | !x.is_finite());
        if !any {
            return None;
        }
        let at = values.iter().position(|x| !x.is_finite())?;
        let place = self.places.iter().find(|place| place.range.contains(&at))?;
        Some((&place.name, at - place.range.start, values[at]))
    }

    /// Puts the tensors on a tape, as leaves.
    #[track_caller]
    pub fn bind<'t>(&self, tape: &'t Tape<T>) -> Leaves<'t, T> {
        let mut vars = Vec::with_capacity(self.places.len());
        for p in self.iter() {
            vars.push(tape.leaf(p.shape, p.values));
        }
        Leaves {
            places: Arc::clone(&self.places),
            vars,
            taken: 0,
        }
    }

    /// The leaves that [`Params::bind`] put on this tape as the nodes `ids`, no part of them taken:
    /// for after [`Tape::rewind`], which no handle outlives.
    ///
    /// # Panics
    /// If there is not one node for each tensor, of its shape.
    #[track_caller]
    pub fn leaves<'t>(&self, tape: &'t Tape<T>, ids: &[NodeId]) -> Leaves<'t, T> {
        let vars: Vec<_> = ids.iter().map(|&id| tape.var(id)).collect();
        let shapes = self.places.iter().map(|place| place.shape);
        assert!(
            shapes.eq(vars.iter().map(|var| var.shape())),
            "params: the {} nodes are not leaves of these {} tensors",
            vars.len(),
            self.places.len()
        );
        Leaves {
            places: Arc::clone(&self.places),
            vars,
            taken: 0,
        }
    }

    /// The same tensors of another scalar type, rounded to it where it is narrower.
    pub fn cast<U: Real>(&self) -> Params<U> {
        Params {
            places: Arc::clone(&self.places),
            values: self
                .values
                .iter()
                .map(|x| U::from_f64(x.to_f64()))
                .collect(),
            closed: self.closed,
        }
    }
}

/// [`Params`] on a tape.
#[derive(Clone, Debug)]
pub struct Leaves<'t, T: Real> {
    places: Arc<Vec<Place>>,
    vars: Vec<Var<'t, T>>,
    taken: usize,
}

impl<'t, T: Real> Leaves<'t, T> {
    /// The leaves of the next part: of one cell, or of one layer. Parts are taken in the order in
    /// which they were added to the [`Params`].
    ///
    /// # Panics
    /// If no part is left, or the next has more or fewer tensors than wanted.
    #[track_caller]
    pub fn take<W: FromVars<'t, T>>(&mut self) -> W {
        let left = &self.places[self.taken..];
        assert!(!left.is_empty(), "leaves: all parts are taken already");
        let next = left[1..].iter().position(|place| place.starts_part);
        let part = self.taken..next.map_or(self.places.len(), |next| self.taken + 1 + next);
        let Some(taken) = W::from_vars(&self.vars[part.clone()]) else {
            let names: Vec<&str> = self.places[part].iter().map(|p| &p.name[..]).collect();
            panic!(
                "leaves: the next part has {} tensors, {}: not what is wanted here",
                names.len(),
                names.join(", ")
            )
        };
        self.taken = part.end;
        taken
    }

    /// All leaves, in the order of the [`Params`].
    pub fn vars(&self) -> &[Var<'t, T>] {
        &self.vars
    }

    /// After a sweep, the gradient in the order of [`Params::values`]; 0 where the sweep did not
    /// reach.
    pub fn gradient(&self) -> Vec<T> {
        let len = self.vars.iter().map(|leaf| leaf.len()).sum();
        let mut gradient = Vec::with_capacity(len);
        for leaf in &self.vars {
            leaf.with_grad(|g| match g {
                Some(g) => gradient.extend_from_slice(g),
                None => gradient.resize(gradient.len() + leaf.len(), T::ZERO),
            });
        }
        gradient
    }

    /// After a sweep, the gradient as tensors with the names of the parameters.
    pub fn gradients(&self) -> Params<T> {
        Params {
            places: Arc::clone(&self.places),
            values: self.gradient(),
            closed: true,
        }
    }
}
