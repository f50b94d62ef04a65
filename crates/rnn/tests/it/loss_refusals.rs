//! What losses and metrics refuse, each as its one line.

use wengert_rnn::loss::{gaussian_nll, huber, real_steps, squared_error};
use wengert_rnn::metrics::{
    Bleu, Chrf, Confusion, accuracy, ctc_greedy, error_rate, largest, top_k_accuracy,
};
use wengert_rnn::{BinaryCrossEntropy, CrossEntropy, Ctc, Lengths};
use wengert_tape::Tape;

use crate::setup::refusal;

/// Each expression must panic with exactly the message behind it.
macro_rules! refusals {
    ($($what:expr => $message:literal;)*) => {$(
        let message = refusal(|| {
            let _ = $what;
        });
        assert_eq!(message, $message, "{}", stringify!($what));
    )*};
}

#[test]
fn of_cross_entropy() {
    let tape = Tape::<f64>::new();
    let logits = tape.leaf([2, 3], &[0.0; 6]);
    let vector = tape.leaf([6], &[0.0; 6]);
    let p = |p: &[f64]| tape.constant([p.len() / 3, 3], p);
    let new = CrossEntropy::new;
    refusals! {
        new().of(vector, &[0; 6]) => "cross entropy: logits [6], but a matrix [N,K] is needed";
        new().of(logits, &[0]) => "cross entropy: 2 rows of logits, but 1 targets";
        new().of(logits, &[0, 3]) => "cross entropy: target 3 of row 1, but there are 3 classes";
        new().ignore(0).of(logits, &[0, 7]) =>
            "cross entropy: target 7 of row 1, but there are 3 classes";
        new().ignore(9).of(logits, &[9, 9]).mean() =>
            "loss: the mean of 2 losses of weight 0; at least one must count";
        new().weights(&[1.0, 0.0, 1.0]).of(logits, &[1, 1]).mean() =>
            "loss: the mean of 2 losses of weight 0; at least one must count";
        new().of(tape.zeros([0, 3]), &[]).mean() =>
            "loss: the mean of 0 losses of weight 0; at least one must count";
        new().weights(&[1.0, 2.0]).of(logits, &[0, 1]) =>
            "cross entropy: 2 class weights for 3 classes";
        new().weights(&[1.0, f64::NAN]) =>
            "cross entropy: weight NaN of class 1: it must be finite and not negative";
        new().weights(&[-1.0]) =>
            "cross entropy: weight -1 of class 0: it must be finite and not negative";
        new().weights(&[f64::INFINITY]) =>
            "cross entropy: weight inf of class 0: it must be finite and not negative";
        new().smoothing(1.1) => "cross entropy: smoothing 1.1, but it must be in [0, 1]";
        new().smoothing(-0.1) => "cross entropy: smoothing -0.1, but it must be in [0, 1]";
        new().smoothing(f64::NAN) => "cross entropy: smoothing NaN, but it must be in [0, 1]";
        new().of_soft(logits, p(&[1.0, 0.0, 0.0])) =>
            "cross entropy: logits [2,3], but targets [1,3]: the shapes must be equal";
        new().of_soft(logits, p(&[1.0, 0.0, 0.0, 0.0, -0.5, 1.5])) =>
            "cross entropy: probability -0.5 in row 1 of the targets";
        new().of_soft(logits, p(&[1.0, 0.0, f64::NAN, 0.0, 0.0, 1.0])) =>
            "cross entropy: probability NaN in row 0 of the targets";
        new().ignore(0).of_soft(logits, p(&[1.0, 0.0, 0.0, 1.0, 0.0, 0.0])) =>
            "cross entropy: a target to ignore is a class, but the targets are probabilities";
    }
}

#[test]
fn of_binary_cross_entropy_and_regression() {
    let tape = Tape::<f64>::new();
    let (x, y) = (tape.zeros([2, 1]), tape.zeros([2]));
    let binary = BinaryCrossEntropy::new;
    refusals! {
        binary().of(x, y) =>
            "binary cross entropy: logits [2,1], but targets [2]: the shapes must be equal";
        binary().of(y, tape.constant([2], &[0.0, 1.5])) =>
            "binary cross entropy: target 1.5 at 1, but it must be in [0, 1]";
        binary().of(y, tape.constant([2], &[f64::NAN, 1.0])) =>
            "binary cross entropy: target NaN at 0, but it must be in [0, 1]";
        binary().positive_weights(&[1.0]).of(y, y) =>
            "binary cross entropy: 1 positive weights for logits [2]";
        binary().positive_weights(&[f64::NAN]) =>
            "binary cross entropy: weight NaN of class 0: it must be finite and not negative";
        squared_error(x, y) =>
            "squared error: prediction [2,1], but target [2]: the shapes must be equal";
        huber(y, y, 0.0) => "huber: delta 0, but it must be positive and finite";
        huber(y, y, f64::NAN) => "huber: delta NaN, but it must be positive and finite";
        huber(y, y, f64::INFINITY) => "huber: delta inf, but it must be positive and finite";
        gaussian_nll(y, x, y) =>
            "gaussian nll: mean [2], but log variance [2,1]: the shapes must be equal";
        gaussian_nll(y, y, x) =>
            "gaussian nll: prediction [2], but target [2,1]: the shapes must be equal";
        real_steps(y, &Lengths::equal(3, 1)) => "real steps: [2], but 3 steps of 1 samples need 3 rows";
    }
}

#[test]
fn of_ctc() {
    let tape = Tape::<f64>::new();
    let logits = tape.leaf([6, 3], &[0.0; 18]);
    let lengths = Lengths::ragged(3, 2, &[3, 2]);
    let short = tape.zeros([5, 3]);
    let ctc = |targets: [&[usize]; 2]| Ctc::new().of(logits, &lengths, &targets);
    refusals! {
        Ctc::new().of(short, &lengths, &[[1], [1]]) =>
            "ctc: logits [5,3], but 3 steps of 2 samples need [6,K]";
        Ctc::new().of(tape.zeros([6]), &lengths, &[[1], [1]]) =>
            "ctc: logits [6], but a matrix [6,K] is needed";
        Ctc::new().of(logits, &lengths, &[[1]]) => "ctc: 1 targets for 2 samples";
        Ctc::new().blank(3).of(logits, &lengths, &[[1], [1]]) =>
            "ctc: the blank is 3, but there are 3 classes";
        ctc([&[1], &[1, 3]]) => "ctc: label 3 at 1 of sample 1, but there are 3 classes";
        ctc([&[1, 0], &[1]]) => "ctc: label 0 at 1 of sample 0 is the blank";
        ctc([&[1, 2, 1, 2], &[1]]) =>
            "ctc: the 4 labels of sample 0, 0 repeated, need 4 steps, but it has 3; \
             leave it out, or count it as 0 by zero_infinity()";
        ctc([&[1, 2, 1], &[2, 2]]) =>
            "ctc: the 2 labels of sample 1, 1 repeated, need 3 steps, but it has 2; \
             leave it out, or count it as 0 by zero_infinity()";
    }
}

#[test]
fn of_metrics() {
    let words = ["a", "b"];
    let nothing: [[&str; 2]; 0] = [];
    let lengths = Lengths::equal(2, 1);
    let nan = [0.0, f64::NAN, 0.0, 0.0];
    refusals! {
        accuracy(&[0], &[0, 1]) =>
            "accuracy: 1 predictions for 2 targets; as many are needed, and at least 1";
        accuracy(&[], &[]) =>
            "accuracy: 0 predictions for 0 targets; as many are needed, and at least 1";
        largest(&[0.0; 3], 2) => "largest: 3 scores are no rows of 2 classes";
        largest::<f64>(&[], 0) => "largest: 0 scores are no rows of 0 classes";
        largest(&nan, 2) => "largest: the score of class 1 of row 0 is NaN";
        top_k_accuracy(&nan, 2, &[0, 0], 1) =>
            "top-k accuracy: the score of class 1 of row 0 is NaN";
        top_k_accuracy(&[0.0; 4], 2, &[0, 0], 0) =>
            "top-k accuracy: k is 0, but 1 or more is needed";
        top_k_accuracy(&[0.0; 4], 2, &[0, 2], 1) =>
            "top-k accuracy: class 2 of row 1, but there are 2 classes";
        top_k_accuracy(&[0.0; 4], 2, &[0], 1) =>
            "top-k accuracy: 2 predictions for 1 targets; as many are needed, and at least 1";
        Confusion::new(2, &[0, 2], &[0, 0]) =>
            "confusion: class 2 of row 1, but there are 2 classes";
        Confusion::new(2, &[0], &[0]).count(0, 2) =>
            "confusion: 0 taken for 2, but there are 2 classes";
        error_rate::<&str>(&[words], &nothing) => "error rate: 1 hypotheses for 0 references";
        error_rate::<&str>(&[words], &[[]]) =>
            "error rate: the 1 references are empty; at least one symbol is needed";
        Bleu::new().score() => "bleu: no segment was added; at least one is needed";
        Bleu::new().add(&words, &nothing) =>
            "bleu: segment 0 has no reference; at least one is needed";
        Chrf::new().score() => "chrf: no segment was added; at least one is needed";
        Chrf::new().add("a", &[]) => "chrf: segment 0 has no reference; at least one is needed";
        ctc_greedy(&[0.0; 5], &lengths, 0) =>
            "ctc: 5 scores do not divide in 2 rows, of 2 steps of 1 samples";
        ctc_greedy(&[0.0; 4], &lengths, 2) => "ctc: the blank is 2, but there are 2 classes";
    }
}
