//! Formal languages: automata against definitions, continuations against what may follow.

use proptest::prelude::*;
use wengert_experiments::random::{Purpose, stream};
use wengert_experiments::tasks::automaton::{Automaton, all_strings};
use wengert_experiments::tasks::counting::{AnBn, Dyck};
use wengert_experiments::tasks::language::Language;
use wengert_experiments::tasks::reber::Reber;
use wengert_experiments::tasks::tomita::TOMITA;

/// The longest strings that are all looked at.
const ALL: usize = 11;

/// Lengths of the blocks of equal symbols, with their symbols.
fn blocks(string: &[usize]) -> Vec<(usize, usize)> {
    let blocks = string.chunk_by(|a, b| a == b);
    blocks.map(|block| (block[0], block.len())).collect()
}

fn count(string: &[usize], symbol: usize) -> usize {
    string.iter().filter(|s| **s == symbol).count()
}

/// Whether a string is in the language of Tomita, word for word as the definition has it.
fn is_in(language: usize, string: &[usize]) -> bool {
    match language {
        1 => count(string, 0) == 0,
        2 => string.len().is_multiple_of(2) && string.chunks(2).all(|pair| pair == [1, 0]),
        3 => !blocks(string)
            .windows(2)
            .any(|pair| pair[0].0 == 1 && pair[0].1 % 2 == 1 && pair[1].1 % 2 == 1),
        4 => !string.windows(3).any(|three| three == [0, 0, 0]),
        5 => count(string, 0).is_multiple_of(2) && count(string, 1).is_multiple_of(2),
        6 => count(string, 0) % 3 == count(string, 1) % 3,
        7 => blocks(string).len() <= 3 + usize::from(string.first() == Some(&0)),
        _ => unreachable!("there are seven"),
    }
}

#[test]
fn tomitas_automata_accept_what_he_defined() {
    for length in 0..=ALL {
        for string in all_strings(2, length) {
            for (index, automaton) in TOMITA.iter().enumerate() {
                let expected = is_in(index + 1, &string);
                let accepted = automaton.accepts(&string);
                assert_eq!(accepted, expected, "Tomita {}: {string:?}", index + 1);
            }
        }
    }
}

/// Whether some string tells two states apart.
fn differ(automaton: &Automaton, a: usize, b: usize) -> bool {
    let end = |start: usize, string: &[usize]| {
        let state = string.iter().fold(start, |q, &s| automaton.next[q][s]);
        automaton.accepting[state]
    };
    let strings = (0..5).flat_map(|length| all_strings(2, length));
    strings
        .into_iter()
        .any(|string| end(a, &string) != end(b, &string))
}

#[test]
fn tomitas_automata_are_the_smallest() {
    let sizes = [2, 3, 5, 4, 4, 3, 5];
    for (automaton, size) in TOMITA.iter().zip(sizes) {
        assert_eq!(automaton.next.len(), size);
        for a in 0..size {
            assert!((0..a).all(|b| differ(automaton, a, b)));
        }
    }
}

#[test]
fn strings_are_drawn_alike_from_all_of_their_length() {
    // Of length 4 all but 0000, 0001 and 1000 are without 000.
    let without_000 = &TOMITA[3];
    let mut rng = stream(0, Purpose::Examples);
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..13_000 {
        let string = without_000.draw(4, true, &mut rng).unwrap();
        assert!(without_000.accepts(&string));
        *counts.entry(string).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 13);
    assert!(counts.values().all(|count| (850..1150).contains(count)));
    assert_eq!(TOMITA[1].draw(3, true, &mut rng), None);
    assert_eq!(TOMITA[1].draw(0, true, &mut rng), Some(Vec::new()));
}

fn symbols(language: &dyn Language, text: &str) -> Vec<usize> {
    let letters = language.letters();
    let symbol = |c| letters.iter().position(|letter| *letter == c).unwrap();
    text.chars().map(symbol).collect()
}

#[test]
fn reber_strings_are_those_of_the_graph() {
    let plain = |text| Reber::Plain.accepts(&symbols(&Reber::Plain, text));
    let legal = ["BTXSE", "BPVVE", "BTSSXXTVVE", "BPTVPXVVE", "BTXXTTVPSE"];
    assert!(legal.into_iter().all(plain));
    let illegal = ["", "BTXS", "BTXSEE", "TXSE", "BPVPE", "BTTVVE", "BTXXSE"];
    assert!(!illegal.into_iter().any(plain));
}

#[test]
fn the_embedded_grammar_asks_for_the_second_symbol_again() {
    let embedded = |text| Reber::Embedded.accepts(&symbols(&Reber::Embedded, text));
    assert!(embedded("BTBTXSETE") && embedded("BPBTXSEPE"));
    assert!(!embedded("BTBTXSEPE") && !embedded("BPBTXSETE") && !embedded("BTXSE"));
    // After the inner E only that symbol may come.
    let string = symbols(&Reber::Embedded, "BPBTXSE");
    let rows = Reber::Embedded.continuations(&string).unwrap();
    let last: Vec<usize> = (0..8).filter(|&s| rows[7][s]).collect();
    assert_eq!(last, symbols(&Reber::Embedded, "P"));
    assert_eq!(Reber::Embedded.continuations(&[0, 0]), None);
}

/// Brackets, followed with a stack: `None` once one is wrong.
fn deepest(string: &[usize]) -> Option<usize> {
    let (mut open, mut deepest) = (Vec::new(), 0);
    for &symbol in string {
        if symbol % 2 == 0 {
            open.push(symbol);
            deepest = deepest.max(open.len());
        } else if open.pop() != Some(symbol - 1) {
            return None;
        }
    }
    open.is_empty().then_some(deepest)
}

#[test]
fn all_short_strings_of_the_counting_languages() {
    let dyck = Dyck::new(2, 2, [1, 5]);
    for length in 0..=6 {
        for string in all_strings(4, length) {
            let expected = deepest(&string).is_some_and(|depth| depth <= 2);
            assert_eq!(dyck.accepts(&string), expected, "{string:?}");
        }
        for string in all_strings(2, length) {
            let expected = length > 0 && string == AnBn::string(length / 2);
            assert_eq!(AnBn { most: 5 }.accepts(&string), expected, "{string:?}");
        }
    }
    assert_eq!(dyck.written(&[0, 2, 3, 1]), "([])");
}

proptest! {
    /// What a language draws is in it, and exactly the symbols that may come next lead on.
    #[test]
    fn drawn_strings_are_legal(seed in 0..10_000u64) {
        let languages: [&dyn Language; 5] = [
            &Reber::Plain,
            &Reber::Embedded,
            &AnBn { most: 12 },
            &Dyck::new(1, 3, [1, 10]),
            &Dyck::new(2, 4, [5, 20]),
        ];
        for language in languages {
            let string = language.draw(&mut stream(seed, Purpose::Examples));
            prop_assert!(language.accepts(&string));
            let rows = language.continuations(&string).unwrap();
            prop_assert_eq!(rows.len(), string.len() + 1);
            for (end, row) in rows.iter().enumerate() {
                for (symbol, legal) in row.iter().enumerate().take(language.letters().len()) {
                    let longer = [&string[..end], &[symbol]].concat();
                    prop_assert_eq!(language.continuations(&longer).is_some(), *legal);
                }
            }
        }
    }

    /// Strings of brackets have at least the pairs asked for, and are no deeper than said.
    #[test]
    fn brackets_keep_to_their_depth(seed in 0..10_000u64, depth in 1..6usize, pairs in 1..40usize) {
        let language = Dyck::new(2, depth, [pairs, pairs]);
        let string = language.draw(&mut stream(seed, Purpose::Examples));
        prop_assert!(string.len() >= 2 * pairs);
        prop_assert!(deepest(&string).is_some_and(|found| found <= depth));
    }
}
