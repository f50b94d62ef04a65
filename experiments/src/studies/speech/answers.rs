//! What the network and the baselines say about the test data, and what follows.

use wengert_rnn::Params;
use wengert_rnn::metrics::{accuracy, largest};

use super::model::{Listener, Utterance};
use crate::baselines::dtw::{self, Known};
use crate::baselines::majority::majority;
use crate::baselines::nearest_mean::nearest_mean;
use crate::classify::Classifier;
use crate::committee::{Committee, right};
use crate::data::ts::{Collection, Series};
use crate::data::vowels::Vowels;
use crate::table;
use crate::verdict::{Accept, Check, Verdict};

/// A classifier's answers on the test data.
pub(super) struct Answers {
    pub name: &'static str,
    pub parameters: usize,
    pub classes: Vec<usize>,
    pub accuracy: f64,
    /// The accuracy of each of its members alone, if it has any.
    members: Vec<f64>,
}

impl Answers {
    pub fn of_network(committee: &Committee, network: &Listener, test: &[Utterance]) -> Self {
        let test: Vec<&Utterance> = test.iter().collect();
        let truth: Vec<usize> = test.iter().map(|utterance| utterance.speaker).collect();
        let classes = largest(&committee.probabilities(network, &test), network.classes());
        Self {
            name: "networks together",
            parameters: committee.members.iter().map(Params::len).sum(),
            accuracy: accuracy(&classes, &truth),
            classes,
            members: committee
                .each(network, &test)
                .map(|p| right(&p, &truth))
                .collect(),
        }
    }

    fn of(name: &'static str, classes: Vec<usize>, truth: &[usize]) -> Self {
        Self {
            name,
            parameters: 0,
            accuracy: accuracy(&classes, truth),
            classes,
            members: Vec::new(),
        }
    }
}

/// The answers of the baselines: dynamic time warping, nearest mean, majority.
pub(super) fn beside(data: &Vowels) -> [Answers; 3] {
    let truth = classes(&data.test);
    let series: Vec<&[f64]> = data.test.series.iter().map(|s| &s.values[..]).collect();
    let known: Vec<Known> = data.train.series.iter().map(known).collect();
    let seen = classes(&data.train);
    let means = |set: &Collection| -> Vec<Vec<f64>> {
        let mean = |series| mean(series, set.channels);
        set.series.iter().map(mean).collect()
    };
    let warped = dtw::nearest(&known, &series, data.test.channels);
    let nearest = nearest_mean(&means(&data.train), &seen, &means(&data.test));
    let most = vec![majority(&seen); truth.len()];
    [
        Answers::of("1-NN, dynamic time warping", warped, &truth),
        Answers::of("nearest mean over time", nearest, &truth),
        Answers::of("majority", most, &truth),
    ]
}

/// The accuracy of the nearest neighbour by dynamic time warping on the training data, each part
/// answered from the others.
pub(super) fn left_out(train: &Collection, parts: &[usize]) -> f64 {
    let count = 1 + parts.iter().copied().max().unwrap_or(0);
    let (mut answers, mut truth) = (Vec::new(), Vec::new());
    for part in 0..count {
        let (left, others): (Vec<_>, Vec<_>) = train
            .series
            .iter()
            .zip(parts)
            .partition(|(_, own)| **own == part);
        let others: Vec<Known> = others
            .into_iter()
            .map(|(series, _)| known(series))
            .collect();
        let series: Vec<&[f64]> = left.iter().map(|(series, _)| &series.values[..]).collect();
        answers.extend(dtw::nearest(&others, &series, train.channels));
        truth.extend(left.iter().map(|(series, _)| series.class));
    }
    accuracy(&answers, &truth)
}

/// Numbers of steps, and the accuracy of the networks when they hear no more of each utterance.
pub(super) fn heard(
    committee: &Committee,
    network: &Listener,
    test: &[Utterance],
    channels: usize,
) -> (Vec<f64>, Vec<f64>) {
    let truth: Vec<usize> = test.iter().map(|utterance| utterance.speaker).collect();
    let longest = test
        .iter()
        .map(|utterance| utterance.values.len() / channels);
    let steps = 1..=longest.max().unwrap_or(1);
    let accuracy = steps.clone().map(|steps| {
        let cut: Vec<Utterance> = test.iter().map(|u| u.beginning(steps, channels)).collect();
        let cut: Vec<&Utterance> = cut.iter().collect();
        right(&committee.probabilities(network, &cut), &truth)
    });
    let accuracy = accuracy.collect();
    (steps.map(|steps| steps as f64).collect(), accuracy)
}

/// The table of all classifiers; on what was left out, `networks` and `warped` have these
/// accuracies.
pub(super) fn table(networks: f64, warped: f64, all: &[Answers]) -> String {
    let percent = |fraction: f64| format!("{:.2} %", 100.0 * fraction);
    let mut rows = vec![
        [
            "networks, on what each left out",
            &percent(networks),
            "",
            "",
        ]
        .map(String::from),
        [
            "1-NN, dynamic time warping, on the same",
            &percent(warped),
            "",
            "",
        ]
        .map(String::from),
    ];
    for answers in all {
        let wrong = (1.0 - answers.accuracy) * answers.classes.len() as f64;
        rows.push([
            format!("{}, on the test data", answers.name),
            percent(answers.accuracy),
            format!("{wrong:.0} of {}", answers.classes.len()),
            answers.parameters.to_string(),
        ]);
        if !answers.members.is_empty() {
            let worst = answers.members.iter().copied().fold(1.0, f64::min);
            let mean = crate::fit::mean(&answers.members);
            for (which, value) in [("mean", mean), ("worst", worst)] {
                let name = format!("one network, {which} of {}", answers.members.len());
                let parameters = answers.parameters / answers.members.len();
                rows.push([name, percent(value), String::new(), parameters.to_string()]);
            }
        }
    }
    table::align(&["classifier", "accuracy", "wrong", "parameters"], rows)
}

/// Without answers on the test data, nothing that is claimed was measured.
pub(super) fn verdict(all: &[Answers]) -> Verdict {
    let claims = [
        (
            "accuracy on the test data",
            "96.2 % by hidden Markov models (Kudo et al. 1999), rounded down",
            Accept::AtLeast(0.96),
        ),
        (
            "accuracy above 1-NN dynamic time warping",
            "the same split, computed here",
            Accept::AtLeast(0.0),
        ),
        (
            "accuracy above the nearest mean",
            "the same split, computed here",
            Accept::AtLeast(0.0),
        ),
        (
            "accuracy of 1-NN dynamic time warping",
            "about 95 %, from memory (Bagnall et al. 2018)",
            Accept::Absolute {
                value: 0.95,
                tolerance: 0.015,
            },
        ),
    ];
    let measured = match all {
        [networks, warped, mean, ..] => {
            let above = |other: &Answers| networks.accuracy - other.accuracy;
            vec![
                networks.accuracy,
                above(warped),
                above(mean),
                warped.accuracy,
            ]
        }
        _ => Vec::new(),
    };
    let checks = claims.iter().enumerate();
    let checks = checks.map(|(i, &(quantity, anchor, accept))| match measured.get(i) {
        Some(&value) => Check::new(quantity, anchor, accept, value),
        None => Check::out_of_budget(quantity, anchor, accept),
    });
    Verdict::new(checks.collect())
}

fn known(series: &Series) -> Known<'_> {
    Known {
        values: &series.values,
        class: series.class,
    }
}

fn classes(set: &Collection) -> Vec<usize> {
    set.series.iter().map(|series| series.class).collect()
}

/// The mean of a series over time.
fn mean(series: &Series, channels: usize) -> Vec<f64> {
    let mut mean = vec![0.0; channels];
    for step in series.values.chunks(channels) {
        for (mean, value) in mean.iter_mut().zip(step) {
            *mean += value / series.steps as f64;
        }
    }
    mean
}
