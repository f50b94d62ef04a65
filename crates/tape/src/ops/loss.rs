//! Losses: cross entropy as one operation, the others as compositions.

use wengert_kernels::map::zip_slices;
use wengert_kernels::{Real, Shape, Write};

use super::AnyOp;
use super::reduce::rows;
use super::softmax::{Share, shifted_exp_sum};
use crate::draw::{Draw, Example};
use crate::grads::Grads;
use crate::op::{Attributes, Inputs, Op};
use crate::var::Var;

/// y_i = ln(sum_j exp(x_ij)) - x_i,t(i), with the target classes t in `ints`. The workspace holds
/// the highest of each row and the sum of exp(x - highest): recovered from y they would lose digits.
#[derive(Debug)]
struct CrossEntropy;

impl<T: Real> Op<T> for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        let &[rows, classes] = x.shape(0).dims() else {
            return Err("a matrix of one row for each target is needed".to_owned());
        };
        if x.ints().len() != rows {
            return Err(format!("{rows} rows, but {} targets", x.ints().len()));
        }
        match x.ints().iter().position(|&t| t >= classes) {
            Some(row) => Err(format!(
                "target {} of row {row} is not below {classes}",
                x.ints()[row]
            )),
            None => Ok(Shape::new(&[rows])),
        }
    }
    fn saved(&self, x: &Inputs<'_, T>) -> usize {
        2 * x.ints().len()
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let count = x.ints().len();
        let (y, saved) = y.split_at_mut(count);
        let elements = y.iter_mut().zip(saved.chunks_exact_mut(2)).zip(x.ints());
        for (((y, saved), &target), x) in elements.zip(rows(x.slice(0), count)) {
            let [m, sum] = shifted_exp_sum(x);
            saved.copy_from_slice(&[m, sum]);
            *y = sum.ln() - (x[target] - m);
        }
    }
    fn vjp(&self, x: &Inputs<'_, T>, y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let targets = x.ints();
        let saved = &y[targets.len()..];
        let x = x.slice(0);
        gx.scatter(0, |gx| {
            let mut start = 0;
            for (row, x) in rows(x, targets.len()).enumerate() {
                let gx = &mut gx[start..start + x.len()];
                start += x.len();
                let share = Share {
                    m: saved[2 * row],
                    sum: saved[2 * row + 1],
                    g: gy[row],
                };
                zip_slices(share, [x], gx, Write::Add);
                gx[targets[row]] += -gy[row];
            }
        });
    }
    fn flops(&self, x: &Inputs<'_, T>, _shape: Shape) -> u64 {
        x.shape(0).len() as u64
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let [rows, classes] = [draw.size(), draw.nonzero()];
        let targets: Vec<usize> = (0..rows).map(|_| draw.int(0..classes)).collect();
        let x = draw.tensor(Shape::new(&[rows, classes]), &[-3.0..3.0]);
        Example::new([x]).with_ints(&targets)
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// The cross entropy of each row of logits against its target class, in nats: a vector.
    ///
    /// # Panics
    /// If this is not a matrix with one row for each target, or a target is not a column.
    #[track_caller]
    pub fn cross_entropy_each(self, targets: &[usize]) -> Self {
        self.tape().apply(
            &CrossEntropy,
            &[self],
            Attributes {
                ints: targets,
                reals: &[],
            },
        )
    }

    /// The mean cross entropy of rows of logits against target classes, in nats.
    ///
    /// # Panics
    /// As [`Var::cross_entropy_each`]; and if there are no rows.
    #[track_caller]
    pub fn cross_entropy(self, targets: &[usize]) -> Self {
        self.cross_entropy_each(targets).mean()
    }

    /// The mean squared difference from `target`.
    ///
    /// # Panics
    /// If the shapes do not broadcast, or there are no elements.
    #[track_caller]
    pub fn mse(self, target: Var<'t, T>) -> Self {
        (self - target).square().mean()
    }

    /// The mean of [`Var::huber_penalty`] of the difference from `target`.
    ///
    /// # Panics
    /// If the shapes do not broadcast, or there are no elements.
    #[track_caller]
    pub fn huber(self, target: Var<'t, T>, d: f64) -> Self {
        (self - target).huber_penalty(d).mean()
    }
}

pub(super) const OPS: &[&dyn AnyOp] = &[&CrossEntropy];
