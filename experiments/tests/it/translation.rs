//! Pieces of words, and tables of words.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use wengert_experiments::baselines::lexicon::Lexicon;
use wengert_experiments::data::bpe::{Pieces, UNKNOWN};

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(String::from).collect()
}

fn learnt(text: &str, merges: usize) -> Pieces {
    Pieces::learn(text.split_whitespace(), merges)
}

fn texts(pieces: &Pieces, word: &str) -> Vec<String> {
    let encoded = pieces.encode(word).into_iter();
    encoded.map(|piece| pieces.text(piece).to_owned()).collect()
}

#[test]
fn frequent_neighbours_are_merged_first() {
    // Pairs: lo 5 times (as " lo" 4: " l" + "o"), ow 5, we 2, er 2, " sl" 1.
    let text = "low low lower lower slow";
    assert_eq!(texts(&learnt(text, 0), "low"), [" l", "o", "w"]);
    assert_eq!(texts(&learnt(text, 1), "low"), [" l", "ow"]);
    assert_eq!(texts(&learnt(text, 2), "low"), [" low"]);
    assert_eq!(texts(&learnt(text, 2), "slow"), [" s", "l", "ow"]);
    // What comes once is not merged, however many merges there may be.
    assert_eq!(texts(&learnt(text, 100), "lower"), [" lower"]);
    assert_eq!(texts(&learnt(text, 100), "slow"), [" s", "l", "ow"]);
}

#[test]
fn words_come_back_from_their_pieces() {
    let text = "in the beginning was the word , and the word was with god";
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    for merges in [0, 3, 10, 1000] {
        let pieces = learnt(text, merges);
        let all: Vec<usize> = text
            .split_whitespace()
            .flat_map(|word| pieces.encode(word))
            .collect();
        assert!(all.iter().all(|&piece| piece < pieces.len()));
        assert_eq!(pieces.decode(&all), text);
        let other: Vec<usize> = text
            .split_whitespace()
            .flat_map(|word| pieces.encode_randomly(word, 0.5, &mut rng))
            .collect();
        assert_eq!(pieces.decode(&other), text);
        assert!(other.len() >= all.len());
    }
}

#[test]
fn random_pieces_without_omissions_are_the_pieces() {
    let pieces = learnt("the theme then there the", 20);
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    for word in ["the", "there", "mene"] {
        let random = pieces.encode_randomly(word, 0.0, &mut rng);
        assert_eq!(random, pieces.encode(word));
        let single = pieces.encode_randomly(word, 1.0, &mut rng);
        assert_eq!(single.len(), word.len());
    }
}

#[test]
fn an_unknown_character_is_the_unknown_piece() {
    let pieces = learnt("abab ab", 1);
    assert_eq!(texts(&pieces, "abxab")[1..], ["?", "a", "b"]);
    // "x" at the start of a word was not seen either.
    assert_eq!(pieces.encode("xa")[0], UNKNOWN);
}

#[test]
fn a_table_of_words_is_that_of_model_1() {
    // One iteration by hand, from equal probabilities: "the house", "la casa" twice and "the", "la"
    // once, with no word beside each. In the first pair each of 3 sources takes 1/3 of each target,
    // or 2/3 in both copies; in the second each of 2 sources takes half of "la".
    //   e = the:    la 2/3 + 1/2 = 7/6, casa 2/3      of 11/6
    //   e = house:  la 2/3, casa 2/3                  of 4/3
    // But the start is not equal for all: house 1/2, the 1/2, no word 1/2: it is.
    let pair = |english, spanish| (words(english), words(spanish));
    let pairs = [
        pair("the house", "la casa"),
        pair("the house", "la casa"),
        pair("the", "la"),
    ];
    let lexicon = Lexicon::learn(&pairs, 1);
    let row = |word: &str| -> Vec<(String, f64)> {
        let row = lexicon.translations(&word.to_owned());
        row.map(|(word, p)| (word.clone(), p)).collect()
    };
    let expected = |word: &str, casa: f64| {
        let row = row(word);
        assert_eq!(row[0].0, "casa");
        assert!((row[0].1 - casa).abs() < 1e-12, "{row:?}");
        assert!((row[1].1 - (1.0 - casa)).abs() < 1e-12, "{row:?}");
    };
    expected("the", (2.0 / 3.0) / (11.0 / 6.0));
    expected("house", 0.5);
    assert!(row("garden").is_empty());
}

#[test]
fn a_table_of_words_finds_which_word_is_which() {
    let pairs: Vec<_> = [
        ("the house", "la casa"),
        ("the door", "la puerta"),
        ("house", "casa"),
        ("a door", "una puerta"),
    ]
    .map(|(english, spanish)| (words(english), words(spanish)))
    .into();
    let lexicon = Lexicon::learn(&pairs, 20);
    let translated = lexicon.word_by_word(&words("the door a house zaphnath"));
    assert_eq!(translated, words("la puerta una casa zaphnath"));
}
