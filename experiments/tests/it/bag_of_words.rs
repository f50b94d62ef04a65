//! The bag of words against the optimum of small problems, and the words it is made of.

use wengert_experiments::baselines::bag_of_words::BagOfWords;
use wengert_experiments::studies::sentiment::words::{Vocabulary, words};

fn texts(texts: &[&str]) -> Vec<Vec<String>> {
    texts.iter().map(|text| words(text)).collect()
}

fn fit(sentences: &[Vec<String>], positive: &[bool], penalty: f64) -> BagOfWords {
    let sentences: Vec<&[String]> = sentences.iter().map(Vec::as_slice).collect();
    BagOfWords::fit(&sentences, positive, penalty)
}

#[test]
fn one_word_for_each_answer_by_hand() {
    // Each of two weights w is where penalty w = s(-w) / 2 and, by symmetry, the bias is 0: at
    // penalty 0.1 that is w = 1.18.
    let bag = fit(&texts(&["good", "bad"]), &[true, false], 0.1);
    let [against, favour] = bag.strongest(5);
    let w = favour[0].1;
    assert!((0.1 * w - 0.5 / (1.0 + w.exp())).abs() < 1e-4, "{w}");
    assert_eq!(
        (against[0].0, favour[0].0, favour.len()),
        ("bad", "good", 1)
    );
    assert!((against[0].1 + w).abs() < 1e-4);
    let p = bag.probability(&words("good"));
    assert!((p - 1.0 / (1.0 + (-w).exp())).abs() < 1e-4, "{p}");
    // What was never seen says nothing.
    assert!((bag.probability(&words("blue green")) - 0.5).abs() < 1e-4);
}

#[test]
fn the_bias_has_no_penalty() {
    // Without a word in common with the question, the answer is how often the answer was yes.
    let sentences = texts(&["a", "b", "c", "d"]);
    let bag = fit(&sentences, &[true, true, true, false], 1e3);
    let p = bag.probability(&words("e"));
    assert!((p - 0.75).abs() < 1e-2, "{p}");
}

#[test]
fn pairs_tell_what_words_do_not() {
    let sentences = texts(&["not bad", "bad not", "not bad", "bad not"]);
    let bag = fit(&sentences, &[true, false, true, false], 1e-3);
    assert!(bag.probability(&words("not bad")) > 0.9);
    assert!(bag.probability(&words("bad not")) < 0.1);
}

#[test]
fn a_sentence_falls_into_words_and_marks() {
    assert_eq!(
        words("Don't buy it...It\u{2019}s 'bad'!  10/10"),
        [
            "don't", "buy", "it", ".", ".", ".", "it's", "'", "bad", "'", "!", "10", "/", "10"
        ]
    );
    // Dashes of another encoding, blanks and nothing are no words.
    assert_eq!(words("a\u{96}b\t "), ["a", "b"]);
    assert!(words("").is_empty());
}

#[test]
fn words_share_the_rows_of_their_parts() {
    let known = texts(&["good good goods", "bad"]);
    let vocabulary = Vocabulary::new(known.iter(), 2, 1 << 16);
    assert_eq!(vocabulary.rows(), 1 + 1 + (1 << 16));
    let [good, goods, bad] = ["good", "goods", "bad"].map(|word| vocabulary.encode(word));
    // "good" occurs twice; "<go", "goo", "ood", "<goo", "good", "<good" are in both.
    assert!(good.contains(&1) && !goods.contains(&1));
    let common = |a: &[usize], b: &[usize]| a.iter().filter(|row| b.contains(row)).count();
    assert_eq!(common(&good, &goods), 6);
    assert_eq!(common(&good, &bad), 0);
    // Without shared rows, rare words are all one.
    let vocabulary = Vocabulary::new(known.iter(), 2, 0);
    assert_eq!(vocabulary.encode("goods"), vocabulary.encode("new"));
    assert_eq!(vocabulary.encode("good"), [1]);
}
