//! Tokens without topics, and calibrated probabilities.

use wengert_experiments::studies::authorship::calibration::{probability, scale};
use wengert_experiments::studies::authorship::tokens::{OTHER, TOKENS, name, tokens};

fn names(text: &str) -> Vec<String> {
    tokens(text).into_iter().map(name).collect()
}

#[test]
fn of_a_text_style_is_left_and_no_topic() {
    let text = "Upon the SENATE, depending wholly — “things” ratified [1] by 13 states!";
    let expected = [
        "upon", "the", "other", ",", "-ing", "-ly", "things", "-ed", "by", "-s", ".",
    ];
    assert_eq!(names(text), expected);
    // Too short to have an ending; the last word needs no space after it.
    assert_eq!(names("king bed us"), ["-ing", "other", "other"]);
    assert!(tokens(" 1787; ").len() == 1);
}

#[test]
fn tokens_have_different_names() {
    let mut all: Vec<String> = (0..TOKENS).map(name).collect();
    assert_eq!(all[OTHER], "other");
    // Function words come first, and each is its own token.
    for word in &all[..70] {
        assert_eq!(names(word), [word.as_str()]);
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), TOKENS);
}

#[test]
fn the_scale_is_that_of_the_greatest_likelihood() {
    // One paper of each author, at -s and s: the target is 2/3 by Laplace's rule, so a s = ln 2.
    for s in [0.01, 1.0, 250.0] {
        let a = scale(&[-s, s], &[0, 1]);
        assert!((a * s - 2f64.ln()).abs() < 1e-9, "{a}");
        assert!((probability(a * s) - 2.0 / 3.0).abs() < 1e-9);
    }
}

#[test]
fn what_says_nothing_is_scaled_to_nothing() {
    // As often wrong as right: no scale above 0 is better.
    let a = scale(&[-5.0, 5.0, -5.0, 5.0], &[0, 1, 1, 0]);
    assert!(a < 1e-9, "{a}");
}

#[test]
fn both_authors_count_as_much() {
    // Three papers of author 0 at -2 and one of author 1 at 1.
    let (sums, authors) = ([-2.0, -2.0, -2.0, 1.0], [0, 0, 0, 1]);
    let a = scale(&sums, &authors);
    let loss = |a: f64| {
        let sure = [4.0 / 5.0, 2.0 / 3.0];
        let each = |odds: f64, sure: f64| {
            -(sure * probability(odds).ln() + (1.0 - sure) * probability(-odds).ln())
        };
        each(2.0 * a, sure[0]) + each(a, sure[1])
    };
    assert!(loss(a) < loss(a * 1.01) && loss(a) < loss(a * 0.99), "{a}");
}
