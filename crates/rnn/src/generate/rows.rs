//! The state of several sequences as plain values: rows that can be picked.

use wengert_tape::{Real, Tape, Tensor, Var};

use crate::vars::Vars;

/// The state of several sequences, a row for each. A step function may carry anything that can be
/// picked by rows; a `Vec` of one state for each sequence will do.
pub trait Rows {
    /// Number of sequences.
    fn count(&self) -> usize;

    /// The rows at these places, in this order; a row may be picked several times.
    fn pick(&self, places: &[usize]) -> Self;
}

impl<X: Clone> Rows for Vec<X> {
    fn count(&self) -> usize {
        self.len()
    }
    fn pick(&self, places: &[usize]) -> Self {
        places.iter().map(|&i| self[i].clone()).collect()
    }
}

/// The state of a cell off the tape.
#[derive(Clone, PartialEq, Debug)]
pub struct Held<T> {
    vars: Vec<Tensor<T>>,
}

impl<T: Real> Held<T> {
    /// The values of a state.
    pub fn of<'t>(state: &impl Vars<'t, T>) -> Self {
        let value = |var: &Var<'t, T>| Tensor::new(var.shape(), var.to_vec());
        Self {
            vars: state.as_slice().iter().map(value).collect(),
        }
    }

    /// The state as constants on a tape.
    ///
    /// # Panics
    /// If it was another kind of state.
    #[track_caller]
    pub fn on<'t, S: Vars<'t, T>>(&self, tape: &'t Tape<T>) -> S {
        let constant = |var: &Tensor<T>| tape.constant(var.shape, &var.values);
        let vars: Vec<_> = self.vars.iter().map(constant).collect();
        S::from_vars(&vars).unwrap_or_else(|| {
            panic!(
                "held: a state of {} variables, not the kind wanted here",
                vars.len()
            )
        })
    }
}

impl<T: Real> Rows for Held<T> {
    fn count(&self) -> usize {
        self.vars[0].shape.dims()[0]
    }

    fn pick(&self, places: &[usize]) -> Self {
        let pick = |var: &Tensor<T>| {
            let size = var.shape.dims()[1..].iter().product::<usize>();
            let mut values = Vec::with_capacity(places.len() * size);
            for &row in places {
                values.extend_from_slice(&var.values[row * size..(row + 1) * size]);
            }
            let dims = [&[places.len()], &var.shape.dims()[1..]].concat();
            Tensor::new(&dims[..], values)
        };
        Self {
            vars: self.vars.iter().map(pick).collect(),
        }
    }
}
