//! Decoders: taught, with their own tokens mixed in, and at the end of an encoder-decoder.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::attention::{Additive, Attending};
use wengert_rnn::{
    Activation, Cell, Decay, Decoder, DecoderWeights, Elman, Embedding, FromVars, Gru,
    InitialState, Lengths, Lstm, Params, Sampler, ScheduledSampling, Targets, Until, pack, repeat,
    unroll,
};
use wengert_tape::{Real, Tape, Tensor, Var, check, concat};

use crate::setup::{assert_close, assert_refused, random};

/// Sequences to translate: tokens below 4 into tokens below 3, 3 to start and 4 to stop.
#[derive(Clone, Debug)]
struct Translation {
    sources: Vec<Vec<usize>>,
    targets: Vec<Vec<usize>>,
    hidden: usize,
    seed: u64,
}

const START: usize = 3;
const STOP: usize = 4;

fn translations() -> impl Strategy<Value = Translation> {
    let source = prop::collection::vec(0..4_usize, 1..5);
    let target = prop::collection::vec(0..3_usize, 0..4);
    let pairs = prop::collection::vec((source, target), 1..4);
    (pairs, 1..4_usize, any::<u64>()).prop_map(|(pairs, hidden, seed)| {
        let (sources, targets) = pairs.into_iter().unzip();
        Translation {
            sources,
            targets,
            hidden,
            seed,
        }
    })
}

type Attentive = Attending<Lstm, Additive>;
type Weights<'t, T> = DecoderWeights<'t, T, Attentive>;

impl Translation {
    fn encoder() -> (Embedding, Elman) {
        (Embedding::new(4, 2), Elman::new(2, 2, Activation::Tanh))
    }

    fn decoder(&self) -> Decoder<Attentive> {
        let cell = Lstm::new(3 + 2, self.hidden);
        Decoder::new(5, Attending::new(cell, Additive::new(self.hidden, 2, 2)))
    }

    /// Of the encoder's embedding and cell, of what is between, and of the decoder.
    fn tensors(&self) -> Vec<Tensor> {
        let rng = &mut ChaCha8Rng::seed_from_u64(self.seed);
        let (embedding, encoder) = Self::encoder();
        let decoder = self.decoder();
        let between = InitialState::new(2).init::<f64, _>(decoder.cell().cell(), rng);
        let parts = [
            embedding.init(rng),
            encoder.init(rng),
            between,
            decoder.init(rng),
        ];
        let tensors = parts.iter().flat_map(Params::iter);
        tensors.map(|p| Tensor::new(p.shape, p.values)).collect()
    }

    /// The weights of the decoder, and its state after the encoder has read the sources.
    fn encode<'t, T: Real>(&self, x: &[Var<'t, T>]) -> (Weights<'t, T>, Vec<Var<'t, T>>) {
        let [table, w @ ..] = x else { unreachable!() };
        let (encoder_w, w) = w.split_at(4);
        let (between_w, decoder_w) = w.split_at(2);
        let ((embedding, encoder), decoder) = (Self::encoder(), self.decoder());
        let w: Weights<T> = FromVars::from_vars(decoder_w).unwrap();
        let (tokens, lengths) = pack(&self.sources, 1);
        let x = embedding.apply(table, &tokens);
        let encoder_w = FromVars::from_vars(encoder_w).unwrap();
        let run = unroll(&encoder, &encoder_w, x, &lengths, None);
        let between_w = FromVars::from_vars(between_w).unwrap();
        let initial = InitialState::new(2).apply(decoder.cell().cell(), &between_w, run.last);
        let start = decoder.start(&w, &initial, run.output(), &lengths);
        (w, start)
    }

    fn targets(&self) -> Targets {
        Targets::delimited(START, &self.targets, STOP)
    }
}

impl check::Function for Translation {
    fn call<'t, T: Real>(&self, _: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
        let (w, start) = self.encode(x);
        let targets = self.targets();
        let decoded = self.decoder().teach(&w, Some(&start), &targets);
        decoded.logits.cross_entropy(targets.outputs())
    }
}

fn bind<'t>(tape: &'t Tape<f64>, tensors: &[Tensor]) -> Vec<Var<'t, f64>> {
    let leaf = |x: &Tensor| tape.leaf(x.shape, &x.values);
    tensors.iter().map(leaf).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn the_sweep_of_an_encoder_decoder_agrees_with_forward_mode_and_differences(
        p in translations()
    ) {
        check::Check::new().cases(2).function(&p, &p.tensors()).assert_agrees();
    }

    #[test]
    fn a_batch_is_its_sequences_one_by_one(p in translations()) {
        let run = |p: &Translation| {
            let tape = Tape::<f64>::new();
            let leaves = bind(&tape, &p.tensors());
            let (w, start) = p.encode(&leaves);
            let targets = p.targets();
            let decoded = p.decoder().teach(&w, Some(&start), &targets);
            let loss = decoded.logits.cross_entropy_each(targets.outputs()).sum();
            loss.backward();
            let gradient = leaves.iter().map(|x| x.grad().unwrap_or_else(|| vec![0.0; x.len()]));
            (loss.item(), gradient.collect::<Vec<_>>().concat())
        };
        let (loss, gradient) = run(&p);
        let mut sums = (0.0, vec![0.0; gradient.len()]);
        for b in 0..p.sources.len() {
            let one = Translation {
                sources: vec![p.sources[b].clone()],
                targets: vec![p.targets[b].clone()],
                ..p
            };
            let (loss, gradient) = run(&one);
            sums.0 += loss;
            sums.1.iter_mut().zip(&gradient).for_each(|(sum, g)| *sum += g);
        }
        assert_close("loss", &[loss], &[sums.0]);
        assert_close("gradient", &gradient, &sums.1);
    }

    #[test]
    fn teaching_is_stepping(p in translations()) {
        let tape = Tape::<f64>::new();
        let (w, start) = p.encode(&bind(&tape, &p.tensors()));
        let decoder = p.decoder();
        let targets = p.targets();
        let taught = decoder.teach(&w, Some(&start), &targets);
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let sampling = ScheduledSampling {
            probability: 0.0,
            sampler: Sampler::new(),
            rng: &mut rng,
        };
        let sampled = decoder.teach_sampled(&w, Some(&start), &targets, sampling);
        assert_close("logits", &sampled.logits.to_vec(), &taught.logits.to_vec());
        prop_assert_eq!(sampled.states.len(), taught.states.len());
    }

    #[test]
    fn fed_with_its_own_tokens_a_decoder_generates(p in translations()) {
        let tape = Tape::<f64>::new();
        let (w, start) = p.encode(&bind(&tape, &p.tensors()));
        let (decoder, greedy) = (p.decoder(), Sampler::greedy());
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let lengths = p.targets().lengths().clone();
        let sampling = ScheduledSampling { probability: 1.0, sampler: greedy, rng: &mut rng };
        let decoded = decoder.teach_sampled(&w, Some(&start), &p.targets(), sampling);
        let mut own = vec![Vec::new(); p.sources.len()];
        let logits = decoded.logits.to_vec();
        let mut rows = logits.chunks(5);
        for &running in lengths.running() {
            for &b in &lengths.order()[..running] {
                own[b].push(greedy.choose(rows.next().unwrap(), &mut rng));
            }
        }

        let prompts = vec![[START]; p.sources.len()];
        let recorded = tape.len();
        let until = Until::length(lengths.running().len());
        let generated = decoder.generate(&w, Some(&start), &prompts, &greedy, until, &mut rng);
        prop_assert_eq!(tape.len(), recorded);
        for (own, generated) in own.iter().zip(&generated) {
            prop_assert_eq!(&own[..], &generated[..own.len()]);
        }
    }
}

#[test]
fn own_tokens_come_as_often_as_asked_for() {
    // A readout that always says 2; the truth is 0. What was fed shows in the embedding's gradient.
    let decoder = Decoder::new(3, Elman::new(1, 1, Activation::Tanh));
    let mut params = decoder.init::<f64>(&mut ChaCha8Rng::seed_from_u64(1));
    params.get_mut("readout.weight").fill(0.0);
    params
        .get_mut("readout.bias")
        .copy_from_slice(&[0.0, 0.0, 9.0]);
    params
        .get_mut("embedding.weight")
        .copy_from_slice(&[0.5, 0.0, -0.5]);
    params.get_mut("cell.weight_ih_l0").fill(1.0);
    for name in ["weight_hh_l0", "bias_ih_l0", "bias_hh_l0"] {
        params.get_mut(&format!("cell.{name}")).fill(0.0);
    }
    let targets = Targets::next(&[vec![0; 101], vec![0; 41], vec![0; 61]]);
    for (probability, seed) in [(0.0, 1), (0.3, 2), (0.8, 3), (1.0, 4)] {
        let tape = Tape::<f64>::new();
        let w = params.bind(&tape).take();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let sampling = ScheduledSampling {
            probability,
            sampler: Sampler::greedy(),
            rng: &mut rng,
        };
        let decoded = decoder.teach_sampled(&w, None, &targets, sampling);
        let fed: Vec<f64> = decoded.states.iter().flat_map(|h| h.to_vec()).collect();
        assert_eq!(fed.len(), 200);
        assert!(fed[..3].iter().all(|&h| h > 0.0), "the first is the truth");
        let own = fed[3..].iter().filter(|&&h| h < 0.0).count() as f64;
        let deviation = (197.0 * probability * (1.0 - probability)).sqrt();
        assert!(
            (own - 197.0 * probability).abs() <= 4.0 * deviation,
            "{own} of 197 at {probability}"
        );
    }
}

#[test]
fn decays_are_those_of_the_paper() {
    let inverse = Decay::InverseSigmoid { k: 10.0 };
    let half = inverse.own((10.0 * 10.0_f64.ln()).round() as usize);
    assert!((half - 0.5).abs() < 1e-3);
    assert_eq!(Decay::InverseSigmoid { k: 1.0 }.own(0), 0.5);
    assert_eq!(Decay::Exponential { k: 0.5 }.own(0), 0.0);
    assert_eq!(Decay::Exponential { k: 0.5 }.own(3), 0.875);
    assert_eq!(inverse.own(1_000_000), 1.0);
    for decay in [
        inverse,
        Decay::Exponential { k: 0.99 },
        Decay::Linear {
            least: 0.25,
            k: 0.9,
            c: 1e-3,
        },
    ] {
        let own: Vec<f64> = (0..1000).map(|i| decay.own(i)).collect();
        assert!(own.is_sorted() && own.iter().all(|p| (0.0..=1.0).contains(p)));
    }
}

#[test]
fn a_learned_initial_state_is_repeated() {
    let cell = Gru::new(2, 3);
    let params = cell.init(&mut ChaCha8Rng::seed_from_u64(0));
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (x, h0) = (random(16, &mut rng), random(3, &mut rng));
    let tape = Tape::<f64>::new();
    let w = params.bind(&tape).take();
    let x = tape.constant([8, 2], &x);
    let (one, each) = (
        tape.leaf([1, 3], &h0),
        tape.leaf([4, 3], &[&h0[..]; 4].concat()),
    );
    let lengths = Lengths::ragged(2, 4, &[1, 2, 2, 1]);
    let repeated = repeat(&one, 4);
    let runs = [repeated, each].map(|h0| unroll(&cell, &w, x, &lengths, Some(&h0)).last);
    concat(&runs, 0).square().sum().backward();
    assert_eq!(runs[0].to_vec(), runs[1].to_vec());
    let each = each.grad().unwrap();
    let sum: Vec<f64> = (0..3)
        .map(|i| each.iter().skip(i).step_by(3).sum())
        .collect();
    assert_close("h0", &one.grad().unwrap(), &sum);
}

#[test]
fn an_initial_state_is_an_affine_map_of_features() {
    let cell = Lstm::new(1, 3).with_projection(2);
    let initial = InitialState::new(4);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let params = initial.init::<f64, _>(&cell, &mut rng);
    let tape = Tape::new();
    let w = params.bind(&tape).take();
    let features = tape.constant([2, 4], &random(8, &mut rng));
    let [h, c] = initial.apply(&cell, &w, features);
    assert_eq!(h.shape().dims(), [2, 2]);
    assert_eq!(c.shape().dims(), [2, 3]);
    let both = concat(&[h, c], 1).to_vec();
    let affine: Vec<f64> = features
        .to_vec()
        .chunks(4)
        .flat_map(|x| {
            let (w, b) = (params.get("weight"), params.get("bias"));
            let row = |(w, b): (&[f64], &f64)| w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + b;
            w.chunks(4).zip(b).map(row).collect::<Vec<_>>()
        })
        .collect();
    assert_close("initial state", &both, &affine);
}

#[test]
fn what_is_refused() {
    let decoder = Decoder::new(3, Elman::new(2, 4, Activation::Tanh));
    let params = decoder.init::<f64>(&mut ChaCha8Rng::seed_from_u64(0));
    let teach = |sequence: &[usize], rows: usize, probability: f64| {
        let tape = Tape::new();
        let w = params.bind(&tape).take();
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let sampling = ScheduledSampling {
            probability,
            sampler: Sampler::new(),
            rng: &mut rng,
        };
        let targets = Targets::next(&[sequence]);
        decoder.teach_sampled(&w, Some(&tape.zeros([rows, 4])), &targets, sampling);
    };
    let none: [Vec<usize>; 0] = [];
    let decay = |decay: Decay| {
        decay.own(1);
    };
    teach(&[0, 2], 1, 0.5);
    assert_refused! {
        pack(&none, 1) => "pack: 0 sequences of 1 elements a step: neither may be 0";
        pack(&[vec![1, 2, 3, 4], vec![5, 6, 7]], 2)
            => "pack: sequence 1 has 3 elements, but at least one step of 2 is needed, and no \
                part of one";
        teach(&[0, 1, 3, 1], 1, 0.0)
            => "embedding: token 3 at place 0, but there are 3, counted from 0";
        teach(&[0, 1], 2, 0.0)
            => "decode: initial state [2,4], but the cell's for this batch is [1,4]";
        teach(&[0, 1], 1, 1.5) => "scheduled sampling: probability 1.5, but it must be in [0, 1]";
        teach(&[0, 1], 1, f64::NAN)
            => "scheduled sampling: probability NaN, but it must be in [0, 1]";
        Targets::next(&none) => "targets: of no sequences";
        Targets::next(&[vec![0, 1], vec![2]])
            => "targets: sequence 1 has 1 tokens, but a token and the next are needed";
        Targets::delimited(1, &none, 2) => "targets: of no sequences";
        Decoder::new(0, Gru::new(1, 1)) => "decoder: of 0 tokens";
        Embedding::new(0, 2) => "embedding: 0 tokens of 2 features: neither may be 0";
        Embedding::new(2, 0) => "embedding: 2 tokens of 0 features: neither may be 0";
        InitialState::new(0) => "initial state: from 0 features";
        repeat(&Tape::<f64>::new().zeros([2, 3]), 4)
            => "repeat: a state [2,3], but one of one sample is repeated, [1, ..]";
        decay(Decay::Exponential { k: 1.5 })
            => "scheduled sampling: Exponential { k: 1.5 }: k must be in [0, 1]";
        decay(Decay::InverseSigmoid { k: 0.5 })
            => "scheduled sampling: InverseSigmoid { k: 0.5 }: k must be finite and at least 1";
        decay(Decay::Linear { least: 0.0, k: 1.0, c: -1.0 })
            => "scheduled sampling: Linear { least: 0.0, k: 1.0, c: -1.0 }: least and k must be \
                in [0, 1], c finite and not negative";
        decay(Decay::Linear { least: -1.0, k: 1.0, c: 0.0 })
            => "scheduled sampling: Linear { least: -1.0, k: 1.0, c: 0.0 }: least and k must be \
                in [0, 1], c finite and not negative";
    }
}
