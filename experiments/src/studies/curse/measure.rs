//! Moments of a unit, from derivatives of the tape and from sequences that are drawn.
//!
//! h_T is linear in the inputs, and so is dh_T/dp. With white inputs of variance 1
//!
//! ```text
//! E h_T^2 = sum_t (dh_T/dx_t)^2,   E (dh_T/dp)^2 = sum_t (d^2 h_T / dx_t dp)^2
//! ```
//!
//! Both follow from one sweep on dual numbers, along p: values and tangents of the adjoints of x.

use wengert_rnn::init;
use wengert_tape::Tensor;
use wengert_tape::functional::{hvp, jvp};

use super::unit::Unit;
use crate::random::{Purpose, stream};

/// Steps of a simulation on the tape at a time.
const CHUNK: usize = 64;

/// Second moments of a state, and of its derivative by the parameter.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Moments {
    /// E h^2.
    pub state: f64,
    /// E (dh/dp)^2.
    pub sensitivity: f64,
}

/// The moments after `steps` steps from 0, exact but for rounding.
pub fn exact(unit: Unit, lambda: f64, steps: usize) -> Moments {
    let p = Tensor::new([1], [unit.parameter(lambda)]);
    let x = Tensor::new([steps], vec![0.0; steps]);
    let along = [vec![1.0], vec![0.0; steps]];
    let (by_inputs, mixed) = hvp(
        |_, leaves| {
            let [lambda, gamma] = unit.coefficients(leaves[0]);
            let input = |t: usize| gamma * leaves[1].slice(0, t..t + 1);
            (1..steps).fold(input(0), |h, t| lambda * h + input(t))
        },
        &[p, x],
        &along,
    );
    Moments {
        state: squares(&by_inputs[1]),
        sensitivity: squares(&mixed[1]),
    }
}

/// The means over `samples` sequences of Gaussian inputs, of so many steps from 0.
pub fn simulated(unit: Unit, lambda: f64, steps: usize, samples: usize, seed: u64) -> Moments {
    let mut rng = stream(seed, Purpose::Inputs);
    let p = unit.parameter(lambda);
    let (mut h, mut by_p) = (vec![0.0; samples], vec![0.0; samples]);
    for start in (0..steps).step_by(CHUNK) {
        let chunk = CHUNK.min(steps - start);
        let mut x = vec![0.0; chunk * samples];
        init::gaussian(&mut x, 1.0, 1, &mut rng);
        let arguments = [
            Tensor::new([1], [p]),
            Tensor::new([1, samples], h),
            Tensor::new([chunk, samples], x),
        ];
        let along = [vec![1.0], by_p, vec![0.0; chunk * samples]];
        (h, by_p) = jvp(
            |_, leaves| {
                let [lambda, gamma] = unit.coefficients(leaves[0]);
                let input = |t: usize| gamma * leaves[2].rows(t..t + 1);
                (0..chunk).fold(leaves[1], |h, t| lambda * h + input(t))
            },
            &arguments,
            &along,
        );
    }
    Moments {
        state: squares(&h) / samples as f64,
        sensitivity: squares(&by_p) / samples as f64,
    }
}

fn squares(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}
