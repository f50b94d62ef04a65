//! The readout: an affine layer, y = x W^T + b, with PyTorch's layout.

use rand::rngs::ChaCha8Rng;
use wengert_tape::{Real, Var};

use crate::init;
use crate::params::Params;

/// An affine layer: `weight [outputs, inputs]`, `bias [outputs]`.
#[derive(Clone, Copy, Debug)]
pub struct Linear {
    inputs: usize,
    outputs: usize,
}

impl Linear {
    /// A layer from `inputs` features to `outputs`.
    ///
    /// # Panics
    /// If `inputs` or `outputs` is 0.
    #[track_caller]
    pub fn new(inputs: usize, outputs: usize) -> Self {
        assert!(
            inputs > 0 && outputs > 0,
            "linear: {inputs} inputs and {outputs} outputs: neither may be 0"
        );
        Self { inputs, outputs }
    }

    /// Fresh parameters, uniform between plus and minus 1/sqrt(inputs), PyTorch's default.
    pub fn init<T: Real>(&self, rng: &mut ChaCha8Rng) -> Params<T> {
        let bound = 1.0 / (self.inputs as f64).sqrt();
        Params::new()
            .with("weight", [self.outputs, self.inputs], |w| {
                init::uniform(w, bound, rng);
            })
            .with("bias", [self.outputs], |b| init::uniform(b, bound, rng))
    }

    /// `x W^T + b`, row by row: `[N, inputs]` to `[N, outputs]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    #[track_caller]
    pub fn apply<'t, T: Real>(&self, &[w, b]: &[Var<'t, T>; 2], x: Var<'t, T>) -> Var<'t, T> {
        x.linear(w.t(), b)
    }
}
