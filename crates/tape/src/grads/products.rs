//! Contributions that are products of matrices: done at once, or gathered with those of other steps.

use wengert_kernels::reduce::sum_into;
use wengert_kernels::{Layout, Mat, MatMut, Real, Shape, Strided, StridedMut, Write, gemm};

use super::{Grads, open};
use crate::deferred::Deferred;
use crate::graph::{Kind, NodeId};
use crate::weights::Factor;

impl<T: Real> Grads<'_, T> {
    /// `gx_i += A B`, into the matrix of the input's last two axes, at `batch` along the axis
    /// before. Products for one weight leaf with few rows are gathered and done together.
    pub fn gemm<'m>(
        &mut self,
        i: usize,
        batch: usize,
        a: impl Into<Factor<'m, T>>,
        b: impl Into<Factor<'m, T>>,
    ) {
        let (a, b) = (a.into().mat, b.into());
        if !self.wants(i) || self.gather([(i, a)], b.mat) == 1 {
            return;
        }
        let id = self.ids[i];
        let layout = self.graph.layout(id);
        let ([.., batches, rows, cols], [.., step, row, col]) = slots(layout);
        let owner = self.graph.owner(id);
        let injective = layout.is_injective();
        // One matrix of several covers only part of the input, so the first finds zeros.
        let whole = batches == 1 && injective && self.graph.len(id) == self.graph.len(owner);
        let (data, write) = self.adjoints.open(owner, self.graph.len(owner), whole);
        let start = self.graph.offset_in(owner, id);
        let offset = start.wrapping_add_signed(batch as isize * step);
        if injective {
            let c = MatMut::new(data, offset, [rows, cols], [row, col]);
            self.graph
                .weights
                .borrow_mut()
                .gemm(a, b, c, write == Write::Add);
            return;
        }
        let mut product = self.adjoints.scratch(rows * cols);
        gemm(a, b.mat, MatMut::rows(&mut product.data, rows, cols), false);
        let window = open(self.graph, self.adjoints, id);
        let src = Strided::dense(&product.data, Shape::new(&[rows, cols]));
        let dst = StridedMut {
            data: window.data,
            offset,
            strides: [0, 0, row, col],
        };
        sum_into([1, 1, rows, cols], src, dst, Write::Add);
        self.adjoints.recycle(product);
    }

    /// [`Grads::gemm`] into several inputs, of products with one right factor: (i, A) stands for
    /// `gx_i += A B`.
    pub(crate) fn gemm_each<const N: usize>(
        &mut self,
        products: [(usize, Factor<'_, T>); N],
        b: Factor<'_, T>,
    ) {
        let gathered = self.gather(products.map(|(i, a)| (i, a.mat)), b.mat);
        for (i, a) in products.into_iter().skip(gathered) {
            self.gemm(i, 0, a, b);
        }
    }

    /// Gathers products for weight leaves, if that is worth it for all of them: returns how many.
    fn gather<const N: usize>(
        &mut self,
        products: [(usize, Mat<'_, T>); N],
        b: Mat<'_, T>,
    ) -> usize {
        let ids = products.map(|(i, _)| self.ids[i]);
        let xt = products.map(|(_, a)| a);
        let is_weight = |id: &NodeId| {
            let (node, layout) = (self.graph.node(*id), self.graph.layout(*id));
            let leaf = self.graph.node(self.graph.owner(*id)).kind == Kind::Leaf;
            node.needs_grad && leaf && slots(layout).0[1] == 1 && layout.is_injective()
        };
        if !Deferred::suits(&xt, b.shape()[1]) || !ids.iter().all(is_weight) {
            return 0;
        }
        self.deferred.push(self.graph, self.adjoints, &ids, &xt, b);
        N
    }
}

fn slots(layout: &Layout) -> ([usize; 4], [isize; 4]) {
    (layout.shape().slots(), layout.strides())
}
