//! Stochastic gradient descent, with momentum (Polyak 1964; Nesterov 1983 as Sutskever et al. 2013):
//!
//! ```text
//! g += decay w
//! m = momentum m + (1 - dampening) g        m = g in the first step
//! w -= rate m                               Nesterov: w -= rate (g + momentum m)
//! ```

use wengert_tape::Real;

use super::{Optimizer, State, check_fraction, check_not_negative};

const MOMENTUM: &str = "momentum";

/// Stochastic gradient descent: w -= rate g, and on request with momentum and weight decay.
///
/// ```text
/// g += decay w
/// m = momentum m + (1 - dampening) g        m = g in the first step
/// w -= rate m                               Nesterov: w -= rate (g + momentum m)
/// ```
#[derive(Clone, Debug)]
pub struct Sgd<T> {
    state: State<T>,
    momentum: f64,
    dampening: f64,
    nesterov: bool,
    decay: f64,
}

impl<T: Real> Sgd<T> {
    /// For `len` parameters, with this learning rate.
    ///
    /// # Panics
    /// If the rate is not positive and finite.
    #[track_caller]
    pub fn new(rate: f64, len: usize) -> Self {
        Self {
            state: State::new("sgd", rate, len),
            momentum: 0.0,
            dampening: 0.0,
            nesterov: false,
            decay: 0.0,
        }
    }

    /// With momentum, of which 0.9 is usual.
    ///
    /// # Panics
    /// If it is not in [0, 1).
    #[track_caller]
    pub fn with_momentum(self, momentum: f64) -> Self {
        check_fraction("sgd", MOMENTUM, momentum);
        Self {
            state: self.state.with_moment(MOMENTUM, T::ZERO),
            momentum,
            ..self
        }
    }

    /// With momentum, taken from where the step leads (Nesterov).
    ///
    /// # Panics
    /// If it is not in [0, 1).
    #[track_caller]
    pub fn with_nesterov(self, momentum: f64) -> Self {
        Self {
            nesterov: true,
            dampening: 0.0,
            ..self.with_momentum(momentum)
        }
    }

    /// With momentum, to which each gradient adds its part of 1 - dampening.
    ///
    /// # Panics
    /// If one of the two is not in [0, 1).
    #[track_caller]
    pub fn with_dampened_momentum(self, momentum: f64, dampening: f64) -> Self {
        check_fraction("sgd", "dampening", dampening);
        Self {
            nesterov: false,
            dampening,
            ..self.with_momentum(momentum)
        }
    }

    /// With the gradient of `decay |w|^2 / 2` added, of all parameters.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn with_weight_decay(self, decay: f64) -> Self {
        check_not_negative("sgd", "weight decay", decay);
        Self { decay, ..self }
    }
}

impl<T: Real> Optimizer<T> for Sgd<T> {
    fn state(&self) -> &State<T> {
        &self.state
    }

    fn state_mut(&mut self) -> &mut State<T> {
        &mut self.state
    }

    fn update(&mut self, values: &mut [T], gradient: &[T]) {
        let first = self.state.steps == 1;
        let [rate, decay, momentum] = [self.state.rate, self.decay, self.momentum].map(T::from_f64);
        let fresh = T::from_f64(1.0 - self.dampening);
        let nesterov = self.nesterov;
        let [m] = self.state.moments_mut([MOMENTUM]);
        let elements = values.iter_mut().zip(gradient);
        if m.is_empty() {
            elements.for_each(|(w, &g)| *w -= rate * (g + decay * *w));
            return;
        }
        for ((w, &g), m) in elements.zip(m) {
            let g = g + decay * *w;
            *m = if first { g } else { momentum * *m + fresh * g };
            *w -= rate * if nesterov { g + momentum * *m } else { *m };
        }
    }
}
