//! Orthonormal tangent vectors, and how a tape makes vectors orthonormal.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Var, concat, stack};

use crate::init;

/// Orthonormal tangent vectors of a state: [k, S], one a row. They span, more and more exactly, the
/// k directions that grow fastest.
#[derive(Clone, PartialEq, Debug)]
pub struct Frame<T> {
    pub(super) vectors: Vec<T>,
    count: usize,
    size: usize,
}

impl<T: Real> Frame<T> {
    /// The first `count` unit vectors of a state of `size` features. Exponents of what they do not
    /// reach stay unseen: with fewer than `size`, random ones are safer.
    ///
    /// # Panics
    /// If `count` is 0 or larger than `size`.
    #[track_caller]
    pub fn units(count: usize, size: usize) -> Self {
        Self::filled(count, size, |vectors| {
            for i in 0..count {
                vectors[i * size + i] = T::ONE;
            }
        })
    }

    /// `count` random orthonormal vectors of a state of `size` features. Almost surely none is
    /// orthogonal to a direction of fastest growth, as a unit vector may be.
    ///
    /// # Panics
    /// If `count` is 0 or larger than `size`.
    #[track_caller]
    pub fn random(count: usize, size: usize, rng: &mut ChaCha8Rng) -> Self {
        Self::filled(count, size, |vectors| {
            init::orthogonal(vectors, [count, size], rng);
        })
    }

    #[track_caller]
    fn filled(count: usize, size: usize, fill: impl FnOnce(&mut [T])) -> Self {
        assert!(
            (1..=size).contains(&count),
            "frame: {count} vectors in {size} dimensions: at least 1, and not more than there are"
        );
        let mut vectors = vec![T::ZERO; count * size];
        fill(&mut vectors);
        Self {
            vectors,
            count,
            size,
        }
    }

    /// The vectors, [k, S], row-major.
    pub fn vectors(&self) -> &[T] {
        &self.vectors
    }

    /// Number of vectors k.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Their number of elements S.
    pub fn size(&self) -> usize {
        self.size
    }
}

/// Records the modified Gram-Schmidt method on the rows of `z`, [k, S]: `z = R^T q` with orthonormal
/// rows q and an upper triangular R. Returns q and `ln R_ii`, [k].
///
/// A row of exact zeros stays one, with -inf for its logarithm.
pub(super) fn orthonormalize<T: Real>(z: Var<'_, T>) -> (Var<'_, T>, Var<'_, T>) {
    let count = z.shape().dims()[0];
    let (mut q, mut logs, mut rest) = (Vec::new(), Vec::new(), z);
    for i in 0..count {
        let z = rest.rows(0..1);
        let length = z.norm();
        logs.push(length.ln());
        let unit = if length.item().is_zero() {
            z
        } else {
            z / length
        };
        q.push(unit);
        if i + 1 < count {
            let following = rest.rows(1..count - i);
            rest = following - following.matmul(unit.t()) * unit;
        }
    }
    (concat(&q, 0), stack(&logs, 0))
}
