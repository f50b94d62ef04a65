//! Optimisers over flat slices of parameters, and clipping of the gradient.

use wengert_tape::Real;

use crate::norm::norm;

/// Stochastic gradient descent: w -= rate g.
#[derive(Clone, Debug)]
pub struct Sgd {
    rate: f64,
}

impl Sgd {
    /// Descent with this learning rate.
    ///
    /// # Panics
    /// If the rate is not positive and finite.
    #[track_caller]
    pub fn new(rate: f64) -> Self {
        check_rate("sgd", rate);
        Self { rate }
    }

    /// Takes one step.
    ///
    /// # Panics
    /// If `values` and `gradient` differ in length.
    #[track_caller]
    pub fn step<T: Real>(&self, values: &mut [T], gradient: &[T]) {
        check_length("sgd", values.len(), gradient.len());
        let rate = T::from_f64(self.rate);
        for (w, &g) in values.iter_mut().zip(gradient) {
            *w -= rate * g;
        }
    }
}

/// Adam (Kingma & Ba 2015, algorithm 1):
///
/// ```text
/// m = b1 m + (1 - b1) g              v = b2 v + (1 - b2) g^2
/// w -= rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)
/// ```
#[derive(Clone, Debug)]
pub struct Adam<T> {
    rate: f64,
    betas: [f64; 2],
    epsilon: f64,
    steps: i32,
    m: Vec<T>,
    v: Vec<T>,
}

impl<T: Real> Adam<T> {
    /// For `len` parameters, with this learning rate, b1 = 0.9, b2 = 0.999 and epsilon = 1e-8.
    ///
    /// # Panics
    /// If the rate is not positive and finite.
    #[track_caller]
    pub fn new(rate: f64, len: usize) -> Self {
        check_rate("adam", rate);
        Self {
            rate,
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            steps: 0,
            m: vec![T::ZERO; len],
            v: vec![T::ZERO; len],
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

    /// Takes one step.
    ///
    /// # Panics
    /// If `values` or `gradient` has not the length given to [`Adam::new`].
    #[track_caller]
    pub fn step(&mut self, values: &mut [T], gradient: &[T]) {
        check_length("adam", self.m.len(), values.len());
        check_length("adam", self.m.len(), gradient.len());
        self.steps += 1;
        let [b1, b2] = self.betas.map(T::from_f64);
        let [c1, c2] = self.betas.map(T::from_f64).map(|b| T::ONE - b);
        let [unbias_m, unbias_v] = self.betas.map(|b| 1.0 / (1.0 - b.powi(self.steps)));
        let (rate, unbias_v) = (T::from_f64(self.rate * unbias_m), T::from_f64(unbias_v));
        let epsilon = T::from_f64(self.epsilon);
        let moments = self.m.iter_mut().zip(&mut self.v);
        for ((w, &g), (m, v)) in values.iter_mut().zip(gradient).zip(moments) {
            *m = b1 * *m + c1 * g;
            *v = b2 * *v + c2 * g * g;
            *w -= rate * *m / ((*v * unbias_v).sqrt() + epsilon);
        }
    }
}

/// Scales a gradient down to the norm `max` if it is longer (Pascanu et al. 2013); returns its norm
/// before. A gradient with an infinite or NaN element is left as it is.
///
/// # Panics
/// If `max` is not positive.
#[track_caller]
pub fn clip_norm<T: Real>(gradient: &mut [T], max: f64) -> f64 {
    assert!(max > 0.0, "clip: the largest norm is {max}, not positive");
    let norm = norm(gradient);
    if norm > max && norm.is_finite() {
        let factor = T::from_f64(max / norm);
        for g in gradient {
            *g = factor * *g;
        }
    }
    norm
}

#[track_caller]
fn check_rate(what: &str, rate: f64) {
    assert!(
        rate > 0.0 && rate.is_finite(),
        "{what}: learning rate {rate}, but it must be positive and finite"
    );
}

#[track_caller]
fn check_length(what: &str, expected: usize, len: usize) {
    assert!(
        len == expected,
        "{what}: {len} elements came for {expected} parameters"
    );
}
