//! Stacks of layers: values, states, order, and gradients of first and second order.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::dropout::{Mode, Variational, Zoneout};
use wengert_rnn::{
    Activation, Cell, Elman, ExpRnn, FromVars, Gru, Lengths, Lru, Lstm, MinLstm, PeepholeLstm,
    Stack, instruments, unroll, unroll_with,
};
use wengert_tape::{Real, Tape, Tensor, Var, check, concat};

use crate::setup::{assert_close, random};

/// Sizes of a random stack and batch.
#[derive(Clone, Debug)]
pub struct Sizes {
    pub layers: usize,
    pub inputs: usize,
    pub hidden: usize,
    pub steps: usize,
    pub lengths: Vec<usize>,
    pub seed: u64,
}

pub fn sizes() -> impl Strategy<Value = Sizes> {
    let size = |most: usize| prop_oneof![1 => Just(1), 3 => 1..=most];
    let lengths = |steps| prop::collection::vec(1..=steps, 1..6);
    let batch = size(20).prop_flat_map(move |steps| (Just(steps), lengths(steps)));
    (size(3), size(4), size(5), batch, any::<u64>()).prop_map(
        |(layers, inputs, hidden, (steps, lengths), seed)| Sizes {
            layers,
            inputs,
            hidden,
            steps,
            lengths,
            seed,
        },
    )
}

impl Sizes {
    pub fn batch(&self) -> usize {
        self.lengths.len()
    }

    pub fn lengths(&self) -> Lengths {
        Lengths::ragged(self.steps, self.batch(), &self.lengths)
    }

    /// Inputs of the padded batch.
    pub fn x(&self) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ 1);
        random(self.steps * self.batch() * self.inputs, &mut rng)
    }

    pub fn forwards(&self) -> Stack<Lstm> {
        Stack::new(self.inputs, self.layers, |i| Lstm::new(i, self.hidden))
    }

    pub fn both(&self) -> Stack<Gru> {
        Stack::bidirectional(self.inputs, self.layers, |i| Gru::new(i, self.hidden))
    }
}

/// Rows of a padded batch that hold steps, by sample.
fn by_sample(rows: &[f64], p: &Sizes) -> Vec<Vec<f64>> {
    let width = rows.len() / (p.steps * p.batch());
    let sample = |b: usize| {
        let at = (0..p.lengths[b]).map(|t| (t * p.batch() + b) * width);
        at.flat_map(|at| rows[at..at + width].to_vec()).collect()
    };
    (0..p.batch()).map(sample).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_batch_is_its_samples(p in sizes()) {
        let stack = p.both();
        let params = stack.init::<f64>(&mut ChaCha8Rng::seed_from_u64(p.seed));
        let run = |x: &[f64], lengths: &Lengths| {
            let tape = Tape::new();
            let mut leaves = params.bind(&tape);
            let x = tape.leaf([x.len() / p.inputs, p.inputs], x);
            let run = stack.run(&leaves.take(), x, lengths, None, Mode::Evaluate);
            let output = run.output();
            // Cotangents that depend on the output, and not on where it lies.
            tape.backward(&[(output, &output.to_vec()), (run.last(), &run.last().to_vec())]);
            (output.to_vec(), run.last().to_vec(), x.grad().unwrap())
        };
        let (output, last, gx) = run(&p.x(), &p.lengths());
        let width = 2 * p.hidden;
        for (b, own) in by_sample(&p.x(), &p).iter().enumerate() {
            let alone = run(own, &Lengths::equal(p.lengths[b], 1));
            assert_close("output", &by_sample(&output, &p)[b], &alone.0);
            assert_close("last", &last[b * width..(b + 1) * width], &alone.1);
            assert_close("gx", &by_sample(&gx, &p)[b], &alone.2);
            for t in p.lengths[b]..p.steps {
                let row = (t * p.batch() + b) * width;
                prop_assert!(output[row..row + width].iter().all(|&y| y == 0.0));
            }
        }
    }

    #[test]
    fn a_packed_batch_is_the_padded_one(p in sizes()) {
        let stack = p.both().with_dropout(0.4).with_variational_dropout(Variational {
            inputs: 0.2,
            layers: 0.3,
            state: 0.1,
        });
        let params = stack.init::<f64>(&mut ChaCha8Rng::seed_from_u64(p.seed));
        let run = |x: &[f64], lengths: &Lengths| {
            let tape = Tape::new();
            let w = params.bind(&tape).take();
            let x = tape.leaf([lengths.height(), p.inputs], x);
            let mut rng = ChaCha8Rng::seed_from_u64(p.seed);
            let run = stack.run(&w, x, lengths, None, Mode::Train(&mut rng));
            let g: Vec<f64> = run.output().to_vec().iter().map(|y| y + 0.3).collect();
            tape.backward(&[(run.output(), &g)]);
            (run.output().to_vec(), run.last().to_vec(), x.grad().unwrap())
        };
        let lengths = p.lengths();
        let padded = run(&p.x(), &lengths);
        let packed = run(&lengths.pack(&p.x(), p.inputs), &lengths.packed());
        prop_assert_eq!(lengths.pack(&padded.0, 2 * p.hidden), packed.0);
        prop_assert_eq!(padded.1, packed.1);
        // An input's adjoint is the sum of what reaches it in both directions, in another order:
        // padded inputs are gathered for each direction, packed ones are read in place.
        assert_close("gx", &lengths.pack(&padded.2, p.inputs), &packed.2);
    }

    #[test]
    fn samples_come_back_in_their_order(p in sizes()) {
        let stack = p.both();
        let params = stack.init::<f64>(&mut ChaCha8Rng::seed_from_u64(p.seed));
        let run = |p: &Sizes, x: &[f64]| {
            let tape = Tape::new();
            let w = params.bind(&tape).take();
            let x = tape.constant([p.steps * p.batch(), p.inputs], x);
            let run = stack.run(&w, x, &p.lengths(), None, Mode::Evaluate);
            (run.output().to_vec(), run.last().to_vec())
        };
        let mut reversed = p.clone();
        reversed.lengths.reverse();
        let (output, last) = run(&p, &p.x());
        let other = run(&reversed, &in_reverse(&p.x(), p.steps, p.batch()));
        assert_close("output", &in_reverse(&other.0, p.steps, p.batch()), &output);
        assert_close("last", &in_reverse(&other.1, 1, p.batch()), &last);
    }

    #[test]
    fn a_stack_is_also_a_cell(p in sizes(), residual: bool) {
        let mut stack = p.forwards().with_zoneout(Zoneout { hidden: 0.2, memory: 0.1 });
        if residual {
            stack = stack.with_residual();
        }
        is_also_a_cell(&p, &stack);
    }

    #[test]
    fn a_stack_of_other_cells_is_also_a_cell(p in sizes()) {
        let [i, n, h] = [p.inputs, p.layers, p.hidden];
        is_also_a_cell(&p, &Stack::new(i, n, |i| Elman::new(i, h, Activation::Relu)));
        is_also_a_cell(&p, &Stack::new(i, n, |i| Gru::new(i, h)));
        is_also_a_cell(&p, &Stack::new(i, n, |i| PeepholeLstm::new(i, h)));
        is_also_a_cell(&p, &Stack::new(i, n, |i| MinLstm::new(i, h)));
        is_also_a_cell(&p, &Stack::new(i, n, |i| Lru::new(i, h)));
        is_also_a_cell(&p, &Stack::new(i, n, |i| ExpRnn::new(i, h)));
    }

    #[test]
    fn states_carry_on(p in sizes(), first in 1_usize..20) {
        let first = first.min(p.steps);
        let stack = p.forwards();
        let params = stack.init::<f64>(&mut ChaCha8Rng::seed_from_u64(p.seed));
        let tape = Tape::new();
        let w = params.bind(&tape).take();
        let batch = p.batch();
        let x = tape.constant([p.steps * batch, p.inputs], &p.x());
        let all = stack.run(&w, x, &Lengths::equal(p.steps, batch), None, Mode::Evaluate);
        let (head, tail) = (x.rows(0..first * batch), x.rows(first * batch..p.steps * batch));
        let lengths = Lengths::equal(first, batch);
        let mut run = stack.run(&w, head, &lengths, None, Mode::Evaluate);
        if first < p.steps {
            let lengths = Lengths::equal(p.steps - first, batch);
            run = stack.run(&w, tail, &lengths, Some(&run.finals()), Mode::Evaluate);
        }
        for (a, b) in run.cell_state().iter().zip(all.cell_state()) {
            assert_close("state", &a.to_vec(), &b.to_vec());
        }
    }
}

/// Layer by layer, a stack does what it does step by step.
fn is_also_a_cell<C: Cell<f64>>(p: &Sizes, stack: &Stack<C>) {
    let params = stack.init(&mut ChaCha8Rng::seed_from_u64(p.seed));
    let tape = Tape::new();
    let w = params.bind(&tape).take();
    let x = tape.constant([p.steps * p.batch(), p.inputs], &p.x());
    let lengths = p.lengths();
    let before = stack.run(&w, x, &lengths, None, Mode::Evaluate);
    let layered = stack.run(&w, x, &lengths, Some(&before.finals()), Mode::Evaluate);
    let stepped = unroll(stack, &w, x, &lengths, Some(&before.cell_state()));
    let (output, expected) = (stepped.output().to_vec(), layered.output().to_vec());
    assert_close("output", &output, &expected);
    for (a, b) in stepped.last.iter().zip(&layered.cell_state()) {
        assert_close("state", &a.to_vec(), &b.to_vec());
    }
}

/// The samples of a padded batch in reverse order.
fn in_reverse(rows: &[f64], steps: usize, batch: usize) -> Vec<f64> {
    let width = rows.len() / (steps * batch);
    let steps = rows.chunks(batch * width);
    steps
        .flat_map(|step| step.chunks(width).rev().flatten())
        .copied()
        .collect()
}

/// Outputs and final states of a stack from its parameters, inputs and learned initial states.
struct Whole {
    stack: Stack<Lstm>,
    lengths: Lengths,
    parameters: usize,
    train: bool,
}

impl check::Function for Whole {
    fn call<'t, T: Real>(&self, _: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
        let (w, rest) = x.split_at(self.parameters);
        let (x, rows) = rest.split_first().unwrap();
        let initial = self.stack.repeat_state(rows, self.lengths.batch());
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mode = if self.train {
            Mode::Train(&mut rng)
        } else {
            Mode::Evaluate
        };
        let run = self.stack.run(
            &FromVars::from_vars(w).unwrap(),
            *x,
            &self.lengths,
            Some(&initial),
            mode,
        );
        let mut results: Vec<_> = run.finals().into_iter().flatten().collect();
        results.push(run.output());
        let flat: Vec<_> = results.iter().map(|y| y.reshape([y.len()])).collect();
        concat(&flat, 0)
    }
}

#[test]
fn gradients_of_first_and_second_order() {
    let noisy = |stack: Stack<Lstm>| {
        let rates = Variational {
            inputs: 0.2,
            layers: 0.2,
            state: 0.3,
        };
        let zoneout = Zoneout {
            hidden: 0.2,
            memory: 0.3,
        };
        stack
            .with_dropout(0.3)
            .with_variational_dropout(rates)
            .with_zoneout(zoneout)
    };
    let lengths = Lengths::ragged(3, 3, &[2, 3, 1]);
    for (directions, train) in [(1, false), (1, true), (2, false), (2, true)] {
        let stack = match directions {
            1 => Stack::new(2, 2, |i| Lstm::new(i, 3)),
            _ => Stack::bidirectional(2, 3, |i| Lstm::new(i, 3).with_projection(1)),
        };
        let stack = noisy(stack.with_residual());
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let params = stack.init::<f64>(&mut rng);
        let mut inputs: Vec<_> = params
            .iter()
            .map(|p| Tensor::new(p.shape, p.values))
            .collect();
        let parameters = inputs.len();
        inputs.push(Tensor::new([9, 2], random(18, &mut rng)));
        for p in stack.init_state::<f64>().iter() {
            inputs.push(Tensor::new(p.shape, random(p.values.len(), &mut rng)));
        }
        let f = Whole {
            stack,
            lengths: lengths.clone(),
            parameters,
            train,
        };
        check::Check::new()
            .cases(5)
            .function(&f, &inputs)
            .assert_agrees();
    }
}

#[test]
fn a_layer_has_the_adjoints_of_its_states() {
    let stack = Stack::new(2, 1, |inputs| Lstm::new(inputs, 3));
    let params = stack.init::<f64>(&mut ChaCha8Rng::seed_from_u64(5));
    let (tape, other) = (Tape::new(), Tape::new());
    let lengths = Lengths::ragged(4, 3, &[2, 4, 1]);
    let x: Vec<f64> = random(24, &mut ChaCha8Rng::seed_from_u64(6));

    let layers = stack.run(
        &params.bind(&tape).take(),
        tape.constant([12, 2], &x),
        &lengths,
        None,
        Mode::Evaluate,
    );
    let hidden: Vec<_> = layers.runs[0]
        .hidden()
        .into_iter()
        .map(Var::retain)
        .collect();
    layers.last().sum().backward();

    let (w, x) = (params.bind(&other).take(), other.constant([12, 2], &x));
    let retain = instruments::retain;
    let run = unroll_with(&stack.cells()[0], &w, x, &lengths, None, retain);
    run.last[0].sum().backward();
    let norms = instruments::adjoint_norms(&run.hidden());
    assert_eq!(instruments::adjoint_norms(&hidden), norms);
}

#[test]
fn parameters_have_the_names_of_pytorch() {
    let stack = Stack::bidirectional(3, 2, |inputs| Lstm::new(inputs, 4).with_projection(2));
    let params = stack.init::<f64>(&mut ChaCha8Rng::seed_from_u64(0));
    let found: Vec<_> = params
        .iter()
        .map(|p| format!("{} {}", p.name, p.shape))
        .collect();
    let expected =
        [("l0", 3), ("l0_reverse", 3), ("l1", 4), ("l1_reverse", 4)].map(|(row, inputs)| {
            [
                format!("weight_ih_{row} [16,{inputs}]"),
                format!("weight_hh_{row} [16,2]"),
                format!("bias_ih_{row} [16]"),
                format!("bias_hh_{row} [16]"),
                format!("weight_hr_{row} [2,4]"),
            ]
        });
    assert_eq!(found, expected.concat());
    let state = stack.init_state::<f64>();
    let names: Vec<_> = state.iter().map(|p| p.name).collect();
    assert_eq!(
        names[..3],
        ["state_0_l0", "state_1_l0", "state_0_l0_reverse"]
    );
    assert_eq!(names[7], "state_1_l1_reverse");
}
