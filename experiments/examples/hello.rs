//! The two formulas of a recurrent network, on the tape: it learns to write "hello world".

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::metrics::largest;
use wengert_rnn::{Adam, Optimizer, Params, init};
use wengert_tape::{Tape, Var};

const TEXT: &str = "hello world.";
const HIDDEN: usize = 16;

/// One step: `h' = tanh(h W_hh + x W_xh)` and `y = h' W_hy`, for row vectors.
fn step<'t>(
    [w_xh, w_hh, w_hy]: [Var<'t, f64>; 3],
    x: Var<'t, f64>,
    h: Var<'t, f64>,
) -> (Var<'t, f64>, Var<'t, f64>) {
    let h = (h.matmul(w_hh) + x.matmul(w_xh)).tanh();
    (h, h.matmul(w_hy))
}

fn main() {
    let mut alphabet: Vec<char> = TEXT.chars().collect();
    alphabet.sort_unstable();
    alphabet.dedup();
    let letters = alphabet.len();
    let index = |c: char| alphabet.iter().position(|a| *a == c).unwrap();
    let text: Vec<usize> = TEXT.chars().map(index).collect();

    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut params = Params::new()
        .with("W_xh", [letters, HIDDEN], |w| {
            init::uniform(w, 0.5, &mut rng);
        })
        .with("W_hh", [HIDDEN, HIDDEN], |w| {
            init::uniform(w, 0.5, &mut rng);
        })
        .with("W_hy", [HIDDEN, letters], |w| {
            init::uniform(w, 0.5, &mut rng);
        });
    let mut adam = Adam::new(0.03, params.len());
    let mut tape = Tape::new();

    let one_hot = |letter: usize| {
        let mut x = vec![0.0; letters];
        x[letter] = 1.0;
        x
    };
    for epoch in 0..=100 {
        let mut leaves = params.bind(&tape);
        let weights = leaves.take();
        let mut h = tape.zeros([1, HIDDEN]);
        let mut loss = tape.zeros([]);
        for pair in text.windows(2) {
            let x = tape.constant([1, letters], &one_hot(pair[0]));
            let y;
            (h, y) = step(weights, x, h);
            loss = loss + y.cross_entropy(&pair[1..]);
        }
        loss = loss / (text.len() - 1) as f64;
        if epoch % 25 == 0 {
            println!("epoch {epoch:3}: {:.3} nats a letter", loss.item());
        }
        loss.backward(); // back-propagation through time: the sweep of the tape
        adam.step(params.values_mut(), &leaves.gradient());
        tape.reset();
    }

    let mut written = String::from("h");
    let mut leaves = params.bind(&tape);
    let weights = leaves.take();
    let mut h = tape.zeros([1, HIDDEN]);
    let mut letter = text[0];
    while written.len() < TEXT.len() {
        let x = tape.constant([1, letters], &one_hot(letter));
        let y;
        (h, y) = step(weights, x, h);
        letter = largest(&y.to_vec(), letters)[0];
        written.push(alphabet[letter]);
    }
    println!("it writes: {written}");
    assert_eq!(written, TEXT);
}

#[test]
fn writes_what_it_learnt() {
    main();
}
