//! The cells that studies compare, under one type: what is compiled for it is compiled once for all of
//! them, and which it is, is a setting.

use std::cell::OnceCell;

use rand::rngs::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::cells::{ExpRnn, Irnn};
use wengert_rnn::{Activation, Cell, Elman, FromVars, Gru, Lstm, Params, Vars};
use wengert_tape::{Real, Tape, Var};

/// A cell, by its name in settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Elman's, with tanh.
    Elman,
    /// Relu units that start as accumulators.
    Irnn,
    /// The gated recurrent unit.
    Gru,
    /// Long short-term memory, forget biases at 1.
    Lstm,
    /// The same with chrono biases (Tallec & Ollivier 2018).
    Chrono,
    /// An orthogonal recurrent matrix by the matrix exponential.
    ExpRnn,
}

impl Kind {
    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Elman => "elman",
            Self::Irnn => "irnn",
            Self::Gru => "gru",
            Self::Lstm => "lstm",
            Self::Chrono => "chrono",
            Self::ExpRnn => "exprnn",
        }
    }

    /// The cell of so many units; `longest` is the longest memory that chrono biases are drawn for.
    pub fn cell(self, inputs: usize, hidden: usize, longest: usize) -> AnyCell {
        match self {
            Self::Elman => AnyCell::Elman(Elman::new(inputs, hidden, Activation::Tanh)),
            Self::Irnn => AnyCell::Irnn(Irnn::new(inputs, hidden)),
            Self::Gru => AnyCell::Gru(Gru::new(inputs, hidden)),
            Self::Lstm => AnyCell::Lstm(Lstm::new(inputs, hidden).with_forget_bias(1.0)),
            Self::Chrono => AnyCell::Lstm(Lstm::new(inputs, hidden).with_chrono(longest)),
            Self::ExpRnn => AnyCell::ExpRnn(ExpRnn::new(inputs, hidden)),
        }
    }

    /// Floating-point operations that training takes for one step of one sequence: a multiplication and
    /// an addition for each weight, forwards once and backwards twice, of each gate. Biases, maps and
    /// what does not grow with steps and sequences, as the exponential, are left out.
    pub fn operations(self, inputs: usize, hidden: usize) -> f64 {
        let products = match self {
            Self::Elman | Self::Irnn | Self::ExpRnn => 1,
            Self::Gru => 3,
            Self::Lstm | Self::Chrono => 4,
        };
        (products * 6 * hidden * (hidden + inputs)) as f64
    }
}

/// By what a learning rate is multiplied for a parameter: a tenth for the skew-symmetric matrix of
/// [`Kind::ExpRnn`], as Lezcano-Casado & Martinez-Rubio 2019 have it, and 1 for all else.
pub fn rate_factor(parameter: &str) -> f64 {
    if parameter.ends_with("generator_hh_l0") {
        0.1
    } else {
        1.0
    }
}

/// A cell of any [`Kind`].
#[derive(Clone, Copy, Debug)]
pub enum AnyCell {
    /// See [`Kind::Elman`].
    Elman(Elman),
    /// See [`Kind::Irnn`].
    Irnn(Irnn),
    /// See [`Kind::Gru`].
    Gru(Gru),
    /// See [`Kind::Lstm`] and [`Kind::Chrono`].
    Lstm(Lstm),
    /// See [`Kind::ExpRnn`].
    ExpRnn(ExpRnn),
}

/// `$body` of whichever cell it is.
macro_rules! each {
    ($any:expr, $cell:ident => $body:expr) => {
        match $any {
            AnyCell::Elman($cell) => $body,
            AnyCell::Irnn($cell) => $body,
            AnyCell::Gru($cell) => $body,
            AnyCell::Lstm($cell) => $body,
            AnyCell::ExpRnn($cell) => $body,
        }
    };
}

/// The weights of an [`AnyCell`]: variables, and the cell that knows what to make of them.
pub struct Weights<'t, T: Real> {
    vars: Vec<Var<'t, T>>,
    /// Made at first use: which cell it is, only the cell knows.
    recurrence: OnceCell<Box<dyn Recurrence<'t, T> + 't>>,
}

impl<'t, T: Real> FromVars<'t, T> for Weights<'t, T> {
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        Some(Self {
            vars: vars.to_vec(),
            recurrence: OnceCell::new(),
        })
    }
}

impl<'t, T: Real> Weights<'t, T> {
    #[track_caller]
    fn of(&self, any: &AnyCell) -> &(dyn Recurrence<'t, T> + 't) {
        let make = || each!(any, cell => bound(*cell, &self.vars));
        &**self.recurrence.get_or_init(make)
    }
}

/// A cell with its weights, whatever their types.
trait Recurrence<'t, T: Real> {
    fn project(&self, x: Var<'t, T>) -> Var<'t, T>;
    fn step(&self, x: Var<'t, T>, state: &[Var<'t, T>]) -> Vec<Var<'t, T>>;
}

struct Bound<'t, T: Real, C: Cell<T>> {
    cell: C,
    weights: C::Weights<'t>,
}

#[track_caller]
fn bound<'t, T: Real, C: Cell<T> + 't>(
    cell: C,
    vars: &[Var<'t, T>],
) -> Box<dyn Recurrence<'t, T> + 't> {
    let weights = C::Weights::from_vars(vars).expect("the weights are those of the cell's init");
    Box::new(Bound { cell, weights })
}

impl<'t, T: Real, C: Cell<T>> Recurrence<'t, T> for Bound<'t, T, C> {
    fn project(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.cell.project(&self.weights, x)
    }

    fn step(&self, x: Var<'t, T>, state: &[Var<'t, T>]) -> Vec<Var<'t, T>> {
        let state = C::State::from_vars(state).expect("the state is one of the cell's");
        let next = self.cell.step(&self.weights, x, &state);
        next.as_slice().to_vec()
    }
}

impl<T: Real> Cell<T> for AnyCell {
    type Weights<'t> = Weights<'t, T>;
    type State<'t> = Vec<Var<'t, T>>;

    fn inputs(&self) -> usize {
        each!(self, cell => Cell::<T>::inputs(cell))
    }

    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        each!(self, cell => cell.init(rng))
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Vec<Var<'t, T>> {
        each!(self, cell => cell.zero_state(tape, batch).as_slice().to_vec())
    }

    fn project<'t>(&self, w: &Weights<'t, T>, x: Var<'t, T>) -> Var<'t, T> {
        w.of(self).project(x)
    }

    fn step<'t>(
        &self,
        w: &Weights<'t, T>,
        x: Var<'t, T>,
        state: &Vec<Var<'t, T>>,
    ) -> Vec<Var<'t, T>> {
        w.of(self).step(x, state)
    }
}
