//! Many to many, in step: a label for each symbol. In a text of any length, which letters are inside
//! quotation marks? Opening and closing marks look the same, so that the network must count.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::{
    Adam, Cell, Embedding, Linear, Lstm, Optimizer, Params, clip_norm, pack, unroll,
};
use wengert_tape::Tape;

const SYMBOLS: [char; 5] = ['"', 'a', 'b', 'c', 'd'];

fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let (embedding, cell, readout) = (Embedding::new(5, 4), Lstm::new(4, 16), Linear::new(16, 2));
    let mut params = Params::new()
        .with_part("embedding.", embedding.init(&mut rng))
        .with_part("cell.", cell.init(&mut rng))
        .with_part("readout.", readout.init(&mut rng));

    let mut adam = Adam::new(0.02, params.len());
    let mut tape = Tape::<f64>::new();
    for step in 0..=200 {
        let (texts, labels) = texts(16, &mut rng);
        let mut leaves = params.bind(&tape);
        let (table, w, v) = (leaves.take(), leaves.take(), leaves.take());
        let ((tokens, lengths), (labels, _)) = (pack(&texts, 1), pack(&labels, 1));
        let x = embedding.apply(&table, &tokens);
        let run = unroll(&cell, &w, x, &lengths, None);
        let loss = readout.apply(&v, run.output()).cross_entropy(&labels);
        if step % 50 == 0 {
            println!("step {step:3}: loss {:.4} a symbol", loss.item());
        }
        loss.backward();
        let mut gradient = leaves.gradient();
        clip_norm(&mut gradient, 1.0);
        adam.step(params.values_mut(), &gradient);
        tape.reset();
    }

    let (mut right, mut all) = (0, 0);
    let (texts, labels) = texts(50, &mut rng);
    let mut leaves = params.bind(&tape);
    let (table, w, v) = (leaves.take(), leaves.take(), leaves.take());
    for (i, (text, labels)) in texts.iter().zip(&labels).enumerate() {
        let (tokens, lengths) = pack(&[text], 1);
        let x = embedding.apply(&table, &tokens);
        let run = unroll(&cell, &w, x, &lengths, None);
        let logits = readout.apply(&v, run.output()).to_vec();
        let found: Vec<usize> = logits.chunks(2).map(|x| usize::from(x[1] > x[0])).collect();
        right += found.iter().zip(labels).filter(|(a, b)| a == b).count();
        all += labels.len();
        if i < 3 {
            println!(
                "{}",
                text.iter().map(|&token| SYMBOLS[token]).collect::<String>()
            );
            println!(
                "{}",
                found
                    .iter()
                    .map(|&label| [' ', '^'][label])
                    .collect::<String>()
            );
        }
    }
    println!("{right} of {all} symbols of new texts are right");
    assert!(right * 100 >= all * 98);
}

/// Texts of 5 to 20 symbols, and for each symbol whether it is quoted, the opening mark included.
fn texts(count: usize, rng: &mut ChaCha8Rng) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
    let mut text = || {
        let (length, mut quoted) = (rng.random_range(5..=20), 0);
        let mut symbol = || {
            let mark = rng.random_bool(0.25);
            quoted ^= usize::from(mark);
            (if mark { 0 } else { rng.random_range(1..5) }, quoted)
        };
        (0..length).map(|_| symbol()).unzip()
    };
    (0..count).map(|_| text()).unzip()
}

#[test]
fn learns() {
    main();
}
