//! Every cell: values against plain loops, gradients of both orders, saturated inputs.
//!
//! A line of the table below is all that a new cell needs.

mod fused;
mod initial;
mod oracle;
mod orthogonal;
#[path = "../../../examples/own_cell.rs"]
mod own_cell;
mod refusals;
mod scan;

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::{
    Activation, CayleyRnn, Cell, Elman, ExpRnn, FromVars, Gru, GruResetBefore, IndRnn, Irnn, Janet,
    LayerNormLstm, Lengths, Lru, Lstm, MinGru, MinLstm, Params, PeepholeLstm, Vars,
    cells::MemoryBlocks, unroll,
};
use wengert_tape::check::{Check, Function, Verdict};
use wengert_tape::{Real, Tape, Tensor, Var, concat};

use crate::setup::{assert_sums_close, random};

/// A random batch: sizes, lengths and the seed of its numbers.
#[derive(Clone, Debug)]
pub struct Batch {
    inputs: usize,
    hidden: usize,
    lengths: Vec<usize>,
    seed: u64,
}

impl Batch {
    fn lengths(&self) -> Lengths {
        let steps = *self.lengths.iter().max().unwrap();
        Lengths::ragged(steps, self.lengths.len(), &self.lengths)
    }

    /// The same sizes, with other numbers.
    fn at(&self, seed: u64) -> Self {
        let seed = self.seed.wrapping_add(seed);
        Self {
            seed,
            ..self.clone()
        }
    }
}

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Batches of up to `size` samples, steps, inputs and units; 1 is a frequent size.
pub fn batches(size: usize) -> impl Strategy<Value = Batch> {
    let size = move || prop_oneof![1 => Just(1), 3 => 1..=size];
    let lengths = size().prop_flat_map(move |batch| prop::collection::vec(size(), batch));
    (size(), size(), lengths, any::<u64>()).prop_map(|(inputs, hidden, lengths, seed)| Batch {
        inputs,
        hidden,
        lengths,
        seed,
    })
}

/// The numbers of a batch, for one cell.
pub struct Data {
    /// The cell's own, each moved at random, so that none is 0 or equal to another.
    pub params: Params<f64>,
    pub x: Vec<f64>,
    pub initial: Vec<Tensor>,
}

impl Data {
    pub fn new(cell: &impl Cell<f64>, batch: &Batch) -> Self {
        let mut rng = rng(batch.seed);
        let mut params = cell.init(&mut rng);
        let moves = random(params.len(), &mut rng);
        for (w, by) in params.values_mut().iter_mut().zip(moves) {
            *w += 0.4 * by;
        }
        let lengths = batch.lengths();
        let x = random(lengths.height() * batch.inputs, &mut rng);
        let tape = Tape::new();
        let zeros = cell.zero_state(&tape, lengths.batch());
        let initial = zeros
            .as_slice()
            .iter()
            .map(|s| Tensor::new(s.shape(), random(s.len(), &mut rng)))
            .collect();
        Self { params, x, initial }
    }

    /// Parameters, inputs and initial state, one behind the other.
    fn point(self, batch: &Batch) -> Vec<Tensor> {
        let mut point: Vec<_> = self
            .params
            .iter()
            .map(|p| Tensor::new(p.shape, p.values))
            .collect();
        point.push(Tensor::new(
            [batch.lengths().height(), batch.inputs],
            self.x,
        ));
        point.extend(self.initial);
        point
    }

    /// The states after the last steps, by the oracle.
    fn expected(&self, batch: &Batch, step: oracle::Step) -> Vec<Vec<f64>> {
        let samples = batch.lengths.len();
        let mut last = vec![Vec::new(); self.initial.len()];
        for (b, &length) in batch.lengths.iter().enumerate() {
            let mut state: Vec<Vec<f64>> = Vec::new();
            for s in &self.initial {
                let width = s.values.len() / samples;
                state.push(s.values[b * width..(b + 1) * width].to_vec());
            }
            for t in 0..length {
                let row = t * samples + b;
                let x = &self.x[row * batch.inputs..(row + 1) * batch.inputs];
                state = step(&self.params, x, &state);
            }
            for (last, s) in last.iter_mut().zip(state) {
                last.extend(s);
            }
        }
        last
    }
}

/// Values of the last state, against the oracle.
fn agrees_with_the_oracle(cell: &impl Cell<f64>, batch: &Batch, step: oracle::Step) {
    let data = Data::new(cell, batch);
    let (tape, lengths) = (Tape::new(), batch.lengths());
    let mut leaves = data.params.bind(&tape);
    let x = tape.constant([lengths.height(), batch.inputs], &data.x);
    let initial: Vec<_> = data
        .initial
        .iter()
        .map(|s| tape.constant(s.shape, &s.values))
        .collect();
    let initial = FromVars::from_vars(&initial).unwrap();
    let run = unroll(cell, &leaves.take(), x, &lengths, Some(&initial));
    let expected = data.expected(batch, step);
    for (i, (found, expected)) in run.last.as_slice().iter().zip(&expected).enumerate() {
        // Numbers near 1 are added up, and may cancel.
        assert_sums_close(&format!("state {i}"), &found.to_vec(), expected, 1.0);
    }
}

/// Inputs of plus and minus 1000 leave values and gradients finite.
fn stays_finite(cell: &impl Cell<f64>, batch: &Batch) {
    let data = Data::new(cell, batch);
    let (tape, lengths) = (Tape::new(), batch.lengths());
    let mut leaves = data.params.bind(&tape);
    let saturated: Vec<f64> = data.x.iter().map(|x| 1000.0 * x.signum()).collect();
    let x = tape.leaf([lengths.height(), batch.inputs], &saturated);
    let run = unroll(cell, &leaves.take(), x, &lengths, None);
    let output = run.output();
    tape.backward(&[(output, &vec![1.0; output.len()])]);
    let gradients = leaves.gradient();
    let mut all = output
        .to_vec()
        .into_iter()
        .chain(gradients)
        .chain(x.grad().unwrap());
    assert!(all.all(f64::is_finite));
}

/// Asserts that the gradients of `f` are right: at this point or, of a cell with kinks, at most of
/// five points, for differences cannot tell beside a kink (at about one point in 300).
fn assert_gradients(f: &impl Function, point: impl Fn(u64) -> Vec<Tensor>, has_kinks: bool) {
    let check = |seed: u64| Check::new().cases(1).seed(seed).function(f, &point(seed));
    if has_kinks {
        let reports: Vec<_> = (0..5).map(check).collect();
        let agree = reports.iter().filter(|r| r.verdict == Verdict::Agrees);
        assert!(agree.count() >= 3, "{reports:?}");
    } else {
        check(0).assert_agrees();
    }
}

#[test]
fn a_cell_of_the_users_own() {
    own_cell::main();
}

/// Tests of a cell: its constructor from inputs and units, its oracle, and whether it has kinks.
macro_rules! cells {
    ($($name:ident: $Cell:ty = $new:expr, $oracle:ident, kinks: $kinks:literal;)*) => {$(
        mod $name {
            use super::*;

            fn cell(batch: &Batch) -> $Cell {
                let new: fn(usize, usize) -> $Cell = $new;
                new(batch.inputs, batch.hidden)
            }

            /// Outputs and last state, from parameters, inputs and initial state.
            struct Unrolling<'a>(&'a Batch, usize);

            impl Function for Unrolling<'_> {
                fn call<'t, T: Real>(&self, _: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
                    let Self(batch, params) = *self;
                    let w = FromVars::from_vars(&x[..params]).unwrap();
                    let initial = FromVars::from_vars(&x[params + 1..]).unwrap();
                    let cell = cell(batch);
                    let run = unroll(&cell, &w, x[params], &batch.lengths(), Some(&initial));
                    let results = std::iter::once(run.output()).chain(run.last.as_slice().iter().copied());
                    let flat: Vec<_> = results.map(|y| y.reshape([y.len()])).collect();
                    concat(&flat, 0)
                }

                fn name(&self) -> &'static str {
                    stringify!($name)
                }
            }

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(30))]

                #[test]
                fn values(batch in batches(6)) {
                    agrees_with_the_oracle(&cell(&batch), &batch, oracle::$oracle);
                }

                #[test]
                fn gradients(batch in batches(3)) {
                    let params = Cell::<f64>::init(&cell(&batch), &mut rng(0)).iter().count();
                    let point = |seed| Data::new(&cell(&batch), &batch.at(seed)).point(&batch);
                    assert_gradients(&Unrolling(&batch, params), point, $kinks);
                }

                #[test]
                fn saturated_inputs(batch in batches(4)) {
                    stays_finite(&cell(&batch), &batch);
                }
            }
        }
    )*};
}

cells! {
    elman_tanh: Elman = |i, h| Elman::new(i, h, Activation::Tanh), elman_tanh, kinks: false;
    elman_relu: Elman = |i, h| Elman::new(i, h, Activation::Relu), elman_relu, kinks: true;
    irnn: Irnn = Irnn::new, elman_relu, kinks: true;
    lstm: Lstm = Lstm::new, lstm, kinks: false;
    projected_lstm: Lstm = |i, h| Lstm::new(i, h + 1).with_projection(h), projected_lstm, kinks: false;
    peephole_lstm: PeepholeLstm = PeepholeLstm::new, peephole, kinks: false;
    memory_blocks: MemoryBlocks = |i, h| MemoryBlocks::new(i, h, 1).with_recurrent_gates(), memory_blocks, kinks: false;
    forgetting_blocks: MemoryBlocks = |i, h| MemoryBlocks::new(i, h, 2).with_forget_gates().without_cell_biases(), forgetting_blocks, kinks: false;
    layer_norm_lstm: LayerNormLstm = LayerNormLstm::new, layer_norm_lstm, kinks: false;
    gru: Gru = Gru::new, gru, kinks: false;
    gru_reset_before: GruResetBefore = GruResetBefore::new, gru_reset_before, kinks: false;
    janet: Janet = Janet::new, janet, kinks: false;
    ind_rnn: IndRnn = IndRnn::new, ind_rnn, kinks: true;
    min_gru: MinGru = MinGru::new, min_gru, kinks: false;
    min_lstm: MinLstm = MinLstm::new, min_lstm, kinks: false;
    lru: Lru = |i, h| Lru::new(i, h).with_units(h + 1), lru, kinks: false;
    exp_rnn: ExpRnn = |i, h| ExpRnn::new(i, h).with_reflections(h / 2), exp_rnn, kinks: true;
    cayley_rnn: CayleyRnn = |i, h| CayleyRnn::new(i, h).with_reflections(h / 2), cayley_rnn, kinks: true;
}
