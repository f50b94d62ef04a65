//! What networks and baselines say about sentences that they never saw, source by source.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use super::contest::{Contest, decided};
use super::words::words;
use super::{Config, sources};
use crate::baselines::majority::majority;
use crate::data::sentiment::Sentence;
use crate::fit::mean;
use crate::run::Run;
use crate::table;
use crate::verdict::{Accept, Check, Verdict};

/// Answers on one set of sentences, and what they come to.
pub(super) struct Scores {
    /// The names of the sources, in alphabetical order.
    pub sources: Vec<String>,
    /// The probability of good news by the networks together.
    pub networks: Vec<f64>,
    /// The same by the bag of words.
    bag: Vec<f64>,
    /// The answer of the majority, for each sentence.
    majority: Vec<usize>,
    truth: Vec<usize>,
    /// The place of each sentence's source.
    source: Vec<usize>,
    /// Whether a sentence has a word that turns others around.
    negated: Vec<bool>,
}

/// Accuracies of one contestant, of each source and last of all sentences.
pub(super) struct Accuracies {
    pub name: &'static str,
    pub by_source: Vec<f64>,
    pub all: f64,
    /// Of the sentences with a negation; NaN without any.
    pub negated: f64,
}

/// Words that turn others around, beside those that end in n't.
const NEGATIONS: [&str; 10] = [
    "not", "no", "never", "nothing", "nor", "neither", "none", "cannot", "dont", "without",
];

impl Scores {
    /// Of sentences held out from those that the contestants learnt from.
    pub fn of(contest: &Contest, train: &[&Sentence], test: &[&Sentence]) -> Self {
        let texts: Vec<Vec<String>> = test.iter().map(|sentence| words(&sentence.text)).collect();
        let names = sources(test);
        let place = |s: &&Sentence| names.iter().position(|name| *name == s.source);
        let seen: Vec<usize> = train.iter().map(|s| s.positive.into()).collect();
        Self {
            networks: contest.by_networks(&texts),
            bag: contest.by_bag(&texts),
            majority: vec![majority(&seen); test.len()],
            truth: test
                .iter()
                .map(|sentence| sentence.positive.into())
                .collect(),
            source: test.iter().map(|s| place(s).unwrap_or(0)).collect(),
            negated: texts.iter().map(|text| is_negated(text)).collect(),
            sources: names.into_iter().map(String::from).collect(),
        }
    }

    /// All of them, and then all of `other`, which has sources of its own.
    fn and(mut self, other: Self) -> Self {
        let before = self.sources.len();
        self.sources.extend(other.sources);
        self.networks.extend(other.networks);
        self.bag.extend(other.bag);
        self.majority.extend(other.majority);
        self.truth.extend(other.truth);
        self.source
            .extend(other.source.iter().map(|place| before + place));
        self
    }

    /// Networks, bag of words and majority.
    pub fn accuracies(&self) -> [Accuracies; 3] {
        let of = |name, answers: Vec<usize>| {
            let of_those = |chosen: &dyn Fn(usize) -> bool| {
                let places = (0..answers.len()).filter(|&i| chosen(i));
                let right: Vec<f64> = places
                    .map(|i| f64::from(u8::from(answers[i] == self.truth[i])))
                    .collect();
                mean(&right)
            };
            Accuracies {
                name,
                by_source: (0..self.sources.len())
                    .map(|source| of_those(&|i| self.source[i] == source))
                    .collect(),
                all: of_those(&|_| true),
                negated: of_those(&|i| self.negated[i]),
            }
        };
        [
            of("networks", decided(&self.networks)),
            of("bag of words", decided(&self.bag)),
            of("majority", self.majority.clone()),
        ]
    }

    /// How far the accuracy of the networks is above that of the bag of words, and the standard
    /// error of this difference over sentences.
    fn above_bag(&self) -> (f64, f64) {
        let (networks, bag) = (decided(&self.networks), decided(&self.bag));
        let right = |answer: usize, truth: usize| f64::from(u8::from(answer == truth));
        let answers = networks.iter().zip(&bag).zip(&self.truth);
        let gains: Vec<f64> = answers
            .map(|((&network, &bag), &truth)| right(network, truth) - right(bag, truth))
            .collect();
        let (count, gain) = (gains.len() as f64, mean(&gains));
        let squares: Vec<f64> = gains.iter().map(|own| (own - gain).powi(2)).collect();
        (gain, (mean(&squares) / count).sqrt())
    }
}

fn is_negated(text: &[String]) -> bool {
    let negates = |word: &String| word.ends_with("n't") || NEGATIONS.contains(&word.as_str());
    text.iter().any(negates)
}

/// Each source answered by contestants that learnt from all others.
pub(super) fn across(run: &mut Run, all: &[&Sentence], config: &Config) -> Result<Scores> {
    let names = sources(all);
    ensure!(
        names.len() > 1,
        "one source, {}, but to learn from others there must be two",
        names[0]
    );
    let mut scores: Option<Scores> = None;
    for name in names {
        let (own, others): (Vec<&Sentence>, Vec<&Sentence>) =
            all.iter().partition(|sentence| sentence.source == name);
        // A sentence that another source has too would be known.
        let keys: BTreeSet<String> = others.iter().map(|s| s.key()).collect();
        let own: Vec<&Sentence> = own
            .into_iter()
            .filter(|s| !keys.contains(&s.key()))
            .collect();
        let contest = Contest::of(run, &format!("without-{name}"), &others, config)?;
        let next = Scores::of(&contest, &others, &own);
        scores = Some(match scores {
            Some(before) => before.and(next),
            None => next,
        });
    }
    Ok(scores.expect("there are sources"))
}

/// What settings were chosen by.
pub(super) fn choice(contest: &Contest) -> String {
    let percent = |fraction: f64| format!("{:.1} %", 100.0 * fraction);
    let [networks, bag] = contest.left_out.map(percent);
    let parameters = contest.committee.members[0].len().to_string();
    let weights = format!("{} (penalty {})", contest.bag.parameters(), contest.penalty);
    table::align(
        &["on what was left out in training", "accuracy", "parameters"],
        [
            ["one network".into(), networks, parameters],
            ["bag of words".into(), bag, weights],
        ],
    )
}

/// All accuracies; `unseen` are those of sources of which nothing was learnt.
pub(super) fn table(scores: &Scores, unseen: Option<&Scores>) -> String {
    let percent = |fraction: &f64| format!("{:.1} %", 100.0 * fraction);
    let mut header = vec!["held-out sentences".to_owned()];
    header.extend(scores.sources.iter().cloned());
    header.extend(["all".into(), "with a negation".into()]);
    let mut rows = vec![header];
    let sets = [(Some(scores), ""), (unseen, ", source unseen")];
    for (scores, note) in sets {
        let Some(scores) = scores else { continue };
        for accuracies in scores.accuracies() {
            let mut row = vec![format!("{}{note}", accuracies.name)];
            row.extend(accuracies.by_source.iter().map(percent));
            row.extend([percent(&accuracies.all), percent(&accuracies.negated)]);
            rows.push(row);
        }
        let (gain, error) = scores.above_bag();
        let mut row = vec![format!("networks less bag of words{note}")];
        row.resize(rows[0].len() - 2, String::new());
        row.extend([
            format!("{:+.1} ± {:.1} %", 100.0 * gain, 100.0 * error),
            String::new(),
        ]);
        rows.push(row);
    }
    table::grid(rows)
}

/// Without scores, nothing that is claimed was measured.
pub(super) fn verdict(scores: Option<&Scores>, unseen: Option<&Scores>) -> Verdict {
    let check = |quantity: &str, anchor: &str, accept, measured: Option<f64>| match measured {
        Some(measured) => Check::new(quantity, anchor, accept, measured),
        None => Check::out_of_budget(quantity, anchor, accept),
    };
    let above_majority = |scores: &Scores| {
        let [networks, _, majority] = scores.accuracies();
        networks.all - majority.all
    };
    let mut checks = vec![
        check(
            "held-out accuracy above the majority",
            "the aim of this study, own split",
            Accept::AtLeast(0.2),
            scores.map(above_majority),
        ),
        check(
            "held-out accuracy less that of the bag of words",
            "no worse by more than two standard errors; the same split",
            Accept::AtLeast(scores.map_or(0.0, |scores| -2.0 * scores.above_bag().1)),
            scores.map(|scores| scores.above_bag().0),
        ),
    ];
    if let Some(unseen) = unseen {
        checks.push(check(
            "accuracy on unseen sources above the majority",
            "the aim of this study",
            Accept::AtLeast(0.2),
            Some(above_majority(unseen)),
        ));
    }
    Verdict::new(checks)
}
