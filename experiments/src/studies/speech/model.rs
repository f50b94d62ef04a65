//! The network: cells in both directions over an utterance, and a readout of their mean output.

use rand::rngs::ChaCha8Rng;
use wengert_rnn::dropout::{Mode, dropout};
use wengert_rnn::{Leaves, Lengths, Linear, Params, init, pack};
use wengert_tape::{Tape, Var};

use crate::classify::Classifier;
use crate::committee::Learner;
use crate::data::ts::Collection;
use crate::encoder::{Encoder, Kind, mean_over_steps};

/// An utterance in standard units, and who speaks.
#[derive(Clone, Debug)]
pub(super) struct Utterance {
    /// [steps x channels], row-major.
    pub values: Vec<f32>,
    pub speaker: usize,
}

impl Utterance {
    /// Its first `steps` steps, or all if it has fewer.
    pub fn beginning(&self, steps: usize, channels: usize) -> Self {
        let end = self.values.len().min(steps * channels);
        Self {
            values: self.values[..end].to_vec(),
            speaker: self.speaker,
        }
    }
}

/// Mean and standard deviation of each channel over all steps of a set.
pub(super) struct Standard {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Standard {
    pub fn of(set: &Collection) -> Self {
        let steps: usize = set.series.iter().map(|series| series.steps).sum();
        let sums = |term: &dyn Fn(usize, f64) -> f64| -> Vec<f64> {
            let mut sums = vec![0.0; set.channels];
            for series in &set.series {
                for (i, &value) in series.values.iter().enumerate() {
                    sums[i % set.channels] += term(i % set.channels, value) / steps as f64;
                }
            }
            sums
        };
        let mean = sums(&|_, value| value);
        let variance = sums(&|channel, value| (value - mean[channel]).powi(2));
        // A channel that never changes is 0 in any unit.
        let deviation = |variance: f64| if variance > 0.0 { variance.sqrt() } else { 1.0 };
        Self {
            deviation: variance.into_iter().map(deviation).collect(),
            mean,
        }
    }

    /// The utterances of `set` in these units.
    pub fn apply(&self, set: &Collection) -> Vec<Utterance> {
        let channels = self.mean.len();
        let unit = |(i, value): (usize, &f64)| {
            ((value - self.mean[i % channels]) / self.deviation[i % channels]) as f32
        };
        let utterances = set.series.iter().map(|series| Utterance {
            values: series.values.iter().enumerate().map(unit).collect(),
            speaker: series.class,
        });
        utterances.collect()
    }
}

/// Who speaks?
#[derive(Clone, Debug)]
pub(super) struct Listener {
    encoder: Encoder,
    readout: Linear,
    channels: usize,
    speakers: usize,
    noise: f64,
    dropout: f64,
}

impl Listener {
    /// `noise` is the standard deviation of what is added to the inputs in training, `rate` the part
    /// of the features that are dropped before the readout.
    pub fn new(kind: Kind, hidden: usize, set: &Collection, [noise, rate]: [f64; 2]) -> Self {
        let (channels, speakers) = (set.channels, set.classes.len());
        Self {
            encoder: Encoder::bidirectional(kind, channels, 1, hidden),
            readout: Linear::new(2 * hidden, speakers),
            channels,
            speakers,
            noise,
            dropout: rate,
        }
    }
}

impl Learner for Listener {
    fn init(&self, rng: &mut ChaCha8Rng) -> Params<f32> {
        let encoder: Params<f32> = self.encoder.init(rng);
        encoder.with_part("readout.", self.readout.init(rng))
    }
}

impl Classifier for Listener {
    type Example = Utterance;

    fn classes(&self) -> usize {
        self.speakers
    }

    fn class(utterance: &Utterance) -> usize {
        utterance.speaker
    }

    fn logits<'t>(
        &self,
        tape: &'t Tape<f32>,
        leaves: &mut Leaves<'t, f32>,
        utterances: &[&Utterance],
        mode: &mut Mode<'_>,
    ) -> Var<'t, f32> {
        let values: Vec<&[f32]> = utterances.iter().map(|u| &u.values[..]).collect();
        let (mut values, lengths) = pack(&values, self.channels);
        if let Mode::Train(rng) = mode {
            let mut noise = vec![0.0; values.len()];
            init::gaussian(&mut noise, self.noise, 1, rng);
            for (value, noise) in values.iter_mut().zip(noise) {
                *value += noise;
            }
        }
        let x = tape.constant([lengths.height(), self.channels], &values);
        let output = self.encoder.read(leaves, x, &lengths, mode);
        let mean = mean_over_steps(output, &lengths);
        let each = Lengths::equal(1, utterances.len());
        let mean = dropout(mean, &each, self.dropout, mode);
        self.readout.apply(&leaves.take(), mean)
    }
}
