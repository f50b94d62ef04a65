//! Many to many, in step: a language model. Each letter predicts the next; then the model goes on
//! from a prompt, greedily and by samples.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::{Adam, Decoder, Gru, Optimizer, Sampler, Targets, Until, clip_norm};
use wengert_tape::Tape;

/// The first stanza of "The Tyger" (Blake 1794), a line a sequence.
const LINES: [&str; 4] = [
    "tyger tyger burning bright",
    "in the forests of the night",
    "what immortal hand or eye",
    "could frame thy fearful symmetry",
];

fn main() {
    let mut letters: Vec<u8> = LINES.concat().into_bytes();
    letters.push(b'\n');
    letters.sort_unstable();
    letters.dedup();
    let token = |c: u8| letters.binary_search(&c).expect("a letter of the text");
    let tokens = |text: &str| -> Vec<usize> { text.bytes().map(token).collect() };
    let text =
        |tokens: &[usize]| -> String { tokens.iter().map(|&i| letters[i] as char).collect() };

    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let decoder = Decoder::new(letters.len(), Gru::new(16, 48));
    let mut params = decoder.init(&mut rng);
    let newline = token(b'\n');
    let targets = Targets::delimited(newline, &LINES.map(tokens), newline);

    let mut adam = Adam::new(0.01, params.len());
    let mut tape = Tape::<f64>::new();
    for step in 0..=120 {
        let mut leaves = params.bind(&tape);
        let w = leaves.take();
        let logits = decoder.teach(&w, None, &targets).logits;
        let loss = logits.cross_entropy(targets.outputs());
        if step % 40 == 0 {
            println!("step {step:3}: loss {:.4} a letter", loss.item());
        }
        loss.backward();
        let mut gradient = leaves.gradient();
        clip_norm(&mut gradient, 1.0);
        adam.step(params.values_mut(), &gradient);
        tape.reset();
    }

    let w = params.bind(&tape).take();
    let until = Until::length(40).or_token(newline);
    let prompts = ["\nt", "\nin", "\nw", "\nc"].map(tokens);
    let lines = decoder.generate(&w, None, &prompts, &Sampler::greedy(), until, &mut rng);
    for ((prompt, rest), line) in prompts.iter().zip(&lines).zip(LINES) {
        println!("{}|{}", text(prompt).trim_start(), text(rest));
        assert_eq!(text(&[&prompt[1..], rest].concat()), line);
    }
    let (prompts, warm) = ([[newline]; 4], Sampler::new().temperature(1.5).top_k(5));
    println!("at temperature 1.5:");
    for line in decoder.generate(&w, None, &prompts, &warm, until, &mut rng) {
        println!("{}", text(&line));
    }
}

#[test]
fn learns() {
    main();
}
