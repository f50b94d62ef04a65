//! Learning rates of their own for some of the parameters.

use wengert_tape::Real;

use super::{Optimizer, State};
use crate::params::Params;

/// An optimiser whose updates are multiplied by a factor that each parameter has: for Adam and its
/// kin, and for SGD, the same as learning rates of their own.
///
/// ```text
/// w += factor (w' - w),   w' the parameters after the optimiser's step
/// ```
///
/// ```
/// use wengert_rnn::optim::{Grouped, Sgd};
/// use wengert_rnn::{Optimizer, Params};
///
/// let mut params = Params::<f64>::new()
///     .with("fast", [1], |w| w.fill(1.0))
///     .with("slow", [1], |w| w.fill(1.0));
/// let sgd = Sgd::new(0.5, params.len());
/// let factor = |name: &str| if name == "slow" { 0.1 } else { 1.0 };
/// let mut optimizer = Grouped::new(sgd, &params, factor);
/// optimizer.step(params.values_mut(), &[1.0, 1.0]);
/// assert_eq!(params.values(), [0.5, 0.95]);
/// ```
#[derive(Clone, Debug)]
pub struct Grouped<T, O> {
    optimizer: O,
    /// One for each element of the parameters.
    factors: Vec<T>,
    before: Vec<T>,
}

impl<T: Real, O: Optimizer<T>> Grouped<T, O> {
    /// `optimizer`, its updates multiplied by `factor` of each parameter's name.
    ///
    /// # Panics
    /// If a factor is negative or not finite.
    #[track_caller]
    pub fn new(optimizer: O, params: &Params<T>, factor: impl Fn(&str) -> f64) -> Self {
        let mut factors = Vec::with_capacity(params.len());
        for parameter in params.iter() {
            let factor = factor(parameter.name);
            assert!(
                factor >= 0.0 && factor.is_finite(),
                "grouped: factor {factor} of {}, but it must be finite and not negative",
                parameter.name
            );
            factors.extend(parameter.values.iter().map(|_| T::from_f64(factor)));
        }
        Self {
            optimizer,
            factors,
            before: Vec::new(),
        }
    }
}

impl<T: Real, O: Optimizer<T>> Optimizer<T> for Grouped<T, O> {
    fn state(&self) -> &State<T> {
        self.optimizer.state()
    }

    fn state_mut(&mut self) -> &mut State<T> {
        self.optimizer.state_mut()
    }

    fn update(&mut self, values: &mut [T], gradient: &[T]) {
        self.before.clear();
        self.before.extend_from_slice(values);
        self.optimizer.update(values, gradient);
        for ((w, &before), &factor) in values.iter_mut().zip(&self.before).zip(&self.factors) {
            // Rounding would make another update of a whole one.
            if factor != T::ONE {
                *w = before + factor * (*w - before);
            }
        }
    }
}
