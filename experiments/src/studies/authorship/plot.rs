//! The figures: the course of training, the verdict on every paper, and the words it rests on.

use super::Judged;
use super::papers::{Origin, Papers};
use super::tokens::{TOKENS, name};
use crate::figure::{Axis, Figure, Panel};
use crate::training::History;

/// Words shown.
const SHOWN: usize = 24;

/// Means over the folds.
pub(super) fn training(histories: &[History]) -> Figure {
    let steps = histories[0].steps();
    let mean = |measure| mean(histories, measure);
    let x = || Axis::linear("step");
    Figure::new(
        "Learning who wrote a chunk of function words",
        "Cross entropy of training chunks, and the fraction of chunks of held-out papers given to \
         their author, the mean of both authors', by step; means over all folds.",
    )
    .share_x()
    .panel(Panel::new(x(), Axis::linear("loss in nats")).line(
        "training chunks",
        &steps,
        &mean("loss"),
    ))
    .panel(
        Panel::new(x(), Axis::linear("fraction right"))
            .line("held-out chunks", &steps, &mean("held_out_chunks"))
            .dashed("chance", &steps, &vec![0.5; steps.len()]),
    )
}

/// The mean of a measure over the folds, at each measurement.
pub(super) fn mean(histories: &[History], measure: &str) -> Vec<f64> {
    let count = histories[0].steps().len();
    let mut means = vec![0.0; count];
    for history in histories {
        for (mean, value) in means.iter_mut().zip(history.of(measure)) {
            *mean += value / histories.len() as f64;
        }
    }
    means
}

/// Whether a paper of this origin is in a group.
type Belongs = fn(Origin) -> bool;

/// A point for each paper, a panel for each judge.
pub(super) fn papers(papers: &Papers, judges: &[&Judged]) -> Figure {
    let [first, second] = &papers.authors;
    let groups: [(String, Belongs); 4] = [
        (format!("{first}'s, held out"), |origin| {
            matches!(origin, Origin::Known { author: 0, .. })
        }),
        (format!("{second}'s, held out"), |origin| {
            matches!(origin, Origin::Known { author: 1, .. })
        }),
        ("disputed".into(), |origin| {
            matches!(origin, Origin::Disputed { .. })
        }),
        ("by both".into(), |origin| origin == Origin::Joint),
    ];
    let mut figure = Figure::new(
        "Who wrote which paper?",
        &format!(
            "Calibrated log odds that {second} rather than {first} wrote each paper, by paper, a \
             panel for each method; known papers are judged by a model that has not seen them."
        ),
    )
    .share_x();
    for judged in judges {
        let y = Axis::linear(&format!("log odds of {second}"));
        let mut panel = Panel::new(Axis::linear("paper"), y).title(judged.name);
        for (label, belongs) in &groups {
            let own = papers.samples.iter().zip(&judged.log_odds);
            let own = own.filter(|(sample, _)| belongs(sample.origin));
            let (x, y): (Vec<f64>, Vec<f64>) = own
                .map(|(sample, odds)| (f64::from(sample.number), *odds))
                .unzip();
            panel = panel.points(label, &x, &y);
        }
        figure = figure.panel(panel.horizontal("even odds", 0.0));
    }
    figure
}

/// The tokens by which the networks tell the authors apart.
pub(super) fn words(contrasts: &[f64], authors: &[String; 2]) -> Figure {
    let mut tokens: Vec<usize> = (0..TOKENS).collect();
    tokens.sort_by(|&a, &b| contrasts[b].abs().total_cmp(&contrasts[a].abs()));
    tokens.truncate(SHOWN);
    tokens.sort_by(|&a, &b| contrasts[b].total_cmp(&contrasts[a]));
    let names: Vec<String> = tokens.iter().map(|&token| name(token)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let values: Vec<f64> = tokens.iter().map(|&token| contrasts[token]).collect();
    let [first, second] = authors;
    Figure::new(
        "By which words the networks tell the authors apart",
        &format!(
            "For the {SHOWN} tokens with the largest part: what they add to the log odds of {second} \
             in a thousand tokens of {second}'s held-out papers, less what they add in {first}'s."
        ),
    )
    .panel(
        Panel::new(
            Axis::categories("", &names),
            Axis::linear(&format!("log odds, {second}'s papers less {first}'s")),
        )
        .bars("", &values),
    )
}
