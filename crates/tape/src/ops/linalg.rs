//! Linear algebra of small square matrices: systems, determinants, inverses.

use std::panic::Location;

use wengert_kernels::{Mat, Real, Shape};

use super::AnyOp;
use crate::draw::{Draw, Example, Tensor};
use crate::grads::Grads;
use crate::op::{Attributes, Inputs, Op};
use crate::var::Var;

/// x with a x = b.
#[derive(Debug)]
struct Solve;

/// The determinant.
#[derive(Debug)]
struct Det;

/// P A = L U by Gaussian elimination with partial pivoting (Golub & Van Loan, algorithm 3.4.1).
struct Lu<T> {
    n: usize,
    /// U on and above the diagonal, the multipliers L below.
    factors: Vec<T>,
    /// Row i of P A is row `rows[i]` of A.
    rows: Vec<usize>,
    /// The sign of the permutation.
    sign: f64,
}

impl<T: Real> Lu<T> {
    fn new(a: &[T], n: usize) -> Self {
        let mut lu = Self {
            n,
            factors: a.to_vec(),
            rows: (0..n).collect(),
            sign: 1.0,
        };
        let f = &mut lu.factors;
        for k in 0..n {
            let size = |f: &[T], i: usize| f[i * n + k].to_f64().abs();
            let pivot = (k + 1..n).fold(k, |p, i| if size(f, i) > size(f, p) { i } else { p });
            if pivot != k {
                (0..n).for_each(|j| f.swap(k * n + j, pivot * n + j));
                lu.rows.swap(k, pivot);
                lu.sign = -lu.sign;
            }
            if f[k * n + k].to_f64() == 0.0 {
                continue;
            }
            for i in k + 1..n {
                let l = f[i * n + k] / f[k * n + k];
                f[i * n + k] = l;
                for j in k + 1..n {
                    let u = f[k * n + j];
                    f[i * n + j] -= l * u;
                }
            }
        }
        lu
    }

    fn det(&self) -> T {
        let diagonal = (0..self.n).map(|i| self.factors[i * self.n + i]);
        diagonal.fold(T::from_f64(self.sign), |d, u| d * u)
    }

    /// A x = b for each column of `b`, n x m.
    fn solve(&self, b: &[T], m: usize) -> Vec<T> {
        let (n, f) = (self.n, &self.factors);
        let mut x: Vec<T> = self
            .rows
            .iter()
            .flat_map(|&r| &b[r * m..(r + 1) * m])
            .copied()
            .collect();
        for i in 0..n {
            for k in 0..i {
                (0..m).for_each(|j| x[i * m + j] = x[i * m + j] - f[i * n + k] * x[k * m + j]);
            }
        }
        for i in (0..n).rev() {
            for k in i + 1..n {
                (0..m).for_each(|j| x[i * m + j] = x[i * m + j] - f[i * n + k] * x[k * m + j]);
            }
            (0..m).for_each(|j| x[i * m + j] /= f[i * n + i]);
        }
        x
    }
}

fn transposed<T: Real>(a: &[T], n: usize) -> Vec<T> {
    (0..n * n).map(|at| a[at % n * n + at / n]).collect()
}

const NOT_SQUARE: &str = "a square matrix is needed";

fn square<T: Real>(x: &Inputs<'_, T>) -> Result<usize, String> {
    match *x.shape(0).dims() {
        [n, m] if n == m => Ok(n),
        _ => Err(NOT_SQUARE.to_owned()),
    }
}

/// A random matrix far from singular: its diagonal dominates.
fn regular(draw: &mut Draw, n: usize) -> Tensor {
    let mut a = draw.tensor(Shape::new(&[n, n]), &[-1.0..1.0]);
    (0..n).for_each(|i| a.values[i * n + i] += 2.0 * n as f64);
    a
}

impl<T: Real> Op<T> for Solve {
    fn name(&self) -> &'static str {
        "solve"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        let n = square(x)?;
        match *x.shape(1).dims() {
            [rows, _] if rows == n => Ok(x.shape(1)),
            _ => Err(format!("a right side of {n} rows is needed")),
        }
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let [n, m] = [x.shape(0).slots()[3], x.shape(1).slots()[3]];
        y.copy_from_slice(&Lu::new(x.slice(0), n).solve(x.slice(1), m));
    }
    fn vjp(&self, x: &Inputs<'_, T>, y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        // gb = A^-T gy, ga = -gb y^T (Giles 2008, section 2.3.1)
        let [n, m] = [x.shape(0).slots()[3], x.shape(1).slots()[3]];
        let mut gb = Lu::new(&transposed(x.slice(0), n), n).solve(gy, m);
        gx.add(1, &gb);
        for g in &mut gb {
            *g = -*g;
        }
        gx.gemm(0, 0, Mat::rows(&gb, n, m), Mat::rows(y, n, m).t());
    }
    fn flops(&self, x: &Inputs<'_, T>, shape: Shape) -> u64 {
        let n = x.shape(0).slots()[3] as u64;
        2 * n * n * n / 3 + 2 * n * shape.len() as u64
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let [n, m] = draw.sizes();
        Example::new([
            regular(draw, n),
            draw.tensor(Shape::new(&[n, m]), &[-2.0..2.0]),
        ])
    }
}

impl<T: Real> Op<T> for Det {
    fn name(&self) -> &'static str {
        "det"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        square(x).map(|_| Shape::SCALAR)
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        y[0] = Lu::new(x.slice(0), x.shape(0).slots()[3]).det();
    }
    fn vjp(&self, x: &Inputs<'_, T>, y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let (a, n) = (x.slice(0), x.shape(0).slots()[3]);
        let g = gy[0];
        if n > 0 && y[0].to_f64() == 0.0 {
            // Singular: the cofactors, one by one.
            return gx.map(0, |at| g * cofactor(a, n, at / n, at % n));
        }
        // det A^-T (Giles 2008, section 2.2.4)
        let identity: Vec<T> = identity(n);
        let inverse_t = Lu::new(&transposed(a, n), n).solve(&identity, n);
        gx.map(0, |at| g * y[0] * inverse_t[at]);
    }
    fn flops(&self, x: &Inputs<'_, T>, _shape: Shape) -> u64 {
        let n = x.shape(0).slots()[3] as u64;
        2 * n * n * n / 3
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let n = draw.size();
        Example::new([regular(draw, n)])
    }
}

fn identity<T: Real>(n: usize) -> Vec<T> {
    (0..n * n)
        .map(|at| if at / n == at % n { T::ONE } else { T::ZERO })
        .collect()
}

/// The derivative of the determinant by element (i, j): the signed minor.
fn cofactor<T: Real>(a: &[T], n: usize, i: usize, j: usize) -> T {
    let kept = |at: &usize| at / n != i && at % n != j;
    let minor: Vec<T> = (0..n * n).filter(kept).map(|at| a[at]).collect();
    let sign = if (i + j).is_multiple_of(2) {
        T::ONE
    } else {
        -T::ONE
    };
    sign * Lu::new(&minor, n - 1).det()
}

impl<'t, T: Real> Var<'t, T> {
    /// The x with `self x = b`, for a small n x n matrix and an n x m right side, by Gaussian
    /// elimination. A singular matrix gives infinities or NaN.
    ///
    /// # Panics
    /// If this is not a square matrix, or `b` not a matrix with as many rows.
    #[track_caller]
    pub fn solve(self, b: Var<'t, T>) -> Self {
        self.tape().apply(&Solve, &[self, b], Attributes::NONE)
    }

    /// The inverse of a small square matrix. Prefer [`Var::solve`] where it serves.
    ///
    /// # Panics
    /// If this is not a square matrix.
    #[track_caller]
    pub fn inverse(self) -> Self {
        let (shape, caller) = (self.shape(), Location::caller());
        let &[n, m] = shape.dims() else {
            panic!("inverse: {shape}: {NOT_SQUARE} ({caller})")
        };
        assert!(n == m, "inverse: {shape}: {NOT_SQUARE} ({caller})");
        self.solve(self.tape().constant([n, n], &identity(n)))
    }

    /// The determinant of a small square matrix, differentiable also where it is 0; 1 if empty.
    ///
    /// # Panics
    /// If this is not a square matrix.
    #[track_caller]
    pub fn det(self) -> Self {
        self.apply(&Det)
    }
}

pub(super) const OPS: &[&dyn AnyOp] = &[&Solve, &Det];
