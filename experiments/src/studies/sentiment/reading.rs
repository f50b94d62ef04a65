//! What one can read: sentences with the networks' answers, how an answer changes while a sentence is
//! read, and the words that decide.

use std::fmt::Write;

use super::contest::Contest;
use super::words::words;
use crate::data::sentiment::Sentence;
use crate::table;

/// Sentences of each kind that are written out, and words.
const SHOWN: usize = 8;
const WORDS: usize = 20;
/// Words of the sentences that are drawn while they are read, and how many.
const LENGTHS: std::ops::RangeInclusive<usize> = 6..=11;
const DRAWN: usize = 4;

/// A sentence, and the probability of good news after each of its words.
pub(super) struct Turn {
    pub words: Vec<String>,
    pub probabilities: Vec<f64>,
    pub positive: bool,
}

/// The held-out sentences, of good news and bad in turns, on which the networks change their mind
/// furthest and then are right. None is drawn that they get wrong.
pub(super) fn turns(contest: &Contest, test: &[&Sentence]) -> Vec<Turn> {
    let texts = test.iter().map(|sentence| words(&sentence.text));
    let texts: Vec<(Vec<String>, bool)> = texts
        .zip(test)
        .map(|(text, sentence)| (text, sentence.positive))
        .filter(|(text, _)| LENGTHS.contains(&text.len()))
        .collect();
    let beginnings = texts
        .iter()
        .flat_map(|(text, _)| (1..=text.len()).map(|count| text[..count].to_vec()));
    let beginnings: Vec<Vec<String>> = beginnings.collect();
    let mut answers = contest.by_networks(&beginnings).into_iter();
    let turns = texts.into_iter().map(|(words, positive)| Turn {
        probabilities: answers.by_ref().take(words.len()).collect(),
        words,
        positive,
    });
    let mut turns: Vec<Turn> = turns.filter(|turn| turn.last() > 0.5).collect();
    turns.sort_by(|a, b| b.distance().total_cmp(&a.distance()));
    let (good, bad): (Vec<Turn>, Vec<Turn>) = turns.into_iter().partition(|turn| turn.positive);
    let pairs = bad.into_iter().zip(good).take(DRAWN / 2);
    pairs.flat_map(|(bad, good)| [bad, good]).collect()
}

impl Turn {
    /// The probability of the truth after word `at`.
    fn truth(&self, at: usize) -> f64 {
        let p = self.probabilities[at];
        if self.positive { p } else { 1.0 - p }
    }

    fn last(&self) -> f64 {
        self.truth(self.words.len() - 1)
    }

    /// How far the truth rose from its lowest.
    fn distance(&self) -> f64 {
        let lowest = (0..self.words.len()).map(|at| self.truth(at));
        self.last() - lowest.fold(1.0, f64::min)
    }
}

/// The sentences of which the networks are surest, right and wrong, by their probabilities of good
/// news.
pub(super) fn confident(test: &[&Sentence], probabilities: &[f64]) -> String {
    let mut order: Vec<usize> = (0..test.len()).collect();
    order.sort_by(|&a, &b| {
        probabilities[b]
            .total_cmp(&probabilities[a])
            .then(a.cmp(&b))
    });
    let mut text = String::new();
    let kinds = [
        ("Good news, and surest to be", true, true),
        ("Bad news, and surest to be", false, false),
        ("Bad news, but taken for good", false, true),
        ("Good news, but taken for bad", true, false),
    ];
    for (title, positive, taken) in kinds {
        let mut chosen: Vec<usize> = order
            .iter()
            .copied()
            .filter(|&i| test[i].positive == positive && (probabilities[i] > 0.5) == taken)
            .collect();
        if !taken {
            chosen.reverse();
        }
        let _ = writeln!(text, "{title}: {} sentences", chosen.len());
        for i in chosen.into_iter().take(SHOWN) {
            let (p, source) = (100.0 * probabilities[i], &test[i].source);
            let _ = writeln!(text, "  {p:5.1} %  {source:6}  {}", test[i].text.trim());
        }
        text.push('\n');
    }
    text
}

/// The words and pairs of words on which the bag of words relies most.
pub(super) fn strongest(contest: &Contest) -> String {
    let [against, favour] = contest.bag.strongest(WORDS);
    let rows = against.iter().zip(&favour).map(|(against, favour)| {
        let weight = |entry: &(&str, f64)| format!("{:+.2}", entry.1);
        [
            against.0.to_owned(),
            weight(against),
            favour.0.to_owned(),
            weight(favour),
        ]
    });
    table::align(&["bad news", "weight", "good news", "weight"], rows)
}
