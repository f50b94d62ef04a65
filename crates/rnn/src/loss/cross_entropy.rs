//! Cross entropy of rows of logits, against classes or probabilities.
//!
//! With l = log_softmax(x) of a row x of K logits, class weights w, smoothing s:
//!
//! ```text
//! against a class t          -(1 - s) w_t l_t            - s/K sum_k w_k l_k
//! against probabilities p    -(1 - s) sum_k w_k p_k l_k  - s/K sum_k w_k l_k
//! ```

use wengert_tape::{Real, Var};

use super::{Losses, check_same_shape, check_weights, constants};

/// Cross entropy, in nats, with the definitions of PyTorch: class weights, label smoothing
/// (Szegedy et al. 2016), a class to ignore.
///
/// ```
/// use wengert_rnn::loss::CrossEntropy;
/// use wengert_tape::Tape;
///
/// let tape = Tape::<f64>::new();
/// let logits = tape.leaf([3, 2], &[0.0, 0.0, 1000.0, 0.0, f64::NAN, 0.0]);
/// let losses = CrossEntropy::new().ignore(9).of(logits, &[1, 0, 9]);
/// assert_eq!(losses.each().to_vec(), [2f64.ln(), 0.0, 0.0]);
/// losses.mean().backward(); // the mean of two
/// assert_eq!(logits.grad(), Some(vec![0.25, -0.25, 0.0, 0.0, 0.0, 0.0]));
/// ```
#[derive(Clone, Debug, Default)]
pub struct CrossEntropy {
    weights: Option<Vec<f64>>,
    smoothing: f64,
    ignored: Option<usize>,
}

impl CrossEntropy {
    /// Without weights, smoothing or a class to ignore.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a weight for each class. The mean over rows is then the sum over the sum of the weights
    /// of their targets.
    ///
    /// # Panics
    /// If a weight is negative, infinite or NaN.
    #[track_caller]
    pub fn weights(self, weights: &[f64]) -> Self {
        check_weights("cross entropy", weights);
        Self {
            weights: Some(weights.to_vec()),
            ..self
        }
    }

    /// With targets mixed with the uniform distribution, which has this share.
    ///
    /// # Panics
    /// If it is not in [0, 1].
    #[track_caller]
    pub fn smoothing(self, smoothing: f64) -> Self {
        assert!(
            (0.0..=1.0).contains(&smoothing),
            "cross entropy: smoothing {smoothing}, but it must be in [0, 1]"
        );
        Self { smoothing, ..self }
    }

    /// With rows left out whose target is this number, a class or not: their loss is 0, their
    /// logits are not read, and they do not count in the mean.
    pub fn ignore(self, target: usize) -> Self {
        Self {
            ignored: Some(target),
            ..self
        }
    }

    /// The loss of each row of `logits`, [N, K], against its class.
    ///
    /// # Panics
    /// If `logits` is no matrix, there is not one target for each row, a target is not below K and
    /// not ignored, or there are class weights, but not K.
    #[track_caller]
    pub fn of<'t, T: Real>(&self, logits: Var<'t, T>, targets: &[usize]) -> Losses<'t, T> {
        let [rows, classes] = self.sizes(logits);
        assert!(
            targets.len() == rows,
            "cross entropy: {rows} rows of logits, but {} targets",
            targets.len()
        );
        let counts = |&row: &usize| self.ignored != Some(targets[row]);
        for row in (0..rows).filter(counts) {
            assert!(
                targets[row] < classes,
                "cross entropy: target {} of row {row}, but there are {classes} classes",
                targets[row]
            );
        }
        if (0..rows).all(|row| counts(&row)) {
            return self.of_counted(logits, targets);
        }
        let counted: Vec<usize> = (0..rows).filter(counts).collect();
        let targets: Vec<usize> = counted.iter().map(|&row| targets[row]).collect();
        let losses = self.of_counted(logits.embedding(&counted), &targets);
        Losses {
            each: logits.tape().zeros([rows]).index_add(&counted, losses.each),
            ..losses
        }
    }

    /// The loss of each row of `logits`, [N, K], against the probabilities of the same row of
    /// `targets`, [N, K]: a teacher's, or shares of annotators. All rows count 1.
    ///
    /// # Panics
    /// If `logits` is no matrix, `targets` has another shape or an element that is negative or NaN,
    /// there are class weights, but not K, or a class to ignore.
    #[track_caller]
    pub fn of_soft<'t, T: Real>(&self, logits: Var<'t, T>, targets: Var<'t, T>) -> Losses<'t, T> {
        let [rows, _] = self.sizes(logits);
        check_same_shape("cross entropy", ["logits", "targets"], logits, targets);
        assert!(
            self.ignored.is_none(),
            "cross entropy: a target to ignore is a class, but the targets are probabilities"
        );
        targets.with(|p| {
            if let Some(at) = p.iter().position(|&p| p.is_nan() || p < T::ZERO) {
                let (row, p) = (at * rows / p.len(), p[at]);
                panic!("cross entropy: probability {p} in row {row} of the targets")
            }
        });
        let log_p = logits.log_softmax(1);
        let p = match &self.weights {
            Some(weights) => targets * constants(logits.tape(), weights),
            None => targets,
        };
        let mut losses = Losses::equal(-(p * log_p).sum_axes(&[1]));
        if self.smoothing > 0.0 {
            losses.each = self.smoothed(losses.each, log_p);
        }
        losses
    }

    fn of_counted<'t, T: Real>(&self, logits: Var<'t, T>, targets: &[usize]) -> Losses<'t, T> {
        let mut losses = Losses::equal(logits.cross_entropy_each(targets));
        if let Some(weights) = &self.weights {
            let weights: Vec<f64> = targets.iter().map(|&t| weights[t]).collect();
            losses.each = losses.each * constants(logits.tape(), &weights);
            losses.weight = weights.iter().sum();
        }
        if self.smoothing > 0.0 {
            losses.each = self.smoothed(losses.each, logits.log_softmax(1));
        }
        losses
    }

    /// The loss against the given targets mixed with that against all classes alike.
    fn smoothed<'t, T: Real>(&self, given: Var<'t, T>, log_p: Var<'t, T>) -> Var<'t, T> {
        let weighted = match &self.weights {
            Some(weights) => log_p * constants(log_p.tape(), weights),
            None => log_p,
        };
        given * (1.0 - self.smoothing) - weighted.mean_axes(&[1]) * self.smoothing
    }

    /// Rows and classes.
    #[track_caller]
    fn sizes<T: Real>(&self, logits: Var<'_, T>) -> [usize; 2] {
        let shape = logits.shape();
        let &[rows, classes] = shape.dims() else {
            panic!("cross entropy: logits {shape}, but a matrix [N,K] is needed")
        };
        if let Some(weights) = &self.weights {
            assert!(
                weights.len() == classes,
                "cross entropy: {} class weights for {classes} classes",
                weights.len()
            );
        }
        [rows, classes]
    }
}
