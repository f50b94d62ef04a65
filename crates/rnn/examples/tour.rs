//! A tour of the crate: the lines that `docs/networks.md` shows, in one program.

use std::error::Error;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::checkpoint::{Reader, Writer};
use wengert_rnn::dropout::Mode;
use wengert_rnn::instruments::{
    Rollout, adjoint_norms, log_singular_values, retain, step_jacobians,
};
use wengert_rnn::loss::{CrossEntropy, real_steps};
use wengert_rnn::optim::{Clip, schedule};
use wengert_rnn::train::{Batches, Loss, Model, Trainer};
use wengert_rnn::{
    Adam, Cell, Gru, Leaves, Lengths, Linear, Lstm, Stack, pack, unroll, unroll_with,
};
use wengert_tape::inspect::first_non_finite;
use wengert_tape::{Real, Tape};

/// Says of each number whether it is larger than the one before.
struct Tagger {
    stack: Stack<Gru>,
    readout: Linear,
}

impl<T: Real> Model<T> for Tagger {
    type Example = (Vec<f64>, Vec<usize>);

    fn loss<'t>(
        &self,
        tape: &'t Tape<T>,
        leaves: &mut Leaves<'t, T>,
        shard: &[&Self::Example],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, T> {
        let (numbers, tags): (Vec<_>, Vec<_>) = shard.iter().map(|(x, y)| (x, y)).unzip();
        let (x, lengths) = pack(&numbers, 1);
        let (tags, _) = pack(&tags, 1);
        let x: Vec<T> = x.into_iter().map(T::from_f64).collect();
        let x = tape.constant([x.len(), 1], &x);
        let mode = Mode::Train(rng);
        let run = self.stack.run(&leaves.take(), x, &lengths, None, mode);
        let logits = self.readout.apply(&leaves.take(), run.output());
        Loss::of_sum(CrossEntropy::new().of(logits, &tags).sum(), tags.len())
    }
}

fn example(rng: &mut ChaCha8Rng) -> (Vec<f64>, Vec<usize>) {
    let numbers: Vec<f64> = (0..rng.random_range(1..=8))
        .map(|_| rng.random_range(-1.0..1.0))
        .collect();
    let larger = |t: usize| usize::from(t > 0 && numbers[t] > numbers[t - 1]);
    let tags = (0..numbers.len()).map(larger).collect();
    (numbers, tags)
}

fn one_cell(rng: &mut ChaCha8Rng) {
    let cell = Lstm::new(2, 8).with_forget_bias(1.0);
    let params = cell.init(rng); // outside any tape: named tensors in one slice
    let tape = Tape::<f64>::new();
    let mut leaves = params.bind(&tape); // on the tape
    let lengths = Lengths::ragged(5, 3, &[5, 2, 4]); // three samples of up to five steps
    let x = tape.constant([5 * 3, 2], &[0.5; 30]); // row 3 t + b is step t of sample b
    let run = unroll(&cell, &leaves.take(), x, &lengths, None);
    let [h, _] = run.last; // after each sample's own last step
    h.square().sum().backward();
    let gradient = leaves.gradient(); // in the order of params.values()
    assert_eq!(gradient.len(), params.len());
}

fn several_layers(rng: &mut ChaCha8Rng) {
    let lengths = Lengths::ragged(5, 3, &[5, 2, 4]);
    let tags = [1, 0, 0, 1, 1, 0, 1, 9, 0, 0, 9, 1, 0, 9, 9]; // 9 is padding
    let tape = Tape::<f64>::new();
    let x = tape.constant([5 * 3, 2], &[0.5; 30]);

    let stack = Stack::bidirectional(2, 3, |inputs| Gru::new(inputs, 8)).with_dropout(0.2);
    let readout = Linear::new(2 * 8, 2);
    let params = stack.init(rng).with_part("readout.", readout.init(rng));
    let mut leaves = params.bind(&tape);
    let run = stack.run(&leaves.take(), x, &lengths, None, Mode::Train(rng));
    let (each, last) = (run.output(), run.last()); // [15, 16] and [3, 16]
    assert_eq!(last.shape().dims(), [3, 16]);

    let logits = readout.apply(&leaves.take(), real_steps(each, &lengths));
    let losses = CrossEntropy::new().smoothing(0.1);
    let losses = losses.of(logits, &lengths.pack(&tags, 1));
    losses.mean().backward();
    assert!(leaves.gradient().iter().all(|g| g.is_finite()));
}

fn training(rng: &mut ChaCha8Rng) -> Result<(), Box<dyn Error>> {
    let examples: Vec<_> = (0..256).map(|_| example(rng)).collect();
    let model = Tagger {
        stack: Stack::new(1, 1, |inputs| Gru::new(inputs, 8)),
        readout: Linear::new(8, 2),
    };
    let params = model.stack.init(rng);
    let params = params.with_part("readout.", model.readout.init(rng));

    let adam = Adam::<f32>::new(0.02, params.len());
    let mut trainer = Trainer::new(model, params, adam, 0)
        .with_clip(Clip::by_norm(1.0))
        .with_schedule(schedule::cosine(200, 0.1));
    let mut batches = Batches::new(examples.len(), 32, 0);
    let mut losses = Vec::new();
    while trainer.steps() < 200 {
        let batch = batches.next_batch().iter().map(|&i| &examples[i]);
        let batch: Vec<_> = batch.collect();
        losses.push(trainer.step(&batch)?.loss);
    }
    println!("loss {:.3}, then {:.3}", losses[0], losses[199]);
    assert!(losses[199] < 0.5 * losses[0]);

    let name = format!("tour-{}.safetensors", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut writer = Writer::new("gru 1 layer of 8");
    writer.part("trainer", &trainer);
    writer.part("batches", &batches);
    writer.write(&path)?; // whole or not at all

    let mut reader = Reader::read(&path, "gru 1 layer of 8")?;
    reader.part("trainer", &mut trainer)?;
    reader.part("batches", &mut batches)?;
    reader.finish()?;
    std::fs::remove_file(&path)?;
    Ok(())
}

fn instruments(rng: &mut ChaCha8Rng) {
    let cell = Gru::new(1, 4);
    let params = cell.init(rng);
    let inputs = [0.5; 20];
    let tape = Tape::<f64>::new();
    let w = params.bind(&tape).take();
    let x = tape.constant([20, 1], &inputs);

    let run = unroll_with(&cell, &w, x, &Lengths::equal(20, 1), None, retain);
    run.last.sum().backward();
    let norms = adjoint_norms(&run.hidden()); // |dL/dh_t| for each t
    println!(
        "of |dL/dh_20|, {:.1e} is left at step 1",
        norms[0] / norms[19]
    );

    let rollout = Rollout::new(&cell, &params, &inputs, 1);
    let logs = log_singular_values(&step_jacobians(&rollout)); // of dh_T/dh_t, for each t
    println!("ln sigma of dh_20/dh_0: {:.1?}", logs[0]);
}

fn bad_input() {
    let tape = Tape::<f64>::new();
    let x = tape.constant([2, 2], &[1.0, 2.0, f64::NAN, 4.0]);
    let loss = x.tanh().sum();
    if !loss.item().is_finite() {
        let found = first_non_finite(&tape).expect("the loss is one");
        println!("{found}"); // constant: element [1, 0] is NaN (tour.rs, and its line)
        assert_eq!(
            (found.operation, &found.element[..]),
            ("constant", &[1, 0][..])
        );
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    one_cell(&mut rng);
    several_layers(&mut rng);
    training(&mut rng)?;
    instruments(&mut rng);
    bad_input();
    Ok(())
}

#[test]
fn runs() {
    main().unwrap();
}
