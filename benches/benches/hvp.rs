//! A Hessian-vector product through time against a gradient: the same network on dual numbers and
//! on floats. B = 16, T = 50, I = 64, H = 128, f64; the sum of all outputs. Goal: at most 2.5.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_benches::{alternately, is_measuring};
use wengert_rnn::{Activation, Cell, Elman, Gru, Lengths, Lstm, Params, unroll};
use wengert_tape::{Dual, Real, Tape};

const BATCH: usize = 16;
const STEPS: usize = 50;
const INPUTS: usize = 64;
const HIDDEN: usize = 128;

fn sweep<T: Real, C: Cell<T>>(cell: &C, tape: &mut Tape<T>, params: &Params<T>) {
    tape.reset();
    let mut leaves = params.bind(tape);
    let x = tape.constant([STEPS * BATCH, INPUTS], &[T::ONE; STEPS * BATCH * INPUTS]);
    let lengths = Lengths::equal(STEPS, BATCH);
    let run = unroll(cell, &leaves.take(), x, &lengths, None);
    run.output().sum().backward();
}

fn compare<C: Cell<f64> + Cell<Dual<f64>>>(name: &str, cell: &C) {
    let params: Params<f64> = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
    let mut along: Params<Dual<f64>> = params.cast();
    for w in along.values_mut() {
        w.d = 1.0;
    }
    let (mut one, mut other) = (Tape::new(), Tape::new());
    let [product, gradient, ratio] = alternately(
        if is_measuring() { 101 } else { 1 },
        || sweep(cell, &mut one, &along),
        || sweep(cell, &mut other, &params),
    );
    let [product, gradient] = [product, gradient].map(|seconds| 1e3 * seconds);
    println!("{name}: hvp {product:.2} ms, gradient {gradient:.2} ms, ratio {ratio:.2}");
}

fn main() {
    compare("elman", &Elman::new(INPUTS, HIDDEN, Activation::Tanh));
    compare("lstm", &Lstm::new(INPUTS, HIDDEN));
    compare("gru", &Gru::new(INPUTS, HIDDEN));
}
