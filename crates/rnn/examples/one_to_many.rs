//! One to many: from a feature vector to a sequence. A colour, as its three shares of red, green and
//! blue, is spelt letter by letter.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::{
    Adam, Decoder, Gru, InitialState, Optimizer, Params, Sampler, Targets, Until, clip_norm,
};
use wengert_tape::Tape;

const COLOURS: [(&str, [f64; 3]); 8] = [
    ("black", [0.0, 0.0, 0.0]),
    ("blue", [0.0, 0.0, 1.0]),
    ("green", [0.0, 1.0, 0.0]),
    ("cyan", [0.0, 1.0, 1.0]),
    ("red", [1.0, 0.0, 0.0]),
    ("magenta", [1.0, 0.0, 1.0]),
    ("yellow", [1.0, 1.0, 0.0]),
    ("white", [1.0, 1.0, 1.0]),
];

/// Letters are tokens 0 to 25.
const START: usize = 26;
const STOP: usize = 27;

fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let (initial, decoder) = (InitialState::new(3), Decoder::new(28, Gru::new(8, 32)));
    let mut params = Params::new()
        .with_part("initial.", initial.init(decoder.cell(), &mut rng))
        .with_part("decoder.", decoder.init(&mut rng));
    let letters = |name: &str| {
        name.bytes()
            .map(|c| usize::from(c - b'a'))
            .collect::<Vec<_>>()
    };
    let targets = Targets::delimited(START, &COLOURS.map(|(name, _)| letters(name)), STOP);

    let mut adam = Adam::new(0.02, params.len());
    let mut tape = Tape::<f64>::new();
    for step in 0..=150 {
        let mut leaves = params.bind(&tape);
        let (v, w) = (leaves.take(), leaves.take());
        let features = tape.constant([8, 3], &shades(&mut rng));
        let state = initial.apply(decoder.cell(), &v, features);
        let logits = decoder.teach(&w, Some(&state), &targets).logits;
        let loss = logits.cross_entropy(targets.outputs());
        if step % 50 == 0 {
            println!("step {step:3}: loss {:.4} a letter", loss.item());
        }
        loss.backward();
        let mut gradient = leaves.gradient();
        clip_norm(&mut gradient, 1.0);
        adam.step(params.values_mut(), &gradient);
        tape.reset();
    }

    let mut leaves = params.bind(&tape);
    let (v, w) = (leaves.take(), leaves.take());
    let new = shades(&mut rng);
    let features = tape.constant([8, 3], &new);
    let state = initial.apply(decoder.cell(), &v, features);
    let (greedy, until) = (Sampler::greedy(), Until::length(10).or_token(STOP));
    let spelt = decoder.generate(&w, Some(&state), &[[START]; 8], &greedy, until, &mut rng);
    for ((name, _), (shade, letters)) in COLOURS.iter().zip(new.chunks(3).zip(&spelt)) {
        let spelt: String = letters.iter().map(|&c| (b'a' + c as u8) as char).collect();
        println!(
            "red {:5.2}, green {:5.2}, blue {:5.2}: {spelt}",
            shade[0], shade[1], shade[2]
        );
        assert_eq!(spelt, *name);
    }
}

/// A shade of each colour.
fn shades(rng: &mut ChaCha8Rng) -> Vec<f64> {
    let pure = COLOURS.iter().flat_map(|(_, share)| share);
    pure.map(|share| share + rng.random_range(-0.2..0.2))
        .collect()
}

#[test]
fn learns() {
    main();
}
