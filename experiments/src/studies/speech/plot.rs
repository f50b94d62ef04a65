//! The figures: utterances, the course of training, how much must be heard, who is taken for whom.

use wengert_rnn::metrics::Confusion;

use super::answers::Answers;
use crate::committee::Committee;
use crate::data::ts::Collection;
use crate::figure::{Axis, Figure, Panel, Scale};

/// Channels, speakers, and utterances of each that are shown.
const CHANNELS: usize = 4;
const SPEAKERS: usize = 3;
const UTTERANCES: usize = 5;

/// Some utterances, channel by channel.
pub(super) fn utterances(set: &Collection) -> Figure {
    let figure = Figure::new(
        "What a vowel looks like",
        "The first coefficients of some utterances of three speakers over time, a colour for each \
         speaker: utterances differ in length and pace.",
    );
    let panels = (0..set.channels.min(CHANNELS)).map(|channel| {
        let name = format!("coefficient {}", channel + 1);
        let mut panel = Panel::new(Axis::linear("step"), Axis::linear(&name));
        for (speaker, label) in set.classes.iter().enumerate().take(SPEAKERS) {
            let own = set.series.iter().filter(|series| series.class == speaker);
            for series in own.take(UTTERANCES) {
                let values = series.values.iter().skip(channel);
                let y: Vec<f64> = values.step_by(set.channels).copied().collect();
                let x: Vec<f64> = (1..=y.len()).map(|step| step as f64).collect();
                panel = panel.line(&format!("speaker {label}"), &x, &y);
            }
        }
        panel
    });
    panels.fold(figure.columns(2).share_x(), Figure::panel)
}

/// Means over the networks by epoch; `warped` is the accuracy of the nearest neighbour on what they
/// left out.
pub(super) fn training(committee: &Committee, warped: f64) -> Figure {
    let wrong: Vec<f64> = committee.mean_of("left_out_accuracy");
    let wrong: Vec<f64> = wrong.into_iter().map(|right| 1.0 - right).collect();
    let epochs: Vec<f64> = (1..=wrong.len()).map(|epoch| epoch as f64).collect();
    let x = || Axis::linear("epoch");
    Figure::new(
        "Learning who speaks",
        "Cross entropy in training and on what each network left out, and the fraction of wrong \
         answers there, by epoch, as means over the networks, beside the nearest neighbour by \
         dynamic time warping.",
    )
    .share_x()
    .panel(
        Panel::new(x(), Axis::log("cross entropy, nats"))
            .line("in training", &epochs, &committee.mean_of("loss"))
            .line(
                "on what was left out",
                &epochs,
                &committee.mean_of("left_out_loss"),
            ),
    )
    .panel(
        Panel::new(x(), Axis::log("fraction wrong"))
            .line("on what was left out", &epochs, &wrong)
            .dashed(
                "1-NN, dynamic time warping",
                &epochs,
                &vec![1.0 - warped; epochs.len()],
            ),
    )
}

/// The accuracy on the test data by the number of steps heard, beside the best baselines, which
/// hear all.
pub(super) fn heard((steps, accuracy): &(Vec<f64>, Vec<f64>), all: &[Answers]) -> Figure {
    let percent = |fraction: &f64| 100.0 * fraction;
    let accuracy: Vec<f64> = accuracy.iter().map(percent).collect();
    let mut panel = Panel::new(
        Axis::linear("steps heard of each utterance, at most"),
        Axis::linear("right, %"),
    )
    .line("networks", steps, &accuracy);
    for answers in &all[1..3] {
        let level = vec![percent(&answers.accuracy); steps.len()];
        panel = panel.dashed(answers.name, steps, &level);
    }
    Figure::new(
        "How much must be heard?",
        "The accuracy of the networks on the test data by the number of steps that they hear; \
         dashed are baselines, which hear everything.",
    )
    .panel(panel)
}

/// Who is taken for whom.
pub(super) fn confusion(confusion: &Confusion, speakers: &[String]) -> Figure {
    // The first row of a heat map is its lowest; that of a confusion matrix the highest.
    let rows = confusion.counts().chunks(speakers.len()).rev();
    let counts: Vec<f64> = rows.flatten().map(|&count| count as f64).collect();
    let names: Vec<&str> = speakers.iter().map(String::as_str).collect();
    let reversed: Vec<&str> = names.iter().rev().copied().collect();
    let places: Vec<f64> = (0..names.len()).map(|place| place as f64).collect();
    let (x, y) = (
        Axis::categories("taken for", &names),
        Axis::categories("speaker", &reversed),
    );
    Figure::new(
        "Who is taken for whom",
        "Confusion matrix of the test data: on the diagonal are those that were recognised.",
    )
    .panel(Panel::new(x, y).heat("utterances", Scale::Log, &places, &places, &counts))
}
