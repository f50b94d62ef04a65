//! Adam (Kingma & Ba 2015), and AdamW (Loshchilov & Hutter 2019).

use wengert_tape::Real;

use super::{Optimizer, State, check_not_negative};

const MEAN: &str = "mean";
const SQUARE: &str = "square";

/// Adam (Kingma & Ba 2015, algorithm 1), and with [`Adam::with_decoupled_decay`] AdamW:
///
/// ```text
/// m = b1 m + (1 - b1) g              v = b2 v + (1 - b2) g^2
/// w -= rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "AdamW")]
pub struct Adam<T> {
    state: State<T>,
    betas: [f64; 2],
    epsilon: f64,
    decay: f64,
    decoupled: f64,
}

impl<T: Real> Adam<T> {
    /// For `len` parameters, with this learning rate, b1 = 0.9, b2 = 0.999 and epsilon = 1e-8.
    ///
    /// # Panics
    /// If the rate is not positive and finite.
    #[track_caller]
    pub fn new(rate: f64, len: usize) -> Self {
        let state = State::new("adam", rate, len);
        Self {
            state: state
                .with_moment(MEAN, T::ZERO)
                .with_moment(SQUARE, T::ZERO),
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            decay: 0.0,
            decoupled: 0.0,
        }
    }

    /// With other decay rates b1 and b2.
    ///
    /// # Panics
    /// If one is not in [0, 1).
    #[track_caller]
    pub fn with_betas(self, betas: [f64; 2]) -> Self {
        assert!(
            betas.iter().all(|beta| (0.0..1.0).contains(beta)),
            "adam: betas {betas:?}: each must be in [0, 1)"
        );
        Self { betas, ..self }
    }

    /// With another epsilon.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn with_epsilon(self, epsilon: f64) -> Self {
        check_not_negative("adam", "epsilon", epsilon);
        Self { epsilon, ..self }
    }

    /// With the gradient of `decay |w|^2 / 2` added, of all parameters: g += decay w.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn with_weight_decay(self, decay: f64) -> Self {
        check_not_negative("adam", "weight decay", decay);
        Self { decay, ..self }
    }

    /// With all parameters shrunk before each step, w -= rate decay w, which the moments do not
    /// see: AdamW (Loshchilov & Hutter 2019). Usual is 0.01.
    ///
    /// # Panics
    /// If it is negative or not finite.
    #[track_caller]
    pub fn with_decoupled_decay(self, decay: f64) -> Self {
        check_not_negative("adam", "weight decay", decay);
        Self {
            decoupled: decay,
            ..self
        }
    }
}

impl<T: Real> Optimizer<T> for Adam<T> {
    fn state(&self) -> &State<T> {
        &self.state
    }

    fn state_mut(&mut self) -> &mut State<T> {
        &mut self.state
    }

    fn update(&mut self, values: &mut [T], gradient: &[T]) {
        let rate = self.state.rate;
        let steps = i32::try_from(self.state.steps).unwrap_or(i32::MAX);
        let [unbias_m, unbias_v] = self.betas.map(|b| 1.0 / (1.0 - b.powi(steps)));
        let shrunk = T::from_f64(1.0 - rate * self.decoupled);
        let (rate, unbias_v) = (T::from_f64(rate * unbias_m), T::from_f64(unbias_v));
        let [b1, b2] = self.betas.map(T::from_f64);
        let [c1, c2] = self.betas.map(|b| T::from_f64(1.0 - b));
        let [decay, epsilon] = [self.decay, self.epsilon].map(T::from_f64);
        let [m, v] = self.state.moments_mut([MEAN, SQUARE]);
        let moments = m.iter_mut().zip(v);
        for ((w, &g), (m, v)) in values.iter_mut().zip(gradient).zip(moments) {
            let g = g + decay * *w;
            *m = b1 * *m + c1 * g;
            *v = b2 * *v + c2 * g * g;
            *w = shrunk * *w - rate * *m / ((*v * unbias_v).sqrt() + epsilon);
        }
    }
}
