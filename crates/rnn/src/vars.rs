//! Things made of variables: the weights of a cell, and its state.

use wengert_tape::{Real, Var};

/// Something made of variables: the weights of a cell, or its state.
///
/// What it is made of may be computed from the variables, once for all steps, as the matrix of an
/// [`Orthogonal`](crate::cells::Orthogonal) cell is.
pub trait FromVars<'t, T: Real>: Sized {
    /// Made of `vars`, in order; `None` if these are too few or too many.
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self>;
}

/// Variables that are the state of a cell.
pub trait Vars<'t, T: Real>: FromVars<'t, T> + Clone {
    /// All variables, in order.
    fn as_slice(&self) -> &[Var<'t, T>];

    /// Each variable replaced by `f` of it.
    fn map(&self, f: impl FnMut(Var<'t, T>) -> Var<'t, T>) -> Self;
}

impl<'t, T: Real> FromVars<'t, T> for Var<'t, T> {
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        match *vars {
            [var] => Some(var),
            _ => None,
        }
    }
}

impl<'t, T: Real> Vars<'t, T> for Var<'t, T> {
    fn as_slice(&self) -> &[Var<'t, T>] {
        std::slice::from_ref(self)
    }
    fn map(&self, mut f: impl FnMut(Var<'t, T>) -> Var<'t, T>) -> Self {
        f(*self)
    }
}

impl<'t, T: Real, const N: usize> FromVars<'t, T> for [Var<'t, T>; N] {
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        vars.try_into().ok()
    }
}

impl<'t, T: Real, const N: usize> Vars<'t, T> for [Var<'t, T>; N] {
    fn as_slice(&self) -> &[Var<'t, T>] {
        self
    }
    fn map(&self, f: impl FnMut(Var<'t, T>) -> Var<'t, T>) -> Self {
        (*self).map(f)
    }
}

impl<'t, T: Real> FromVars<'t, T> for Vec<Var<'t, T>> {
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        Some(vars.to_vec())
    }
}

impl<'t, T: Real> Vars<'t, T> for Vec<Var<'t, T>> {
    fn as_slice(&self) -> &[Var<'t, T>] {
        self
    }
    fn map(&self, f: impl FnMut(Var<'t, T>) -> Var<'t, T>) -> Self {
        self.iter().copied().map(f).collect()
    }
}
