//! The figures: the course of training, and where the network looks.

use super::scores::Scores;
use super::search::Map;
use crate::figure::{Axis, Figure, Panel, Scale};
use crate::training::History;

/// Loss, and the score of validation verses beside those of the baselines, by epoch.
pub(super) fn training(
    history: &History,
    batches: u64,
    baselines: &[(&'static str, Scores)],
) -> Figure {
    let steps = history.steps();
    let epochs: Vec<f64> = steps.iter().map(|step| step / batches as f64).collect();
    let x = || Axis::linear("epoch");
    let mut score = Panel::new(x(), Axis::linear("chrF of validation verses")).line(
        "network, greedy",
        &epochs,
        history.of("chrf"),
    );
    for (name, scores) in baselines {
        score = score.dashed(name, &epochs, &vec![scores.chrf; epochs.len()]);
    }
    Figure::new(
        "Learning to translate",
        "Mean loss of a piece in training, and chrF of translations of validation verses, by epoch, \
         beside the same of a table of words and of the most frequent verse.",
    )
    .share_x()
    .panel(
        Panel::new(x(), Axis::linear("nats for each piece"))
            .line("loss", &epochs, history.of("loss")),
    )
    .panel(score)
}

/// A heat map for each verse: what was read from left to right, what was written downwards.
pub(super) fn attention(maps: &[(String, Map)]) -> Figure {
    let mut figure = Figure::new(
        "Where the network looks when it writes",
        "Weights of attention: for each Spanish piece written, downwards, how much the network looks \
         at each English piece read, from left to right.",
    )
    .columns(2);
    for (title, map) in maps {
        let columns = map.read.len();
        // The first row of a heat map is its lowest.
        let rows = map.weights.values.chunks(columns).rev();
        let values: Vec<f64> = rows.flatten().copied().map(f64::from).collect();
        let written: Vec<&str> = map.wrote.iter().rev().map(String::as_str).collect();
        let read: Vec<&str> = map.read.iter().map(String::as_str).collect();
        let places = |count: usize| (0..count).map(|i| i as f64).collect::<Vec<_>>();
        let panel = Panel::new(
            Axis::categories("read", &read),
            Axis::categories("written", &written),
        );
        figure = figure.panel(panel.title(title).heat(
            "weight",
            Scale::Linear,
            &places(columns),
            &places(written.len()),
            &values,
        ));
    }
    figure
}
