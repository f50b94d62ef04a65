//! One to one: no sequence at all. A feed-forward network learns exclusive or, on the same tape.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_rnn::{Adam, Linear, Optimizer, Params};
use wengert_tape::Tape;

fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let (hidden, readout) = (Linear::new(2, 8), Linear::new(8, 2));
    let mut params = Params::new()
        .with_part("hidden.", hidden.init(&mut rng))
        .with_part("readout.", readout.init(&mut rng));
    let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
    let classes = [0, 1, 1, 0];

    let mut adam = Adam::new(0.05, params.len());
    let mut tape = Tape::<f64>::new();
    let mut logits = Vec::new();
    for step in 0..=200 {
        let mut leaves = params.bind(&tape);
        let (w, v) = (leaves.take(), leaves.take());
        let x = tape.constant([4, 2], &inputs);
        let y = readout.apply(&v, hidden.apply(&w, x).tanh());
        let loss = y.cross_entropy(&classes);
        if step % 50 == 0 {
            println!("step {step:3}: loss {:.4}", loss.item());
        }
        loss.backward();
        adam.step(params.values_mut(), &leaves.gradient());
        logits = y.to_vec();
        tape.reset();
    }

    for (class, (x, y)) in classes.iter().zip(inputs.chunks(2).zip(logits.chunks(2))) {
        let found = usize::from(y[1] > y[0]);
        println!("{} xor {} = {found}", x[0], x[1]);
        assert_eq!(found, *class);
    }
}

#[test]
fn learns() {
    main();
}
