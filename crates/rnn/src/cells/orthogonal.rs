//! Recurrent networks whose recurrent matrix stays orthogonal while it is trained:
//!
//! ```text
//! h' = modrelu(W_ih x + W h, b),   W = map(A) D,   A = G - G^T
//! modrelu(z, b) = sign(z) relu(|z| + b)
//! ```
//!
//! G is any square matrix, so that A is any skew-symmetric one; `map` takes it to a rotation:
//! [`Exponential`](super::Exponential) or [`Cayley`](super::Cayley). D is a fixed diagonal of signs:
//! with all 1 W is a rotation, and an odd number of -1 reaches the other half of the orthogonal
//! matrices. modReLU (Arjovsky, Shah & Bengio 2016) keeps the sign: with b = 0 it is the identity.

use std::fmt::Debug;
use std::marker::PhantomData;

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use super::gates::Sizes;
use crate::cell::Cell;
use crate::init;
use crate::params::Params;
use crate::vars::FromVars;

/// A smooth map from skew-symmetric matrices to rotations.
pub trait OrthogonalMap: Copy + Debug {
    /// The cell's name in messages.
    const CELL: &'static str;

    /// The rotation of a skew-symmetric matrix [H, H].
    fn rotation<T: Real>(a: Var<'_, T>) -> Var<'_, T>;

    /// The a of an initial 2 x 2 block (0, a; -a, 0) of A.
    fn block(rng: &mut ChaCha8Rng) -> f64;
}

/// A recurrent network with an orthogonal recurrent matrix: [`ExpRnn`](super::ExpRnn) or
/// [`CayleyRnn`](super::CayleyRnn).
///
/// Its weights are `weight_ih_l0` [H, I], `generator_hh_l0` [H, H], the G of the formula, `signs_l0`
/// \[H\], the diagonal of D, of which only the signs matter and which gets no gradient, and `bias_l0`
/// \[H\], the b of modReLU. W is computed when the leaves are taken, once for all steps.
#[derive(Clone, Copy, Debug)]
pub struct Orthogonal<M> {
    sizes: Sizes,
    reflections: usize,
    map: PhantomData<M>,
}

/// The weights of an [`Orthogonal`] cell, as its steps need them.
#[derive(Clone, Copy, Debug)]
pub struct Rotation<'t, T: Real, M> {
    /// `weight_ih_l0`.
    pub ih: Var<'t, T>,
    /// The orthogonal matrix W.
    pub hh: Var<'t, T>,
    /// `bias_l0`.
    pub bias: Var<'t, T>,
    map: PhantomData<M>,
}

impl<'t, T: Real, M: OrthogonalMap> FromVars<'t, T> for Rotation<'t, T, M> {
    fn from_vars(vars: &[Var<'t, T>]) -> Option<Self> {
        let &[ih, generator, signs, bias] = vars else {
            return None;
        };
        let skew = generator - generator.t();
        Some(Self {
            ih,
            hh: M::rotation(skew) * signs.detach().sign(),
            bias,
            map: PhantomData,
        })
    }
}

impl<M: OrthogonalMap> Orthogonal<M> {
    /// A cell of `hidden` units over `inputs` features, D = 1.
    ///
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(inputs: usize, hidden: usize) -> Self {
        Self {
            sizes: Sizes::new(M::CELL, inputs, hidden, 1),
            reflections: 0,
            map: PhantomData,
        }
    }

    /// With so many -1 on the diagonal of D: the number that Helfrich, Willmott & Ye (2018) tune.
    ///
    /// # Panics
    /// If there are more than units.
    #[track_caller]
    pub fn with_reflections(self, reflections: usize) -> Self {
        assert!(
            reflections <= self.sizes.hidden,
            "{}: {reflections} reflections, but there are only {} hidden units",
            M::CELL,
            self.sizes.hidden
        );
        Self {
            reflections,
            ..self
        }
    }
}

impl<T: Real, M: OrthogonalMap> Cell<T> for Orthogonal<M> {
    type Weights<'t> = Rotation<'t, T, M>;
    type State<'t> = Var<'t, T>;

    fn inputs(&self) -> usize {
        self.sizes.inputs
    }

    /// A of 2 x 2 blocks, each a rotation by a random angle; W_ih Glorot uniform; b uniform between
    /// plus and minus 0.01.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let Sizes { inputs, hidden, .. } = self.sizes;
        Params::new()
            .with("weight_ih_l0", [hidden, inputs], |w| {
                init::glorot_uniform(w, [hidden, inputs], rng);
            })
            .with("generator_hh_l0", [hidden, hidden], |g| {
                for k in (1..hidden).step_by(2) {
                    g[(k - 1) * hidden + k] = T::from_f64(M::block(rng));
                }
            })
            .with("signs_l0", [hidden], |d| {
                let (minus, plus) = d.split_at_mut(self.reflections);
                minus.fill(-T::ONE);
                plus.fill(T::ONE);
            })
            .with("bias_l0", [hidden], |b| init::uniform(b, 0.01, rng))
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Var<'t, T> {
        tape.zeros([batch, self.sizes.hidden])
    }

    fn project<'t>(&self, w: &Rotation<'t, T, M>, x: Var<'t, T>) -> Var<'t, T> {
        x.matmul(w.ih.t())
    }

    fn step<'t>(&self, w: &Rotation<'t, T, M>, x: Var<'t, T>, h: &Var<'t, T>) -> Var<'t, T> {
        let z = h.linear(w.hh.t(), x);
        z.sign() * (z.abs() + w.bias).relu()
    }
}

/// The identity matrix [n, n].
pub(super) fn identity<T: Real>(tape: &Tape<T>, n: usize) -> Var<'_, T> {
    let mut elements = vec![T::ZERO; n * n];
    init::identity(&mut elements, 1.0);
    tape.constant([n, n], &elements)
}
