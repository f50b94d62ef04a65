//! Markov chains: smoothed probabilities by hand, sums of 1, what they write.

use rand::RngExt;
use wengert_experiments::baselines::ngram::Ngrams;
use wengert_experiments::random::{Purpose, stream};
use wengert_rnn::{Sampler, Until};

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64]) {
    let close = found
        .iter()
        .zip(expected)
        .all(|(a, b)| (a - b).abs() < 1e-12);
    assert!(
        close && found.len() == expected.len(),
        "{found:?} is not {expected:?}"
    );
}

#[test]
fn smoothing_by_hand() {
    // 0 0 0 1 after a start: no symbol follows another four times, so the fallback discounts hold.
    let ngrams = Ngrams::count(2, 1, &[[0, 0, 0, 1]]);
    assert_close(&ngrams.chain(0).probabilities(&[]), &[0.625, 0.375]);
    // In order 1 the shorter context counts what comes before: 0 follows the start and 0, 1 only 0.
    let chain = ngrams.chain(1);
    assert_close(&chain.probabilities(&[1, 0]), &[15.0 / 24.0, 9.0 / 24.0]);
    assert_close(&chain.probabilities(&[]), &[19.0 / 24.0, 5.0 / 24.0]);
    // Nothing follows 1.
    assert_close(&chain.probabilities(&[1]), &[7.0 / 12.0, 5.0 / 12.0]);
}

#[test]
fn discounts_come_from_the_counts_of_counts() {
    // Three symbols once, two twice, one three and one four times: Y = 3 / 7.
    let sequence = [0, 1, 2, 3, 3, 4, 4, 5, 5, 5, 6, 6, 6, 6];
    let p = Ngrams::count(7, 0, &[sequence]).chain(0).probabilities(&[]);
    assert_close(&[p[0], p[6]], &[74.0 / 686.0, 179.0 / 686.0]);
}

#[test]
fn probabilities_add_up_and_agree_with_logarithms() {
    let mut rng = stream(0, Purpose::Examples);
    let mut draw = |length: usize| -> Vec<usize> {
        let mut last = 0;
        let mut next = || {
            // Half of the time a step further, else anything.
            last = (last
                + if rng.random() {
                    1
                } else {
                    rng.random_range(0..9)
                })
                % 9;
            last
        };
        (0..length).map(|_| next()).collect()
    };
    let ngrams = Ngrams::count(9, 4, &[draw(3000), draw(1), draw(500)]);
    let test = draw(200);
    for order in 0..=4 {
        let chain = ngrams.chain(order);
        let logs = chain.log_probabilities(&test);
        for (t, &symbol) in test.iter().enumerate() {
            let p = chain.probabilities(&test[..t]);
            assert_close(&[p.iter().sum(), p[symbol]], &[1.0, logs[t].exp()]);
            assert!(p.iter().all(|&p| p > 0.0));
        }
        let mean = -logs.iter().sum::<f64>() / 200.0 / 2f64.ln();
        assert_close(&[chain.bits(&[&test])], &[mean]);
    }
    let bits = |order| ngrams.chain(order).bits(&[&test]);
    assert!(bits(1) < bits(0), "a symbol tells about the next");
}

#[test]
fn sequences_begin_after_a_start() {
    let ngrams = Ngrams::count(3, 2, &[[0, 1, 2]; 50]);
    let (chain, mut rng) = (ngrams.chain(2), stream(0, Purpose::Generation));
    let greedy = Sampler::greedy();
    let until = Until::length(5).or_token(2);
    assert_eq!(chain.generate(&[], &greedy, until, &mut rng), [0, 1]);
    let until = Until::length(1);
    assert_eq!(chain.generate(&[0], &greedy, until, &mut rng), [1]);
}

#[test]
#[should_panic(expected = "ngrams: symbol 3, but there are 3, counted from 0")]
fn an_unknown_symbol_is_refused() {
    Ngrams::count(3, 1, &[[0, 3]]);
}

#[test]
#[should_panic(expected = "129 of 1 symbols take 1 bits each, more than 128 together")]
fn a_context_too_long_is_refused() {
    Ngrams::count(1, 128, &[[0]]);
}
