//! Cells whose state goes on linearly, with coefficients that the input alone decides:
//!
//! ```text
//! h' = a h + b,   elementwise;  a and b functions of x
//! ```
//!
//! All steps of such a cell can be taken at once: see [`scan()`](crate::scan()).

use wengert_tape::{Real, Var, concat};

use crate::cell::Cell;

/// A cell with h' = a h + b, where a and b depend on the input but not on the state.
pub trait LinearCell<T: Real>: Cell<T> {
    /// a and b of each row of `x`.
    fn coefficients<'t>(&self, w: &Self::Weights<'t>, x: Var<'t, T>) -> [Var<'t, T>; 2];
}

/// What [`Cell::project`] of a linear cell returns: a and b side by side.
pub(super) fn project<'t, T: Real, C: LinearCell<T>>(
    cell: &C,
    w: &C::Weights<'t>,
    x: Var<'t, T>,
) -> Var<'t, T> {
    concat(&cell.coefficients(w, x), 1)
}

/// [`Cell::step`] of a linear cell.
pub(super) fn step<'t, T: Real>(x: Var<'t, T>, h: Var<'t, T>) -> Var<'t, T> {
    let [a, b] = x.split_cols();
    a * h + b
}
