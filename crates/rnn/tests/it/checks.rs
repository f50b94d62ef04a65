//! The tape's gradient checks over unrolled cells: forward mode, differences, second derivatives.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::{Activation, Cell, Elman, FromVars, Lengths, unroll};
use wengert_tape::{Real, Tape, Tensor, Var, check};

use crate::setup::random;

/// Outputs and last states of an unrolled cell, from its parameters, inputs and initial state.
struct Unrolling {
    cell: Elman,
    lengths: Lengths,
}

impl check::Function for Unrolling {
    fn call<'t, T: Real>(&self, _: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
        let &[.., inputs, h0] = x else {
            panic!("parameters, inputs and the initial state are needed")
        };
        let w = FromVars::from_vars(&x[..4]).unwrap();
        let run = unroll(&self.cell, &w, inputs, &self.lengths, Some(&h0));
        wengert_tape::concat(&[run.output(), run.last], 0)
    }
}

#[test]
fn the_sweep_agrees_with_forward_mode_and_differences() {
    for activation in [Activation::Tanh, Activation::Relu] {
        for lengths in [Lengths::equal(4, 3), Lengths::ragged(4, 3, &[2, 4, 1])] {
            let mut rng = ChaCha8Rng::seed_from_u64(11);
            let cell = Elman::new(2, 5, activation);
            let params = <Elman as Cell<f64>>::init(&cell, &mut rng);
            let mut inputs: Vec<_> = params
                .iter()
                .map(|p| Tensor::new(p.shape, p.values))
                .collect();
            inputs.push(Tensor::new([12, 2], random(24, &mut rng)));
            inputs.push(Tensor::new([3, 5], random(15, &mut rng)));
            check::function(&Unrolling { cell, lengths }, &inputs).assert_agrees();
        }
    }
}
