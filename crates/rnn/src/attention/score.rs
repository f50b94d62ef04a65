//! Scores of attention: how well the key k of a source vector v answers a query q.
//!
//! ```text
//! dot          e = q . k,                      k = v       (Luong, Pham & Manning 2015, eq. 8)
//! scaled dot   e = q . k / sqrt(Q),            k = v       (Vaswani et al. 2017, eq. 1)
//! general      e = q . k,                      k = W v     (Luong, Pham & Manning 2015, eq. 8)
//! additive     e = v_a . tanh(W_a q + k),      k = U_a v   (Bahdanau, Cho & Bengio 2015, A.1.2)
//! ```
//!
//! Keys do not depend on the query: they are computed once for a source.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Var};

use crate::init;
use crate::params::Params;
use crate::vars::FromVars;

/// A score: how well the key of a source vector answers a query.
///
/// A score of your own is this trait.
pub trait Score<T: Real> {
    /// The parameters on a tape, in the order of [`Score::init`].
    type Weights<'t>: FromVars<'t, T>;

    /// Number of parameter tensors.
    const TENSORS: usize;

    /// Features of a query.
    fn query(&self) -> usize;

    /// Features of a source vector.
    fn source(&self) -> usize;

    /// Features of a key.
    fn key(&self) -> usize;

    /// Fresh parameters.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T>;

    /// The keys of source vectors: [N, source] to [N, key].
    fn keys<'t>(&self, w: &Self::Weights<'t>, source: Var<'t, T>) -> Var<'t, T>;

    /// The score of each of S keys for each sample's query: [n, query] and [n, S, key] to
    /// [n, S, 1].
    fn scores<'t>(&self, w: &Self::Weights<'t>, query: Var<'t, T>, keys: Var<'t, T>) -> Var<'t, T>;
}

/// e = q . v, or e = q . v / sqrt(size), without parameters.
#[derive(Clone, Copy, Debug)]
pub struct Dot {
    size: usize,
    scaled: bool,
}

/// e = q . W v, with `weight [query, source]`.
#[derive(Clone, Copy, Debug)]
pub struct General {
    query: usize,
    source: usize,
}

/// e = v_a . tanh(W_a q + U_a v), with `weight_query [units, query]`, `weight_source [units,
/// source]` and `weight_score [units]`.
#[derive(Clone, Copy, Debug)]
pub struct Additive {
    query: usize,
    source: usize,
    units: usize,
}

impl Dot {
    /// For queries and source vectors of `size` features.
    ///
    /// # Panics
    /// If `size` is 0.
    #[track_caller]
    pub fn new(size: usize) -> Self {
        check_sizes("dot", &[size]);
        Self {
            size,
            scaled: false,
        }
    }

    /// Divided by sqrt(size), so that scores of random vectors vary as much at any size.
    ///
    /// # Panics
    /// If `size` is 0.
    #[track_caller]
    pub fn scaled(size: usize) -> Self {
        Self {
            scaled: true,
            ..Self::new(size)
        }
    }
}

impl General {
    /// For queries of `query` features and source vectors of `source`.
    ///
    /// # Panics
    /// If either is 0.
    #[track_caller]
    pub fn new(query: usize, source: usize) -> Self {
        check_sizes("general", &[query, source]);
        Self { query, source }
    }
}

impl Additive {
    /// For queries of `query` features and source vectors of `source`, compared by `units` hidden
    /// units.
    ///
    /// # Panics
    /// If one is 0.
    #[track_caller]
    pub fn new(query: usize, source: usize, units: usize) -> Self {
        check_sizes("additive", &[query, source, units]);
        Self {
            query,
            source,
            units,
        }
    }
}

impl<T: Real> Score<T> for Dot {
    type Weights<'t> = [Var<'t, T>; 0];
    const TENSORS: usize = 0;

    fn query(&self) -> usize {
        self.size
    }
    fn source(&self) -> usize {
        self.size
    }
    fn key(&self) -> usize {
        self.size
    }
    fn init(&self, _: &mut ChaCha8Rng) -> Params<T> {
        Params::new()
    }
    fn keys<'t>(&self, _: &[Var<'t, T>; 0], source: Var<'t, T>) -> Var<'t, T> {
        source
    }
    fn scores<'t>(&self, _: &[Var<'t, T>; 0], query: Var<'t, T>, keys: Var<'t, T>) -> Var<'t, T> {
        if self.scaled {
            return products(query / (self.size as f64).sqrt(), keys);
        }
        products(query, keys)
    }
}

impl<T: Real> Score<T> for General {
    type Weights<'t> = Var<'t, T>;
    const TENSORS: usize = 1;

    fn query(&self) -> usize {
        self.query
    }
    fn source(&self) -> usize {
        self.source
    }
    fn key(&self) -> usize {
        self.query
    }
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        matrix(Params::new(), "weight", [self.query, self.source], rng)
    }
    fn keys<'t>(&self, w: &Var<'t, T>, source: Var<'t, T>) -> Var<'t, T> {
        source.matmul(w.t())
    }
    fn scores<'t>(&self, _: &Var<'t, T>, query: Var<'t, T>, keys: Var<'t, T>) -> Var<'t, T> {
        products(query, keys)
    }
}

impl<T: Real> Score<T> for Additive {
    type Weights<'t> = [Var<'t, T>; 3];
    const TENSORS: usize = 3;

    fn query(&self) -> usize {
        self.query
    }
    fn source(&self) -> usize {
        self.source
    }
    fn key(&self) -> usize {
        self.units
    }
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let params = matrix(Params::new(), "weight_query", [self.units, self.query], rng);
        let params = matrix(params, "weight_source", [self.units, self.source], rng);
        params.with("weight_score", [self.units], |v| {
            init::uniform(v, 1.0 / (self.units as f64).sqrt(), rng);
        })
    }
    fn keys<'t>(&self, &[_, u, _]: &[Var<'t, T>; 3], source: Var<'t, T>) -> Var<'t, T> {
        source.matmul(u.t())
    }
    fn scores<'t>(
        &self,
        &[w, _, v]: &[Var<'t, T>; 3],
        query: Var<'t, T>,
        keys: Var<'t, T>,
    ) -> Var<'t, T> {
        let hidden = (keys + query.matmul(w.t()).unsqueeze(1)).tanh();
        hidden.matmul(v.unsqueeze(1))
    }
}

/// q . k of each sample's query and keys: [n, Q] and [n, S, Q] to [n, S, 1].
fn products<'t, T: Real>(query: Var<'t, T>, keys: Var<'t, T>) -> Var<'t, T> {
    keys.matmul(query.unsqueeze(2))
}

/// With one matrix more, uniform between plus and minus 1/sqrt(columns).
fn matrix<T: Real>(
    params: Params<T>,
    name: &str,
    shape: [usize; 2],
    rng: &mut ChaCha8Rng,
) -> Params<T> {
    let bound = 1.0 / (shape[1] as f64).sqrt();
    params.with(name, shape, |w| init::uniform(w, bound, rng))
}

#[track_caller]
fn check_sizes(score: &str, sizes: &[usize]) {
    assert!(
        sizes.iter().all(|&size| size > 0),
        "{score}: sizes {sizes:?}: none may be 0"
    );
}
