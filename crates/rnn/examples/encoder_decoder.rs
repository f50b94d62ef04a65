//! Many to many, through a state: an encoder reads a sequence, a decoder with attention writes
//! another. Strings of digits of any length are turned around.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::attention::{Attending, General};
use wengert_rnn::{
    Adam, Beam, Cell, Decoder, DecoderWeights, Embedding, Gru, Leaves, Optimizer, Params, Targets,
    Until, clip_norm, pack, unroll,
};
use wengert_tape::{Tape, Var};

/// Digits are tokens 0 to 5.
const START: usize = 6;
const STOP: usize = 7;

type Attentive = Attending<Gru, General>;

struct Model {
    embedding: Embedding,
    encoder: Gru,
    decoder: Decoder<Attentive>,
}

impl Model {
    fn new() -> Self {
        let cell = Attending::new(Gru::new(8 + 32, 32), General::new(32, 32));
        Self {
            embedding: Embedding::new(6, 8),
            encoder: Gru::new(8, 32),
            decoder: Decoder::new(8, cell),
        }
    }

    fn init(&self, rng: &mut ChaCha8Rng) -> Params<f64> {
        Params::new()
            .with_part("embedding.", self.embedding.init(rng))
            .with_part("encoder.", self.encoder.init(rng))
            .with_part("decoder.", self.decoder.init(rng))
    }

    /// The decoder's weights, and its state before the first step: the encoder has read `sources`.
    fn read<'t>(
        &self,
        leaves: &mut Leaves<'t, f64>,
        sources: &[Vec<usize>],
    ) -> (DecoderWeights<'t, f64, Attentive>, Vec<Var<'t, f64>>) {
        let (table, u, w) = (leaves.take(), leaves.take(), leaves.take());
        let (tokens, lengths) = pack(sources, 1);
        let x = self.embedding.apply(&table, &tokens);
        let read = unroll(&self.encoder, &u, x, &lengths, None);
        let start = self.decoder.start(&w, &read.last, read.output(), &lengths);
        (w, start)
    }
}

fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let model = Model::new();
    let mut params = model.init(&mut rng);
    let mut adam = Adam::new(0.005, params.len());
    let mut tape = Tape::new();
    for step in 0..=500 {
        let (sources, reversed) = strings(32, &mut rng);
        let mut leaves = params.bind(&tape);
        let (w, start) = model.read(&mut leaves, &sources);
        let targets = Targets::delimited(START, &reversed, STOP);
        let logits = model.decoder.teach(&w, Some(&start), &targets).logits;
        let loss = logits.cross_entropy(targets.outputs());
        if step % 100 == 0 {
            println!("step {step:3}: loss {:.4} a digit", loss.item());
        }
        loss.backward();
        let mut gradient = leaves.gradient();
        clip_norm(&mut gradient, 1.0);
        adam.step(params.values_mut(), &gradient);
        tape.reset();
    }

    show(&model, &params, &[3, 1, 4, 1, 5, 2]);
    let (sources, reversed) = strings(50, &mut rng);
    let mut right = 0;
    for (source, reversed) in sources.into_iter().zip(&reversed) {
        let (w, start) = model.read(&mut params.bind(&tape), &[source]);
        let beam = Beam::new(3, Until::length(10).or_token(STOP));
        let best = model.decoder.beam_search(&w, Some(&start), &[START], &beam);
        right += usize::from(best[0].tokens == *reversed);
        tape.reset();
    }
    println!("{right} of 50 new strings are turned around without a mistake");
    assert!(right >= 45);
}

/// Prints what a search finds for a string, and where the decoder looks meanwhile.
fn show(model: &Model, params: &Params<f64>, source: &[usize]) {
    let tape = Tape::new();
    let (w, start) = model.read(&mut params.bind(&tape), &[source.to_vec()]);
    let beam = Beam::new(3, Until::length(10).or_token(STOP));
    let best = model.decoder.beam_search(&w, Some(&start), &[START], &beam);
    println!("{} turned around:", digits(source));
    for found in &best {
        let share = found.log_probability.exp();
        println!("  {} with probability {share:.3}", digits(&found.tokens));
    }

    // Taught what it found, the decoder looks where it looked when it found it.
    let targets = Targets::delimited(START, &[&best[0].tokens], STOP);
    let decoded = model.decoder.teach(&w, Some(&start), &targets);
    let map = &model
        .decoder
        .cell()
        .maps(&decoded.states, targets.lengths())[0];
    println!("where it looks, in tenths:\n    {}", digits(source));
    for (row, &token) in map.values.chunks(source.len()).zip(targets.outputs()) {
        let tenths = row.iter().map(|weight| match (weight * 10.0).round() {
            0.0 => " ".to_owned(),
            10.0 => "X".to_owned(),
            tenths => tenths.to_string(),
        });
        println!("  {} {}", digits(&[token]), tenths.collect::<String>());
    }
}

/// Strings of 1 to 7 digits below 6, and the same backwards.
fn strings(count: usize, rng: &mut ChaCha8Rng) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
    let mut string = || {
        let length = rng.random_range(1..=7);
        let string: Vec<usize> = (0..length).map(|_| rng.random_range(0..6)).collect();
        let reversed = string.iter().rev().copied().collect();
        (string, reversed)
    };
    (0..count).map(|_| string()).unzip()
}

/// Digits as text, the stop token as a dot.
fn digits(tokens: &[usize]) -> String {
    let digit = |token: &usize| char::from_digit(*token as u32, STOP as u32).unwrap_or('.');
    tokens.iter().map(digit).collect()
}

#[test]
fn learns() {
    main();
}
