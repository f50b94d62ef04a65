//! Many to many, through a state: an encoder reads a sequence, a decoder with attention writes
//! another. Strings of digits of any length are turned around.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::attention::{Attending, General};
use wengert_rnn::{
    Adam, Beam, Cell, Decoder, Embedding, Gru, Optimizer, Params, Targets, Until, clip_norm, pack,
    unroll,
};
use wengert_tape::Tape;

const START: usize = 6;
const STOP: usize = 7;

fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let (embedding, encoder) = (Embedding::new(6, 8), Gru::new(8, 32));
    let decoder = Decoder::new(
        8,
        Attending::new(Gru::new(8 + 32, 32), General::new(32, 32)),
    );
    let mut params = Params::new()
        .with_part("embedding.", embedding.init(&mut rng))
        .with_part("encoder.", encoder.init(&mut rng))
        .with_part("decoder.", decoder.init(&mut rng));

    let mut adam = Adam::new(0.005, params.len());
    let mut tape = Tape::<f64>::new();
    for step in 0..=500 {
        let (sources, reversed) = strings(32, &mut rng);
        let mut leaves = params.bind(&tape);
        let (table, u, w) = (leaves.take(), leaves.take(), leaves.take());
        let (tokens, lengths) = pack(&sources, 1);
        let read = unroll(
            &encoder,
            &u,
            embedding.apply(&table, &tokens),
            &lengths,
            None,
        );
        let start = decoder.start(&w, &read.last, read.output(), &lengths);
        let targets = Targets::delimited(START, &reversed, STOP);
        let logits = decoder.teach(&w, Some(&start), &targets).logits;
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

    let beam = Beam::new(3, Until::length(10).or_token(STOP));
    let (mut sources, mut reversed) = strings(50, &mut rng);
    sources.push(vec![3, 1, 4, 1, 5, 2]);
    reversed.push(vec![2, 5, 1, 4, 1, 3]);
    let mut right = 0;
    for (i, (source, reversed)) in sources.iter().zip(&reversed).enumerate() {
        let mut leaves = params.bind(&tape);
        let (table, u, w) = (leaves.take(), leaves.take(), leaves.take());
        let (tokens, lengths) = pack(&[source], 1);
        let read = unroll(
            &encoder,
            &u,
            embedding.apply(&table, &tokens),
            &lengths,
            None,
        );
        let start = decoder.start(&w, &read.last, read.output(), &lengths);
        let best = decoder.beam_search(&w, Some(&start), &[START], &beam);
        right += usize::from(best[0].tokens == *reversed);
        if i == 50 {
            println!("{} turned around:", digits(source));
            for found in &best {
                println!(
                    "  {} with probability {:.3}",
                    digits(&found.tokens),
                    found.score.exp()
                );
            }
            // Taught what it found, the decoder attends as when it found it.
            let targets = Targets::delimited(START, &[&best[0].tokens], STOP);
            let decoded = decoder.teach(&w, Some(&start), &targets);
            let map = &decoder.cell().maps(&decoded.states, targets.lengths())[0];
            println!("where it looks, in tenths:\n    {}", digits(source));
            for (row, &token) in map.values.chunks(source.len()).zip(targets.outputs()) {
                let tenths = row.iter().map(|weight| match (weight * 10.0).round() {
                    0.0 => " ".to_owned(),
                    10.0 => "X".to_owned(),
                    tenths => tenths.to_string(),
                });
                let wrote = if token == STOP {
                    "."
                } else {
                    &token.to_string()
                };
                println!("  {wrote} {}", tenths.collect::<String>());
            }
        }
        tape.reset();
    }
    println!("{right} of 51 new strings are turned around without a mistake");
    assert!(right >= 46);
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

fn digits(tokens: &[usize]) -> String {
    tokens.iter().map(usize::to_string).collect()
}

#[test]
fn learns() {
    main();
}
