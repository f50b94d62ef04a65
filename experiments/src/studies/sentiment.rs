//! Is a sentence good news or bad?
//!
//! Sentences about products, films and restaurants, read word by word: small networks in both
//! directions, each of which leaves out another part of the training data, tell it from the mean of
//! their outputs. Beside them is the bag of words, a logistic regression that does not know the order
//! of more than two words. Both are also asked about a source of which they learnt nothing.

mod contest;
mod model;
mod plot;
mod reading;
mod scores;
pub mod words;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::contest::{Contest, strata};
use self::scores::{Scores, across, verdict};
use crate::config::{Usage, positive, within};
use crate::data::sentiment::{self, Sentence};
use crate::data::split;
use crate::encoder::Kind;
use crate::random::{Purpose, stream};
use crate::run::Run;
use crate::study::Study;
use crate::verdict::Verdict;

/// The study.
pub struct Sentiment;

/// Its settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cell: elman, gru or lstm.
    pub cell: Kind,
    /// Numbers that a word is turned into.
    pub embedding: usize,
    /// Units in each of the two directions.
    pub hidden: usize,
    /// Times that a word must occur to have a vector of its own.
    pub least: usize,
    /// Parts of the training data, each of which some of the networks leave out.
    pub parts: usize,
    /// Networks that leave out the same part.
    pub networks: usize,
    /// Times that each network sees its sentences.
    pub epochs: usize,
    /// Sentences of a step of the optimiser.
    pub batch: usize,
    /// Learning rate of Adam at the start; it falls along a cosine.
    pub rate: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Decay of the weights, decoupled from the gradient.
    pub decay: f64,
    /// Fraction of the words that are not shown in training.
    pub word_dropout: f64,
    /// Fraction of the features dropped in training, of words and before the readout.
    pub dropout: f64,
    /// Fraction of the sentences that are held out: of each source and label the same.
    pub held_out: f64,
    /// Which of many such splits: the seed of the draw.
    pub split_seed: u64,
    /// Whether networks also learn from all sources but one, and are asked about that.
    pub across: bool,
    /// Leaves the held-out sentences unread: for the choice of settings.
    pub blind: bool,
    /// Only the first so many sentences of each source and label.
    pub sentences: Option<usize>,
    /// Seed of the parts, weights, order and noise.
    pub seed: u64,
    /// A file of sentences in place of those that come with the program: label, source and text
    /// between tabs.
    pub data: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cell: Kind::Gru,
            embedding: 32,
            hidden: 32,
            least: 2,
            parts: 5,
            networks: 3,
            epochs: 8,
            batch: 32,
            rate: 0.004,
            clip: 1.0,
            decay: 0.01,
            word_dropout: 0.3,
            dropout: 0.5,
            held_out: 0.25,
            split_seed: 0,
            across: true,
            blind: false,
            sentences: None,
            seed: 0,
            data: None,
        }
    }
}

impl Study for Sentiment {
    const NAME: &'static str = "sentiment";
    const QUESTION: &'static str = "Is a sentence good news or bad?";
    const SECONDS: u32 = 35;
    const SMOKE: &'static [&'static str] = &[
        "sentences=40",
        "hidden=8",
        "embedding=8",
        "parts=2",
        "networks=1",
        "epochs=2",
    ];
    const FULL: &'static [&'static str] = &["networks=10"];
    type Config = Config;

    fn validate(config: &Config) -> Result<(), Usage> {
        within("embedding", config.embedding, 1..=4096)?;
        within("hidden", config.hidden, 1..=4096)?;
        within("least", config.least, 1..=1_000_000)?;
        within("parts", config.parts, 2..=100)?;
        within("networks", config.networks, 1..=100)?;
        within("epochs", config.epochs, 1..=100_000)?;
        within("batch", config.batch, 1..=4096)?;
        positive("rate", config.rate)?;
        positive("clip", config.clip)?;
        within("decay", config.decay, 0.0..=1.0)?;
        within("word_dropout", config.word_dropout, 0.0..=0.99)?;
        within("dropout", config.dropout, 0.0..=0.99)?;
        within("held_out", config.held_out, 0.01..=0.99)?;
        within(
            "sentences",
            config.sentences.unwrap_or(usize::MAX),
            1..=usize::MAX,
        )
    }

    fn run(config: &Config, run: &mut Run) -> Result<Verdict> {
        let all = sentiment::load(config.data.as_deref().map(Path::new))?;
        let all = limited(&all, config.sentences);
        let [train, test] = parted(&all, config)?;
        let contest = Contest::of(run, "network", &train, config)?;
        run.figure("training", &plot::training(&contest))?;
        let curve = contest.committee.mean_of("left_out_accuracy");
        let epochs: Vec<f64> = (1..=curve.len()).map(|epoch| epoch as f64).collect();
        run.sketch("accuracy on what was left out, by epoch", &epochs, &curve);
        run.sample("words", &reading::strongest(&contest))?;
        run.table("choice", &scores::choice(&contest))?;
        if config.blind {
            return Ok(verdict(None, None));
        }
        let scores = Scores::of(&contest, &train, &test);
        let unseen = if config.across {
            Some(across(run, &all, config)?)
        } else {
            None
        };
        run.figure("sources", &plot::sources(&scores, unseen.as_ref()))?;
        run.figure("reading", &plot::reading(&reading::turns(&contest, &test)))?;
        run.sample("sentences", &reading::confident(&test, &scores.networks))?;
        run.table("classifiers", &scores::table(&scores, unseen.as_ref()))?;
        Ok(verdict(Some(&scores), unseen.as_ref()))
    }
}

/// The first `most` sentences of each source and label.
fn limited(all: &[Sentence], most: Option<usize>) -> Vec<&Sentence> {
    let all: Vec<&Sentence> = all.iter().collect();
    let Some(most) = most else { return all };
    let strata = strata(&all);
    let mut taken = vec![0; 2 * sources(&all).len()];
    let first = all.into_iter().zip(strata).filter(|(_, stratum)| {
        taken[*stratum] += 1;
        taken[*stratum] <= most
    });
    first.map(|(sentence, _)| sentence).collect()
}

/// Sentences to learn from, and sentences held out.
fn parted<'a>(all: &[&'a Sentence], config: &Config) -> Result<[Vec<&'a Sentence>; 2]> {
    let keys: Vec<String> = all.iter().map(|sentence| sentence.key()).collect();
    let mut random = stream(config.split_seed, Purpose::Split);
    let parts = split::stratified(&keys, &strata(all), config.held_out, &mut random);
    ensure!(
        !parts.train.is_empty() && !parts.test.is_empty(),
        "{} sentences are too few to hold out {} of them",
        all.len(),
        config.held_out
    );
    Ok([parts.train, parts.test].map(|part| part.iter().map(|i| all[*i]).collect()))
}

/// The names of the sources, in alphabetical order.
fn sources<'a>(sentences: &[&'a Sentence]) -> Vec<&'a str> {
    let names: BTreeSet<&str> = sentences.iter().map(|s| s.source.as_str()).collect();
    names.into_iter().collect()
}
