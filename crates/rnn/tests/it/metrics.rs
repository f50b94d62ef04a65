//! Metrics against sacreBLEU, slow formulas, and what must hold of them.

use proptest::prelude::*;
use serde_json::Value;
use wengert_rnn::Lengths;
use wengert_rnn::metrics::{
    Bleu, Chrf, Confusion, accuracy, bits_per_symbol, ctc_collapse, ctc_greedy, edit_distance,
    error_rate, largest, perplexity, top_k_accuracy,
};

#[test]
fn bleu_and_chrf_are_those_of_sacrebleu() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../data/metrics.json")).unwrap();
    assert_eq!(cases.len(), 23);
    for case in &cases {
        let segments: Vec<(String, Vec<String>)> =
            serde_json::from_value(case["segments"].clone()).unwrap();
        let mut bleu = Bleu::new();
        let (mut chrf, mut plus_plus) = (Chrf::new(), Chrf::plus_plus());
        for (hypothesis, references) in &segments {
            let words: Vec<&str> = hypothesis.split_whitespace().collect();
            let texts: Vec<&str> = references.iter().map(String::as_str).collect();
            let tokens = texts.iter().map(|text| text.split_whitespace().collect());
            bleu.add(&words, &tokens.collect::<Vec<Vec<&str>>>());
            chrf.add(hypothesis, &texts);
            plus_plus.add(hypothesis, &texts);
        }
        let close = |name: &str, found: f64, expected: &Value| {
            let expected = expected.as_f64().unwrap();
            let error = (found - expected).abs();
            assert!(
                error <= 1e-13 * expected,
                "{name} {found}, not {expected}: {segments:?}"
            );
        };
        close("bleu", bleu.score(), &case["bleu"]);
        close(
            "brevity penalty",
            bleu.brevity_penalty(),
            &case["brevity_penalty"],
        );
        for (n, precision) in bleu.precisions().into_iter().enumerate() {
            close("precision", precision, &case["precisions"][n]);
        }
        close("chrf", chrf.score(), &case["chrf"]);
        close("chrf++", plus_plus.score(), &case["chrf_plus_plus"]);
    }
}

/// The recursive definition.
fn slow_distance(a: &[u8], b: &[u8]) -> usize {
    match (a, b) {
        ([], rest) | (rest, []) => rest.len(),
        ([x, a @ ..], [y, b @ ..]) if x == y => slow_distance(a, b),
        ([_, a_rest @ ..], [_, b_rest @ ..]) => {
            let (deleted, inserted) = (slow_distance(a_rest, b), slow_distance(a, b_rest));
            1 + slow_distance(a_rest, b_rest).min(deleted).min(inserted)
        }
    }
}

fn words() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0..3u8, 0..7)
}

proptest! {
    #[test]
    fn edit_distance_is_the_recursive_one(a in words(), b in words()) {
        prop_assert_eq!(edit_distance(&a, &b), slow_distance(&a, &b));
    }

    #[test]
    fn edit_distance_is_a_metric(a in words(), b in words(), c in words()) {
        prop_assert_eq!(edit_distance(&a, &b), edit_distance(&b, &a));
        prop_assert_eq!(edit_distance(&a, &b) == 0, a == b);
        prop_assert!(edit_distance(&a, &c) <= edit_distance(&a, &b) + edit_distance(&b, &c));
    }

    #[test]
    fn top_k_counts_those_among_the_k_first_of_a_sort(
        scores in prop::collection::vec(0..4u8, 12), targets in prop::collection::vec(0..4usize, 3),
        k in 1..5usize,
    ) {
        let scores: Vec<f32> = scores.into_iter().map(f32::from).collect();
        let right = scores.chunks(4).zip(&targets).filter(|(row, target)| {
            let mut order: Vec<usize> = (0..4).collect();
            order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
            order[..k.min(4)].contains(target)
        });
        prop_assert_eq!(top_k_accuracy(&scores, 4, &targets, k), right.count() as f64 / 3.0);
        let best = accuracy(&largest(&scores, 4), &targets);
        prop_assert_eq!(top_k_accuracy(&scores, 4, &targets, 1), best);
    }

    #[test]
    fn a_confusion_matrix_counts_every_pair(pairs in prop::collection::vec((0..3usize, 0..3usize), 1..30)) {
        let (predictions, targets): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
        let confusion = Confusion::new(3, &predictions, &targets);
        let count = |holds: &dyn Fn(usize, usize) -> bool| {
            pairs.iter().filter(|&&(p, t)| holds(p, t)).count() as f64
        };
        prop_assert_eq!(confusion.accuracy(), accuracy(&predictions, &targets));
        prop_assert_eq!(confusion.counts().iter().sum::<usize>(), pairs.len());
        let mut sum = 0.0;
        for k in 0..3 {
            let both = count(&|p, t| p == k && t == k);
            let (predicted, occurred) = (count(&|p, _| p == k), count(&|_, t| t == k));
            prop_assert_eq!(confusion.precision(k), if predicted > 0.0 { both / predicted } else { 0.0 });
            prop_assert_eq!(confusion.recall(k), if occurred > 0.0 { both / occurred } else { 0.0 });
            let (p, r) = (confusion.precision(k), confusion.recall(k));
            let f1 = if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 };
            prop_assert!((confusion.f1(k) - f1).abs() < 1e-15);
            sum += f1;
        }
        prop_assert!((confusion.macro_f1() - sum / 3.0).abs() < 1e-15);
    }
}

#[test]
fn error_rates_are_over_all_references_together() {
    let characters = |text: &str| text.chars().collect::<Vec<char>>();
    let (read, said) = (["kitten", ""], ["sitting", "ab"]);
    assert_eq!(
        error_rate(&read.map(characters), &said.map(characters)),
        5.0 / 9.0
    );
    assert_eq!(error_rate(&["aaaa"], &["a"].map(str::as_bytes)), 3.0);
}

#[test]
fn greedy_decoding_reads_real_steps_only() {
    assert_eq!(ctc_collapse(&[0, 0], 0), [0; 0]);
    assert_eq!(ctc_collapse(&[2, 2, 2, 1], 2), [1]);
    // Two samples, of 4 and 2 steps: paths 1 1 0 1 and 2 0.
    let best = [1, 2, 1, 0, 0, 1, 1, 2];
    let mut scores = vec![0.0; 8 * 3];
    for (row, class) in best.into_iter().enumerate() {
        scores[row * 3 + class] = 1.0;
    }
    scores[5 * 3..6 * 3].fill(f64::NAN);
    let lengths = Lengths::ragged(4, 2, &[4, 2]);
    let labels = [vec![1, 1], vec![2]];
    assert_eq!(ctc_greedy(&scores, &lengths, 0), labels);
    let packed = lengths.pack(&scores, 3);
    assert_eq!(ctc_greedy(&packed, &lengths.packed(), 0), labels);
}

#[test]
fn a_uniform_model_is_as_uncertain_as_it_has_symbols() {
    let nats = 27f64.ln();
    assert!((bits_per_symbol(nats) - 27f64.log2()).abs() < 1e-15);
    assert!((perplexity(nats) - 27.0).abs() < 1e-13);
}
