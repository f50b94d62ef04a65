//! One-sided Jacobi rotations (Hestenes 1958) of columns of very different lengths.
//!
//! A column is `a_j = exp(l_j) u_j` with `|u_j| = 1`, so that lengths neither underflow nor overflow.
//! Columns i and j, with `r = exp(l_j - l_i) <= 1` and `c = u_i . u_j`, are rotated until orthogonal:
//!
//! ```text
//! a_i' = cos (a_i + t a_j),   a_j' = cos (a_j - t a_i),   t = r tau,   cos = 1 / sqrt(1 + t^2)
//! tau = 2 c / (g + sqrt(g^2 + 4 r^2 c^2)),   g = 1 - r^2
//! u_i' ~ u_i + t r u_j,       u_j' ~ u_j - tau u_i
//! ```
//!
//! `tau` stays of order one where r underflows: there the rotation is a step of Gram and Schmidt.

use crate::norm::norm;

/// Passes over all pairs after which rounding is all that is left to remove; five are usual.
const PASSES: usize = 40;

/// A square matrix by columns.
pub(super) struct Graded {
    columns: Vec<Column>,
}

struct Column {
    direction: Vec<f64>,
    log: f64,
}

impl Graded {
    pub fn identity(size: usize) -> Self {
        let column = |j: usize| Column {
            direction: (0..size).map(|i| f64::from(u8::from(i == j))).collect(),
            log: 0.0,
        };
        Self {
            columns: (0..size).map(column).collect(),
        }
    }

    /// Replaces each column by `f` of it, a linear map.
    pub fn map(&mut self, f: impl Fn(&[f64]) -> Vec<f64>) {
        for column in &mut self.columns {
            column.direction = f(&column.direction);
            column.normalize(norm(&column.direction));
        }
    }

    /// The logarithms of the columns' lengths.
    pub fn logs(&self) -> Vec<f64> {
        self.columns.iter().map(|column| column.log).collect()
    }

    /// The columns' directions: unit vectors, or 0 for columns of 0.
    pub fn directions(&self) -> impl Iterator<Item = &[f64]> {
        self.columns.iter().map(|column| &column.direction[..])
    }

    /// Rotates the columns until they are orthogonal, longest first: they become `A V = U S` of the
    /// singular value decomposition.
    pub fn orthogonalize(&mut self) {
        let size = self.columns.len();
        for _ in 0..PASSES {
            self.columns.sort_by(|a, b| b.log.total_cmp(&a.log));
            let mut rotated = false;
            for j in 1..size {
                let (left, right) = self.columns.split_at_mut(j);
                for a in left {
                    rotated |= rotate(a, &mut right[0]);
                }
            }
            if !rotated {
                break;
            }
        }
    }
}

impl Column {
    /// Makes the direction a unit vector, given its length.
    fn normalize(&mut self, length: f64) {
        self.log += length.ln();
        if length > 0.0 {
            for u in &mut self.direction {
                *u /= length;
            }
        }
    }
}

/// Makes two columns orthogonal; whether they were not.
fn rotate(a: &mut Column, b: &mut Column) -> bool {
    let (long, short) = if a.log >= b.log { (a, b) } else { (b, a) };
    let c = dot(&long.direction, &short.direction);
    if c.abs() <= f64::EPSILON * long.direction.len() as f64 {
        return false;
    }
    let log_ratio = short.log - long.log;
    let (r, g) = (log_ratio.exp(), -(2.0 * log_ratio).exp_m1());
    let tau = 2.0 * c / (g + g.hypot(2.0 * r * c));
    let t = r * tau;
    for (u, v) in long.direction.iter_mut().zip(&mut short.direction) {
        (*u, *v) = (*u + t * r * *v, *v - tau * *u);
    }
    let log_cos = -0.5 * (t * t).ln_1p();
    for column in [long, short] {
        column.log += log_cos;
        column.normalize(dot(&column.direction, &column.direction).sqrt());
    }
    true
}

/// The sum of products, in eight sums for the sake of vector registers.
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    for (x, y) in x.chunks(8).zip(y.chunks(8)) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.iter().zip(y)) {
            *sum += x * y;
        }
    }
    sums.iter().sum()
}

/// The eigenvalues of a symmetric matrix, given by rows, and their eigenvectors, largest first.
///
/// Shifted to be positive definite, it has its eigenvectors as left singular vectors; an eigenvalue
/// is then the Rayleigh quotient of its vector, whose error is the square of the vector's.
pub(super) fn symmetric_eigenpairs(rows: &[Vec<f64>]) -> Vec<(f64, Vec<f64>)> {
    let apply = |v: &[f64]| -> Vec<f64> { rows.iter().map(|row| dot(row, v)).collect() };
    // At least twice the modulus of any eigenvalue (Gershgorin 1931).
    let modulus = |row: &Vec<f64>| row.iter().map(|a| a.abs()).sum::<f64>();
    let radius = rows.iter().map(modulus).fold(0.0, f64::max);
    let shift = if radius > 0.0 { 2.0 * radius } else { 1.0 };

    let mut shifted = Graded::identity(rows.len());
    shifted.map(|e| apply(e).iter().zip(e).map(|(a, e)| a + shift * e).collect());
    shifted.orthogonalize();
    let pair = |v: &[f64]| (dot(&apply(v), v), v.to_vec());
    shifted.directions().map(pair).collect()
}
