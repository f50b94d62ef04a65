//! Curvature of a loss: products with its Hessian, its extreme eigenvalues, and its trace.
//!
//! The Hessian of an unrolled network is never formed: a product with it is one sweep on dual
//! numbers, exact to rounding, for two to three times the time of a gradient.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use wengert_tape::check::Function;
use wengert_tape::{Real, Tensor, functional};

use super::graded::dot;
use super::lanczos::{Eigenpair, lanczos};
use crate::init;
use crate::params::Params;

/// The product `H v` of the Hessian of `loss` with a direction, both in the order of
/// [`Params::values`]. `loss` is any function of the parameters, given as leaves in their order.
///
/// ```
/// use wengert_rnn::Params;
/// use wengert_rnn::instruments::hessian_product;
/// use wengert_tape::function;
///
/// let params = Params::new()
///     .with("a", [1], |a| a[0] = 3.0)
///     .with("b", [1], |b| b[0] = 5.0);
/// let loss = function!(|_, x| (x[0].square() * x[1]).sum()); // H = [2 b, 2 a; 2 a, 0]
/// let product: Vec<f64> = hessian_product(&loss, &params, &[1.0, 1.0]);
/// assert_eq!(product, [16.0, 6.0]);
/// ```
///
/// # Panics
/// If `v` has not as many elements as the parameters, or the loss is not a scalar.
#[track_caller]
pub fn hessian_product<T: Real>(loss: &impl Function, params: &Params<T>, v: &[T]) -> Vec<T> {
    assert!(
        v.len() == params.len(),
        "hessian_product: a direction of {} elements for {} parameters",
        v.len(),
        params.len()
    );
    let (mut x, mut directions, mut rest) = (Vec::new(), Vec::new(), v);
    for p in params.iter() {
        let (direction, after) = rest.split_at(p.values.len());
        x.push(Tensor::new(p.shape, p.values));
        directions.push(direction.to_vec());
        rest = after;
    }
    let (_, product) = functional::hvp(|tape, x| loss.call(tape, x), &x, &directions);
    product.concat()
}

/// Approximate eigenvalues and eigenvectors of the Hessian of `loss`, largest first, by at most
/// `steps` products ([`hessian_product`]) of the Lanczos method from a random start. The outermost
/// converge first; each comes with a bound on its error, and an eigenvalue of several eigenvectors
/// comes once. `steps` vectors as long as the parameters are kept.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::Params;
/// use wengert_rnn::instruments::hessian_eigenpairs;
/// use wengert_tape::function;
///
/// let params = Params::new().with("x", [2], |x| x.copy_from_slice(&[1.0, -2.0]));
/// let loss = function!(|_, x| x[0].prod()); // H = [0, 1; 1, 0]
/// let mut rng = ChaCha8Rng::seed_from_u64(0);
/// let pairs = hessian_eigenpairs::<f64>(&loss, &params, 2, &mut rng);
/// assert!((pairs[0].value - 1.0).abs() < 1e-14);
/// assert!((pairs[1].value + 1.0).abs() < 1e-14);
/// ```
///
/// # Panics
/// If `steps` is 0, there are no parameters, or the loss is not a scalar.
#[track_caller]
pub fn hessian_eigenpairs<T: Real>(
    loss: &impl Function,
    params: &Params<T>,
    steps: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<Eigenpair> {
    assert!(
        steps > 0 && !params.is_empty(),
        "hessian_eigenpairs: {steps} steps for {} parameters: neither may be 0",
        params.len()
    );
    let mut start = vec![0.0; params.len()];
    init::gaussian(&mut start, 1.0, 1, rng);
    lanczos(&start, steps, |v| product_in_f64(loss, params, v))
}

/// A trace, estimated.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Trace {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

/// The trace of the Hessian of `loss`, as the mean of `v . H v` over random vectors of signs
/// (Hutchinson 1990): exact where H is diagonal, otherwise with a variance of twice the sum of the
/// squares off the diagonal, over the number of vectors.
///
/// ```
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
/// use wengert_rnn::Params;
/// use wengert_rnn::instruments::hessian_trace;
/// use wengert_tape::function;
///
/// let params = Params::new().with("x", [2], |x| x.copy_from_slice(&[1.0, -2.0]));
/// let loss = function!(|_, x| x[0].powi(3).sum()); // H = [6, 0; 0, -12]
/// let mut rng = ChaCha8Rng::seed_from_u64(0);
/// let trace = hessian_trace::<f64>(&loss, &params, 3, &mut rng);
/// assert_eq!((trace.value, trace.error), (-6.0, 0.0));
/// ```
///
/// # Panics
/// If there are fewer than two samples, from which no error can be told, or the loss is not a
/// scalar.
#[track_caller]
pub fn hessian_trace<T: Real>(
    loss: &impl Function,
    params: &Params<T>,
    samples: usize,
    rng: &mut ChaCha8Rng,
) -> Trace {
    assert!(
        samples >= 2,
        "hessian_trace: {samples} samples, but at least 2 are needed to tell the error"
    );
    let mut sample = || {
        let signs = (0..params.len()).map(|_| if rng.random() { 1.0 } else { -1.0 });
        let v: Vec<f64> = signs.collect();
        dot(&v, &product_in_f64(loss, params, &v))
    };
    let found: Vec<f64> = (0..samples).map(|_| sample()).collect();
    let n = samples as f64;
    let value = found.iter().sum::<f64>() / n;
    let variance = found.iter().map(|x| (x - value).powi(2)).sum::<f64>() / (n - 1.0);
    Trace {
        value,
        error: (variance / n).sqrt(),
    }
}

#[track_caller]
fn product_in_f64<T: Real>(loss: &impl Function, params: &Params<T>, v: &[f64]) -> Vec<f64> {
    let v: Vec<T> = v.iter().map(|&v| T::from_f64(v)).collect();
    let product = hessian_product(loss, params, &v);
    product.iter().map(|x| x.to_f64()).collect()
}
