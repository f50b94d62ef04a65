//! Texts as numbers, language models of them, and what their studies refuse.

use std::ffi::OsString;
use std::fs;

use wengert_experiments::alphabet::Alphabet;
use wengert_experiments::cli;
use wengert_experiments::corpus::Corpus;
use wengert_experiments::interrupt::Interrupt;
use wengert_experiments::language::{Language, bits};
use wengert_experiments::random::{Purpose, stream};
use wengert_experiments::studies::ALL;
use wengert_rnn::{Gru, Lstm, Sampler, Targets, Until};
use wengert_tape::Tape;

/// Runs `arguments` into a new directory: exit code, errors, and the text of a table.
fn experiment(arguments: &[&str], table: &str) -> (u8, String, String) {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("run");
    let options = ["--out", directory.to_str().unwrap()];
    let line = ["experiment"].iter().chain(arguments).chain(&options);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let line = line.map(OsString::from);
    let code = cli::run(line, ALL, &Interrupt::default(), &mut out, &mut err);
    let path = directory.join("tables").join(format!("{table}.txt"));
    let table = fs::read_to_string(path).unwrap_or_default();
    (code, String::from_utf8(err).unwrap(), table)
}

#[test]
fn characters_have_numbers_and_back() {
    let alphabet = Alphabet::of("to be, or not");
    assert_eq!(alphabet.len(), 8);
    let numbers = alphabet.encode("bet on").unwrap();
    assert_eq!(numbers, [2, 3, 7, 0, 5, 4]);
    assert_eq!(alphabet.decode(&numbers), "bet on");
    let error = alphabet.encode("bat").unwrap_err().to_string();
    assert_eq!(error, "'a' is none of the 8 characters");
}

#[test]
fn a_text_has_three_parts_in_order() {
    let corpus = Corpus::new(&"ab".repeat(500), 50).unwrap();
    let parts = &corpus.parts;
    assert_eq!(
        [&parts.train, &parts.validation, &parts.test],
        [&(0..900), &(900..950), &(950..1000)]
    );
    assert_eq!(corpus.train().len(), 900);
    let refused = |text: &str| Corpus::new(text, 50).unwrap_err().to_string();
    assert_eq!(
        refused(&"ab".repeat(200)),
        "the text has 400 characters, so that 20 are held out for the test: at least 50 are needed"
    );
    assert!(refused(&"a".repeat(1000)).contains("all 1000 characters of the text are 'a'"));
}

/// ln p of each symbol but the first, by one run over the whole text.
fn by_one_run(language: &Language<Gru>, text: &[usize]) -> Vec<f64> {
    use wengert_rnn::dropout::Mode;
    let params = language.init(&mut stream(0, Purpose::Weights));
    let tape = Tape::new();
    let w: wengert_experiments::language::Weights<'_, f32, Gru> = params.bind(&tape).take();
    let targets = Targets::next(&[text]);
    let x = language.embed(&w.embedding, targets.inputs());
    let layers = language.layers();
    let run = layers.run(&w.cell, x, targets.lengths(), None, Mode::Evaluate);
    let [weight, bias] = w.readout;
    let logits = run.output().linear(weight.t(), bias);
    let losses = logits.cross_entropy_each(targets.outputs()).to_vec();
    losses.iter().map(|&loss| -f64::from(loss)).collect()
}

#[test]
fn a_text_is_read_as_by_one_run() {
    let language = Language::new(5, 4, 2, 0.5, |inputs| Gru::new(inputs, 6));
    let params = language.init(&mut stream(0, Purpose::Weights));
    let text: Vec<usize> = (0..1400).map(|i| i * i % 7 % 5).collect();
    let expected = by_one_run(&language, &text);
    let close = |a: f64, b: f64| (a - b).abs() < 1e-4;
    // Three goes side by side, of 512, 512 and 366 symbols, from different beginnings.
    let found = language.log_probabilities(&params, &text, 10..1400);
    assert_eq!(found.len(), 1390);
    for (i, &found) in found.iter().enumerate() {
        assert!(close(found, expected[9 + i]), "symbol {}", 10 + i);
    }
    // After all there is, it is the same.
    let after = language.log_probabilities_after(&params, &text, &[30], 30);
    assert!(close(after[0], expected[29]));
    let less = language.log_probabilities_after(&params, &text, &[30, 50], 2);
    let again = by_one_run(&language, &text[28..31]);
    assert!(close(less[0], again[1]) && less.len() == 2);
}

#[test]
fn bits_are_the_mean_of_negative_logarithms() {
    assert_eq!(bits(&[-2f64.ln(), -8f64.ln()]), 2.0);
    assert!(bits(&[]).is_nan());
}

#[test]
fn a_network_writes_as_much_as_is_asked() {
    let language = Language::new(3, 2, 1, 0.0, |inputs| Lstm::new(inputs, 4));
    let params = language.init(&mut stream(0, Purpose::Weights));
    let random = &mut stream(0, Purpose::Generation);
    let (sampler, until) = (Sampler::new(), Until::length(7));
    let written = language.generate(&params, &[[0, 1]], &sampler, until, random);
    assert!(written.len() == 1 && written[0].len() == 7);
}

/// The frequencies of the characters cost the same in order and shuffled.
#[test]
fn shuffling_keeps_the_characters() {
    let (code, err, table) = experiment(&["order", "preset=smoke"], "texts");
    assert_eq!(code, 0, "{err}");
    let frequencies = table.lines().skip(1).map(|line| {
        let numbers = line.split("  ").map(str::trim);
        numbers.filter(|cell| !cell.is_empty()).nth(1).unwrap()
    });
    let frequencies: Vec<&str> = frequencies.collect();
    assert_eq!(frequencies.len(), 3);
    assert!(frequencies.iter().all(|cell| *cell == frequencies[0]));
}

#[test]
fn studies_of_text_refuse_what_they_cannot_use() {
    let refused = |arguments: &[&str], expected: u8, parts: &[&str]| {
        let (code, err, _) = experiment(arguments, "models");
        assert_eq!((code, err.lines().count()), (expected, 1), "{err}");
        for part in parts {
            assert!(err.contains(part), "{part:?} is not in {err:?}");
        }
    };
    refused(&["text", "dropout=1"], 2, &["dropout=1", "0 and 0.9"]);
    refused(&["text", "cell=gur"], 2, &["cell=gur"]);
    refused(
        &["text", "order=8"],
        2,
        &["order=8: must be between 1 and 7"],
    );
    refused(
        &["text", "prompt=10%"],
        2,
        &["prompt=10%", "'1' is none of"],
    );
    refused(&["text", "characters=900"], 1, &["900 characters", "161"]);
    refused(&["order", "characters=0"], 2, &["characters=0"]);
    refused(&["order", "characters=99"], 1, &["99 characters", "256"]);
}
