//! Adjoint norms against explicit products of Jacobians.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::{
    Activation, Cell, Elman, Lengths, Params, instruments, norm, unroll, unroll_with,
};
use wengert_tape::{Tape, Var};

use crate::setup::{assert_close, random, rows};

#[test]
fn adjoint_norms_are_those_of_jacobian_products() {
    let (steps, hidden) = (20, 6);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let cell = Elman::new(2, hidden, Activation::Tanh);
    let params = cell.init(&mut rng);
    let tape = Tape::<f64>::new();
    let x = tape.constant([steps, 2], &random(2 * steps, &mut rng));
    let (w, lengths) = (params.bind(&tape).take(), Lengths::equal(steps, 1));
    let run = unroll_with(&cell, &w, x, &lengths, None, instruments::retain);
    run.last.sum().backward();

    // dL/dh_t = J_{t+1}^T ... J_T^T (1, ..., 1), with J_t = dh_t/dh_{t-1} = diag(1 - h_t^2) W_hh.
    let w_hh = rows(params.get("weight_hh_l0"), hidden);
    let mut adjoint = vec![1.0; hidden];
    let mut expected = Vec::new();
    for h in run.hidden().iter().rev() {
        expected.push(norm(&adjoint));
        let h = h.to_vec();
        let jacobian = |i: usize, j: usize| (1.0 - h[i] * h[i]) * w_hh[i][j];
        adjoint = (0..hidden)
            .map(|j| (0..hidden).map(|i| jacobian(i, j) * adjoint[i]).sum())
            .collect();
    }
    expected.reverse();
    assert_close(
        "norms",
        &instruments::adjoint_norms(&run.hidden()),
        &expected,
    );
    assert!(
        expected[0] < 0.1 * expected[steps - 1],
        "the adjoint should vanish"
    );
}

#[test]
fn an_adjoint_far_below_the_square_root_of_the_smallest_number_has_a_norm() {
    let cell = Elman::new(1, 1, Activation::Relu);
    let mut params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
    params.values_mut().copy_from_slice(&[1.0, 0.125, 0.0, 0.0]);
    let steps = 301;
    let tape = Tape::<f64>::new();
    let x = tape.constant([steps, 1], &vec![1.0; steps]);
    let (w, lengths) = (params.bind(&tape).take(), Lengths::equal(steps, 1));
    let run = unroll_with(&cell, &w, x, &lengths, None, instruments::retain);
    run.last.sum().backward();
    assert_eq!(
        instruments::adjoint_norms(&run.hidden())[0],
        f64::exp2(-900.0)
    );
}

/// A cell whose state is a view: half of `h [a, 1]`, the other half of which also reaches the loss.
struct Half;

impl Cell<f64> for Half {
    type Weights<'t> = Var<'t, f64>;
    type State<'t> = [Var<'t, f64>; 2];

    fn inputs(&self) -> usize {
        1
    }
    fn init(&self, _: &mut ChaCha8Rng) -> Params<f64> {
        Params::new().with("weight_hh_l0", [1, 2], |w| w.copy_from_slice(&[0.5, 1.0]))
    }
    fn zero_state<'t>(&self, tape: &'t Tape<f64>, batch: usize) -> [Var<'t, f64>; 2] {
        [tape.zeros([batch, 1]); 2]
    }
    fn step<'t>(
        &self,
        &w: &Var<'t, f64>,
        x: Var<'t, f64>,
        [h, _]: &[Var<'t, f64>; 2],
    ) -> [Var<'t, f64>; 2] {
        (*h + x).matmul(w).split_cols()
    }
}

#[test]
fn adjoints_of_states_that_are_views_are_their_own() {
    let tape = Tape::<f64>::new();
    let x = tape.constant([3, 1], &[1.0; 3]);
    let mut leaves = Half.init(&mut ChaCha8Rng::seed_from_u64(0)).bind(&tape);
    let (w, lengths) = (leaves.take(), Lengths::equal(3, 1));
    let run = unroll_with(&Half, &w, x, &lengths, None, instruments::retain);
    let [h, other] = run.last;
    (h * 4.0 + other).sum().backward();
    // dL/dh_3 = 4, dL/dh_2 = 4 / 2 + 1, dL/dh_1 = 3 / 2.
    assert_eq!(instruments::adjoint_norms(&run.hidden()), [1.5, 3.0, 4.0]);
}

#[test]
fn steps_the_loss_does_not_see_have_norm_zero() {
    let cell = Elman::new(1, 2, Activation::Tanh);
    let params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
    let tape = Tape::<f64>::new();
    let x = tape.constant([3, 1], &[1.0; 3]);
    let (w, lengths) = (params.bind(&tape).take(), Lengths::equal(3, 1));
    let run = unroll_with(&cell, &w, x, &lengths, None, instruments::retain);
    let hidden = run.hidden();
    hidden[1].sum().backward();
    let norms = instruments::adjoint_norms(&hidden);
    assert!(norms[0] > 0.0);
    assert_eq!(norms[1..], [f64::sqrt(2.0), 0.0]);
}

#[test]
#[should_panic(expected = "no adjoint was kept; unroll with instruments::retain")]
fn norms_of_states_not_retained_are_refused() {
    let cell = Elman::new(1, 2, Activation::Tanh);
    let params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
    let tape = Tape::<f64>::new();
    let x = tape.constant([3, 1], &[1.0; 3]);
    let run = unroll(
        &cell,
        &params.bind(&tape).take(),
        x,
        &Lengths::equal(3, 1),
        None,
    );
    run.last.sum().backward();
    instruments::adjoint_norms(&run.hidden());
}
