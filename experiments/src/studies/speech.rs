//! Who of nine men said a vowel?
//!
//! An utterance is a sequence of 7 to 29 steps of 12 numbers, the LPC cepstrum of a short time. Small
//! networks read it in both directions, and the speaker is told from the mean of their outputs.
//! Each of them leaves out another part of the training data, which says how well settings do
//! without a look at the test data; together they answer for the test data of the published split.

mod answers;
mod model;
mod plot;

use std::path::Path;

use anyhow::{Result, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wengert_rnn::metrics::Confusion;

use self::answers::{Answers, beside, left_out, table, verdict};
use self::model::{Listener, Standard};
use crate::committee::{Committee, Recipe, right};
use crate::config::{Usage, positive, within};
use crate::data::split;
use crate::data::vowels::{self, Vowels};
use crate::encoder::Kind;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::study::Study;
use crate::verdict::Verdict;

/// The study.
pub struct Speech;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cell: elman, gru or lstm.
    pub cell: Kind,
    /// Units in each of the two directions.
    pub hidden: usize,
    /// Networks, each of which leaves out another part of the training data.
    pub networks: usize,
    /// Times that each network sees its utterances.
    pub epochs: usize,
    /// Utterances of a step of the optimiser.
    pub batch: usize,
    /// Learning rate of Adam at the start; it falls along a cosine.
    pub rate: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Decay of the weights, decoupled from the gradient.
    pub decay: f64,
    /// Standard deviation of the noise on the inputs in training, in theirs.
    pub noise: f64,
    /// Fraction of the features dropped before the readout in training.
    pub dropout: f64,
    /// Leaves the test data unread: for the choice of settings.
    pub blind: bool,
    /// Seed of the parts, weights, order and noise.
    pub seed: u64,
    /// A .ts file of utterances to learn from, in place of those that come with the program.
    pub data: Option<String>,
    /// The .ts file with the test data that belongs to it.
    pub test_data: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cell: Kind::Gru,
            hidden: 32,
            networks: 5,
            epochs: 100,
            batch: 32,
            rate: 0.01,
            clip: 1.0,
            decay: 0.01,
            noise: 0.6,
            dropout: 0.3,
            blind: false,
            seed: 0,
            data: None,
            test_data: None,
        }
    }
}

impl Study for Speech {
    const NAME: &'static str = "speech";
    const QUESTION: &'static str = "Who of nine men said a vowel?";
    const SECONDS: u32 = 7;
    const SMOKE: &'static [&'static str] = &["hidden=8", "networks=2", "epochs=2"];
    const FULL: &'static [&'static str] = &["networks=10", "epochs=120"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("hidden", config.hidden, 1..=4096)?;
        within("networks", config.networks, 2..=100)?;
        within("epochs", config.epochs, 1..=100_000)?;
        within("batch", config.batch, 1..=4096)?;
        positive("rate", config.rate)?;
        positive("clip", config.clip)?;
        within("decay", config.decay, 0.0..=1.0)?;
        within("noise", config.noise, 0.0..=10.0)?;
        within("dropout", config.dropout, 0.0..=0.99)
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let [train, test] = [&config.data, &config.test_data];
        let paths = [train, test].map(|name| name.as_deref().map(Path::new));
        let data = vowels::load(paths[0], paths[1])?;
        let parts = parts(&data, config)?;
        let standard = Standard::of(&data.train);
        let utterances = standard.apply(&data.train);
        let rates = [config.noise, config.dropout];
        let network = Listener::new(config.cell, config.hidden, &data.train, rates);
        let recipe = Recipe {
            name: "network",
            epochs: config.epochs,
            batch: config.batch,
            rate: config.rate,
            clip: config.clip,
            decay: config.decay,
            repeats: 1,
            seed: config.seed,
        };
        run.figure("utterances", &plot::utterances(&data.train))?;
        let committee = Committee::train(run, &network, &utterances, &parts, &recipe)?;
        let classes: Vec<usize> = utterances.iter().map(|u| u.speaker).collect();
        let left = left_out(&data.train, &parts);
        let own = right(&committee.left_out, &classes);
        run.figure("training", &plot::training(&committee, left))?;
        let curve = committee.mean_of("left_out_accuracy");
        let epochs: Vec<f64> = (1..=curve.len()).map(|epoch| epoch as f64).collect();
        run.sketch("accuracy on what was left out, by epoch", &epochs, &curve);
        if config.blind {
            run.table("classifiers", &table(own, left, &[]))?;
            return Ok(verdict(&[]));
        }
        let test = standard.apply(&data.test);
        let heard = answers::heard(&committee, &network, &test, data.test.channels);
        let mut all = vec![Answers::of_network(&committee, &network, &test)];
        all.extend(beside(&data));
        run.figure("heard", &plot::heard(&heard, &all))?;
        let truth: Vec<usize> = test.iter().map(|u| u.speaker).collect();
        let confusion = Confusion::new(data.test.classes.len(), &all[0].classes, &truth);
        run.figure(
            "confusion",
            &plot::confusion(&confusion, &data.test.classes),
        )?;
        run.table("classifiers", &table(own, left, &all))?;
        Ok(verdict(&all))
    }
}

/// The part of the training data that each utterance is in.
fn parts(data: &Vowels, config: &Config) -> Result<Vec<usize>> {
    let content: Vec<Vec<u64>> = data
        .train
        .series
        .iter()
        .map(|series| series.values.iter().map(|value| value.to_bits()).collect())
        .collect();
    let classes: Vec<usize> = data
        .train
        .series
        .iter()
        .map(|series| series.class)
        .collect();
    let mut random = stream(config.seed, Purpose::Split);
    let parts = split::dealt(&content, &classes, config.networks, &mut random);
    let found = parts.iter().max().map_or(0, |last| last + 1);
    ensure!(
        found == config.networks,
        "{} utterances are too few for {} networks to leave out another part each",
        classes.len(),
        config.networks
    );
    Ok(parts)
}
