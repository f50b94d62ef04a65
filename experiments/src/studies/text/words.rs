//! What a character costs by its place in its word.

use super::Scored;
use crate::corpus::Corpus;
use crate::language::bits;

/// Places told apart: the letters of a word up to this one.
const PLACES: usize = 8;

/// Mean bits by place.
pub(super) struct Words {
    /// What each place is called.
    pub places: Vec<String>,
    /// Of each model: its name, and the bits of each place.
    pub bits: Vec<(String, Vec<f64>)>,
}

/// Of the test text by the place of a letter in its word, and of what is no letter by whether it
/// comes after a letter. Places that do not occur are left out.
pub(super) fn by_place(corpus: &Corpus, models: &[&Scored]) -> Words {
    let start = corpus.parts.test.start;
    let text = corpus.alphabet.decode(&corpus.symbols[start - 1..]);
    let mut letters = 0;
    let mut places = text.chars().map(|c| {
        let place = match (c.is_alphabetic(), letters) {
            (true, before) => before.min(PLACES - 1),
            (false, 1..) => PLACES,
            (false, 0) => PLACES + 1,
        };
        letters = if c.is_alphabetic() { letters + 1 } else { 0 };
        place
    });
    // The character before the test text is there to begin from.
    places.next();
    let places: Vec<usize> = places.collect();
    let known: Vec<usize> = (0..PLACES + 2)
        .filter(|place| places.contains(place))
        .collect();
    let of = |model: &Scored| {
        let mean = |place: &usize| {
            let here = model.test.iter().zip(&places);
            let here: Vec<f64> = here.filter(|(_, p)| *p == place).map(|(l, _)| *l).collect();
            bits(&here)
        };
        known.iter().map(mean).collect()
    };
    Words {
        places: known.iter().map(|&place| called(place)).collect(),
        bits: models
            .iter()
            .map(|model| (model.name.clone(), of(model)))
            .collect(),
    }
}

fn called(place: usize) -> String {
    match place {
        place if place + 1 < PLACES => (place + 1).to_string(),
        place if place < PLACES => format!("{PLACES} on"),
        PLACES => "end".into(),
        _ => "other".into(),
    }
}
