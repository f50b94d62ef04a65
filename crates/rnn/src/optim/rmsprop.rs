//! RMSProp (Hinton 2012, lecture 6e; centred as Graves 2013).

use wengert_tape::Real;

use super::{Optimizer, State, check_fraction, check_not_negative};

const SQUARE: &str = "square";
const MEAN: &str = "mean";
const MOMENTUM: &str = "momentum";

/// RMSProp (Hinton 2012, lecture 6e), on request centred (Graves 2013) and with momentum:
///
/// ```text
/// g += decay w
/// v = alpha v + (1 - alpha) g^2             a = alpha a + (1 - alpha) g, if centred, else 0
/// m = momentum m + g / (sqrt(v - a^2) + epsilon)
/// w -= rate m
/// ```
#[derive(Clone, Debug)]
pub struct RmsProp<T> {
    state: State<T>,
    alpha: f64,
    epsilon: f64,
    momentum: f64,
    decay: f64,
}

impl<T: Real> RmsProp<T> {
    /// For `len` parameters, with this learning rate, alpha = 0.99, epsilon = 1e-8, no momentum.
    ///
    /// # Panics
    /// If the rate is not positive and finite.
    #[track_caller]
    pub fn new(rate: f64, len: usize) -> Self {
        Self {
            state: State::new("rmsprop", rate, len).with_moment(SQUARE, T::ZERO),
            alpha: 0.99,
            epsilon: 1e-8,
            momentum: 0.0,
            decay: 0.0,
        }
    }

    /// With another decay rate of the mean square.
    ///
    /// # Panics
    /// If it is not in [0, 1).
    #[track_caller]
    pub fn with_alpha(self, alpha: f64) -> Self {
        check_fraction("rmsprop", "alpha", alpha);
        Self { alpha, ..self }
    }

    /// With another epsilon.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn with_epsilon(self, epsilon: f64) -> Self {
        check_not_negative("rmsprop", "epsilon", epsilon);
        Self { epsilon, ..self }
    }

    /// Divides by the standard deviation of the gradient, not by its root mean square.
    pub fn centered(self) -> Self {
        Self {
            state: self.state.with_moment(MEAN, T::ZERO),
            ..self
        }
    }

    /// With momentum.
    ///
    /// # Panics
    /// If it is not in [0, 1).
    #[track_caller]
    pub fn with_momentum(self, momentum: f64) -> Self {
        check_fraction("rmsprop", MOMENTUM, momentum);
        Self {
            state: self.state.with_moment(MOMENTUM, T::ZERO),
            momentum,
            ..self
        }
    }

    /// With the gradient of `decay |w|^2 / 2` added, of all parameters.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn with_weight_decay(self, decay: f64) -> Self {
        check_not_negative("rmsprop", "weight decay", decay);
        Self { decay, ..self }
    }
}

impl<T: Real> Optimizer<T> for RmsProp<T> {
    fn state(&self) -> &State<T> {
        &self.state
    }

    fn state_mut(&mut self) -> &mut State<T> {
        &mut self.state
    }

    fn update(&mut self, values: &mut [T], gradient: &[T]) {
        let [rate, decay, momentum] = [self.state.rate, self.decay, self.momentum].map(T::from_f64);
        let [alpha, fresh, epsilon] = [self.alpha, 1.0 - self.alpha, self.epsilon].map(T::from_f64);
        let [v, a, m] = self.state.moments_mut([SQUARE, MEAN, MOMENTUM]);
        for (i, (w, &g)) in values.iter_mut().zip(gradient).enumerate() {
            let g = g + decay * *w;
            v[i] = alpha * v[i] + fresh * g * g;
            let mut variance = v[i];
            if let Some(a) = a.get_mut(i) {
                *a = alpha * *a + fresh * g;
                variance -= *a * *a;
                if variance < T::ZERO {
                    variance = T::ZERO; // what rounding left of equal gradients
                }
            }
            let mut direction = g / (variance.sqrt() + epsilon);
            if let Some(m) = m.get_mut(i) {
                *m = momentum * *m + direction;
                direction = *m;
            }
            *w -= rate * direction;
        }
    }
}
