//! Losses against PyTorch, against all alignments, and by the tape's gradient checks.

use proptest::prelude::*;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use wengert_rnn::loss::{absolute_error, gaussian_nll, huber, real_steps, squared_error};
use wengert_rnn::{BinaryCrossEntropy, CrossEntropy, Ctc, Lengths, Losses};
use wengert_tape::check::{self, Check};
use wengert_tape::{Real, Tape, Tensor, Var, concat, function};

use crate::setup::{assert_close, random};

/// A list of a case of `data/losses.py`; none where there is null.
fn list(case: &Value, name: &str) -> Option<Vec<f64>> {
    serde_json::from_value(case[name].clone()).expect(name)
}

fn numbers(case: &Value, name: &str) -> Vec<f64> {
    list(case, name).expect(name)
}

fn number(case: &Value, name: &str) -> f64 {
    case[name].as_f64().expect(name)
}

fn sizes(case: &Value, name: &str) -> Vec<usize> {
    serde_json::from_value(case[name].clone()).expect(name)
}

/// What the library says of a case of `data/losses.py`.
fn losses<'t>(case: &Value, x: Var<'t, f64>) -> Losses<'t, f64> {
    let constant = |name| x.tape().constant(x.shape(), &numbers(case, name));
    let weights = list(case, "weights");
    let cross_entropy = || {
        let cross_entropy = CrossEntropy::new().smoothing(number(case, "smoothing"));
        match &weights {
            Some(weights) => cross_entropy.weights(weights),
            None => cross_entropy,
        }
    };
    match case["loss"].as_str().unwrap() {
        "cross_entropy" => match case["ignored"].as_u64() {
            Some(ignored) => {
                let ignoring = cross_entropy().ignore(ignored as usize);
                ignoring.of(x, &sizes(case, "targets"))
            }
            None => cross_entropy().of(x, &sizes(case, "targets")),
        },
        "soft_cross_entropy" => cross_entropy().of_soft(x, constant("probabilities")),
        "binary_cross_entropy" => {
            let binary = match &weights {
                Some(weights) => BinaryCrossEntropy::new().positive_weights(weights),
                None => BinaryCrossEntropy::new(),
            };
            binary.of(x, constant("targets"))
        }
        "squared_error" => squared_error(x, constant("targets")),
        "absolute_error" => absolute_error(x, constant("targets")),
        "huber" => huber(x, constant("targets"), number(case, "delta")),
        "gaussian_nll" => gaussian_nll(x, constant("log_variance"), constant("targets")),
        "ctc" => ctc(case, x),
        other => panic!("no loss {other}"),
    }
}

fn ctc<'t>(case: &Value, x: Var<'t, f64>) -> Losses<'t, f64> {
    let own = sizes(case, "lengths");
    let lengths = Lengths::ragged(number(case, "steps") as usize, own.len(), &own);
    let targets: Vec<Vec<usize>> = serde_json::from_value(case["targets"].clone()).unwrap();
    let ctc = Ctc::new()
        .blank(number(case, "blank") as usize)
        .zero_infinity();
    check_values(case, ctc.of(x, &lengths, &targets));
    // PyTorch divides by the number of labels in the mean only.
    ctc.per_label().of(x, &lengths, &targets)
}

#[track_caller]
fn check_values(case: &Value, losses: Losses<'_, f64>) {
    let what = |part| format!("{} ({}): {part}", case["loss"], case["case"]);
    let (each, sum) = (losses.each().to_vec(), losses.sum().item());
    assert_close(&what("each"), &each, &numbers(case, "each"));
    assert_close(&what("sum"), &[sum], &[number(case, "sum")]);
}

#[test]
fn values_and_gradients_are_those_of_pytorch() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../data/losses.json")).unwrap();
    assert_eq!(cases.len(), 43);
    for case in &cases {
        let what = |part| format!("{} ({}): {part}", case["loss"], case["case"]);
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&sizes(case, "shape")[..], &numbers(case, "x"));
        let losses = losses(case, x);
        if case["loss"] != "ctc" {
            check_values(case, losses);
        }
        let mean = losses.mean();
        assert_close(&what("mean"), &[mean.item()], &[number(case, "mean")]);
        mean.backward();
        let (found, expected) = (x.grad().unwrap(), numbers(case, "gradient"));
        assert_close(&what("gradient"), &found, &expected);
    }
}

/// -log of the summed probability of every path of `log_p`, rows of one sample, that spells
/// `labels`.
fn over_all_paths(log_p: &[f64], classes: usize, blank: usize, labels: &[usize]) -> f64 {
    let steps = log_p.len() / classes;
    let mut total = 0.0;
    for mut code in 0..classes.pow(steps as u32) {
        let mut path = Vec::new();
        let mut log = 0.0;
        for t in 0..steps {
            path.push(code % classes);
            log += log_p[t * classes + code % classes];
            code /= classes;
        }
        let mut spelt = Vec::new();
        for t in 0..steps {
            if path[t] != blank && (t == 0 || path[t] != path[t - 1]) {
                spelt.push(path[t]);
            }
        }
        if spelt == labels {
            total += f64::exp(log);
        }
    }
    -f64::ln(total)
}

/// A random batch for CTC, of targets that are possible.
#[derive(Clone, Debug)]
struct Batch {
    lengths: Lengths,
    classes: usize,
    blank: usize,
    targets: Vec<Vec<usize>>,
    logits: Vec<f64>,
}

fn batches() -> impl Strategy<Value = Batch> {
    (1..=5usize, 1..=4usize, 1..=3usize, any::<u64>()).prop_map(|(steps, batch, classes, seed)| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let own: Vec<usize> = (0..batch).map(|_| rng.random_range(1..=steps)).collect();
        let blank = rng.random_range(0..classes);
        // Of random paths: what a path spells is possible.
        let targets = own.iter().map(|&steps| {
            let path: Vec<usize> = (0..steps).map(|_| rng.random_range(0..classes)).collect();
            wengert_rnn::metrics::ctc_collapse(&path, blank)
        });
        Batch {
            targets: targets.collect(),
            lengths: Lengths::ragged(steps, batch, &own),
            logits: random(
                steps * batch * classes,
                &mut ChaCha8Rng::seed_from_u64(!seed),
            ),
            classes,
            blank,
        }
    })
}

impl Batch {
    fn losses<'t, T: Real>(&self, logits: Var<'t, T>) -> Losses<'t, T> {
        Ctc::new()
            .blank(self.blank)
            .of(logits, &self.lengths, &self.targets)
    }

    fn shape(&self) -> [usize; 2] {
        [self.lengths.height(), self.classes]
    }
}

impl check::Function for Batch {
    fn call<'t, T: Real>(&self, _: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
        self.losses(x[0]).each()
    }
}

/// Every other loss, of random settings, from logits or a prediction and a log variance.
#[derive(Clone, Debug)]
struct Settings {
    rows: usize,
    classes: usize,
    smoothing: f64,
    weights: Vec<f64>,
    targets: Vec<usize>,
    probabilities: Vec<f64>,
}

fn settings() -> impl Strategy<Value = Settings> {
    (1..=4usize, 1..=4usize, any::<u64>()).prop_map(|(rows, classes, seed)| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut unit = |n: usize| {
            (0..n)
                .map(|_| rng.random_range(0.0..1.0))
                .collect::<Vec<f64>>()
        };
        Settings {
            rows,
            classes,
            smoothing: unit(1)[0],
            weights: unit(classes),
            probabilities: unit(rows * classes),
            targets: unit(rows)
                .iter()
                .map(|u| (u * classes as f64) as usize)
                .collect(),
        }
    })
}

impl check::Function for Settings {
    fn call<'t, T: Real>(&self, tape: &'t Tape<T>, x: &[Var<'t, T>]) -> Var<'t, T> {
        let values: Vec<T> = self.probabilities.iter().map(|&p| T::from_f64(p)).collect();
        let p = tape.constant([self.rows, self.classes], &values);
        let plain = CrossEntropy::new();
        let smoothed = plain
            .clone()
            .smoothing(self.smoothing)
            .weights(&self.weights);
        let ignoring = smoothed.clone().ignore(self.targets[0]);
        let binary = BinaryCrossEntropy::new();
        let all = [
            plain.of(x[0], &self.targets),
            plain.of_soft(x[0], p),
            smoothed.of(x[0], &self.targets),
            smoothed.of_soft(x[0], p),
            ignoring.of(x[0], &self.targets),
            binary.of(x[0], p),
            binary.positive_weights(&self.weights).of(x[0], p),
            squared_error(x[0], p),
            gaussian_nll(x[0], x[1], p),
        ];
        concat(
            &all.map(|losses| losses.each().reshape([losses.each().len()])),
            0,
        )
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn ctc_is_the_sum_over_all_paths(batch in batches()) {
        let tape = Tape::<f64>::new();
        let logits = tape.leaf(batch.shape(), &batch.logits);
        let (found, log_p) = (batch.losses(logits).each().to_vec(), logits.log_softmax(1).to_vec());
        let Batch { lengths, classes, blank, targets, .. } = &batch;
        for (b, labels) in targets.iter().enumerate() {
            let steps = 0..lengths.lengths()[b];
            let rows = steps.flat_map(|t| (0..*classes).map(move |k| (t, k)));
            let own: Vec<f64> = rows
                .map(|(t, k)| log_p[(t * lengths.batch() + b) * classes + k])
                .collect();
            let expected = over_all_paths(&own, *classes, *blank, labels);
            prop_assert!((found[b] - expected).abs() < 1e-13, "{} {expected}", found[b]);
        }
    }

    #[test]
    fn ctc_passes_the_gradient_checks(batch in batches()) {
        let logits = Tensor::new(batch.shape(), batch.logits.clone());
        Check::new().cases(4).function(&batch, &[logits]).assert_agrees();
    }

    #[test]
    fn the_other_losses_pass_the_gradient_checks(settings in settings(), seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let shape = [settings.rows, settings.classes];
        let mut input = || Tensor::new(shape, random(shape[0] * shape[1], &mut rng));
        Check::new().cases(4).function(&settings, &[input(), input()]).assert_agrees();
    }

    /// Padded or packed, whatever lies in the padding: the same losses, and no gradient there.
    #[test]
    fn padding_does_not_count(batch in batches()) {
        let Batch { lengths, classes, .. } = &batch;
        let rows: Vec<usize> = (0..lengths.height()).collect();
        let mut padded = vec![f64::NAN; batch.logits.len()];
        for row in lengths.pack(&rows, 1) {
            let row = row * classes..(row + 1) * classes;
            padded[row.clone()].copy_from_slice(&batch.logits[row]);
        }
        let packed = Batch {
            lengths: lengths.packed(),
            logits: lengths.pack(&batch.logits, *classes),
            ..batch.clone()
        };
        let losses_and_gradient = |batch: &Batch, logits: &[f64]| {
            let tape = Tape::new();
            let x = tape.leaf(batch.shape(), logits);
            let losses = batch.losses(x);
            let steps = squared_error(real_steps(x, &batch.lengths), tape.zeros([lengths.total(), *classes]));
            (losses.mean() + steps.mean()).backward();
            (losses.each().to_vec(), x.grad().unwrap())
        };
        let (losses, gradient) = losses_and_gradient(&batch, &batch.logits);
        let (poisoned, poisoned_gradient) = losses_and_gradient(&batch, &padded);
        prop_assert_eq!(&poisoned, &losses);
        prop_assert_eq!(&poisoned_gradient, &gradient);
        let backwards = Batch { lengths: lengths.backwards(), ..batch.clone() };
        prop_assert_eq!(&losses_and_gradient(&backwards, &padded), &(losses.clone(), gradient.clone()));
        let (dense, dense_gradient) = losses_and_gradient(&packed, &packed.logits);
        prop_assert_eq!(&dense, &losses);
        prop_assert_eq!(dense_gradient, lengths.pack(&gradient, *classes));
        let mut real = vec![false; lengths.height()];
        lengths.pack(&rows, 1).into_iter().for_each(|row| real[row] = true);
        for (row, gradient) in gradient.chunks(*classes).enumerate() {
            prop_assert!(real[row] || gradient.iter().all(|&g| g == 0.0));
        }
    }
}

/// At points away from the kinks.
#[test]
fn losses_with_kinks_pass_the_gradient_checks() {
    let f = function!(|_, x| {
        let losses = [absolute_error(x[0], x[1]), huber(x[0], x[1], 0.5)];
        concat(&losses.map(Losses::each), 0)
    });
    let y = Tensor::new([4], [0.3, -0.2, 1.5, -2.0]);
    let target = Tensor::new([4], [0.1, 0.1, 0.2, 0.3]);
    check::function(&f, &[y, target]).assert_agrees();
}

#[test]
fn what_no_path_spells_is_infinite_or_counts_as_0() {
    // Class 1 has probability 0 in the only step of sample 0.
    let tape = Tape::<f64>::new();
    let logits = tape.leaf([2, 2], &[0.0, f64::NEG_INFINITY, 0.0, 0.0]);
    let (lengths, targets) = (Lengths::equal(1, 2), [[1], [1]]);
    let losses = Ctc::new().of(logits, &lengths, &targets);
    assert_eq!(losses.each().to_vec(), [f64::INFINITY, 2f64.ln()]);
    let losses = Ctc::new().zero_infinity().of(logits, &lengths, &targets);
    assert_eq!(losses.each().to_vec(), [0.0, 2f64.ln()]);
    losses.mean().backward();
    assert_eq!(logits.grad(), Some(vec![0.0, 0.0, 0.25, -0.25]));
}

#[test]
fn nan_is_not_taken_for_an_infinite_loss() {
    let tape = Tape::<f64>::new();
    let logits = tape.leaf([1, 2], &[0.0, f64::NAN]);
    let losses = Ctc::new()
        .zero_infinity()
        .of(logits, &Lengths::equal(1, 1), &[[1]]);
    assert!(losses.mean().item().is_nan());
}

/// All paths of 400 steps have probabilities below the smallest float.
#[test]
fn ctc_of_a_long_sequence_in_single_precision_is_that_in_double() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let (steps, classes) = (400, 30);
    let logits: Vec<f32> = (0..steps * classes)
        .map(|_| rng.random_range(-9.0..9.0))
        .collect();
    let labels: Vec<usize> = (0..90).map(|_| rng.random_range(1..classes)).collect();
    let (lengths, targets) = (Lengths::equal(steps, 1), [labels]);
    let single = Tape::<f32>::new();
    let x = single.leaf([steps, classes], &logits);
    let loss = Ctc::new().of(x, &lengths, &targets).mean();
    loss.backward();
    let double = Tape::<f64>::new();
    let wide: Vec<f64> = logits.iter().map(|&x| f64::from(x)).collect();
    let y = double.leaf([steps, classes], &wide);
    let expected = Ctc::new().of(y, &lengths, &targets).mean();
    expected.backward();
    let error = (f64::from(loss.item()) / expected.item() - 1.0).abs();
    assert!(error < 1e-6, "{error:e}");
    for (g, expected) in x.grad().unwrap().into_iter().zip(y.grad().unwrap()) {
        assert!((f64::from(g) - expected).abs() < 1e-2, "{g} {expected}");
    }
}

#[test]
fn ctc_records_as_many_nodes_for_any_labels_and_batch() {
    let nodes = |steps: usize, batch: usize, labels: usize| {
        let tape = Tape::<f64>::new();
        let logits = tape.leaf([steps * batch, 3], &vec![0.0; steps * batch * 3]);
        let targets = vec![vec![1; labels]; batch];
        Ctc::new().of(logits, &Lengths::equal(steps, batch), &targets);
        tape.len()
    };
    assert_eq!(nodes(20, 1, 1), nodes(20, 7, 10));
    assert_eq!(
        nodes(21, 1, 1) - nodes(20, 1, 1),
        nodes(22, 1, 1) - nodes(21, 1, 1)
    );
    assert!(nodes(21, 1, 1) - nodes(20, 1, 1) <= 11);
}

#[test]
fn a_batch_that_is_ignored_has_a_sum_and_a_gradient_of_0() {
    let tape = Tape::<f64>::new();
    let logits = tape.leaf([2, 3], &[f64::NAN; 6]);
    let cross_entropy = CrossEntropy::new().ignore(5).smoothing(0.1);
    let sum = cross_entropy.weights(&[1.0; 3]).of(logits, &[5, 5]).sum();
    sum.backward();
    assert_eq!((sum.item(), logits.grad()), (0.0, Some(vec![0.0; 6])));
}

/// The cross entropy of logits around 1000 and its gradient, of each kind.
#[test]
fn saturated_logits_stay_finite() {
    let x = [1000.0, -1000.0, 0.0, -1000.0, 1000.0, 1e3];
    let tape = Tape::<f32>::new();
    let logits = tape.leaf([2, 3], &x);
    let p = tape.constant([2, 3], &[0.0, 0.5, 0.5, 1.0, 0.0, 0.0]);
    let cross_entropy = CrossEntropy::new().smoothing(0.1);
    let total = cross_entropy.of(logits, &[1, 0]).mean()
        + cross_entropy.of_soft(logits, p).mean()
        + BinaryCrossEntropy::new().of(logits, p).mean()
        + BinaryCrossEntropy::new()
            .positive_weights(&[2.0; 3])
            .of(logits, p)
            .mean()
        + Ctc::new().of(logits, &Lengths::equal(2, 1), &[[1]]).mean();
    total.backward();
    assert!(total.item().is_finite());
    assert!(logits.grad().unwrap().iter().all(|g| g.is_finite()));
}
