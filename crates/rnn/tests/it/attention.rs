//! Attention: against plain loops, by the gradient checks, and blind to padding.

use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::attention::{Additive, Attending, AttendingWeights, Dot, General, Score};
use wengert_rnn::{Activation, Cell, Elman, FromVars, Gru, Lengths, Lstm, Params, Stack, unroll};
use wengert_tape::{Real, Tape, Tensor, Var, check, concat};

use crate::setup::{assert_close, assert_refused, random, rows};

#[derive(Clone, Copy, Debug)]
enum Kind {
    Dot,
    ScaledDot,
    General,
    Additive,
}

const KINDS: [Kind; 4] = [Kind::Dot, Kind::ScaledDot, Kind::General, Kind::Additive];

/// A simple recurrent network over `inputs` features, of `hidden` units, attending to ragged
/// sources.
#[derive(Clone, Debug)]
struct Problem {
    kind: Kind,
    inputs: usize,
    hidden: usize,
    /// Features of a source vector.
    size: usize,
    units: usize,
    /// Steps of each sample, and of its source.
    own: Vec<usize>,
    sources: Vec<usize>,
    seed: u64,
}

fn problems() -> impl Strategy<Value = Problem> {
    let size = |most: usize| prop_oneof![1 => Just(1), 2 => 1..=most];
    let sizes = (size(4), size(3), size(4), size(4), size(3));
    let steps = (size(5), size(6), 0..4_usize, any::<u64>());
    (sizes, steps).prop_map(
        |((batch, inputs, hidden, size, units), (steps, positions, kind, seed))| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut ragged = |most: usize| -> Vec<usize> {
                (0..batch).map(|_| rng.random_range(1..=most)).collect()
            };
            let kind = KINDS[kind];
            Problem {
                kind,
                inputs,
                hidden,
                size: match kind {
                    Kind::Dot | Kind::ScaledDot => hidden,
                    Kind::General | Kind::Additive => size,
                },
                units,
                own: ragged(steps),
                sources: ragged(positions),
                seed,
            }
        },
    )
}

/// What a run of a problem yields: outputs and alignments one after the other, and the gradients of
/// parameters, initial state, inputs and source.
struct Run {
    values: Vec<f64>,
    gradients: Vec<Vec<f64>>,
}

impl Problem {
    fn cell(&self) -> Elman {
        Elman::new(self.inputs + self.size, self.hidden, Activation::Tanh)
    }

    fn lengths(own: &[usize]) -> Lengths {
        let longest = own.iter().max().unwrap();
        Lengths::ragged(longest + 1, own.len(), own)
    }

    fn params(&self) -> Params<f64> {
        let rng = &mut ChaCha8Rng::seed_from_u64(self.seed);
        match self.kind {
            Kind::Dot => Attending::new(self.cell(), Dot::new(self.size)).init(rng),
            Kind::ScaledDot => Attending::new(self.cell(), Dot::scaled(self.size)).init(rng),
            Kind::General => {
                Attending::new(self.cell(), General::new(self.hidden, self.size)).init(rng)
            }
            Kind::Additive => {
                let score = Additive::new(self.hidden, self.size, self.units);
                Attending::new(self.cell(), score).init(rng)
            }
        }
    }

    /// Parameters, initial state, inputs and source.
    fn tensors(&self) -> Vec<Tensor> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ 1);
        let (own, sources) = (Self::lengths(&self.own), Self::lengths(&self.sources));
        let params = self.params();
        let mut all: Vec<_> = params
            .iter()
            .map(|p| Tensor::new(p.shape, p.values))
            .collect();
        for [rows, width] in [
            [self.own.len(), self.hidden],
            [own.height(), self.inputs],
            [sources.height(), self.size],
        ] {
            all.push(Tensor::new([rows, width], random(rows * width, &mut rng)));
        }
        all
    }

    /// Outputs and alignments, flat, from [`Problem::tensors`] on a tape.
    fn record<'t, T: Real>(&self, x: &[Var<'t, T>], packed: bool) -> Var<'t, T> {
        let (own, query, size) = (self.cell(), self.hidden, self.size);
        match self.kind {
            Kind::Dot => self.attend(&Attending::new(own, Dot::new(size)), x, packed),
            Kind::ScaledDot => self.attend(&Attending::new(own, Dot::scaled(size)), x, packed),
            Kind::General => {
                self.attend(&Attending::new(own, General::new(query, size)), x, packed)
            }
            Kind::Additive => {
                let score = Additive::new(query, size, self.units);
                self.attend(&Attending::new(own, score), x, packed)
            }
        }
    }

    fn attend<'t, T: Real, S: Score<T>>(
        &self,
        cell: &Attending<Elman, S>,
        x: &[Var<'t, T>],
        packed: bool,
    ) -> Var<'t, T> {
        let [w @ .., h0, inputs, source] = x else {
            panic!("too few inputs")
        };
        let w = FromVars::from_vars(w).unwrap();
        let mut sources = Self::lengths(&self.sources);
        let mut source = *source;
        if packed {
            source = source.embedding(&sources.rows());
            sources = sources.packed();
        }
        let start = cell.start(&w, h0, source, &sources);
        let lengths = Self::lengths(&self.own);
        let run = unroll(cell, &w, *inputs, &lengths, Some(&start));
        let mut parts = vec![run.output().reshape([run.output().len()])];
        for state in &run.states {
            let alignment = cell.alignment(state);
            parts.push(alignment.reshape([alignment.len()]));
        }
        concat(&parts, 0)
    }

    fn run(&self, tensors: &[Tensor], packed: bool) -> Run {
        let tape = Tape::<f64>::new();
        let leaves: Vec<_> = tensors
            .iter()
            .map(|x| tape.leaf(x.shape, &x.values))
            .collect();
        let y = self.record(&leaves, packed);
        let seed = random(y.len(), &mut ChaCha8Rng::seed_from_u64(self.seed ^ 2));
        tape.backward(&[(y, &seed)]);
        Run {
            values: y.to_vec(),
            gradients: leaves.iter().map(|x| x.grad().unwrap()).collect(),
        }
    }

    /// Outputs and alignments by plain loops, in the layout of [`Problem::record`].
    fn oracle(&self) -> Vec<f64> {
        let tensors = self.tensors();
        let params = self.params();
        let [h0, x, source] = &tensors[tensors.len() - 3..] else {
            unreachable!()
        };
        let (own, sources) = (Self::lengths(&self.own), Self::lengths(&self.sources));
        let (batch, longest) = (self.own.len(), sources.running().len());
        let mut outputs = vec![0.0; own.height() * (self.hidden + self.size)];
        let mut alignments = Vec::new();
        let source_rows = rows(&source.values, self.size);
        let mut h = rows(&h0.values, self.hidden);
        let mut c = vec![vec![0.0; self.size]; batch];
        for (t, &running) in own.running().iter().enumerate() {
            for &b in &own.order()[..running] {
                let row = t * batch + b;
                let input = &x.values[row * self.inputs..(row + 1) * self.inputs];
                let fed = [input, &c[b]].concat();
                h[b] = elman(&params, &fed, &h[b]);
                let vectors: Vec<_> = (0..self.sources[b])
                    .map(|s| source_rows[s * batch + b].clone())
                    .collect();
                let e: Vec<f64> = vectors
                    .iter()
                    .map(|v| self.score(&params, &h[b], v))
                    .collect();
                let highest = e.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let total: f64 = e.iter().map(|e| (e - highest).exp()).sum();
                let a: Vec<f64> = e.iter().map(|e| (e - highest).exp() / total).collect();
                c[b] = (0..self.size)
                    .map(|i| a.iter().zip(&vectors).map(|(a, v)| a * v[i]).sum())
                    .collect();
                let width = self.hidden + self.size;
                let output = [&h[b][..], &c[b]].concat();
                outputs[row * width..(row + 1) * width].copy_from_slice(&output);
                alignments.extend(a.iter().copied());
                alignments.extend(vec![0.0; longest - a.len()]);
            }
        }
        [outputs, alignments].concat()
    }

    fn score(&self, params: &Params<f64>, q: &[f64], v: &[f64]) -> f64 {
        match self.kind {
            Kind::Dot => dot(q, v),
            Kind::ScaledDot => dot(q, v) / (self.size as f64).sqrt(),
            Kind::General => dot(q, &times(params.get("attention_weight"), v)),
            Kind::Additive => {
                let from_query = times(params.get("attention_weight_query"), q);
                let from_source = times(params.get("attention_weight_source"), v);
                let hidden = from_query
                    .iter()
                    .zip(&from_source)
                    .map(|(a, b)| (a + b).tanh());
                dot(
                    params.get("attention_weight_score"),
                    &hidden.collect::<Vec<_>>(),
                )
            }
        }
    }
}

/// tanh(W x + b + U h + b').
fn elman(params: &Params<f64>, x: &[f64], h: &[f64]) -> Vec<f64> {
    let (wx, uh) = (
        times(params.get("weight_ih_l0"), x),
        times(params.get("weight_hh_l0"), h),
    );
    let biases = params
        .get("bias_ih_l0")
        .iter()
        .zip(params.get("bias_hh_l0"));
    let sums = wx.iter().zip(&uh).zip(biases);
    sums.map(|((wx, uh), (b, c))| (wx + uh + b + c).tanh())
        .collect()
}

/// The product of a row-major matrix and a vector.
fn times(matrix: &[f64], x: &[f64]) -> Vec<f64> {
    matrix.chunks(x.len()).map(|row| dot(row, x)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl check::Function for Problem {
    fn call<'t, T: Real>(&self, _: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
        self.record(x, false)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn values_are_those_of_plain_loops(p in problems()) {
        assert_close("attention", &p.run(&p.tensors(), false).values, &p.oracle());
    }

    #[test]
    fn the_sweep_agrees_with_forward_mode_and_differences(p in problems()) {
        check::Check::new().cases(2).function(&p, &p.tensors()).assert_agrees();
    }

    #[test]
    fn padding_is_never_read(p in problems()) {
        let run = |fill: f64| {
            let mut tensors = p.tensors();
            let batch = p.own.len();
            let pad = |x: &mut Tensor, own: &[usize], width: usize| {
                for (row, x) in x.values.chunks_mut(width).enumerate() {
                    if row / batch >= own[row % batch] {
                        x.fill(fill);
                    }
                }
            };
            let last = tensors.len() - 1;
            pad(&mut tensors[last], &p.sources, p.size);
            pad(&mut tensors[last - 1], &p.own, p.inputs);
            p.run(&tensors, false)
        };
        let (nan, zero) = (run(f64::NAN), run(0.0));
        prop_assert_eq!(nan.values, zero.values);
        prop_assert_eq!(&nan.gradients, &zero.gradients);
        let of_source = &nan.gradients[nan.gradients.len() - 1];
        for (row, g) in of_source.chunks(p.size).enumerate() {
            let padding = row / p.own.len() >= p.sources[row % p.own.len()];
            prop_assert!(!padding || g.iter().all(|&g| g == 0.0));
        }
    }

    #[test]
    fn a_packed_source_is_the_same(p in problems()) {
        let (padded, packed) = (p.run(&p.tensors(), false), p.run(&p.tensors(), true));
        prop_assert_eq!(padded.values, packed.values);
        prop_assert_eq!(padded.gradients, packed.gradients);
    }
}

#[test]
fn a_map_has_the_steps_of_its_sample() {
    let cell = Attending::new(Lstm::new(2 + 3, 4), General::new(4, 3));
    let params = cell.init(&mut ChaCha8Rng::seed_from_u64(3));
    let tape = Tape::<f64>::new();
    let w = params.bind(&tape).take();
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let source = tape.constant([10, 3], &random(30, &mut rng));
    let sources = Lengths::ragged(5, 2, &[2, 5]);
    let zeros = cell.cell().zero_state(&tape, 2);
    let start = cell.start(&w, &zeros, source, &sources);
    let x = tape.constant([8, 2], &random(16, &mut rng));
    let lengths = Lengths::ragged(4, 2, &[1, 4]);
    let run = unroll(&cell, &w, x, &lengths, Some(&start));
    let maps = cell.maps(&run.states, &lengths);
    assert_eq!(maps[0].shape.dims(), [1, 5]);
    assert_eq!(maps[1].shape.dims(), [4, 5]);
    assert_eq!(maps[0].values[2..], [0.0; 3]);
    for row in maps.iter().flat_map(|map| map.values.chunks(5)) {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-15);
    }
}

#[test]
fn a_stack_attends_by_its_last_layer() {
    let inner = Stack::new(2 + 3, 2, |inputs| Gru::new(inputs, 4));
    let cell = Attending::new(inner, Additive::new(4, 3, 5));
    let params = cell.init(&mut ChaCha8Rng::seed_from_u64(3));
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let (x, source) = (random(4, &mut rng), random(12, &mut rng));
    let tape = Tape::<f64>::new();
    let w: AttendingWeights<'_, _, _, _> = params.bind(&tape).take();
    let sources = Lengths::ragged(2, 2, &[1, 2]);
    let zeros = cell.cell().zero_state(&tape, 2);
    let source = tape.constant([4, 3], &source);
    let start = cell.start(&w, &zeros, source, &sources);
    let x = tape.constant([2, 2], &x);
    let run = unroll(&cell, &w, x, &Lengths::equal(1, 2), Some(&start));

    // The context before the first step is 0.
    let fed = concat(&[x, tape.zeros([2, 3])], 1);
    let inner = unroll(cell.cell(), &w.cell, fed, &Lengths::equal(1, 2), None);
    let hidden = run.output().slice(1, 0..4);
    assert_eq!(hidden.to_vec(), inner.last[0].to_vec());
    let context = run.output().slice(1, 4..7).rows(0..1);
    assert_eq!(context.to_vec(), source.rows(0..1).to_vec());
}

#[test]
fn a_source_run_backwards_lies_as_it_did() {
    let p = Problem {
        kind: Kind::General,
        inputs: 1,
        hidden: 2,
        size: 3,
        units: 1,
        own: vec![2, 2],
        sources: vec![2, 4],
        seed: 1,
    };
    let cell = Attending::new(p.cell(), General::new(2, 3));
    let tape = Tape::<f64>::new();
    let vars: Vec<_> = p
        .tensors()
        .iter()
        .map(|x| tape.constant(x.shape, &x.values))
        .collect();
    let [w @ .., h0, _, source] = &vars[..] else {
        unreachable!()
    };
    let w = FromVars::from_vars(w).unwrap();
    let forwards = Problem::lengths(&p.sources);
    let values = |lengths: &Lengths| {
        let state = cell.start(&w, h0, *source, lengths);
        state.iter().map(|s| s.to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(values(&forwards), values(&forwards.backwards()));
}

#[test]
fn what_is_refused() {
    let start = |cell: Elman, h0: [usize; 2], source: [usize; 2]| {
        let cell = Attending::new(cell, General::new(4, 3));
        let params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
        let tape = Tape::<f64>::new();
        let w = params.bind(&tape).take();
        let (h0, source) = (tape.zeros(h0), tape.zeros(source));
        cell.start(&w, &h0, source, &Lengths::equal(2, 3));
    };
    let cell = |inputs, hidden| Elman::new(inputs, hidden, Activation::Tanh);
    start(cell(5, 4), [3, 4], [6, 3]);
    assert_refused! {
        start(cell(5, 6), [3, 6], [6, 3])
            => "attending: the score takes queries of 4 features, but the cell's hidden state \
                has 6";
        start(cell(3, 4), [3, 4], [6, 3])
            => "attending: the cell takes 3 inputs, but the fed context alone has 3 features";
        start(cell(5, 4), [3, 4], [6, 2])
            => "attending: source [6,2], but the score and the lengths need [6,3]";
        start(cell(5, 4), [2, 4], [6, 3])
            => "attending: initial state [2,4], but the score and the lengths need [3,4]";
        Dot::scaled(0) => "dot: sizes [0]: none may be 0";
        General::new(3, 0) => "general: sizes [3, 0]: none may be 0";
        Additive::new(3, 4, 0) => "additive: sizes [3, 4, 0]: none may be 0";
    }
}
