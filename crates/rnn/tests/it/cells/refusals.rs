//! What cells refuse, with the numbers.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::{
    Activation, CayleyRnn, Cell, Elman, ExpRnn, Gru, GruResetBefore, IndRnn, Irnn, Janet,
    LayerNormLstm, Lengths, Lru, Lstm, MinGru, MinLstm, PeepholeLstm, cells::MemoryBlocks, init,
    scan,
};
use wengert_tape::Tape;

use crate::setup::refusal;

/// What is refused, and the message.
type Row = (fn(), &'static str);

macro_rules! rows {
    ($($refused:expr => $message:literal,)*) => {
        &[$((
            || {
                $refused;
            },
            $message,
        )),*]
    };
}

fn assert_refused(rows: &[Row]) {
    for (refused, message) in rows {
        assert_eq!(refusal(refused), *message);
    }
}

#[test]
fn sizes() {
    assert_refused(rows! {
        Elman::new(0, 5, Activation::Tanh) => "elman: 0 inputs and 5 hidden units: neither may be 0",
        Irnn::new(4, 0) => "irnn: 4 inputs and 0 hidden units: neither may be 0",
        Lstm::new(0, 5) => "lstm: 0 inputs and 5 hidden units: neither may be 0",
        PeepholeLstm::new(4, 0) => "peephole lstm: 4 inputs and 0 hidden units: neither may be 0",
        MemoryBlocks::new(4, 5, 0) => "memory blocks: 4 inputs, 5 blocks of 0 cells: none may be 0",
        LayerNormLstm::new(0, 0) => "layer-norm lstm: 0 inputs and 0 hidden units: neither may be 0",
        Gru::new(4, 0) => "gru: 4 inputs and 0 hidden units: neither may be 0",
        GruResetBefore::new(4, 0) => "gru (reset before): 4 inputs and 0 hidden units: neither may be 0",
        Janet::new(0, 1) => "janet: 0 inputs and 1 hidden units: neither may be 0",
        IndRnn::new(0, 1) => "indrnn: 0 inputs and 1 hidden units: neither may be 0",
        MinGru::new(0, 1) => "mingru: 0 inputs and 1 hidden units: neither may be 0",
        MinLstm::new(0, 1) => "minlstm: 0 inputs and 1 hidden units: neither may be 0",
        Lru::new(0, 1) => "lru: 0 inputs and 1 hidden units: neither may be 0",
        ExpRnn::new(1, 0) => "exprnn: 1 inputs and 0 hidden units: neither may be 0",
        CayleyRnn::new(1, 0) => "cayley rnn: 1 inputs and 0 hidden units: neither may be 0",
    });
}

#[test]
fn options() {
    assert_refused(rows! {
        Lstm::new(4, 5).with_projection(5)
            => "lstm: projection to 5, but it must be at least 1 and less than the 5 hidden units",
        Lstm::new(4, 5).with_projection(0)
            => "lstm: projection to 0, but it must be at least 1 and less than the 5 hidden units",
        Lstm::new(4, 5).with_forget_bias(f64::NAN) => "lstm: forget bias NaN, but it must be finite",
        Lstm::new(4, 5).with_chrono(1) => "lstm: chrono biases for 1 steps, but at least 2 are needed",
        Gru::new(4, 5).with_chrono(0) => "gru: chrono biases for 0 steps, but at least 2 are needed",
        Lstm::new(4, 5).without_bias().with_forget_bias(1.0)
            => "lstm: initial values for biases, but without biases",
        Gru::new(4, 5).with_chrono(9).without_bias()
            => "gru: initial values for biases, but without biases",
        Irnn::new(4, 5).with_scale(f64::INFINITY) => "irnn: scale inf, but it must be finite",
        ExpRnn::new(4, 5).with_reflections(6)
            => "exprnn: 6 reflections, but there are only 5 hidden units",
        MemoryBlocks::new(4, 2, 3).with_output_biases(&[-1.0])
            => "memory blocks: output biases [-1.0], but 2 finite ones are needed",
        MemoryBlocks::new(4, 2, 3).with_scale(-0.1)
            => "memory blocks: scale -0.1, but it must be finite and not negative",
        Lru::new(4, 5).with_units(0) => "lru: 0 units, but at least 1 is needed",
        Lru::new(4, 5).with_ring(0.9, 0.5)
            => "lru: a ring from 0.9 to 0.5, but 0 <= inner < outer <= 1 is needed",
        Lru::new(4, 5).with_ring(0.9, 1.1)
            => "lru: a ring from 0.9 to 1.1, but 0 <= inner < outer <= 1 is needed",
        Lru::new(4, 5).with_phase(0.0)
            => "lru: phases up to 0, but more than 0 and at most 2 pi is needed",
    });
}

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(0)
}

#[test]
fn initial_values() {
    assert_refused(rows! {
        init::uniform(&mut [0.0], -1.0, &mut rng())
            => "uniform: bound -1, but it must be finite and not negative",
        init::gaussian(&mut [0.0], 1.0, 0, &mut rng())
            => "gaussian: g = 1 over 0 units: g must be finite, and units not 0",
        init::glorot_normal(&mut [0.0; 5], [2, 2], &mut rng())
            => "glorot_normal: 5 elements for a matrix [2,2]",
        init::he_uniform(&mut [0.0; 5], [2, 2], &mut rng())
            => "he_uniform: 5 elements for a matrix [2,2]",
        init::he_normal(&mut [0.0; 5], [2, 2], &mut rng())
            => "he_normal: 5 elements for a matrix [2,2]",
        init::orthogonal(&mut [0.0; 5], [2, 2], &mut rng())
            => "orthogonal: 5 elements for a matrix [2,2]",
        init::identity(&mut [0.0; 5], 1.0) => "identity: 5 elements for a matrix [2,2]",
        init::identity(&mut [0.0; 4], f64::NAN) => "identity: scale NaN, but it must be finite",
        init::sparse(&mut [0.0; 6], 1, 0.9, &mut rng()) => "sparse: 6 elements for a matrix [2,2]",
        init::sparse(&mut [0.0; 4], 3, 0.9, &mut rng())
            => "sparse: 3 elements in each row of 2: 1 to 2 are possible",
        init::sparse(&mut [0.0; 4], 0, 0.9, &mut rng())
            => "sparse: 0 elements in each row of 2: 1 to 2 are possible",
        init::scale_to_radius(&mut [0.0; 4], 0.9)
            => "scale_to_radius: from 0 to 0.9: not from 0, nor to a negative or infinite one",
        init::chrono(&mut [0.0; 4], 1, &mut rng())
            => "chrono: dependencies of up to 1 steps, but at least 2 are needed",
    });
}

/// Scans 2 steps of 3 samples of a cell of 4 features and 5 units.
fn run(x: [usize; 2], h0: [usize; 2]) {
    let cell = MinGru::new(4, 5);
    let tape = Tape::<f64>::new();
    let w = cell.init(&mut rng()).bind(&tape).take();
    let h0 = tape.zeros(h0);
    scan(&cell, &w, tape.zeros(x), &Lengths::equal(2, 3), Some(h0));
}

#[test]
fn scans() {
    run([6, 4], [3, 5]);
    assert_refused(rows! {
        run([6, 3], [3, 5]) => "scan: inputs [6,3], but 2 steps of 3 samples of 4 features need [6,4]",
        run([6, 4], [2, 5]) => "scan: initial state [2,5], but the cell's for this batch is [3,5]",
    });
}
