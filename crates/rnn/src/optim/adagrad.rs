//! Adagrad (Duchi, Hazan & Singer 2011).

use wengert_tape::Real;

use super::{Optimizer, State, check_not_negative};

const SUM: &str = "sum";

/// Adagrad (Duchi, Hazan & Singer 2011, figure 1 with a diagonal matrix):
///
/// ```text
/// g += decay w                       s += g^2
/// w -= rate / (1 + (t - 1) slowing) g / (sqrt(s) + epsilon)
/// ```
#[derive(Clone, Debug)]
pub struct Adagrad<T> {
    state: State<T>,
    epsilon: f64,
    slowing: f64,
    decay: f64,
}

impl<T: Real> Adagrad<T> {
    /// For `len` parameters, with this learning rate, and epsilon = 1e-10.
    ///
    /// # Panics
    /// If the rate is not positive and finite.
    #[track_caller]
    pub fn new(rate: f64, len: usize) -> Self {
        Self {
            state: State::new("adagrad", rate, len).with_moment(SUM, T::ZERO),
            epsilon: 1e-10,
            slowing: 0.0,
            decay: 0.0,
        }
    }

    /// With sums of squares that start here.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn with_start(self, start: f64) -> Self {
        check_not_negative("adagrad", "start", start);
        Self {
            state: self.state.with_moment(SUM, T::from_f64(start)),
            ..self
        }
    }

    /// With another epsilon.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn with_epsilon(self, epsilon: f64) -> Self {
        check_not_negative("adagrad", "epsilon", epsilon);
        Self { epsilon, ..self }
    }

    /// With a learning rate that falls as 1 / (1 + (t - 1) slowing); PyTorch's `lr_decay`.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn with_slowing(self, slowing: f64) -> Self {
        check_not_negative("adagrad", "slowing", slowing);
        Self { slowing, ..self }
    }

    /// With the gradient of `decay |w|^2 / 2` added, of all parameters.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn with_weight_decay(self, decay: f64) -> Self {
        check_not_negative("adagrad", "weight decay", decay);
        Self { decay, ..self }
    }
}

impl<T: Real> Optimizer<T> for Adagrad<T> {
    fn state(&self) -> &State<T> {
        &self.state
    }

    fn state_mut(&mut self) -> &mut State<T> {
        &mut self.state
    }

    fn update(&mut self, values: &mut [T], gradient: &[T]) {
        let before = (self.state.steps - 1) as f64;
        let rate = T::from_f64(self.state.rate / (1.0 + before * self.slowing));
        let [decay, epsilon] = [self.decay, self.epsilon].map(T::from_f64);
        let [s] = self.state.moments_mut([SUM]);
        for ((w, &g), s) in values.iter_mut().zip(gradient).zip(s) {
            let g = g + decay * *w;
            *s += g * g;
            *w -= rate * g / (s.sqrt() + epsilon);
        }
    }
}
