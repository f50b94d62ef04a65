//! The weights of a stack: variables, and what its cells make of them.

use std::cell::OnceCell;

use wengert_tape::{Real, Var};

use crate::cell::Cell;
use crate::vars::FromVars;

/// The weights of a [`Stack`](super::Stack) of cells `C`, [taken](crate::Leaves::take) from the
/// parameters of [`Stack::init`](super::Stack::init).
pub struct Weights<'t, T: Real, C: Cell<T>> {
    vars: Vec<Var<'t, T>>,
    /// Made once, at first use: how many cells there are, only the stack knows.
    cells: OnceCell<Vec<C::Weights<'t>>>,
}

impl<'t, T: Real, C: Cell<T>> FromVars<'t, T> for Weights<'t, T, C> {
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        Some(Self {
            vars: vars.to_vec(),
            cells: OnceCell::new(),
        })
    }
}

impl<'t, T: Real, C: Cell<T>> Weights<'t, T, C> {
    /// The weights of each of `count` cells.
    #[track_caller]
    pub(super) fn cells(&self, count: usize) -> &[C::Weights<'t>] {
        self.cells
            .get_or_init(|| per_cell("weights", &self.vars, count))
    }
}

/// As many of the variables for each of `cells` cells.
#[track_caller]
pub(super) fn per_cell<'t, T: Real, V: FromVars<'t, T>>(
    what: &str,
    vars: &[Var<'t, T>],
    cells: usize,
) -> Vec<V> {
    let count = vars.len() / cells;
    let own = (0..cells).map(|cell| V::from_vars(&vars[cell * count..(cell + 1) * count]));
    match own.collect() {
        Some(made) if count * cells == vars.len() => made,
        _ => panic!(
            "stack: {} variables came as the {what} of {cells} cells, which is not what these have",
            vars.len()
        ),
    }
}
