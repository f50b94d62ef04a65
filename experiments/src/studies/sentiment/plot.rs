//! The figures: the course of training, accuracy by source, and answers while sentences are read.

use super::contest::Contest;
use super::reading::Turn;
use super::scores::Scores;
use crate::figure::{Axis, Figure, Panel};

/// Means over the networks by epoch.
pub(super) fn training(contest: &Contest) -> Figure {
    let percent = |values: Vec<f64>| values.into_iter().map(|v| 100.0 * v).collect::<Vec<f64>>();
    let committee = &contest.committee;
    let right = percent(committee.mean_of("left_out_accuracy"));
    let epochs: Vec<f64> = (1..=right.len()).map(|epoch| epoch as f64).collect();
    let bag = vec![100.0 * contest.left_out[1]; right.len()];
    let x = || Axis::linear("epoch");
    Figure::new(
        "Learning what is good news",
        "Cross entropy in training and on what each network left out, and the accuracy there, by \
         epoch, as means over the networks, beside the bag of words.",
    )
    .share_x()
    .panel(
        Panel::new(x(), Axis::linear("cross entropy, nats"))
            .line("in training", &epochs, &committee.mean_of("loss"))
            .line(
                "on what was left out",
                &epochs,
                &committee.mean_of("left_out_loss"),
            ),
    )
    .panel(
        Panel::new(x(), Axis::linear("right, %"))
            .line("on what was left out", &epochs, &right)
            .dashed("bag of words", &epochs, &bag),
    )
}

/// Accuracies by source; `unseen` are those of sources of which nothing was learnt.
pub(super) fn sources(scores: &Scores, unseen: Option<&Scores>) -> Figure {
    let mut names: Vec<&str> = scores.sources.iter().map(String::as_str).collect();
    names.push("all");
    let axis = Axis::linear("right, %").range(0.0, 100.0);
    let mut panel = Panel::new(Axis::categories("source", &names), axis);
    for (scores, note) in [(Some(scores), ""), (unseen, ", source unseen")] {
        let Some(scores) = scores else { continue };
        let [networks, bag, majority] = scores.accuracies();
        for accuracies in [networks, bag] {
            let all = accuracies.by_source.iter().chain([&accuracies.all]);
            let bars: Vec<f64> = all.map(|accuracy| 100.0 * accuracy).collect();
            panel = panel.bars(&format!("{}{note}", accuracies.name), &bars);
        }
        if note.is_empty() {
            panel = panel.horizontal("majority", 100.0 * majority.all);
        }
    }
    Figure::new(
        "Good news or bad, by source",
        "Accuracy on held-out sentences of each source, of networks and of the bag of words, beside \
         the majority.",
    )
    .panel(panel)
}

/// The probability of good news, word by word.
pub(super) fn reading(turns: &[Turn]) -> Figure {
    let figure = Figure::new(
        "Reading word by word",
        "The probability of good news after each word of some held-out sentences: those on which \
         the networks change their mind furthest and then are right.",
    );
    turns.iter().fold(figure, |figure, turn| {
        let words: Vec<&str> = turn.words.iter().map(String::as_str).collect();
        let places: Vec<f64> = (0..words.len()).map(|place| place as f64).collect();
        let percent: Vec<f64> = turn.probabilities.iter().map(|p| 100.0 * p).collect();
        let truth = if turn.positive {
            "good news"
        } else {
            "bad news"
        };
        let panel = Panel::new(
            Axis::categories("", &words),
            Axis::linear("good news, %").range(0.0, 100.0),
        );
        figure.panel(
            panel
                .title(truth)
                .line("", &places, &percent)
                .points("", &places, &percent)
                .horizontal("", 50.0),
        )
    })
}
