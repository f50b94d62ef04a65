//! What a check sees of its subject: a scalar function of one flat vector, at two scalar types.

use wengert_kernels::{Dual, Real};

use super::Function;
use crate::draw::{Draw, Example, Tensor};
use crate::op::Attributes;
use crate::ops::AnyOp;
use crate::tape::Tape;
use crate::var::Var;

/// A recordable function over one scalar type.
pub(super) trait Subject<T: Real> {
    fn call<'t>(&self, tape: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T>;
}

/// A recordable function over the scalar types of a check. A trait object, so that the check itself
/// is compiled once.
pub(super) trait AnySubject: Subject<f64> + Subject<Dual<f64>> {}

impl<S: Subject<f64> + Subject<Dual<f64>>> AnySubject for S {}

/// An operation with the constants of an example.
pub(super) struct Applied<'a> {
    pub op: &'static dyn AnyOp,
    pub example: &'a Example,
}

impl Subject<f64> for Applied<'_> {
    fn call<'t>(&self, tape: &'t Tape<f64>, x: &[Var<'t, f64>]) -> Var<'t, f64> {
        let (ints, reals) = (&self.example.ints[..], &self.example.reals[..]);
        tape.apply(self.op, x, Attributes { ints, reals })
    }
}

impl Subject<Dual<f64>> for Applied<'_> {
    fn call<'t>(&self, tape: &'t Tape<Dual<f64>>, x: &[Var<'t, Dual<f64>>]) -> Var<'t, Dual<f64>> {
        let (ints, reals) = (&self.example.ints[..], constants(&self.example.reals));
        tape.apply(
            self.op,
            x,
            Attributes {
                ints,
                reals: &reals,
            },
        )
    }
}

/// A function of the user's.
pub(super) struct Called<'a, F>(pub &'a F);

impl<F: Function, T: Real> Subject<T> for Called<'_, F> {
    fn call<'t>(&self, tape: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
        self.0.call(tape, x)
    }
}

fn constants<T: Real>(x: &[f64]) -> Vec<T> {
    x.iter().map(|&x| T::from_f64(x)).collect()
}

/// A scalar made of a result y: `sum(u y + c y^2 / 2)`. Its cotangent `u + c y` depends on y, so that
/// second derivatives also meet adjoints that vary.
pub(super) struct Scalarisation {
    linear: Vec<f64>,
    square: Vec<f64>,
}

impl Scalarisation {
    pub fn random(draw: &mut Draw, len: usize) -> Self {
        let linear = draw.direction(len);
        Self {
            linear,
            square: draw.direction(len),
        }
    }

    fn terms(&self) -> impl Iterator<Item = (f64, f64)> {
        self.linear.iter().copied().zip(self.square.iter().copied())
    }

    pub fn value(&self, y: &[f64]) -> f64 {
        self.terms()
            .zip(y)
            .map(|((u, c), y)| u * y + 0.5 * c * y * y)
            .sum()
    }

    /// The sum of the absolute terms: what the value's rounding error is relative to.
    pub fn size(&self, y: &[f64]) -> f64 {
        self.terms()
            .zip(y)
            .map(|((u, c), y)| (u * y).abs() + (0.5 * c * y * y).abs())
            .sum()
    }

    pub fn cotangent<T: Real>(&self, y: &[T]) -> Vec<T> {
        let elements = self.terms().zip(y);
        elements
            .map(|((u, c), &y)| T::from_f64(u) + T::from_f64(c) * y)
            .collect()
    }
}

/// A subject at a point: a function of the elements of the inputs that are differentiated by, one
/// input after the other in one vector.
pub(super) struct Point<'a> {
    subject: &'a dyn AnySubject,
    inputs: &'a [Tensor],
    fixed: &'a [usize],
    real: Tape<f64>,
    dual: Tape<Dual<f64>>,
}

impl<'a> Point<'a> {
    pub fn new(subject: &'a dyn AnySubject, inputs: &'a [Tensor], fixed: &'a [usize]) -> Self {
        let (real, dual) = (Tape::new(), Tape::new());
        Self {
            subject,
            inputs,
            fixed,
            real,
            dual,
        }
    }

    /// The point itself.
    pub fn x(&self) -> Vec<f64> {
        let active = (0..self.inputs.len()).filter(|i| !self.fixed.contains(i));
        active
            .flat_map(|i| self.inputs[i].values.iter().copied())
            .collect()
    }

    /// The input and element that position `at` of the vector stands for.
    pub fn place(&self, mut at: usize) -> (usize, usize) {
        for (i, x) in self.inputs.iter().enumerate() {
            if self.fixed.contains(&i) {
                continue;
            }
            if at < x.values.len() {
                return (i, at);
            }
            at -= x.values.len();
        }
        panic!("position {at} beyond the last input")
    }

    /// The result at x.
    pub fn value(&mut self, x: &[f64]) -> Vec<f64> {
        let y = record(
            &mut self.real,
            self.subject,
            self.inputs,
            self.fixed,
            x,
            None,
        );
        y.0
    }

    /// The result at x, and the gradient of its scalarisation.
    pub fn gradient(&mut self, x: &[f64], phi: &Scalarisation) -> (Vec<f64>, Vec<f64>) {
        record(
            &mut self.real,
            self.subject,
            self.inputs,
            self.fixed,
            x,
            Some(phi),
        )
    }

    /// [`Point::gradient`] at x + v eps: values and tangents.
    pub fn dual(&mut self, x: &[f64], v: &[f64], phi: &Scalarisation) -> [Vec<Dual<f64>>; 2] {
        let x: Vec<_> = x.iter().zip(v).map(|(&x, &v)| Dual::new(x, v)).collect();
        record(
            &mut self.dual,
            self.subject,
            self.inputs,
            self.fixed,
            &x,
            Some(phi),
        )
        .into()
    }

    /// Tapes that have held nothing yet.
    pub fn renew(&mut self) {
        (self.real, self.dual) = (Tape::new(), Tape::new());
    }
}

/// The result, and the gradient of its scalarisation, if one is given.
fn record<T: Real, S: Subject<T> + ?Sized>(
    tape: &mut Tape<T>,
    subject: &S,
    inputs: &[Tensor],
    fixed: &[usize],
    x: &[T],
    phi: Option<&Scalarisation>,
) -> (Vec<T>, Vec<T>) {
    tape.reset();
    let tape = &*tape;
    let mut rest = x;
    let input = |(i, input): (usize, &Tensor)| {
        if fixed.contains(&i) {
            return tape.constant(input.shape, &constants(&input.values));
        }
        let (mine, others) = rest.split_at(input.values.len());
        rest = others;
        tape.leaf(input.shape, mine)
    };
    let vars: Vec<_> = inputs.iter().enumerate().map(input).collect();
    let y = subject.call(tape, &vars);
    let values = y.to_vec();
    let Some(phi) = phi else {
        return (values, Vec::new());
    };
    if y.needs_grad() {
        tape.backward(&[(y, &phi.cotangent(&values))]);
    }
    let active = vars.iter().enumerate().filter(|(i, _)| !fixed.contains(i));
    // A leaf that the sweep did not reach has the gradient 0.
    let adjoint = |(_, x): (usize, &Var<'_, T>)| x.grad().unwrap_or_else(|| vec![T::ZERO; x.len()]);
    (values, active.flat_map(adjoint).collect())
}
