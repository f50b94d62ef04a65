//! Training: the same bits on any number of threads, means over unequal shards, faults that leave
//! everything as it was, and the order of samples.

use std::panic::AssertUnwindSafe;

use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use wengert_rnn::optim::{Average, Clip, Optimizer, RmsProp, State, schedule};
use wengert_rnn::train::{Batches, Fault, Loss, Model, Shards, Trainer};
use wengert_rnn::{Activation, Adam, Cell, Elman, Leaves, Lengths, Linear, Params, Sgd, unroll};
use wengert_tape::{Real, Tape};

use crate::setup::{assert_close, assert_refused, random, refusal};

/// A sequence of numbers and the class it belongs to.
pub type Example = (Vec<f64>, usize);

/// Reads sequences of unequal lengths through noise, and tells their class.
pub struct Reader {
    cell: Elman,
    readout: Linear,
    /// How much noise there is on the last state.
    noise: f64,
}

impl Reader {
    pub fn new(noise: f64) -> Self {
        Self {
            cell: Elman::new(1, 5, Activation::Tanh),
            readout: Linear::new(5, 2),
            noise,
        }
    }

    pub fn init<T: Real>(&self) -> Params<T> {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let cell: Params<T> = self.cell.init(&mut rng);
        cell.with_part("readout.", self.readout.init(&mut rng))
    }
}

impl<T: Real> Model<T> for Reader {
    type Example = Example;

    fn loss<'t>(
        &self,
        tape: &'t Tape<T>,
        leaves: &mut Leaves<'t, T>,
        shard: &[&Example],
        rng: &mut ChaCha8Rng,
    ) -> Loss<'t, T> {
        let lengths: Vec<usize> = shard.iter().map(|(x, _)| x.len()).collect();
        let steps = *lengths.iter().max().unwrap();
        let mut x = vec![T::ZERO; steps * shard.len()];
        for (b, (sequence, _)) in shard.iter().enumerate() {
            for (t, &number) in sequence.iter().enumerate() {
                x[t * shard.len() + b] = T::from_f64(number);
            }
        }
        let x = tape.constant([x.len(), 1], &x);
        let lengths = Lengths::ragged(steps, shard.len(), &lengths);
        let last = unroll(&self.cell, &leaves.take(), x, &lengths, None).last;
        let noise: Vec<T> = (0..last.len())
            .map(|_| T::from_f64(self.noise * rng.random_range(-1.0..1.0)))
            .collect();
        let last = last + tape.constant(last.shape(), &noise);
        let classes: Vec<usize> = shard.iter().map(|(_, class)| *class).collect();
        let logits = self.readout.apply(&leaves.take(), last);
        Loss::of_mean(logits.cross_entropy(&classes), shard.len())
    }
}

/// Sequences of 1 to 9 numbers, whose class is whether the last is positive.
pub fn examples(count: usize) -> Vec<Example> {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut example = |_| {
        let steps = rng.random_range(1..10);
        let x = random(steps, &mut rng);
        let class = usize::from(x[steps - 1] > 0.0);
        (x, class)
    };
    (0..count).map(&mut example).collect()
}

pub fn trainer<T: Real>(noise: f64) -> Trainer<T, Reader, Adam<T>> {
    let model = Reader::new(noise);
    let params = model.init();
    let average = Average::corrected(0.9, params.len());
    let adam = Adam::new(0.02, params.len());
    Trainer::new(model, params, adam, 5)
        .with_shard(3)
        .with_clip(Clip::by_norm(0.5))
        .with_schedule(schedule::warm_up(4, schedule::cosine(40, 0.1)))
        .with_average(average)
}

/// The bits of the parameters and of all reports after some steps, on so many threads.
fn trained(threads: usize) -> (Vec<u32>, Vec<String>) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(|| {
        let examples = examples(40);
        let mut trainer = trainer::<f32>(0.1);
        let mut batches = Batches::new(examples.len(), 16, 5);
        let mut reports = Vec::new();
        for _ in 0..12 {
            let batch: Vec<_> = batches.next_batch().iter().map(|&i| &examples[i]).collect();
            reports.push(format!("{:?}", trainer.step(&batch).unwrap()));
        }
        let bits = trainer.params().values().iter().map(|x| x.to_bits());
        (bits.collect(), reports)
    })
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let alone = trained(1);
    for threads in [2, 3, 4, 8] {
        assert_eq!(trained(threads), alone, "{threads} threads");
    }
}

/// Sequences of unequal lengths, in shards of unequal size: the mean is over samples.
#[test]
fn shards_of_any_size_make_the_same_mean() {
    let model = Reader::new(0.0);
    let params: Params<f64> = model.init();
    let examples = examples(7);
    let batch: Vec<_> = examples.iter().collect();
    let whole = Shards::new(7)
        .mean(&model, &params, &batch, [0, 0])
        .unwrap();
    assert_eq!(whole.terms, 7);
    for size in [1, 2, 3, 6, 100] {
        let mean = Shards::new(size)
            .mean(&model, &params, &batch, [0, 0])
            .unwrap();
        assert_close("loss", &[mean.loss], &[whole.loss]);
        assert_close("gradient", &mean.gradient, &whole.gradient);
    }
}

#[test]
fn chance_differs_between_shards_steps_and_seeds() {
    let model = Reader::new(0.1);
    let params: Params<f64> = model.init();
    let example = (vec![0.5], 1);
    let shards = Shards::new(1);
    let loss = |copies: usize, key| {
        let batch = vec![&example; copies];
        shards.mean(&model, &params, &batch, key).unwrap().loss
    };
    let first = loss(1, [0, 0]);
    assert_eq!(loss(1, [0, 0]), first);
    for other in [loss(2, [0, 0]), loss(1, [0, 1]), loss(1, [1, 0])] {
        assert_ne!(other, first);
    }
}

#[test]
fn vanished_adjoints_are_counted_and_can_be_kept() {
    let model = Reader::new(0.0);
    let mut params: Params<f32> = model.init();
    params
        .get_mut("weight_hh_l0")
        .iter_mut()
        .for_each(|w| *w *= 0.01);
    let long = (vec![0.5; 60], 1);
    let gradient = |threshold: f64| {
        let shards = Shards::new(1).with_flush_below(threshold);
        shards.mean(&model, &params, &[&long], [0, 0]).unwrap()
    };
    let (usual, kept) = (
        Shards::new(1)
            .mean(&model, &params, &[&long], [0, 0])
            .unwrap(),
        gradient(0.0),
    );
    assert_eq!(usual, gradient(1e-30));
    assert_eq!(kept.flushed, 0);
    assert!(usual.flushed > 0);
    // What is lost is too small to be seen in the sum over steps.
    assert_eq!(usual.gradient, kept.gradient);
    let trainer = Trainer::new(
        Reader::new(0.0),
        params.clone(),
        Sgd::new(0.1, params.len()),
        0,
    );
    let mut trainer = trainer.with_flush_below(1e-20).with_shard(4);
    assert_eq!(
        trainer.step(&[&long]).unwrap().flushed,
        gradient(1e-20).flushed
    );
    let refused = refusal(|| Shards::<f32>::new(1).with_flush_below(f64::NAN));
    assert!(
        refused.contains("threshold NaN, but it must be 0 or positive"),
        "{refused}"
    );
}

#[test]
fn training_learns_and_reports() {
    let examples = examples(64);
    let mut trainer = trainer::<f64>(0.05);
    let mut batches = Batches::new(64, 16, 0);
    let mut reports = Vec::new();
    for _ in 0..120 {
        let batch: Vec<_> = batches.next_batch().iter().map(|&i| &examples[i]).collect();
        reports.push(trainer.step(&batch).unwrap());
    }
    let mean = |part: &[wengert_rnn::train::Report]| {
        part.iter().map(|report| report.loss).sum::<f64>() / part.len() as f64
    };
    assert!(mean(&reports[110..]) < 0.5 * mean(&reports[..10]));
    assert_eq!(reports[0].rate, 0.005);
    assert_eq!(reports[4].rate, 0.02);
    assert_eq!(reports[119].rate, 0.002);
    let clipped = reports.iter().filter(|report| report.norm > 0.5).count() as u64;
    let clip = trainer.clip().unwrap();
    assert_eq!((clip.clipped(), clip.seen()), (clipped, 120));
    assert!(
        clipped > 0
            && reports
                .iter()
                .all(|report| report.clipped == (report.norm > 0.5))
    );
    assert_eq!(trainer.steps(), 120);
    assert_ne!(
        trainer.average().unwrap().values(),
        trainer.params().values()
    );
}

/// `f` of the one parameter, times the example.
struct Formula(&'static str);

impl<T: Real> Model<T> for Formula {
    type Example = f64;

    fn loss<'t>(
        &self,
        tape: &'t Tape<T>,
        leaves: &mut Leaves<'t, T>,
        shard: &[&f64],
        _: &mut ChaCha8Rng,
    ) -> Loss<'t, T> {
        let w: wengert_tape::Var<'t, T> = leaves.take();
        let x: Vec<T> = shard.iter().map(|&&x| T::from_f64(x)).collect();
        let x = tape.constant([shard.len()], &x);
        let terms = if self.0 == "nothing" { 0 } else { shard.len() };
        let y = match self.0 {
            "ln" => w.ln() * x,
            "sqrt" => w.sqrt() * x,
            "square" => w.square() * x,
            "panic" if *shard[0] < 0.0 => panic!("the model gives up"),
            _ => w * x,
        };
        Loss::of_sum(y.sum(), terms)
    }
}

fn single<T: Real>(formula: &'static str, w: f64) -> Trainer<T, Formula, RmsProp<T>> {
    let params = Params::new().with("w", [1], |v| v[0] = T::from_f64(w));
    let optimizer = RmsProp::new(0.1, 1);
    Trainer::new(Formula(formula), params, optimizer, 0).with_shard(1)
}

#[test]
fn a_loss_that_is_not_finite_names_step_and_operation() {
    let mut trainer = single::<f64>("ln", 5.0);
    trainer.step(&[&1.0]).unwrap();
    trainer.step(&[&0.0]).unwrap();
    let before = trainer.params().clone();
    let error = trainer
        .step(&[&1.0, &f64::INFINITY, &f64::NAN])
        .unwrap_err();
    assert_eq!(error.step, 2);
    let message = error.to_string();
    let expected = "step 2: the loss is inf: constant: element [0] is inf (";
    assert!(message.starts_with(expected), "{message}");
    assert_eq!(trainer.params(), &before);
    assert_eq!(trainer.steps(), 2);
    assert!(trainer.step(&[&1.0]).is_ok());
}

#[test]
fn a_parameter_that_is_not_finite_is_named() {
    let params = Params::new().with("bias", [2], |b| b.fill(0.5));
    let params = params.with("w", [3], |w| w.copy_from_slice(&[1.0, 2.0, f64::INFINITY]));
    assert_eq!(params.first_non_finite(), Some(("w", 2, f64::INFINITY)));

    let mut trainer = single::<f64>("ln", f64::NAN);
    let message = trainer.step(&[&1.0]).unwrap_err().to_string();
    assert_eq!(message, "step 0: the parameter w: element 0 is NaN");
}

#[test]
fn a_gradient_that_is_not_finite_names_parameter_and_rule() {
    let mut trainer = single::<f64>("sqrt", 0.0);
    let message = trainer.step(&[&1.0, &2.0]).unwrap_err().to_string();
    let expected = "step 0: the gradient of w has an element inf: sqrt: adjoint of input 0: \
                    element [0] is inf from a finite adjoint and finite values (";
    assert!(message.starts_with(expected), "{message}");
}

/// Each shard is finite, and their sum is not.
#[test]
fn a_sum_of_shards_that_overflows_names_the_parameter() {
    let mut trainer = single::<f32>("product", 1e-9);
    let error = trainer.step(&[&3e38, &3e38]).unwrap_err();
    let message = error.to_string();
    assert_eq!(message, "step 0: the gradient of w has an element inf");
}

#[test]
fn an_update_that_is_not_finite_leaves_parameters_and_moments() {
    let mut trainer = single::<f32>("product", 1e-9);
    trainer.step(&[&1.0]).unwrap();
    let after_one = trainer.params().clone();
    let error = trainer.step(&[&1e30]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "step 1: the update would make an element of the moment square inf"
    );
    assert_eq!(trainer.params(), &after_one);
    trainer.step(&[&1.0]).unwrap();
    let mut undisturbed = single::<f32>("product", 1e-9);
    for _ in 0..2 {
        undisturbed.step(&[&1.0]).unwrap();
    }
    assert_eq!(trainer.params(), undisturbed.params());

    let params = Params::new().with("w", [1], |v| v[0] = 1e-9f32);
    let descent = Sgd::new(1e38, 1);
    let mut trainer = Trainer::new(Formula("product"), params, descent, 0);
    let error = trainer.step(&[&1e30]).unwrap_err();
    assert!(
        matches!(&error.fault, Fault::Update { tensor, .. } if tensor == "w"),
        "{error}"
    );
    assert_eq!(trainer.params().values(), [1e-9]);
}

#[test]
fn a_loss_without_terms_is_refused() {
    let message = single::<f64>("nothing", 1.0)
        .step(&[&1.0])
        .unwrap_err()
        .to_string();
    assert_eq!(
        message,
        "step 0: the loss of the batch has no terms, so it has no mean"
    );
}

#[test]
fn a_panic_of_the_model_passes_through_and_leaves_the_trainer_usable() {
    let mut trainer = single::<f64>("panic", 1.0);
    let mut batch = [&1.0; 32];
    batch[20] = &-1.0;
    let message = refusal(AssertUnwindSafe(|| {
        let _ = trainer.step(&batch);
    }));
    assert_eq!(message, "the model gives up");
    assert_eq!(
        (trainer.steps(), trainer.params().values()),
        (0, &[1.0][..])
    );
    batch[20] = &1.0;
    assert_eq!(trainer.step(&batch).unwrap().loss, 1.0);
}

#[test]
fn batches_and_shards_are_checked() {
    let params = Params::new().with("w", [2], |_| {});
    let step =
        |optimizer| Trainer::new(Formula("product"), params.clone(), optimizer, 0).step(&[&1.0]);
    assert_refused! {
        Shards::<f64>::new(0) => "shards: a shard of 0 samples";
        single::<f64>("product", 1.0).with_shard(0) => "shards: a shard of 0 samples";
        single::<f64>("product", 1.0).step(&[]) => "shards: an empty batch";
        single::<f64>("product", 1.0).set_rate(f64::NAN) => "rmsprop: learning rate NaN";
        single::<f64>("product", 1.0).with_schedule(|_| -1.0).step(&[&1.0]) => "rmsprop: learning rate -0.1";
        step(Adam::<f64>::new(0.1, 3)) => "adam: 2 elements came for 3 parameters";
        Batches::new(0, 1, 0) => "batches: 1 of 0 samples: neither may be 0";
        Batches::new(1, 0, 0) => "batches: 0 of 1 samples: neither may be 0";
        Batches::new(2, 1, 0).by_length(&[1], 1) => "batches: 1 lengths for 2 samples";
        Batches::new(1, 1, 0).by_length(&[1], 0) => "in windows of 0 batches";
        {
            let tape = Tape::<f64>::new();
            Loss::of_sum(tape.zeros([2]), 1);
        } => "loss: [2] is no scalar; sum it first";
    }
}

proptest! {
    #[test]
    fn each_epoch_is_every_sample_once(samples in 1usize..40, size in 1usize..12, window in 0usize..4, seed: u64) {
        let mut batches = Batches::new(samples, size, seed);
        if window > 0 {
            let lengths: Vec<usize> = (0..samples).map(|i| i * 7 % 5).collect();
            batches = batches.by_length(&lengths, window);
        }
        let mut orders = Vec::new();
        for epoch in 0..2 {
            let mut seen = Vec::new();
            for _ in 0..batches.per_epoch() {
                prop_assert_eq!(batches.epoch(), epoch);
                let batch = batches.next_batch();
                prop_assert!(!batch.is_empty() && batch.len() <= size);
                seen.extend_from_slice(batch);
            }
            orders.push(seen.clone());
            seen.sort_unstable();
            prop_assert!(seen.iter().copied().eq(0..samples));
        }
        if samples > 12 {
            prop_assert_ne!(&orders[0], &orders[1]);
        }
    }
}

#[test]
fn batches_by_length_hold_less_padding() {
    let lengths: Vec<usize> = examples(200).iter().map(|(x, _)| x.len()).collect();
    let padding = |mut batches: Batches| -> usize {
        let mut padding = 0;
        for _ in 0..batches.per_epoch() {
            let batch = batches.next_batch();
            let longest = batch.iter().map(|&i| lengths[i]).max().unwrap();
            padding += batch.iter().map(|&i| longest - lengths[i]).sum::<usize>();
        }
        padding
    };
    let random = padding(Batches::new(200, 10, 1));
    let sorted = padding(Batches::new(200, 10, 1).by_length(&lengths, 10));
    assert!(sorted * 5 < random, "{sorted} of {random}");
}

/// The state of an optimiser is what the trait says.
#[test]
fn optimisers_show_what_they_remember() {
    let mut adam = Adam::new(0.5, 1);
    adam.step(&mut [1.0], &[2.0]);
    let state: &State<f64> = adam.state();
    assert_eq!((state.steps(), adam.rate()), (1, 0.5));
    let moments: Vec<_> = state.moments().map(|(name, m)| (name, m[0])).collect();
    assert_eq!(
        moments,
        [("mean", (1.0 - 0.9) * 2.0), ("square", (1.0 - 0.999) * 4.0)]
    );
}
