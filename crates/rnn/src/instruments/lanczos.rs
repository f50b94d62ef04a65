//! Eigenvalues of a symmetric map that is only known by its products (Lanczos 1950).
//!
//! ```text
//! beta_{j+1} v_{j+1} = A v_j - alpha_j v_j - beta_j v_{j-1},   alpha_j = v_j . A v_j
//! T = V^T A V  tridiagonal;   T y = theta y   gives   A (V y) ~ theta (V y),  error beta_m |y_m|
//! ```
//!
//! Each v is made orthogonal to all before it, twice: without, found eigenvalues come back as ghosts
//! (Paige 1971).

use super::graded::{dot, symmetric_eigenpairs};
use crate::norm::norm;

/// An approximate eigenvalue and eigenvector.
#[derive(Clone, PartialEq, Debug)]
pub struct Eigenpair {
    /// The eigenvalue.
    pub value: f64,
    /// The eigenvector, of length 1.
    pub vector: Vec<f64>,
    /// `|A v - value v|`: an eigenvalue lies within this distance.
    pub residual: f64,
}

/// Eigenpairs after at most `steps` products with the map `apply`, from the direction of `start`,
/// largest first. The extreme ones converge first. Fewer come back where the products of `start`
/// span fewer dimensions: they are then exact.
pub(super) fn lanczos(
    start: &[f64],
    steps: usize,
    mut apply: impl FnMut(&[f64]) -> Vec<f64>,
) -> Vec<Eigenpair> {
    let steps = steps.min(start.len());
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(steps);
    let mut rows = vec![vec![0.0; steps]; steps];
    let (mut next, mut beta, mut scale) = (start.to_vec(), norm(start), 0.0_f64);
    while basis.len() < steps {
        let j = basis.len();
        let v: Vec<f64> = next.iter().map(|x| x / beta).collect();
        next = apply(&v);
        scale = scale.max(norm(&next));
        rows[j][j] = dot(&v, &next);
        basis.push(v);
        for v in basis.iter().chain(&basis) {
            let along = dot(v, &next);
            next.iter_mut().zip(v).for_each(|(x, v)| *x -= along * v);
        }
        beta = norm(&next);
        if beta <= f64::EPSILON * scale * start.len() as f64 {
            break;
        }
        if j + 1 < steps {
            (rows[j][j + 1], rows[j + 1][j]) = (beta, beta);
        }
    }

    let found = basis.len();
    rows.truncate(found);
    for row in &mut rows {
        row.truncate(found);
    }
    let lifted = |(value, y): (f64, Vec<f64>)| {
        let mut vector = vec![0.0; start.len()];
        for (v, y) in basis.iter().zip(&y) {
            vector.iter_mut().zip(v).for_each(|(x, v)| *x += y * v);
        }
        Eigenpair {
            value,
            vector,
            residual: beta * y[found - 1].abs(),
        }
    };
    symmetric_eigenpairs(&rows)
        .into_iter()
        .map(lifted)
        .collect()
}
