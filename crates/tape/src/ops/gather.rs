//! Picking elements and rows by index, and adding rows at indices.

use wengert_kernels::layout::MAX_RANK;
use wengert_kernels::{Real, Shape};

use super::AnyOp;
use super::reduce::rows;
use super::softmax::row_count;
use crate::draw::{Draw, Example};
use crate::grads::Grads;
use crate::op::{Attributes, Inputs, Op};
use crate::var::Var;

/// Rows of a table: y_i = x[ints_i], along the first axis.
#[derive(Debug)]
struct Embedding;

/// Elements of each row: y_ij = x[i, ints_ij], along the last axis.
#[derive(Debug)]
struct Gather;

/// A copy of the first input with rows of the second added: y[ints_i] += x1_i.
#[derive(Debug)]
struct IndexAdd;

/// The first index that is not below `limit`, as a complaint.
fn check_indices(indices: &[usize], limit: usize) -> Result<(), String> {
    match indices.iter().find(|&&i| i >= limit) {
        Some(i) => Err(format!("index {i} is not below {limit}")),
        None => Ok(()),
    }
}

/// Replaces the first size of a shape.
fn with_first(shape: Shape, first: usize) -> Result<Shape, String> {
    let mut dims = [0; MAX_RANK];
    let dims = &mut dims[..shape.rank()];
    dims.copy_from_slice(shape.dims());
    *dims
        .first_mut()
        .ok_or("a table with at least one axis is needed")? = first;
    Shape::try_new(dims)
}

/// Elements in one entry along the first axis.
fn entry_len(shape: Shape) -> usize {
    shape.dims()[1..].iter().product()
}

impl<T: Real> Op<T> for Embedding {
    fn name(&self) -> &'static str {
        "embedding"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        let shape = with_first(x.shape(0), x.ints().len())?;
        check_indices(x.ints(), x.shape(0).dims()[0])?;
        Ok(shape)
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let (table, n) = (x.slice(0), entry_len(x.shape(0)));
        for (i, &index) in x.ints().iter().enumerate() {
            y[i * n..(i + 1) * n].copy_from_slice(&table[index * n..(index + 1) * n]);
        }
    }
    fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let n = entry_len(x.shape(0));
        gx.scatter(0, |gx| {
            for (i, &index) in x.ints().iter().enumerate() {
                let entry = &mut gx[index * n..(index + 1) * n];
                entry
                    .iter_mut()
                    .zip(&gy[i * n..])
                    .for_each(|(gx, &g)| *gx += g);
            }
        });
    }
    fn flops(&self, _x: &Inputs<'_, T>, _shape: Shape) -> u64 {
        0
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let shape = draw.nonempty_shape();
        let indices: Vec<usize> = (0..draw.size())
            .map(|_| draw.int(0..shape.dims()[0]))
            .collect();
        Example::new([draw.tensor(shape, &[-2.0..2.0])]).with_ints(&indices)
    }
}

impl<T: Real> Op<T> for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        let shape = x.shape(0);
        let Some((&limit, kept)) = shape.dims().split_last() else {
            return Err("at least one axis is needed".to_owned());
        };
        let (picks, count) = (x.ints().len(), row_count(x.shape(0)));
        if !picks.is_multiple_of(count) {
            return Err(format!("{picks} indices do not divide among {count} rows"));
        }
        check_indices(x.ints(), limit)?;
        let mut dims = [0; MAX_RANK];
        dims[..kept.len()].copy_from_slice(kept);
        dims[kept.len()] = picks.checked_div(count).unwrap_or(0);
        Shape::try_new(&dims[..=kept.len()])
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        let count = row_count(x.shape(0));
        let mut y = y.iter_mut();
        for (x, indices) in rows(x.slice(0), count).zip(rows(x.ints(), count)) {
            indices.iter().zip(&mut y).for_each(|(&i, y)| *y = x[i]);
        }
    }
    fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        let count = row_count(x.shape(0));
        gx.scatter(0, |gx| {
            let width = gx.len().checked_div(count).unwrap_or(0);
            for (row, (g, indices)) in rows(gy, count).zip(rows(x.ints(), count)).enumerate() {
                g.iter()
                    .zip(indices)
                    .for_each(|(&g, &i)| gx[row * width + i] += g);
            }
        });
    }
    fn flops(&self, _x: &Inputs<'_, T>, _shape: Shape) -> u64 {
        0
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let shape = draw.nonempty_shape();
        let limit = shape.dims()[shape.rank() - 1];
        let picks = row_count(shape) * draw.size();
        let indices: Vec<usize> = (0..picks).map(|_| draw.int(0..limit)).collect();
        Example::new([draw.tensor(shape, &[-2.0..2.0])]).with_ints(&indices)
    }
}

impl<T: Real> Op<T> for IndexAdd {
    fn name(&self) -> &'static str {
        "index_add"
    }
    fn shape(&self, x: &Inputs<'_, T>) -> Result<Shape, String> {
        let table = x.shape(0);
        let expected = with_first(table, x.ints().len())?;
        if x.shape(1) != expected {
            return Err(format!(
                "{} indices need a source {expected}",
                x.ints().len()
            ));
        }
        check_indices(x.ints(), table.dims()[0])?;
        Ok(table)
    }
    fn forward(&self, x: &Inputs<'_, T>, y: &mut [T]) {
        y.copy_from_slice(x.slice(0));
        let (source, n) = (x.slice(1), entry_len(x.shape(0)));
        for (i, &index) in x.ints().iter().enumerate() {
            let entry = &mut y[index * n..(index + 1) * n];
            entry
                .iter_mut()
                .zip(&source[i * n..])
                .for_each(|(y, &x)| *y += x);
        }
    }
    fn vjp(&self, x: &Inputs<'_, T>, _y: &[T], gy: &[T], gx: &mut Grads<'_, T>) {
        gx.pass(0, gy);
        let n = entry_len(x.shape(0));
        gx.scatter(1, |gx| {
            for (i, &index) in x.ints().iter().enumerate() {
                let entry = &mut gx[i * n..(i + 1) * n];
                entry
                    .iter_mut()
                    .zip(&gy[index * n..])
                    .for_each(|(gx, &g)| *gx += g);
            }
        });
    }
    fn example(&self, draw: &mut Draw) -> Example {
        let shape = draw.nonempty_shape();
        let indices: Vec<usize> = (0..draw.size())
            .map(|_| draw.int(0..shape.dims()[0]))
            .collect();
        let source = with_first(shape, indices.len()).expect("smaller than `shape`");
        let domain = [-2.0..2.0];
        Example::new([draw.tensor(shape, &domain), draw.tensor(source, &domain)])
            .with_ints(&indices)
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// The entries of this table at `indices`, along its first axis: an embedding. An index may
    /// occur several times; their adjoints add up.
    ///
    /// # Panics
    /// If this has no axis, or an index is out of range.
    #[track_caller]
    pub fn embedding(self, indices: &[usize]) -> Self {
        self.tape().apply(
            &Embedding,
            &[self],
            Attributes {
                ints: indices,
                reals: &[],
            },
        )
    }

    /// Elements picked along an axis: as many for each row as `indices` has for it, all rows'
    /// indices one after the other, in the order of the other axes. Of no rows, none are picked, and
    /// the axis gets the size 0.
    ///
    /// # Panics
    /// If there is no such axis, the indices do not divide evenly among the rows, or one is out of
    /// range.
    #[track_caller]
    pub fn gather(self, axis: usize, indices: &[usize]) -> Self {
        self.along(axis, &Gather, indices)
    }

    /// This table with the entries of `source` added at `indices`, along the first axis.
    ///
    /// # Panics
    /// If `source` has not one entry for each index, of the table's entry shape, or an index is out
    /// of range.
    #[track_caller]
    pub fn index_add(self, indices: &[usize], source: Var<'t, T>) -> Self {
        self.tape().apply(
            &IndexAdd,
            &[self, source],
            Attributes {
                ints: indices,
                reals: &[],
            },
        )
    }
}

pub(super) const OPS: &[&dyn AnyOp] = &[&Embedding, &Gather, &IndexAdd];
