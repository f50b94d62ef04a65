//! One random Elman network, and how fast gradients and tangents travel through it.

use rand::rngs::ChaCha8Rng;
use wengert_rnn::{
    Activation, Cell, Elman, Lengths, Params, init, instruments, norm, unroll, unroll_with,
};
use wengert_tape::{Dual, Real, Tape};

use crate::random::{Purpose, stream};

/// A network `h' = tanh(W_ih x + W_hh h)`, the inputs of one sequence, and a direction.
pub(super) struct Network {
    cell: Elman,
    params: Params<f64>,
    inputs: Vec<f64>,
    /// Of norm 1: the loss is its product with the last state.
    direction: Vec<f64>,
}

/// What one sequence tells: element k belongs to lag k, that is to step T - k of T.
pub(super) struct Gradients {
    /// |dL/dh_{T-k}|.
    pub norms: Vec<f64>,
    /// The largest tanh' of step T - k, from above.
    pub slopes: Vec<f64>,
}

impl Network {
    /// Draws the network of `hidden` units with Gaussian W_hh of this spectral `radius` and standard
    /// normal W_ih of one input. A seed has one network: radii only scale its W_hh.
    pub fn draw(hidden: usize, steps: usize, radius: f64, seed: u64) -> Self {
        let cell = Elman::new(1, hidden, Activation::Tanh);
        let mut weights = stream(seed, Purpose::Weights);
        let mut params: Params<f64> = cell.init(&mut weights);
        params.values_mut().fill(0.0);
        let w_hh = params.get_mut("weight_hh_l0");
        init::gaussian(w_hh, 1.0, hidden, &mut weights);
        init::scale_to_radius(w_hh, radius);
        normal(params.get_mut("weight_ih_l0"), &mut weights);
        let mut inputs = vec![0.0; steps];
        normal(&mut inputs, &mut stream(seed, Purpose::Inputs));
        let mut direction = vec![0.0; hidden];
        normal(&mut direction, &mut stream(seed, Purpose::Direction));
        let length = norm(&direction);
        for d in &mut direction {
            *d /= length;
        }
        Self {
            cell,
            params,
            inputs,
            direction,
        }
    }

    /// The largest singular value of W_hh: the root of the spectral radius of W^T W.
    pub fn largest_singular_value(&self) -> f64 {
        let tape = Tape::new();
        let hidden = self.direction.len();
        let w = tape.constant([hidden, hidden], self.params.get("weight_hh_l0"));
        w.t().matmul(w).with(init::spectral_radius).sqrt()
    }

    /// The largest |element| of W_hh.
    pub fn largest_weight(&self) -> f64 {
        let weights = self.params.get("weight_hh_l0").iter();
        weights.fold(0.0, |largest, w| w.abs().max(largest))
    }

    /// Back-propagates through the sequence with inputs times `scale`, in the arithmetic of `T`.
    pub fn gradients<T: Real>(&self, scale: f64) -> Gradients {
        let tape = Tape::new();
        tape.flush_below(0.0); // the figure shows where each precision ends by itself
        let w = self.params::<T>().bind(&tape).take();
        let inputs: Vec<T> = self.inputs.iter().map(|x| T::from_f64(scale * x)).collect();
        let x = tape.constant([inputs.len(), 1], &inputs);
        let lengths = Lengths::equal(inputs.len(), 1);
        let run = unroll_with(&self.cell, &w, x, &lengths, None, instruments::retain);
        tape.backward(&[(run.last, &cast::<T>(&self.direction))]);
        let hidden = run.hidden();
        let mut norms = instruments::adjoint_norms(&hidden);
        norms.reverse();
        // h is rounded, which where it is near 1 would take tanh' below its value.
        let slope = |h: &T| 1.0 - h.to_f64() * h.to_f64() + T::EPSILON;
        let slopes = hidden
            .iter()
            .rev()
            .map(|h| h.with(|h| h.iter().map(slope).fold(0.0, f64::max)));
        Gradients {
            norms,
            slopes: slopes.collect(),
        }
    }

    /// |dh_t/dh_0 u| of each step t, u the direction: one forward run on dual numbers, no sweep.
    pub fn tangents(&self, scale: f64) -> Vec<f64> {
        let tape = Tape::new();
        let w = self.params::<Dual<f64>>().bind(&tape).take();
        let x = tape.constant([self.inputs.len(), 1], &cast(&self.inputs)) * scale;
        let start = self.direction.iter().map(|&u| Dual::new(0.0, u));
        let start = tape.constant([1, self.direction.len()], &start.collect::<Vec<_>>());
        let lengths = Lengths::equal(self.inputs.len(), 1);
        let run = unroll(&self.cell, &w, x, &lengths, Some(&start));
        let tangent = |h: &[Dual<f64>]| norm(&h.iter().map(|h| h.d).collect::<Vec<_>>());
        run.hidden().iter().map(|h| h.with(tangent)).collect()
    }

    fn params<T: Real>(&self) -> Params<T> {
        // The shapes of a fresh one, the values of ours.
        let mut params: Params<T> = self.cell.init(&mut stream(0, Purpose::Weights));
        params
            .values_mut()
            .copy_from_slice(&cast(self.params.values()));
        params
    }
}

pub(super) fn normal(values: &mut [f64], rng: &mut ChaCha8Rng) {
    init::gaussian(values, 1.0, 1, rng);
}

fn cast<T: Real>(values: &[f64]) -> Vec<T> {
    values.iter().map(|v| T::from_f64(*v)).collect()
}
