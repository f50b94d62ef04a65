//! The exponents of one random network.
//!
//! The network runs as an Elman cell without input, `h' = tanh(J h)`: with h = tanh(x) that is
//! x' = J tanh(x) seen after its nonlinearity, a smooth change of coordinates, and has its spectrum.

use rand::rngs::ChaCha8Rng;
use wengert_rnn::instruments::{Frame, Lyapunov, Rollout, lyapunov_spectrum};
use wengert_rnn::{Activation, Cell, Elman, Lengths, Params, init, unroll};
use wengert_tape::Tape;

use crate::random::{Purpose, stream};

/// Steps between decompositions: over so many, tangents of the exponents measured grow apart by 1e6 at
/// most, and rounding is not seen.
const INTERVAL: usize = 4;
/// Steps of the approach to the attractor on the tape at a time.
const CHUNK: usize = 100;

/// What is measured of which network.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    pub gain: f64,
    pub units: usize,
    /// How many exponents, from the largest on.
    pub count: usize,
    /// Steps that count, after as many again in which the state approaches its attractor and a quarter
    /// in which the tangents turn.
    pub steps: usize,
    pub seed: u64,
}

impl Job {
    /// The exponents, in nats a step, largest first. A seed has one network: gains only scale it.
    pub fn exponents(&self) -> Vec<f64> {
        let cell = Elman::new(1, self.units, Activation::Tanh).without_bias();
        let mut weights = stream(self.seed, Purpose::Weights);
        let mut params: Params<f64> = cell.init(&mut weights);
        params.values_mut().fill(0.0);
        let w_hh = params.get_mut("weight_hh_l0");
        init::gaussian(w_hh, self.gain, self.units, &mut weights);
        let mut directions = stream(self.seed, Purpose::Direction);
        let state = settled(&cell, &params, self.units, self.steps, &mut directions);

        let warmup = self.steps / 4;
        let none = vec![0.0; warmup + self.steps];
        let rollout = Rollout::new(&cell, &params, &none, 1).starting_at(&state);
        let mut frame = Frame::random(self.count, self.units, &mut directions);
        let settings = Lyapunov {
            interval: INTERVAL,
            warmup,
        };
        let mut exponents = lyapunov_spectrum(&rollout, &mut frame, settings);
        // In the limit they are in order; after so many steps neighbours may still be swapped.
        exponents.sort_by(|a, b| b.total_cmp(a));
        exponents
    }
}

/// A random state after so many steps.
fn settled(
    cell: &Elman,
    params: &Params<f64>,
    units: usize,
    steps: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<f64> {
    let mut state = vec![0.0; units];
    init::uniform(&mut state, 1.0, rng);
    let mut tape = Tape::new();
    for start in (0..steps).step_by(CHUNK) {
        let chunk = CHUNK.min(steps - start);
        tape.reset();
        let w = params.bind(&tape).take();
        let before = tape.constant([1, units], &state);
        let none = tape.zeros([chunk, 1]);
        state = unroll(cell, &w, none, &Lengths::equal(chunk, 1), Some(&before))
            .last
            .to_vec();
    }
    state
}

/// The sum of the positive exponents.
pub(super) fn entropy(exponents: &[f64]) -> f64 {
    exponents
        .iter()
        .fold(0.0, |sum, lambda| sum + lambda.max(0.0))
}

/// The dimension by Kaplan and Yorke: the number of exponents whose sum is 0, the last one in part.
/// None if all that were measured add up to more.
pub(super) fn dimension(exponents: &[f64]) -> Option<f64> {
    let mut sum = 0.0;
    for (i, lambda) in exponents.iter().enumerate() {
        if sum + lambda < 0.0 {
            return Some(i as f64 + sum / -lambda);
        }
        sum += lambda;
    }
    None
}
