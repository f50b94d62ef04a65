//! Many to one: a class for a whole sequence. In strings of any length, two marks, each X or Y, lie
//! among distractors; their order is the class (Hochreiter & Schmidhuber 1997, experiment 6a, here
//! with shorter strings).

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::{Adam, Cell, Embedding, Gru, Linear, Optimizer, Params, clip_norm, pack, unroll};
use wengert_tape::Tape;

const SYMBOLS: [char; 6] = ['X', 'Y', 'a', 'b', 'c', 'd'];
const ORDERS: [&str; 4] = ["XX", "XY", "YX", "YY"];

fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let (embedding, cell, readout) = (Embedding::new(6, 4), Gru::new(4, 16), Linear::new(16, 4));
    let mut params = Params::new()
        .with_part("embedding.", embedding.init(&mut rng))
        .with_part("cell.", cell.init(&mut rng))
        .with_part("readout.", readout.init(&mut rng));

    let mut adam = Adam::new(0.02, params.len());
    let mut tape = Tape::<f64>::new();
    for step in 0..=200 {
        let (strings, classes) = strings(32, &mut rng);
        let mut leaves = params.bind(&tape);
        let (table, w, v) = (leaves.take(), leaves.take(), leaves.take());
        let (tokens, lengths) = pack(&strings, 1);
        let x = embedding.apply(&table, &tokens);
        let run = unroll(&cell, &w, x, &lengths, None);
        let loss = readout.apply(&v, run.last).cross_entropy(&classes);
        if step % 50 == 0 {
            println!("step {step:3}: loss {:.4}", loss.item());
        }
        loss.backward();
        let mut gradient = leaves.gradient();
        clip_norm(&mut gradient, 1.0);
        adam.step(params.values_mut(), &gradient);
        tape.reset();
    }

    let (strings, classes) = strings(200, &mut rng);
    let mut leaves = params.bind(&tape);
    let (table, w, v) = (leaves.take(), leaves.take(), leaves.take());
    let (tokens, lengths) = pack(&strings, 1);
    let x = embedding.apply(&table, &tokens);
    let run = unroll(&cell, &w, x, &lengths, None);
    let logits = readout.apply(&v, run.last).to_vec();
    let most = |x: &[f64]| (0..4).max_by(|&i, &j| x[i].total_cmp(&x[j])).unwrap_or(0);
    let found: Vec<usize> = logits.chunks(4).map(most).collect();
    for (string, &class) in strings.iter().zip(&found).take(5) {
        let string: String = string.iter().map(|&token| SYMBOLS[token]).collect();
        println!("{string:15} {}", ORDERS[class]);
    }
    let right = found.iter().zip(&classes).filter(|(a, b)| a == b).count();
    println!("{right} of 200 new strings are right");
    assert!(right >= 190);
}

/// Strings of 4 to 15 symbols, two of them marks, and the order of the marks.
fn strings(count: usize, rng: &mut ChaCha8Rng) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut string = || {
        let length = rng.random_range(4..=15);
        let mut string: Vec<usize> = (0..length).map(|_| rng.random_range(2..6)).collect();
        let first = rng.random_range(0..length - 1);
        let second = rng.random_range(first + 1..length);
        let marks = [rng.random_range(0..2), rng.random_range(0..2)];
        [string[first], string[second]] = marks;
        (string, 2 * marks[0] + marks[1])
    };
    (0..count).map(|_| string()).unzip()
}

#[test]
fn learns() {
    main();
}
