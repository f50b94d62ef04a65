//! The IRNN (Le, Jaitly & Hinton 2015): a simple recurrent network of relu units that starts as an
//! accumulator,
//!
//! ```text
//! h' = relu(W_ih x + b_ih + W_hh h + b_hh),   W_hh = s 1,  b_ih = b_hh = 0,  W_ih ~ N(0, 0.001^2)
//! ```
//!
//! so that states, and adjoints, go on unchanged until training changes W_hh.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Tape, Var};

use super::elman::{Activation, Elman};
use super::gates::{Affine, Sizes};
use crate::cell::Cell;
use crate::init;
use crate::params::Params;

/// An [`Elman`] cell of relu units whose recurrent matrix starts as the identity.
#[derive(Clone, Copy, Debug)]
pub struct Irnn {
    elman: Elman,
    scale: f64,
}

impl Irnn {
    /// A cell of `hidden` units over `inputs` features.
    ///
    /// # Panics
    /// If `inputs` or `hidden` is 0.
    #[track_caller]
    pub fn new(inputs: usize, hidden: usize) -> Self {
        let elman = Elman {
            sizes: Sizes::new("irnn", inputs, hidden, 1),
            activation: Activation::Relu,
        };
        Self { elman, scale: 1.0 }
    }

    /// With `scale` times the identity: less than 1 forgets, for tasks of short dependencies.
    ///
    /// # Panics
    /// If it is not finite.
    #[track_caller]
    pub fn with_scale(self, scale: f64) -> Self {
        assert!(
            scale.is_finite(),
            "irnn: scale {scale}, but it must be finite"
        );
        Self { scale, ..self }
    }
}

impl<T: Real> Cell<T> for Irnn {
    type Weights<'t> = Affine<'t, T>;
    type State<'t> = Var<'t, T>;

    fn inputs(&self) -> usize {
        Cell::<T>::inputs(&self.elman)
    }

    /// `W_hh` the scaled identity, `W_ih` Gaussian with standard deviation 0.001, biases 0.
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let mut params = self.elman.init(rng);
        params.values_mut().fill(T::ZERO);
        init::gaussian(params.get_mut("weight_ih_l0"), 0.001, 1, rng);
        init::identity(params.get_mut("weight_hh_l0"), self.scale);
        params
    }

    fn zero_state<'t>(&self, tape: &'t Tape<T>, batch: usize) -> Var<'t, T> {
        self.elman.zero_state(tape, batch)
    }

    fn step<'t>(&self, w: &Affine<'t, T>, x: Var<'t, T>, h: &Var<'t, T>) -> Var<'t, T> {
        self.elman.step(w, x, h)
    }
}
